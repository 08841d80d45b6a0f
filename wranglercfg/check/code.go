package check

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// code holds the classes that the configuration names against those that main
// exports (B7, B8, M16, X8).
func (s *selection) code() {
	main := s.cfg.Main
	s.assetsFolder()
	switch {
	case s.top.Get("pages_build_output_dir") != nil, s.top.Get("site") != nil:
		return
	case s.given("main") && main.Value == "":
		return // said already
	case main.Value == "":
		if s.inherited("assets") != nil {
			s.wanted(&entry{}, "the Worker has assets only, and no main")
		}
		return
	case strings.HasSuffix(main.Value, ".py"):
		return // nothing can be said
	}
	if !s.mainFile() {
		return
	}
	b := s.entry()
	if len(b.errors) > 0 {
		s.broken(b.errors)
		return
	}
	if len(b.absent) > 0 && !s.unbundled() {
		s.warnf(CodeNotInstalled, main.Pos, "main imports what is not installed, so what comes from there is not known: %s", strings.Join(b.absent, ", ")).
			Hint = "install the project's packages before the check"
	}
	if !s.moduleFormat(b) {
		return
	}
	s.wanted(b, "")
	s.unwanted(b)
	s.guesses(b)
}

// assetsFolder asks for the folder of the assets, which may be all that a Worker
// has (G2).
func (s *selection) assetsFolder() {
	dir := s.inherited("assets").Get("directory")
	if dir.Text() == "" {
		return
	}
	path := filepath.FromSlash(dir.Text())
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(s.path), path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return
	}
	d := s.errorf(CodeMainFile, dir.Pos(), `The directory specified by the "assets.directory" field in your configuration file does not exist: %s`, dir.Text())
	d.Hint = "the path is relative to the folder of the configuration"
	if build := s.inherited("build").Get("command"); build.Text() != "" {
		d.Severity = wranglercfg.SeverityWarning
		d.Hint = "run the build command first: " + build.Text()
	}
}

// mainFile asks for the file that main names (G2).
func (s *selection) mainFile() bool {
	err := bundle.FindMain(s.cfg)
	if err == nil {
		return true
	}
	main := s.cfg.Main
	var lost *bundle.MainError
	switch {
	case !errors.As(err, &lost):
		s.errorf(CodeMainFile, main.Pos, "The entry-point file at %q was not found.", main.Value).Err = err
	case lost.Folder:
		s.errorf(CodeMainFile, main.Pos, "The entry-point at %q is a folder.", main.Value).Hint = "name the file in it"
	case lost.Command != "":
		s.warnf(CodeMainFile, main.Pos, "The entry-point file at %q was not found, so its classes are not looked at.", main.Value).
			Hint = "run the build command first: " + lost.Command
	default:
		d := s.errorf(CodeMainFile, main.Pos, "The entry-point file at %q was not found.", main.Value)
		d.Hint, d.Err = "the path is relative to the folder of the configuration", lost.Err
	}
	return false
}

// noLoader is what esbuild says of a file that only a rule of wrangler would
// let into the upload.
const noLoader = "No loader is configured for"

// unbundled reports whether main is uploaded as it is.
func (s *selection) unbundled() bool { return s.inherited("no_bundle").JSON() == "true" }

// broken passes on what esbuild says of the code.
func (s *selection) broken(messages []api.Message) {
	for _, m := range messages {
		text := m.Text
		if at := m.Location; at != nil {
			text = fmt.Sprintf("%s:%d:%d: %s", filepath.ToSlash(at.File), at.Line, at.Column+1, m.Text)
		}
		if strings.HasPrefix(m.Text, noLoader) {
			s.warnf(CodeBundle, s.cfg.Main.Pos, "main cannot be bundled here: %s", text)
			continue
		}
		s.errorf(CodeBundle, s.cfg.Main.Pos, "main cannot be bundled: %s", text).
			Hint = "wrangler bundles with the same esbuild; its build command says the same"
	}
}

// moduleFormat reports whether main is an ES module, and what comes of it if
// not: without a default export wrangler takes it for a service worker (B8).
func (s *selection) moduleFormat(b *entry) bool {
	if b.module {
		return true
	}
	local := s.local()
	if len(local) == 0 && len(s.cfg.Migrations) == 0 && !s.declarative() {
		return false
	}
	at := s.cfg.Main.Pos
	if len(b.named) > 0 && !slices.ContainsFunc(b.named, func(name string) bool { return !s.fates[name].is(alive) && !s.bound(name) }) {
		s.warnf(CodeFormat, at, "%s exports Durable Object classes only, which wrangler before 4.164 takes for a service-worker", s.cfg.Main.Value).
			Hint = "add a default export: export default { async fetch() { return new Response(null, { status: 404 }); } }"
		return true
	}
	d := s.errorf(CodeFormat, at, "Durable Object migrations require ES Module format Workers, but yours is being built as service-worker format.")
	if len(local) > 0 {
		d.Msg = "You seem to be trying to use Durable Objects in a Worker written as a service-worker."
	}
	d.Hint = `add a default export, such as export default { fetch() {} }, or name another Worker as the script_name of the binding`
	return false
}

