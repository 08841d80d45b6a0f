package bundle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
	"github.com/dormouse-do/dormouse/wranglercfg/internal/wranglertest"
)

var record = flag.Bool("record", false, "write what the installed wrangler makes of the projects")

// answer is what came of a project, from wrangler or from us, as a text.
type answer struct {
	modules  []bundle.Module // nil if it was refused
	exports  []string
	warnings string
	refusal  string
	own      bool // the refusal is not esbuild's
}

// String lists the modules and the code, or the messages.
func (a answer) String() string {
	var b strings.Builder
	if a.warnings != "" {
		fmt.Fprintf(&b, "-- warnings --\n%s", lines(a.warnings))
	}
	if a.modules == nil {
		fmt.Fprintf(&b, "-- refused --\n%s", lines(a.refusal))
		return b.String()
	}
	b.WriteString("-- modules --\n")
	for _, m := range a.modules {
		fmt.Fprintf(&b, "%s %s %d\n", m.Name, m.Kind, len(m.Source))
	}
	fmt.Fprintf(&b, "-- exports --\n%s\n-- code --\n%s", strings.Join(a.exports, " "), a.modules[0].Source)
	return b.String()
}

// Parts of wrangler's messages that are about wrangler itself.
var (
	plugin = regexp.MustCompile(` \[plugin [^\]]*\]|Plugin "\w+" `)
	stack  = regexp.MustCompile(`^at |^This error came from|^The plugin "|^Require stack|(cli|main)\.js(:\d|$)`)
	quoted = regexp.MustCompile(`^\d{4,} │`) // wrangler's code is long, ours is not
)

// lines drops what differs for good reasons from messages: empty lines, the
// place from which wrangler's plugins spoke, the order of importers.
func lines(text string) string {
	var list []string
	skip := false
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(plugin.ReplaceAllString(strings.TrimPrefix(strings.TrimSpace(l), "▲ [WARNING]"), ""))
		if skip || l == "" || stack.MatchString(l) || quoted.MatchString(l) {
			skip = quoted.MatchString(l) // and what points into it
			continue
		}
		i := len(list)
		for strings.HasPrefix(l, "- src/") && i > 0 && strings.HasPrefix(list[i-1], "- src/") && list[i-1] > l {
			i--
		}
		list = slices.Insert(list, i, l)
	}
	return strings.Join(append(list, ""), "\n")
}

// TestLikeWrangler compares what we make of each project with what wrangler did
// when it was last asked.
func TestLikeWrangler(t *testing.T) {
	for _, name := range projects(t) {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", "wrangler", name+".txt"))
			if err != nil {
				t.Fatalf("%v (go test -run TestWrangler -record writes it)", err)
			}
			dir, args := unpack(t, name)
			got := ours(t, dir, args)
			if got.own && strings.HasPrefix(string(want), "-- refused --\n") {
				return // both refuse, in words of their own
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("(-wrangler +ours)\n%s", diff)
			}
		})
	}
}

// TestWrangler asks the installed wrangler whether what is recorded is right.
func TestWrangler(t *testing.T) {
	in := wranglertest.Find(t)
	for _, name := range projects(t) {
		t.Run(name, func(t *testing.T) {
			dir, args := unpack(t, name)
			got := theirs(t, in, dir, args).String()
			recorded := filepath.Join("testdata", "wrangler", name+".txt")
			if *record {
				if err := os.WriteFile(recorded, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(recorded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-recorded +wrangler)\n%s", diff)
			}
		})
	}
}

// projects lists testdata/projects.
func projects(t *testing.T) []string {
	files, err := filepath.Glob("testdata/projects/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d projects, %v", len(files), err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".txtar")
	}
	return files
}

// unpack writes a project into a new folder. The file "args" holds arguments for
// wrangler: --env or --config.
func unpack(t *testing.T, name string) (dir string, args []string) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "projects", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if dir, err = filepath.EvalSymlinks(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	args = strings.Fields(files["args"])
	delete(files, "args")
	write(t, dir, files)
	return dir, args
}

