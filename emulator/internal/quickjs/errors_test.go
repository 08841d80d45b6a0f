package quickjs_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestErrors(t *testing.T) {
	tests := []struct {
		name, source string
		want         quickjs.Error
	}{
		{"thrown", "function f() {\n  throw new TypeError('x')\n}\nf()", quickjs.Error{
			Name: "TypeError", Message: "x", File: "dir/a b.js", Line: 2, Column: 22,
			Stack: "TypeError: x\n    at f (dir/a b.js:2:22)\n    at dir/a b.js:4:2",
		}},
		{"of the engine", "\nnull.foo", quickjs.Error{
			Name: "TypeError", Message: "cannot read property 'foo' of null", File: "dir/a b.js", Line: 2, Column: 5,
			Stack: "TypeError: cannot read property 'foo' of null\n    at dir/a b.js:2:5",
		}},
		{"syntax", "let a = 1;\nlet b = @;", quickjs.Error{
			Name: "SyntaxError", Message: "unexpected token in expression: '@'", File: "dir/a b.js", Line: 2, Column: 9,
			Stack: "SyntaxError: unexpected token in expression: '@'\n    at dir/a b.js:2:9",
		}},
		{"a class of its own", "class Own extends RangeError { name = 'Own' }; throw new Own('y')", quickjs.Error{
			Name: "Own", Message: "y", File: "dir/a b.js", Line: 1, Column: 45,
			Stack: "Own: y\n    at Own (dir/a b.js:1:45)\n    at dir/a b.js:1:61",
		}},
		{"without a message", "throw new Error", quickjs.Error{
			Name: "Error", File: "dir/a b.js", Line: 1, Column: 16, Stack: "Error\n    at dir/a b.js:1:16",
		}},
		{"through a callback", "[1].map(() => { throw new Error('z') })", quickjs.Error{
			Name: "Error", Message: "z", File: "dir/a b.js", Line: 1, Column: 32,
			Stack: "Error: z\n    at dir/a b.js:1:32\n    at map (native)\n    at dir/a b.js:1:8",
		}},
		{"a string", "throw 'text'", quickjs.Error{Message: "text"}},
		{"an object", "throw {toString() { return 'mine' }}", quickjs.Error{Message: "mine"}},
		{"no text", "throw Object.create(null)", quickjs.Error{Message: "an object that has no text"}},
		{"a symbol", "throw Symbol('s')", quickjs.Error{Message: "an object that has no text"}},
		{"null", "throw null", quickjs.Error{Message: "null"}},
		{"undefined", "throw undefined", quickjs.Error{Message: "undefined"}},
		{"a hostile name", "var e = new Error('m'); Object.defineProperty(e, 'name', {get() { throw 1 }}); delete e.stack; throw e", quickjs.Error{
			Message: "m", File: "dir/a b.js", Line: 1, Column: 18, Stack: "m\n    at dir/a b.js:1:18",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := open(t, quickjs.Options{})
			_, err := i.Eval(tt.source, "dir/a b.js")
			e := thrown(t, err)
			if diff := cmp.Diff(&tt.want, e, cmpopts.IgnoreUnexported(quickjs.Error{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, ok := e.Thrown(); !ok {
				t.Error("the value that was thrown is gone")
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  quickjs.Error
		want string
	}{
		{quickjs.Error{Name: "TypeError", Message: "x", File: "a.js", Line: 1, Column: 2}, "a.js:1:2: TypeError: x"},
		{quickjs.Error{Name: "TypeError"}, "TypeError"},
		{quickjs.Error{Message: "x"}, "x"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// TestThrownEnds: the value of an error ends with the scope, the error does not.
func TestThrownEnds(t *testing.T) {
	i := open(t, quickjs.Options{})
	scope := i.OpenScope()
	_, err := i.Eval("throw new TypeError('x')", "a.js")
	scope.Close()
	e := thrown(t, err)
	if _, ok := e.Thrown(); ok {
		t.Error("the value outlived its scope")
	}
	function(t, i, "again", func(*quickjs.Call) (quickjs.Value, error) { return quickjs.Value{}, err })
	got := eval(t, i, "try { again() } catch (e) { [e instanceof TypeError, e.message, e.stack.trim()].join() }").String()
	if diff := cmp.Diff("true,x,TypeError: x\n    at a.js:1:20", got); diff != "" {
		t.Errorf("thrown again (-want +got):\n%s", diff)
	}
}

func TestStacksAreCut(t *testing.T) {
	i := open(t, quickjs.Options{})
	_, err := i.Eval("function f(n) { if (n == 0) throw new Error('deep'); f(n - 1) }\nf(50)", "a.js")
	if got := strings.Count(thrown(t, err).Stack, "\n"); got != 10 {
		t.Errorf("%d lines, want 10", got)
	}
}

func TestStack(t *testing.T) {
	i := open(t, quickjs.Options{})
	var got []quickjs.Frame
	function(t, i, "here", func(*quickjs.Call) (quickjs.Value, error) { got = i.Stack(10); return quickjs.Value{}, nil })
	eval(t, i, "function outer() {\n  [1].forEach(x => here())\n}\nouter()")
	want := []quickjs.Frame{
		{File: "test.js", Line: 2, Column: 24}, {Function: "forEach"}, {Function: "outer", File: "test.js", Line: 2, Column: 14},
		{File: "test.js", Line: 4, Column: 6},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := i.Stack(10); got != nil {
		t.Errorf("outside of JavaScript: got %v", got)
	}
}

// TestNoInternalError: the engine's own class of errors does not show.
func TestNoInternalError(t *testing.T) {
	i := open(t, quickjs.Options{})
	got := eval(t, i, "function f() { f() }; try { f() } catch (e) { [typeof InternalError, e instanceof RangeError, e.name, e.constructor === RangeError].join() }")
	if diff := cmp.Diff("undefined,true,RangeError,true", got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err := i.Eval("f()", "a.js")
	if e := thrown(t, err); !errors.Is(err, quickjs.ErrStackOverflow) || e.Message != "Maximum call stack size exceeded" {
		t.Errorf("got %v", err)
	}
}
