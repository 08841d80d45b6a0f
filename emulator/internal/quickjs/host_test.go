package quickjs_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestCalls(t *testing.T) {
	i := open(t, quickjs.Options{})
	sum := eval(t, i, "(function(...n) { return this.base + n.reduce((a, b) => a + b, 0) })")
	got := must(sum.Call(eval(t, i, "({base: 100})"), i.Number(1), i.Number(2)))(t)
	if got.String() != "103" {
		t.Errorf("Call: got %v", got)
	}
	date := must(eval(t, i, "Date").New(i.Number(0)))(t)
	if got := must(date.Invoke("toISOString"))(t).String(); got != "1970-01-01T00:00:00.000Z" {
		t.Errorf("New, Invoke: got %v", got)
	}
	derived := must(eval(t, i, "Array").NewAs(eval(t, i, "(class B extends Array {})"), i.Number(3)))(t)
	if got := must(must(derived.Get("constructor"))(t).Get("name"))(t).String(); got != "B" {
		t.Errorf("NewAs: got a %s", got)
	}
	for _, err := range []error{second(i.Number(1).Call(i.Null())), second(date.Invoke("nope")), second(sum.Get("x")), second(eval(t, i, "() => 1").New())} {
		if err != nil && thrown(t, err).Name != "TypeError" {
			t.Errorf("got %v, want a TypeError", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestHostFunctions(t *testing.T) {
	i := open(t, quickjs.Options{})
	function(t, i, "join", func(c *quickjs.Call) (quickjs.Value, error) {
		texts := []string{c.This.String()}
		for _, v := range c.Args {
			texts = append(texts, v.String())
		}
		texts = append(texts, c.Arg(9).String(), fmt.Sprint(c.New.IsUndefined()))
		return i.String(strings.Join(texts, " "))
	})
	global(t, i, "named", must(i.Function("named", 3, func(*quickjs.Call) (quickjs.Value, error) { return quickjs.Value{}, nil }))(t))
	global(t, i, "recur", must(i.Function("recur", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		return c.Arg(0).Call(quickjs.Value{}, c.Args[1:]...)
	}))(t))
	tests := []struct{ source, want string }{
		{"join(1, 'two', null)", "undefined 1 two null undefined true"},
		{"join.call(7)", "7 undefined true"},
		{"typeof join + join.name + named.length + named()", "functionjoin3undefined"},
		{"join.toString().replace(/\\s+/g, ' ')", "function join() { [native code] }"},
		{"try { new named() } catch (e) { e.name }", "TypeError"},
		{"[1, 2, 3].map((x) => recur((a, b) => a * b, x, 10)).join()", "10,20,30"},
		{"recur((n) => recur((m) => recur(join, n, m), 2), 1)", "undefined 1 2 undefined true"},
		{"join.extra = 1; join.bind(5)(6)", "5 6 undefined true"},
		{"join instanceof Function", "true"},
	}
	for _, tt := range tests {
		if got := eval(t, i, tt.source).String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.source, got, tt.want)
		}
	}
}

func TestHostErrors(t *testing.T) {
	var panicked string
	i := open(t, quickjs.Options{Panicked: func(function string, value any, stack []byte) {
		panicked = fmt.Sprint(function, " ", value, " ", strings.Contains(string(stack), "host_test.go"))
	}})
	own := eval(t, i, "globalThis.own = {code: 7}").Keep()
	tests := []struct {
		name string
		err  func() error
		want string // what JavaScript sees
		goes string // what Go sees if it is not caught
	}{
		{"plain", func() error { return io.ErrUnexpectedEOF }, "Error unexpected EOF true", "t.js:2:3: Error: unexpected EOF"},
		{"TypeError", func() error { return quickjs.TypeErrorf("bad %d", 1) }, "TypeError bad 1 true", "t.js:2:3: TypeError: bad 1"},
		{"RangeError, wrapped", func() error { return fmt.Errorf("wrapped: %w", quickjs.RangeErrorf("far")) }, "RangeError far true", "t.js:2:3: RangeError: far"},
		{"a name of its own", func() error { return &quickjs.Error{Name: "DataCloneError", Message: "no"} }, "DataCloneError no true", "t.js:2:3: DataCloneError: no"},
		{"a value", func() error { return own.Value().Throw() }, "undefined undefined false7", "[object Object]"},
		{"undefined", func() error { return quickjs.Value{}.Throw() }, "undefined", "undefined"},
		{"a panic", func() error { panic("oops") }, "Error panic in f: oops true", "t.js:2:3: Error: panic in f: oops"},
		{"a runtime panic", func() error { return []error{}[len(panicked)&1+1] }, "Error panic in f: runtime error: index out of range [1] with length 0 true",
			"t.js:2:3: Error: panic in f: runtime error: index out of range [1] with length 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			panicked = ""
			var went error
			function(t, i, "f", func(*quickjs.Call) (quickjs.Value, error) { went = tt.err(); return quickjs.Value{}, went })
			got := eval(t, i, "try { f() } catch (e) { e === undefined ? 'undefined' : [e.name, e.message, e instanceof Error].join(' ').replace('  ', 'undefined undefined ') + (e.code ?? '') }")
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("JavaScript sees (-want +got):\n%s", diff)
			}
			_, err := i.Eval("\n f()", "t.js")
			if diff := cmp.Diff(tt.goes, thrown(t, err).Error()); diff != "" {
				t.Errorf("Go sees (-want +got):\n%s", diff)
			}
			if went != nil && tt.name == "plain" && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%v does not wrap what the function returned", err)
			}
			if v, ok := thrown(t, err).Thrown(); tt.name == "a value" && (!ok || !v.Is(own.Value())) {
				t.Errorf("another value came out: %v, %v", v, ok)
			}
		})
	}
	if want := "f runtime error: index out of range [1] with length 0 true"; panicked != want {
		t.Errorf("Panicked: got %q, want %q", panicked, want)
	}
}

