package web

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// TestCompiledUnits: what is checked in compiled is what its source is compiled to.
func TestCompiledUnits(t *testing.T) {
	files, err := fs.Glob(sources, "runtime/*.gen.js")
	if err != nil || len(files) == 0 {
		t.Fatalf("no generated units: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "runtime/"), ".js")
		source, err := sources.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := CompileUnit(name, source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := sources.ReadFile("runtime/" + name + ".bin")
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("runtime/%s.bin is not what %s is compiled to (go run ./gen/bytecode writes it): %v", name, file, err)
		}
	}
}

// TestUnits: each file of runtime is a unit, and each unit can be run.
func TestUnits(t *testing.T) {
	p := install(t)
	files, err := fs.Glob(sources, "runtime/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "runtime/"), ".js")
		if _, err := p.use(name); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, name := range []string{"nothing", "core.js", ""} {
		if _, err := p.use(name); err == nil {
			t.Errorf("there is a unit %q", name)
		}
	}
}

// TestGlobals: globals are what their units returned; what a program puts in
// place of one that nobody has touched stays, and so does what it deletes.
func TestGlobals(t *testing.T) {
	p := install(t)
	v, err := p.Isolate.Eval(`
		globalThis.Response = 1; delete globalThis.Request; new Body.constructor(); typeof fetch + typeof Response + typeof Request +
		Object.getOwnPropertyDescriptor(globalThis, "fetch").writable`, "x.js")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.String(); got != "functionnumberundefinedtrue" {
		t.Errorf("got %s", got)
	}
	for _, u := range units() {
		for _, name := range u.globals {
			v, err := p.Isolate.Global().Get(name)
			if err != nil || v.IsUndefined() && name != "Request" {
				t.Errorf("%s of unit %s: %v, %v", name, u.name, v, err)
			}
		}
	}
}

func install(t *testing.T) *Platform {
	t.Helper()
	iso, err := quickjs.Open(quickjs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = iso.Close() })
	p, err := Install(iso, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
