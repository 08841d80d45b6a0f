package quickjs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// modules gives options that load from a map; names are relative to nothing.
func modules(sources map[string]string) quickjs.Options {
	return quickjs.Options{
		Resolve: func(specifier, referrer string) (string, error) {
			if specifier == "unresolvable" {
				return "", fmt.Errorf("%s cannot be resolved from %s", specifier, referrer)
			}
			return strings.TrimPrefix(specifier, "./"), nil
		},
		Load: func(i *quickjs.Isolate, name string, attributes map[string]string) (quickjs.Module, error) {
			source, ok := sources[name]
			if !ok {
				return quickjs.Module{}, quickjs.TypeErrorf("no such module: %s", name)
			}
			if kind := attributes["type"]; kind != "" {
				text, err := i.String(kind + ":" + source)
				return quickjs.Module{Exports: []quickjs.Export{{Name: "default", Value: text}, {Name: "n", Value: i.Number(1)}}}, err
			}
			return quickjs.Module{Source: source}, nil
		},
		Meta: func(name string, meta quickjs.Value) error {
			return meta.Set("main", meta.Isolate().Bool(name == "main.js"))
		},
	}
}

// importMain imports main.js and gives its default export.
func importMain(i *quickjs.Isolate) (quickjs.Value, error) {
	p, err := i.Import("main.js", "")
	if err != nil {
		return quickjs.Value{}, err
	}
	ns, err := i.Settle(p, 1000)
	if err != nil {
		return quickjs.Value{}, err
	}
	return ns.Get("default")
}

func TestModules(t *testing.T) {
	tests := []struct {
		name    string
		sources map[string]string
		want    string
	}{
		{"one", map[string]string{"main.js": "export default 1 + 1"}, "2"},
		{"imports", map[string]string{"main.js": "import a, { b } from './a.js'; export default a + b", "a.js": "export default 'a'; export const b = 'b'"}, "ab"},
		{"a cycle", map[string]string{"main.js": "import { f } from './a.js'; export function g() { return 'g' }; export default f()",
			"a.js": "import { g } from './main.js'; export function f() { return g() + 'f' }"}, "gf"},
		{"loaded once", map[string]string{"main.js": "import './a.js'; import './b.js'; import 'a.js'; export default n", "a.js": "globalThis.n = (globalThis.n ?? 0) + 1", "b.js": "import './a.js'"}, "1"},
		{"top-level await", map[string]string{"main.js": "export default await Promise.resolve('awaited')"}, "awaited"},
		{"meta", map[string]string{"main.js": "import a from './a.js'; export default [import.meta.url, import.meta.main, a].join()", "a.js": "export default import.meta.url + import.meta.main"}, "main.js,true,a.jsfalse"},
		{"dynamic", map[string]string{"main.js": "const a = await import('./a.js'); export default a.x + Object.keys(a)", "a.js": "export const x = 'x'"}, "xx"},
		{"attributes", map[string]string{"main.js": "import a, { n } from './a.txt' with { type: 'text' }; export default a + n", "a.txt": "hi"}, "text:hi1"},
		{"dynamic with attributes", map[string]string{"main.js": "export default (await import('./a.txt', { with: { type: 'text' } })).default", "a.txt": "hi"}, "text:hi"},
		{"re-export", map[string]string{"main.js": "export * from './a.js'; export { default } from './a.js'", "a.js": "export default 'again'"}, "again"},
		{"dynamic failure", map[string]string{"main.js": "export default await import('./nope.js').catch(e => e.name + e.message)"}, "TypeErrorno such module: nope.js"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := importMain(open(t, modules(tt.sources)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, v.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestModuleErrors(t *testing.T) {
	tests := []struct {
		name    string
		sources map[string]string
		want    string
	}{
		{"absent", nil, "TypeError: no such module: main.js"},
		{"absent import", map[string]string{"main.js": "import './nope.js'"}, "TypeError: no such module: nope.js"},
		{"unresolvable", map[string]string{"main.js": "import 'unresolvable'"}, "Error: unresolvable cannot be resolved from main.js"},
		{"syntax", map[string]string{"main.js": "import './a.js'", "a.js": "\n\nlet = = 1"}, "a.js:3:5: SyntaxError: variable name expected"},
		{"no such export", map[string]string{"main.js": "import { x } from './a.js'", "a.js": ""}, "SyntaxError: Could not find export 'x' in module 'a.js'"},
		{"throws", map[string]string{"main.js": "import './a.js'", "a.js": "\nthrow new RangeError('at load')"}, "a.js:2:21: RangeError: at load"},
		{"throws after await", map[string]string{"main.js": "await null;\nnull.x"}, "main.js:2:5: TypeError: cannot read property 'x' of null"},
		{"never finishes", map[string]string{"main.js": "await new Promise(() => {})"}, quickjs.ErrPending.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := open(t, modules(tt.sources))
			_, err := importMain(i)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if got := eval(t, i, "1").String(); got != "1" {
				t.Errorf("afterwards: got %s", got)
			}
		})
	}
}

func TestNoLoader(t *testing.T) {
	_, err := importMain(open(t, quickjs.Options{}))
	if err == nil || err.Error() != "TypeError: Cannot find module 'main.js'" {
		t.Errorf("got %v", err)
	}
}

func TestModuleLoaderPanics(t *testing.T) {
	i := open(t, quickjs.Options{Load: func(*quickjs.Isolate, string, map[string]string) (quickjs.Module, error) { panic("oops") }})
	if _, err := importMain(i); err == nil || err.Error() != "Error: panic in the module loader: oops" {
		t.Errorf("got %v", err)
	}
}

func TestRunawayModule(t *testing.T) {
	late := errors.New("late")
	opts := modules(map[string]string{"main.js": "import './a.js'", "a.js": "Math.abs(1)\nfor (;;) Math.abs(1)"})
	opts.Interrupt = after(5, late)
	_, err := importMain(open(t, opts))
	if e := thrown(t, err); !errors.Is(err, late) || e.File != "a.js" || e.Line != 2 {
		t.Errorf("got %v", err)
	}
}
