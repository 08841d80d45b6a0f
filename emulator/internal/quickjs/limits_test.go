package quickjs_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// after is an interrupt callback that gives err at the n-th time it is asked.
func after(n int, err error) func() error {
	return func() error {
		if n--; n > 0 {
			return nil
		}
		return err
	}
}

// scaled is n, or less under the race detector, with which the engine is twenty times slower.
func scaled(n int) int {
	if raceEnabled {
		return max(3, n/20)
	}
	return n
}

// TestRunaway is the promise that no script takes the process down: each ends with an error that says why, and where.
func TestRunaway(t *testing.T) {
	late := errors.New("the deadline has passed")
	tests := []struct {
		name, source string
		want         error // nil: any
		line         int   // 0: not known to the engine
	}{
		{"loop", "let n = 0\n\nfor (;;) Math.max(n)", late, 3},
		// A loop that does nothing with a place of its own has the place of what was before it, or of its function.
		{"empty loop", "f()\nfunction f() {\n\n for (;;); }", late, 2},
		{"loop in a function", "function spin() {\n  while (true) Math.abs(1)\n}\nspin()", late, 2},
		{"loop that catches", "for (;;) {\n try { for (;;) Math.abs(1) } catch {} finally { }\n}", late, 2},
		{"loop in a getter", "({ get x() {\n for (;;) Math.abs(1) } }).x", late, 2},
		{"loop in an async function", "(async () => {\n for (;;) Math.abs(1) })()", late, 2},
		{"loop in a promise executor", "new Promise(() => {\n for (;;) Math.abs(1) })", late, 2},
		{"loop in a generator", "[...(function*() {\n for (;;) Math.abs(1) })()]", late, 2},
		{"endless iterator", "\n[...{ [Symbol.iterator]() { return this }, next() { return { done: false } } }]", nil, 2},
		{"loop in sort", "[3, 2, 1].sort(() => {\n for (;;) Math.abs(1) })", late, 2},
		{"loop in toString", "`${{ toString() {\n for (;;) Math.abs(1) } }}`", late, 2},
		{"loop in a thrown name", "throw Object.defineProperty(new Error, 'name', { get() {\n for (;;) Math.abs(1) } })", late, 0},
		{"backtracking", "\n/^(a+)+$/.test('a'.repeat(40) + 'b')", late, 2},
		{"recursion", "function f() {\n  return 1 + f()\n}\nf()", quickjs.ErrStackOverflow, 2},
		{"recursion in a getter", "({ get x() {\n return this.x } }).x", quickjs.ErrStackOverflow, 2},
		{"recursion in a proxy", "let p = new Proxy({}, { get(t, k, r) {\n return r[k] } }); p.x", quickjs.ErrStackOverflow, 2},
		{"recursion in toJSON", "JSON.stringify({ toJSON() {\n return JSON.stringify(this) } })", quickjs.ErrStackOverflow, 2},
		{"recursion in a constructor", "class A { constructor() {\n new A } }; new A", quickjs.ErrStackOverflow, 2},
		{"recursion in replace", "function r(s) {\n return s.replace(/./, r) } r('a')", quickjs.ErrStackOverflow, 2},
		{"strings", "let a = []\nfor (;;) a.push('x'.repeat(1000) + a.length)", quickjs.ErrMemoryLimit, 2},
		{"one string", "let s = 'x'\nfor (;;) s += s", nil, 2},
		{"objects", "let o = {}\nfor (let n = 0;; n++) o[n] = {n}", quickjs.ErrMemoryLimit, 2},
		{"arrays that catch", "let a = []\nfor (;;) try { a.push(new Array(100000).fill(1)) } catch {}", quickjs.ErrMemoryLimit, 2},
		{"a buffer", "\nnew ArrayBuffer(1e9)", quickjs.ErrMemoryLimit, 2},
		{"buffers", "let a = []\nfor (;;) a.push(new Uint8Array(100000))", quickjs.ErrMemoryLimit, 2},
		{"a big number", "let n = 2n\nfor (;;) n = n ** 2n", nil, 2},
		{"a map", "let m = new Map()\nfor (let n = 0;; n++) m.set(n, [n])", nil, 2},
		{"closures", "let f = Object()\nfor (;;) { let g = f; f = () => g }", quickjs.ErrMemoryLimit, 1},
		{"promises", "(async () => {\n for (;;) new Promise(() => {}).then(() => {}) })()", late, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			polls := scaled(60)
			if tt.want == quickjs.ErrMemoryLimit {
				polls = 200
			}
			i := open(t, quickjs.Options{MemoryLimit: max(4<<20, scaled(16<<20)), Interrupt: after(polls, late)})
			_, err := i.Eval(tt.source, "run.js")
			e := thrown(t, err)
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if tt.line != 0 && (e.File != "run.js" || e.Line != tt.line) {
				t.Errorf("got %q, want it to name run.js:%d", err, tt.line)
			}
			if !strings.HasPrefix(err.Error(), "run.js:") && tt.line != 0 {
				t.Errorf("%q does not start with the place", err)
			}
		})
	}
}

