package bundle_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// library is a project that reads files in every way.
var library = map[string]string{
	"wrangler.json":                        wrangler(`, "rules": [{ "type": "Text", "globs": ["**/*.md"] }]`),
	"package.json":                         `{ "name": "root" }`,
	"tsconfig.json":                        `{ "extends": "./base.json", "compilerOptions": { /* a comment */ "paths": { "@/*": ["./src/*"] } } }`,
	"base.json":                            `{ "compilerOptions": { "jsxFactory": "h" } }`,
	"src/index.ts":                         "import { a } from './a';\nimport text from './notes.md';\nimport { p } from 'p';\nimport { q } from '@s/q';\nimport { u } from '@/deep/u';\nexport default { a, text, p, q, u };\n",
	"src/a.ts":                             "export const a = 1;\n",
	"src/notes.md":                         "notes\n",
	"src/deep/u/index.ts":                  "export const u = 1;\n",
	"node_modules/p/package.json":          `{ "name": "p", "main": "main.js" }`,
	"node_modules/p/main.js":               "export const p = 1;\n",
	"node_modules/@s/q/package.json":       `{ "name": "@s/q", "exports": "./q.js" }`,
	"node_modules/@s/q/q.js":               "export const q = 1;\n",
	"node_modules/@s/unused/package.json":  `{ "name": "@s/unused" }`,
	"elsewhere/README":                     "",
	"src/node_modules/other/package.json":  `{ "name": "other" }`,
	"src/node_modules/@s/any/package.json": `{ "name": "@s/any" }`,
}

// TestStale changes one thing at a time. What may change the bundle makes it
// stale; what cannot, does not.
func TestStale(t *testing.T) {
	tests := []struct {
		name  string
		write map[string]string
		gone  string
		want  bool
	}{
		{name: "nothing"},
		{name: "a source", write: map[string]string{"src/a.ts": "export const a = 2;\n"}, want: true},
		{name: "a source written again", write: map[string]string{"src/a.ts": "export const a = 1;\n"}},
		{name: "a text", write: map[string]string{"src/notes.md": "Notes\n"}, want: true},
		{name: "tsconfig", write: map[string]string{"tsconfig.json": `{}`}, want: true},
		{name: "what tsconfig extends", write: map[string]string{"base.json": `{ "compilerOptions": { "jsxFactory": "k" } }`}, want: true},
		{name: "a tsconfig that is nearer", write: map[string]string{"src/tsconfig.json": `{}`}, want: true},
		{name: "package.json of the project", write: map[string]string{"package.json": `{ "name": "root", "sideEffects": false }`}, want: true},
		{name: "package.json of a package", write: map[string]string{"node_modules/p/package.json": `{ "name": "p", "main": "other.js" }`}, want: true},
		{name: "a package", write: map[string]string{"node_modules/p/main.js": "export const p = 2;\n"}, want: true},
		{name: "a file that comes first", write: map[string]string{"src/a.tsx": ""}, want: true},
		{name: "a file instead of a folder", write: map[string]string{"src/deep/u.ts": ""}, want: true},
		{name: "a package that is nearer", write: map[string]string{"src/node_modules/p/index.js": ""}, want: true},
		{name: "a package with a scope that is nearer", write: map[string]string{"src/node_modules/@s/q/index.js": ""}, want: true},
		{name: "a source that is gone", gone: "src/a.ts", want: true},
		{name: "a folder without code", write: map[string]string{"src/data/1.bin": "", ".wrangler/state/a": ""}},
		{name: "a file that no import means", write: map[string]string{"src/a.log": "", "elsewhere/b.ts": ""}},
		{name: "the configuration", write: map[string]string{"wrangler.json": wrangler("")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := project(t, library)
			dir := filepath.Dir(cfg.Path)
			first := build(t, cfg, bundle.Options{})
			write(t, dir, tt.write)
			if tt.gone != "" {
				if err := os.Remove(filepath.Join(dir, tt.gone)); err != nil {
					t.Fatal(err)
				}
			}
			if got := first.Stale(); got != tt.want {
				t.Errorf("stale: got %v, want %v", got, tt.want)
			}
			second, err := bundle.Build(cfg, bundle.Options{})
			if same := err == nil && second == first; same == tt.want {
				t.Errorf("the same bundle: %v, error %v", same, err)
			}
		})
	}
}

