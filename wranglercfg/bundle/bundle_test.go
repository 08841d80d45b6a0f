package bundle_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// project writes files into a new folder, and returns the configuration that is
// among them.
func project(t testing.TB, files map[string]string) *wranglercfg.Config {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, files)
	return load(t, dir, "")
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// load resolves the configuration of a folder, which must have no errors.
func load(t testing.TB, dir, env string) *wranglercfg.Config {
	t.Helper()
	path, err := wranglercfg.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	file, err := wranglercfg.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	cfg, diags := file.Resolve(env)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func build(t testing.TB, cfg *wranglercfg.Config, o bundle.Options) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Build(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wrangler returns a configuration of src/index.ts with more fields.
func wrangler(more string) string {
	return `{ "name": "a", "main": "src/index.ts", "compatibility_date": "2026-07-01"` + more + ` }`
}

func TestTypeScriptAndPackages(t *testing.T) {
	cfg := project(t, map[string]string{
		"wrangler.json":                   wrangler(""),
		"src/index.ts":                    "import { greet } from 'hello';\nimport { DurableObject } from 'cloudflare:workers';\nexport class Room extends DurableObject {}\nexport default {\n  async fetch(r: Request): Promise<Response> {\n    throw new Error(greet('x' as string));\n  },\n};\n",
		"node_modules/hello/package.json": `{ "name": "hello", "exports": { "workerd": "./w.js", "default": "./d.js" } }`,
		"node_modules/hello/w.js":         "export const greet = (n) => 'workerd ' + n;\n",
		"node_modules/hello/d.js":         "export const greet = (n) => 'default ' + n;\n",
	})
	b := build(t, cfg, bundle.Options{})
	if b.Main != "index.js" || len(b.Modules) != 1 || b.Modules[0].Name != "index.js" || b.Modules[0].Kind != bundle.ESModule {
		t.Errorf("main %q, modules %v", b.Main, b.Modules)
	}
	if got := strings.Join(b.Exports, " "); got != "Room default" {
		t.Errorf("exports %q", got)
	}
	source := string(b.Modules[0].Source)
	if !strings.Contains(source, `"workerd "`) || strings.Contains(source, "as string") || !strings.Contains(source, `from "cloudflare:workers"`) {
		t.Errorf("source:\n%s", source)
	}
	line, column := place(source, "throw new Error")
	file, l, c, ok := b.Position("index.js", line, column)
	if dir := filepath.Dir(cfg.Path); !ok || file != filepath.Join(dir, "src/index.ts") || l != 6 || c != 5 {
		t.Errorf("got %s:%d:%d %v", file, l, c, ok)
	}
	if text, ok := b.SourceLine(file, l); !ok || text != "    throw new Error(greet('x' as string));" {
		t.Errorf("line %q %v", text, ok)
	}
}

// place returns where a text stands, 1-based.
func place(source, text string) (line, column int) {
	before, _, _ := strings.Cut(source, text)
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndexByte(before, '\n')
}

func TestRefused(t *testing.T) {
	const worker = "export default { fetch() {} };\n"
	tests := []struct {
		name, config string
		files        map[string]string
		want         string
		is           error
	}{
		{name: "no main", config: `{ "name": "a" }`, is: bundle.ErrNoMain, want: `add "main"`},
		{name: "main is not there", config: wrangler(""), want: `wrangler.json:1:24: the entry-point file at "src/index.ts" was not found`},
		{name: "main would be built", config: wrangler(`, "build": { "command": "make it" }`), want: "run the build command first, which is not run here: make it"},
		{name: "main is a folder", config: wrangler(""), files: map[string]string{"src/index.ts/a.ts": worker}, want: "is a folder"},
		{name: "Python", config: `{ "name": "a", "main": "a.py" }`, files: map[string]string{"a.py": ""}, want: "Python"},
		{name: "service worker", config: wrangler(""), files: map[string]string{"src/index.ts": "addEventListener('fetch', () => {});\n"}, is: bundle.ErrServiceWorker, want: "src/index.ts: the Worker has no default export"},
		{name: "CommonJS", config: wrangler(""), files: map[string]string{"src/index.ts": "module.exports = { default: {} };\n"}, is: bundle.ErrServiceWorker, want: "service worker"},
		{name: "syntax", config: wrangler(""), files: map[string]string{"src/index.ts": "export default {\n  fetch( {\n"}, want: "✘ [ERROR] Expected identifier but found end of file\n\n    src/index.ts:3:0:\n      3 │ \n        ╵ ^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"wrangler.json": tt.config}
			for name, text := range tt.files {
				files[name] = text
			}
			_, err := bundle.Build(project(t, files), bundle.Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