// TestTerminate: no catch and no finally block runs, at no level, and the isolate can be used on.
func TestTerminate(t *testing.T) {
	i := open(t, quickjs.Options{})
	cause := errors.New("the object was reset")
	ran := 0
	function(t, i, "end", func(*quickjs.Call) (quickjs.Value, error) { return quickjs.Value{}, quickjs.Terminate(cause) })
	function(t, i, "mark", func(*quickjs.Call) (quickjs.Value, error) { ran++; return quickjs.Value{}, nil })
	function(t, i, "nested", func(c *quickjs.Call) (quickjs.Value, error) { return c.Arg(0).Call(quickjs.Value{}) })
	for _, source := range []string{
		"\ntry { end() } catch { mark() } finally { mark() }; mark()",
		"\ntry { nested(() => { try { end() } finally { mark() } }) } catch { mark() }",
		"\n(async () => { try { end() } catch { mark() } })().then(mark, mark); mark()",
		"\nnew Promise(() => end()).catch(mark); mark()",
		"\n[3, 1].sort(() => end()); mark()",
		"\nfor (const x of (function*() { try { yield end() } finally { mark() } })()) mark()",
	} {
		_, err := i.Eval(source, "t.js")
		if e := thrown(t, err); !errors.Is(err, cause) || e.File != "t.js" || e.Line != 2 {
			t.Errorf("%s: got %v, want %v at line 2", source, err, cause)
		}
		if _, ok := thrown(t, err).Thrown(); ok {
			t.Errorf("%s: something was thrown", source)
		}
	}
	if ran != 0 {
		t.Errorf("%d handlers ran", ran)
	}
	if got := eval(t, i, "1 + 1").String(); got != "2" {
		t.Errorf("afterwards: got %s", got)
	}
}

// TestGoexit: t.FailNow in a host function ends the goroutine through the engine's frames.
func TestGoexit(t *testing.T) {
	i := open(t, quickjs.Options{})
	function(t, i, "exit", func(*quickjs.Call) (quickjs.Value, error) { runtime.Goexit(); return quickjs.Value{}, nil })
	done := make(chan bool)
	go func() {
		defer close(done)
		_, _ = i.Eval("function f() { try { exit() } catch {} } [1].map(f)", "x.js")
	}()
	<-done
	if got := eval(t, i, "(function() { return new Error().stack.split('\\n').length })()").String(); got != "3" {
		t.Errorf("the isolate is not usable on: %s", got)
	}
}