func (s *selection) bound(class string) bool {
	return slices.ContainsFunc(s.local(), func(b wranglercfg.Binding) bool { return b.ClassName.Value == class })
}

// wanted asks for the export of every bound and of every live class (B7, M16,
// X8). why explains that nothing is exported. With no_bundle wrangler does not
// look, and Cloudflare does.
func (s *selection) wanted(b *entry, why string) {
	report := s.errorf
	if len(b.open) > 0 {
		report = s.warnf // it may come from there
	}
	main, told := s.cfg.Main.Value, map[string]bool{}
	for _, binding := range s.local() {
		class := binding.ClassName.Value
		if class == "" || b.exported(class) || s.unbundled() {
			continue
		}
		told[class] = true
		d := report(CodeNotExported, binding.ClassName.Pos, "Your Worker depends on the following Durable Objects, which are not exported in your entrypoint file: %s.", class)
		d.Hint = cmp.Or(why, fmt.Sprintf("You should export these objects from your entrypoint, %s.%s", main, b.hint(class)))
	}
	for _, f := range s.order {
		if !f.is(alive) || b.exported(f.class) || told[f.class] {
			continue
		}
		if s.declarative() {
			report(CodeNotExported, f.named, "[config_export_not_in_code] class '%s': %s does not export it [code: 100402]", f.class, cmp.Or(main, "the Worker")).
				Hint = cmp.Or(why, "export it, or say what becomes of it with a state."+b.hint(f.class))
			continue
		}
		report(CodeNotExported, f.named, "Cannot apply new-class migration to class '%s' that is not exported by script [code: 10070]", f.class).
			Hint = cmp.Or(why, fmt.Sprintf("export it from %s; of a class that is gone for good, add a step with deleted_classes.%s", main, b.hint(f.class)))
	}
}

// hint says what is exported under a similar name, or how to export the class,
// or where it may come from.
func (b *entry) hint(class string) string {
	if len(b.open) > 0 {
		return fmt.Sprintf(" It is there if %s exports it", strings.Join(b.open, " or "))
	}
	if meant := nearest(class, b.exports); meant != "" {
		return fmt.Sprintf(" Did you mean %q? Class names are case sensitive", meant)
	}
	if b.script != nil {
		if c := b.script.classes[class]; c != nil {
			return fmt.Sprintf(" The code has the class; add: export { %s };", class)
		}
	}
	others := slices.DeleteFunc(slices.Clone(b.exports), func(name string) bool { return name == "default" })
	if len(others) == 0 {
		return ""
	}
	slices.Sort(others)
	return " It exports " + english(others)
}

// unwanted refuses classes that exports delete and that are still there (X8).
func (s *selection) unwanted(b *entry) {
	if !s.declarative() {
		return
	}
	for _, f := range s.order {
		if f.is(ended) && f.why == wasDeleted && b.exported(f.class) {
			s.errorf(CodeStillExported, f.named, "[tombstone_delete_class_still_in_code] class '%s': %s still exports it [code: 100402]", f.class, s.cfg.Main.Value).
				Hint = "remove the class from the code in the deploy that deletes it"
		}
	}
}

// guesses warns of what the text of the bundle suggests: a class that cannot be
// called as it is called, and one whose alarm nobody handles.
func (s *selection) guesses(b *entry) {
	if b.script == nil {
		return
	}
	warned := map[string]bool{}
	for _, binding := range s.local() {
		class := binding.ClassName.Value
		l, ok := b.script.lineage(class)
		if !ok || l.rpc || l.opaque || warned[class] || !b.exported(class) {
			continue
		}
		if method := b.script.called(binding.Name.Value, l); method != "" {
			warned[class] = true
			s.warnf(CodeNoRPC, binding.ClassName.Pos, "class '%s' does not extend DurableObject, and the code seems to call its method %s over binding %s", class, method, binding.Name.Value).
				Hint = fmt.Sprintf(`import { DurableObject } from "cloudflare:workers" and write: class %s extends DurableObject; without it only fetch can be called`, class)
		}
	}
	for _, f := range s.order {
		l, ok := b.script.lineage(f.class)
		if !f.is(alive) || !ok || l.opaque || !b.exported(f.class) {
			continue
		}
		sets := slices.ContainsFunc(l.classes, b.script.setsAlarm)
		handles := slices.ContainsFunc(l.classes, func(c *class) bool { return c.alarm })
		if sets && !handles {
			s.warnf(CodeNoAlarm, f.named, "class '%s' seems to call setAlarm and has no alarm handler", f.class).
				Hint = "add the method: async alarm() { … }"
		}
	}
}
