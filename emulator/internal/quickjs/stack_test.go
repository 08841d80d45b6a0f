package quickjs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// TestStackProperty: scripts see stacks as V8 makes them, of errors that they, the engine and the host made, in code
// from source and from bytecode.
func TestStackProperty(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"a heading", "new TypeError('m').stack", "TypeError: m\n    at a.js:1:14"},
		{"no message", "new Error().stack", "Error\n    at a.js:1:10"},
		{"functions", "function f() { return new Error('m').stack } f()", "Error: m\n    at f (a.js:1:32)\n    at a.js:1:47"},
		{"the engine's errors", "try { null.x } catch (e) { e.stack }", "TypeError: cannot read property 'x' of null\n    at a.js:1:11"},
		{"the host's errors", "try { fail() } catch (e) { e.stack.split('\\n')[0] }", "RangeError: too far"},
		{"a name set later", "class E extends Error { constructor(m) { super(m); this.name = 'E' } } new E('m').stack.split('\\n')[0]", "E: m"},
		{"made once", "var e = new Error('m'); e.stack; e.message = 'n'; e.stack.split('\\n')[0]", "Error: m"},
		{"written", "var e = new Error('m'); e.stack = 's'; e.stack", "s"},
		{"no property that is listed", "Object.keys(new Error('m')).concat(Object.getOwnPropertySymbols(new Error('m'))).join()", ""},
		{"read once, an own property", "var e = new Error('m'); e.stack; JSON.stringify(Object.getOwnPropertyDescriptor(e, 'stack'), ['writable', 'enumerable', 'configurable'])", `{"writable":true,"enumerable":false,"configurable":true}`},
		{"objects that are no errors", "String(Object.create(Error.prototype).stack) + ({stack: 5}).stack", "undefined5"},
		{"a copy has no stack", "Object.keys(Object.assign({}, new Error('m'))).join()", ""},
	}
	for _, tt := range tests {
		for _, compiled := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				i := open(t, quickjs.Options{})
				function(t, i, "fail", func(*quickjs.Call) (quickjs.Value, error) { return quickjs.Value{}, quickjs.RangeErrorf("too far") })
				run := func() (quickjs.Value, error) { return i.Eval(tt.source, "a.js") }
				if compiled {
					code, err := quickjs.Compile(tt.source, "a.js", quickjs.ScriptCode)
					if err != nil {
						t.Fatal(err)
					}
					run = func() (quickjs.Value, error) { return i.Run(code) }
				}
				v, err := run()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, v.String()); diff != "" {
					t.Errorf("compiled %v (-want +got):\n%s", compiled, diff)
				}
			})
		}
	}
}

func TestTrace(t *testing.T) {
	i := open(t, quickjs.Options{})
	function(t, i, "trace", func(c *quickjs.Call) (quickjs.Value, error) {
		return quickjs.Value{}, c.Arg(0).Trace(c.Isolate.Stack(5))
	})
	o := eval(t, i, "function f(o) { trace(o); return o }\nf({})")
	want := []quickjs.Frame{{Function: "f", File: "test.js", Line: 1, Column: 22}, {File: "test.js", Line: 2, Column: 2}}
	for n := 1; n <= 2; n++ {
		if frames, ok := o.Frames(n); !ok || !cmp.Equal(want[:n], frames) {
			t.Errorf("got %v, %v", frames, ok)
		}
	}
	if _, ok := eval(t, i, "({})").Frames(1); ok {
		t.Error("an object has frames that nobody gave it")
	}
}