func TestInputs(t *testing.T) {
	cfg := project(t, library)
	dir := filepath.Dir(cfg.Path)
	var got []string
	for _, path := range build(t, cfg, bundle.Options{}).Inputs {
		if rel, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(rel, "..") {
			got = append(got, filepath.ToSlash(rel))
		}
	}
	want := strings.Fields(`base.json node_modules/@s/q/package.json node_modules/@s/q/q.js node_modules/p/main.js node_modules/p/package.json
		package.json src/a.ts src/deep/u/index.ts src/index.ts src/notes.md tsconfig.json`)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestStaleError: a build that failed may succeed once a file is there.
func TestStaleError(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": wrangler(""), "src/index.ts": "import './part/a';\nexport default {};\n"})
	_, err := bundle.Build(cfg, bundle.Options{})
	failure, ok := err.(*bundle.Error)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if failure.Stale() {
		t.Error("stale although nothing changed")
	}
	if want := []string{filepath.Join(filepath.Dir(cfg.Path), "src", "index.ts")}; !slices.Equal(failure.Inputs, want) {
		t.Errorf("inputs %q, want %q", failure.Inputs, want)
	}
	write(t, filepath.Dir(cfg.Path), map[string]string{"src/part/a.ts": ""})
	if !failure.Stale() {
		t.Error("not stale although the file appeared")
	}
	build(t, cfg, bundle.Options{})
}

// TestCacheKeys: whatever changes the bundle has its own place in the cache.
func TestCacheKeys(t *testing.T) {
	cfg := project(t, map[string]string{
		"wrangler.json": wrangler(""), "src/index.ts": "import { a } from './a';\nexport default { a, env: process.env.NODE_ENV, d: D };\n",
		"src/a.ts": "export const a = 'a';\n", "src/b.js": "export const a = 'b';\n", "src/other.ts": "export default { other: 1 };\n",
	})
	seen := map[*bundle.Bundle]string{}
	for name, o := range map[string]bundle.Options{
		"nothing": {}, "define": {Define: map[string]string{"D": "1"}}, "alias": {Alias: map[string]string{"./a": "./src/b.js"}},
		"environment": {NodeEnv: "production"}, "readable": {Readable: true}, "any format": {AnyFormat: true},
		"external": {External: []string{"./a"}}, "conditions": {Conditions: []string{"a"}},
		"main": {Main: filepath.Join(filepath.Dir(cfg.Path), "src/other.ts")},
	} {
		b := build(t, cfg, o)
		if other, ok := seen[b]; ok {
			t.Errorf("%s and %s have one bundle", name, other)
		}
		seen[b] = name
		if build(t, cfg, o) != b {
			t.Errorf("%s: the second build is another one", name)
		}
	}
}

// TestConcurrently builds one project and several from many goroutines.
func TestConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for range 3 {
		cfg := project(t, library)
		var mu sync.Mutex
		got := map[*bundle.Bundle]bool{}
		for range 4 {
			wg.Go(func() {
				b, err := bundle.Build(cfg, bundle.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				b.Position("index.js", 1, 1)
				mu.Lock()
				defer mu.Unlock()
				got[b] = true
			})
		}
		defer func() {
			if len(got) != 1 {
				t.Errorf("%d bundles of one project", len(got))
			}
		}()
	}
	wg.Wait()
}

// TestBubble: in a bubble of synctest, where time is another one and goroutines
// are counted, Build works and leaves nothing behind.
func TestBubble(t *testing.T) {
	cfg := project(t, library)
	var before *bundle.Bundle
	synctest.Test(t, func(t *testing.T) { before = build(t, cfg, bundle.Options{}) })
	if build(t, cfg, bundle.Options{}) != before {
		t.Error("built again outside of the bubble")
	}
	write(t, filepath.Dir(cfg.Path), map[string]string{"src/a.ts": "export const a = 3;\n"})
	synctest.Test(t, func(t *testing.T) {
		if build(t, cfg, bundle.Options{}) == before {
			t.Error("a source changed, the bundle did not")
		}
	})
}