// TestGarbageIsNoRunaway: only what is in use counts.
func TestGarbageIsNoRunaway(t *testing.T) {
	i := open(t, quickjs.Options{MemoryLimit: 8 << 20})
	rounds := strconv.Itoa(scaled(100_000))
	got := eval(t, i, "let n = 0; for (; n < "+rounds+"; n++) { let a = {n, text: 'x'.repeat(500) + n}; a.self = a } n")
	if got.String() != rounds {
		t.Errorf("got %v, want %s", got, rounds)
	}
}

// TestUsableAfterLimits: an isolate that hit a limit can be used on once the memory is free again.
func TestUsableAfterLimits(t *testing.T) {
	i := open(t, quickjs.Options{MemoryLimit: 8 << 20})
	for range scaled(20) {
		if _, err := i.Eval("(() => { let a = []; for (;;) a.push({}) })()", "x.js"); !errors.Is(err, quickjs.ErrMemoryLimit) {
			t.Fatalf("got %v", err)
		}
		if _, err := i.Eval("(function f() { f() })()", "x.js"); !errors.Is(err, quickjs.ErrStackOverflow) {
			t.Fatalf("got %v", err)
		}
		i.GC()
	}
	if got := eval(t, i, "[1, 2, 3].map(n => n * 2).join()").String(); got != "2,4,6" {
		t.Errorf("got %s", got)
	}
	if got := i.Memory(); got.Bytes > 4<<20 {
		t.Errorf("%d bytes are in use afterwards", got.Bytes)
	}
}

func TestInterruptFromAnotherGoroutine(t *testing.T) {
	i := open(t, quickjs.Options{})
	cause := errors.New("closing")
	started := make(chan bool, 1)
	function(t, i, "started", func(*quickjs.Call) (quickjs.Value, error) { started <- true; return quickjs.Value{}, nil })
	go func() {
		<-started
		i.Interrupt(cause)
	}()
	if _, err := i.Eval("started(); for (;;) {}", "x.js"); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
	i.Interrupt(nil)
	if _, err := i.Eval("for (;;) {}", "x.js"); !errors.Is(err, quickjs.ErrInterrupted) {
		t.Errorf("got %v, want %v", err, quickjs.ErrInterrupted)
	}
	i.Interrupt(cause)
	i.ClearInterrupt()
	eval(t, i, "for (let n = 0; n < 1e5; n++) {}")
}

// TestStackLimit: the limit is the owner's, and calls through Go count as well.
func TestStackLimit(t *testing.T) {
	depth := func(limit int, source string) float64 {
		i := open(t, quickjs.Options{StackLimit: limit})
		function(t, i, "host", func(c *quickjs.Call) (quickjs.Value, error) { return c.Arg(0).Call(quickjs.Value{}) })
		n, _ := eval(t, i, "let n = 0; "+source+"; try { f() } catch (e) { if (!(e instanceof RangeError)) throw e } n").Float()
		return n
	}
	small, large := depth(500, "function f() { n++; f() }"), depth(10000, "function f() { n++; f() }")
	if small < 100 || small > 500 || large < 10*small {
		t.Errorf("depth %v with a limit of 500, %v with 10000", small, large)
	}
	if through := depth(1000, "function f() { n++; host(f) }"); through < 100 || through > large {
		t.Errorf("depth %v through Go", through)
	}
}

func TestDeepSource(t *testing.T) {
	if raceEnabled {
		t.Skip("takes minutes, and the engine has one goroutine")
	}
	i := open(t, quickjs.Options{MemoryLimit: 256 << 20})
	for name, source := range map[string]string{
		"parentheses": strings.Repeat("(", 100000), "arrays": strings.Repeat("[", 100000), "blocks": strings.Repeat("{", 100000),
		"unary": strings.Repeat("!", 100000) + "1", "arrows": strings.Repeat("a=>", 100000) + "1", "templates": strings.Repeat("`${", 50000),
		"json": "JSON.parse('" + strings.Repeat("[", 100000) + "')", "regexp": "new RegExp('" + strings.Repeat("(", 100000) + "')",
		"ternary": strings.Repeat("1?", 100000), "functions": strings.Repeat("function f(){", 100000), "new": strings.Repeat("new ", 100000),
		"ifs": strings.Repeat("if(1)", 100000), "power": strings.Repeat("1**", 100000) + "1", "classes": strings.Repeat("class{[", 50000),
	} {
		if _, err := i.Eval(source, "deep.js"); err == nil {
			t.Logf("%s: accepted", name)
		}
	}
	if got := eval(t, i, "1").String(); got != "1" {
		t.Errorf("afterwards: got %s", got)
	}
}

func TestMemory(t *testing.T) {
	i := open(t, quickjs.Options{})
	before := i.Memory()
	scope := i.OpenScope()
	eval(t, i, "globalThis.a = Array.from({length: 1000}, (_, n) => ({n}))")
	scope.Close()
	if got := i.Memory(); got.Objects < before.Objects+1000 || got.Bytes < before.Bytes+50_000 {
		t.Errorf("got %+v, before %+v", got, before)
	}
	scope = i.OpenScope()
	eval(t, i, "delete globalThis.a")
	scope.Close()
	i.GC()
	if got := i.Memory(); got.Objects > before.Objects+10 {
		t.Errorf("after GC: got %+v, before %+v", got, before)
	}
}