func ours(t *testing.T, dir string, args []string) answer {
	t.Helper()
	env := ""
	for i, a := range args {
		switch a {
		case "--env":
			env = args[i+1]
		case "--config":
			dir = filepath.Join(dir, filepath.Dir(args[i+1]))
		}
	}
	b, err := bundle.Build(load(t, dir, env), bundle.Options{NodeEnv: "production"})
	var failure *bundle.Error
	switch {
	case errors.As(err, &failure):
		return answer{refusal: strings.ReplaceAll(failure.Format(false), dir, ".")}
	case err != nil:
		return answer{refusal: err.Error(), own: true}
	}
	return answer{modules: b.Modules, exports: b.Exports, warnings: strings.Join(b.Warnings, "\n")}
}

// theirs has wrangler write the form that it would upload.
func theirs(t *testing.T, in wranglertest.Install, dir string, args []string) answer {
	t.Helper()
	file := filepath.Join(t.TempDir(), "form")
	out, refused := in.Deploy(t, dir, append(args, "--outfile", file)...)
	if refused {
		return answer{refusal: strings.ReplaceAll(said(out, "✘ [ERROR]"), dir, ".")}
	}
	form, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	warnings := strings.NewReplacer("(esm)", "(ESModule)", "(text)", "(Text)").Replace(said(out, "▲ [WARNING]"))
	a := answer{modules: uploaded(t, form), warnings: warnings}
	result := api.Build(api.BuildOptions{
		Stdin:    &api.StdinOptions{Contents: string(a.modules[0].Source), ResolveDir: dir},
		Metafile: true, Outfile: "out.js", Format: api.FormatESModule, Target: api.ES2024, LogLevel: api.LogLevelSilent,
	})
	var meta struct {
		Outputs map[string]struct{ Exports []string }
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		t.Fatalf("%v %v", err, result.Errors)
	}
	a.exports = meta.Outputs["out.js"].Exports
	slices.Sort(a.exports)
	return a
}

// said returns the messages of one kind in wrangler's output, which stand in
// paragraphs; those of esbuild within are set in.
func said(out, kind string) string {
	var b strings.Builder
	taking := false
	for l := range strings.Lines(out) {
		trimmed := strings.TrimSpace(l)
		switch {
		case strings.HasPrefix(trimmed, kind):
			taking = !strings.Contains(trimmed, "Build failed with") && !strings.Contains(trimmed, "Processing wrangler.")
		case strings.HasPrefix(trimmed, "🪵") || strings.HasPrefix(l, "Total Upload"), strings.HasPrefix(l, "Attaching"):
			taking = false
		}
		if taking {
			b.WriteString(l)
		}
	}
	return b.String()
}

var uploadKinds = map[string]bundle.Kind{
	"application/javascript+module": bundle.ESModule, "application/javascript": bundle.CommonJS, "text/plain": bundle.Text,
	"application/octet-stream": bundle.Data, "application/wasm": bundle.Wasm,
}

// uploaded reads the modules of a form, without the line that names the map.
func uploaded(t *testing.T, form []byte) []bundle.Module {
	t.Helper()
	boundary, _, _ := strings.Cut(string(form), "\r\n")
	r := multipart.NewReader(bytes.NewReader(form), strings.TrimPrefix(boundary, "--"))
	var modules []bundle.Module
	for {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return modules
		}
		if err != nil {
			t.Fatal(err)
		}
		if part.FormName() == "metadata" {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		kind, ok := uploadKinds[part.Header.Get("Content-Type")]
		if !ok {
			continue // the source map
		}
		if i := bytes.Index(data, []byte("//# sourceMappingURL=")); i >= 0 {
			data = data[:i]
		}
		modules = append(modules, bundle.Module{Name: strings.TrimPrefix(path.Clean("/"+part.FormName()), "/"), Kind: kind, Source: data})
	}
}
