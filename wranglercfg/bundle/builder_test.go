package bundle_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

func TestBuilder(t *testing.T) {
	cfg := project(t, map[string]string{
		"wrangler.json": wrangler(""), "src/index.ts": "import text from './a.txt';\nimport { a } from './a';\nexport default { a, text };\n",
		"src/a.ts": "export const a = 'first';\n", "src/a.txt": "first text",
	})
	dir := filepath.Dir(cfg.Path)
	b, err := bundle.NewBuilder(cfg, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	rebuilt := func(want ...string) *bundle.Bundle {
		t.Helper()
		made, err := b.Rebuild()
		if err != nil {
			t.Fatal(err)
		}
		if len(made.Modules) != 2 {
			t.Fatalf("modules %v", made.Modules)
		}
		for _, w := range want {
			if !strings.Contains(string(made.Modules[0].Source)+string(made.Modules[1].Source), w) {
				t.Errorf("%q is not in the bundle", w)
			}
		}
		return made
	}
	first := rebuilt(`"first"`, "first text")
	write(t, dir, map[string]string{"src/a.ts": "export const a = 'second';\n", "src/a.txt": "second text"})
	if !first.Stale() {
		t.Error("not stale")
	}
	if first = rebuilt(`"second"`, "second text"); first.Stale() {
		t.Error("stale although it was just built")
	}

	write(t, dir, map[string]string{"src/a.ts": "export const a = ;\n"})
	_, err = b.Rebuild()
	var failure *bundle.Error
	if !errors.As(err, &failure) || failure.Stale() {
		t.Fatalf("got %v", err)
	}
	write(t, dir, map[string]string{"src/a.ts": "export const a = 'third';\n"})
	if !failure.Stale() {
		t.Error("the failure is not stale although the mistake is gone")
	}
	rebuilt(`"third"`)

	if err := os.Remove(filepath.Join(dir, "src/index.ts")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Rebuild(); err == nil {
		t.Error("built without a main")
	}
	b.Close()
	b.Close()
	if _, err := b.Rebuild(); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
}

// TestBuilderInBubble: a bubble of synctest only ends when nothing that was
// started in it is left.
func TestBuilderInBubble(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": wrangler(""), "src/index.ts": worker})
	synctest.Test(t, func(t *testing.T) {
		b, err := bundle.NewBuilder(cfg, bundle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := b.Rebuild(); err != nil {
				t.Error(err)
			}
		}
		b.Close()
	})
}

func TestBuilderNoBundle(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": `{ "name": "a", "main": "a.mjs", "no_bundle": true }`, "a.mjs": "export default 1;\n"})
	b, err := bundle.NewBuilder(cfg, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	write(t, filepath.Dir(cfg.Path), map[string]string{"a.mjs": "export default 2;\n", "b.txt": "b"})
	made, err := b.Rebuild()
	if err != nil || made.Main != "a.mjs" || string(made.Modules[0].Source) != "export default 2;\n" || len(made.Modules) != 2 {
		t.Errorf("got %+v, %v", made, err)
	}
}

func TestBuilderRefuses(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": wrangler(`, "define": { "a": "b c" }`), "src/index.ts": "export default {};\n"})
	var failure *bundle.Error
	if _, err := bundle.NewBuilder(cfg, bundle.Options{}); !errors.As(err, &failure) || !strings.Contains(err.Error(), "Invalid define") {
		t.Errorf("got %v", err)
	}
	cfg = project(t, map[string]string{"wrangler.json": wrangler("")})
	var lost *bundle.MainError
	if _, err := bundle.NewBuilder(cfg, bundle.Options{}); !errors.As(err, &lost) {
		t.Errorf("got %v", err)
	}
}
