package check

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// entry is the entry module of a Worker, bundled as wrangler does it.
type entry struct {
	exports []string
	has     map[string]bool // exports
	open    []string        // what it exports all of, though nobody knows what that is
	module  bool            // it has a default export of its own
	named   []string        // its own exports, bundling left out
	script  *script         // nil if it cannot be bundled
	absent  []string        // packages that it imports and that are not installed
	errors  []api.Message
}

// exported reports whether the entry module exports a name.
func (e *entry) exported(name string) bool { return e.has[name] }

func (e *entry) setExports(names []string) {
	e.exports, e.has = names, map[string]bool{}
	for _, name := range names {
		e.has[name] = true
	}
}

// entry bundles the entry module of the selected configuration, as a deploy
// does, or would do without no_bundle.
func (s *selection) entry() *entry {
	e := &entry{}
	o := bundle.Options{NodeEnv: "production", AnyFormat: true, Readable: true}
	format, named, err := bundle.GuessFormat(s.cfg, o)
	if e.failed(err) {
		return e
	}
	e.named, e.module = named, format == bundle.Modules
	b, err := bundle.Build(s.cfg, o)
	if e.leaveOut(s, err); len(e.absent) > 0 {
		o.External = e.absent
		b, err = bundle.Build(s.cfg, o)
	}
	if err != nil && s.unbundled() {
		return e.alone(s)
	}
	if e.failed(err) {
		return e
	}
	e.setExports(b.Exports)
	e.script = read(string(b.Modules[0].Source))
	for _, from := range e.script.tokens.passedOn(b.Exports) {
		if slices.Contains(e.absent, from) {
			e.open = append(e.open, from)
		}
	}
	return e
}

// alone takes the entry module for itself: with no_bundle its imports need not
// be what a bundler finds.
func (e *entry) alone(s *selection) *entry {
	b, err := bundle.Build(s.cfg, bundle.Options{AnyFormat: true})
	if !e.failed(err) {
		e.setExports(e.named)
		e.open = scan(string(b.Modules[0].Source)).starred()
	}
	return e
}

// failed keeps why the code cannot be bundled.
func (e *entry) failed(err error) bool {
	var failure *bundle.Error
	switch {
	case err == nil:
		return false
	case errors.As(err, &failure):
		e.errors = failure.Errors
	default:
		e.errors = []api.Message{{Text: err.Error()}}
	}
	return true
}

// leaveOut finds packages that cannot be resolved because nothing is installed
// at all: a checkout without node_modules is no mistake of the project.
func (e *entry) leaveOut(s *selection, err error) {
	var failure *bundle.Error
	if !errors.As(err, &failure) {
		return
	}
	for _, m := range failure.Errors {
		if slices.ContainsFunc(m.Notes, func(n api.Note) bool { return strings.Contains(n.Text, "built into node") }) {
			continue // nothing that one could install
		}
		var name string
		if _, err := fmt.Sscanf(m.Text, "Could not resolve %q", &name); err != nil || strings.HasPrefix(name, ".") || filepath.IsAbs(name) {
			continue
		}
		if m.Location != nil && !slices.Contains(e.absent, name) && !installed(filepath.Join(filepath.Dir(s.path), m.Location.File)) {
			e.absent = append(e.absent, name)
		}
	}
	slices.Sort(e.absent)
}

// installed reports whether a file has packages at all to import from.
func installed(file string) bool {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return false
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "node_modules")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
		dir = filepath.Dir(dir)
	}
}