func TestHostObjects(t *testing.T) {
	i := open(t, quickjs.Options{})
	type thing struct{ name string }
	finalized := map[string]int{}
	proto := eval(t, i, "({greet() { return 'hi' }})")
	for _, name := range []string{"dropped", "kept", "cycle"} {
		scope := i.OpenScope()
		global(t, i, name, must(i.Host(proto, &thing{name}, func() { finalized[name]++ }))(t))
		scope.Close()
	}
	if got := eval(t, i, "kept.own = 1; cycle.self = cycle; kept.greet() + kept.own").String(); got != "hi1" {
		t.Errorf("got %s", got)
	}
	if v, ok := eval(t, i, "kept").Host(); !ok || v.(*thing).name != "kept" {
		t.Errorf("Host: got %v, %v", v, ok)
	}
	for _, source := range []string{"({})", "1", "Object.create(kept)", "new Proxy(kept, {})", "() => 1"} {
		if _, ok := eval(t, i, source).Host(); ok {
			t.Errorf("%s is taken for a host object", source)
		}
	}
	scope := i.OpenScope()
	eval(t, i, "dropped = cycle = null")
	scope.Close()
	if diff := cmp.Diff(map[string]int{"dropped": 1}, finalized); diff != "" {
		t.Errorf("before GC (-want +got):\n%s", diff)
	}
	i.GC()
	if diff := cmp.Diff(map[string]int{"dropped": 1, "cycle": 1}, finalized); diff != "" {
		t.Errorf("after GC (-want +got):\n%s", diff)
	}
	_ = i.Close()
	if diff := cmp.Diff(map[string]int{"dropped": 1, "cycle": 1, "kept": 1}, finalized); diff != "" {
		t.Errorf("after Close (-want +got):\n%s", diff)
	}
}

func TestClasses(t *testing.T) {
	i := open(t, quickjs.Options{})
	type counter struct{ n float64 }
	class, err := i.Class("Counter", 1, func(c *quickjs.Call) (any, error) {
		n, err := c.Arg(0).Float()
		return &counter{n}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	number := func(self *counter, _ *quickjs.Call) (quickjs.Value, error) { return i.Number(self.n), nil }
	for _, err := range []error{
		quickjs.Method(class, "add", 1, func(self *counter, c *quickjs.Call) (quickjs.Value, error) {
			n, err := c.Arg(0).Float()
			self.n += n
			return c.This, err
		}),
		quickjs.Accessor(class, "value", number, func(self *counter, c *quickjs.Call) (v quickjs.Value, err error) {
			self.n, err = c.Arg(0).Float()
			return v, err
		}),
		quickjs.Accessor(class, "fixed", number, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	global(t, i, "Counter", class.Constructor())
	global(t, i, "made", must(class.New(&counter{40}, nil))(t))
	closed, err := i.Class("Closed", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	global(t, i, "Closed", closed.Constructor())
	tests := []struct{ source, want string }{
		{"new Counter(1).add(2).add(3).value", "6"},
		{"made.value = 5; made.add(1).value", "6"},
		{"made instanceof Counter && made.constructor === Counter", "true"},
		{"String(made)", "[object Counter]"},
		{"class Sub extends Counter { twice() { return this.value * 2 } }; new Sub(4).twice()", "8"},
		{"new Sub(1) instanceof Sub && new Sub(1) instanceof Counter", "true"},
		{"Counter.name + Counter.length", "Counter1"},
		{"try { Counter(1) } catch (e) { String(e) }", "TypeError: Class constructor Counter cannot be invoked without 'new'"},
		{"try { Counter.prototype.add.call({}) } catch (e) { String(e) }", "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details."},
		{"try { new Closed() } catch (e) { String(e) }", "TypeError: Illegal constructor"},
		{"'use strict'; try { made.fixed = 1 } catch (e) { e.name }", "TypeError"},
		{"class Bad extends Counter { constructor() { super(); } }; isNaN(new Bad().value)", "true"},
	}
	for _, tt := range tests {
		if got := eval(t, i, tt.source).String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.source, got, tt.want)
		}
	}
}
