package quickjs_test

import (
	"errors"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// FuzzEval: whatever the source, it ends, the process lives, and the isolate can be closed.
func FuzzEval(f *testing.F) {
	for _, source := range []string{
		"1 + 1", "for (;;) {}", "(function f() { f() })()", "let a = []; for (;;) a.push(a)", "'x'.repeat(1e9)", "throw {}", "@", "`${",
		"async function* g() { for await (const x of g()) yield x }; g().next()", "new Proxy(Array, { get() { throw 1 } })()",
		"class A extends A {}", "label: for (;;) { continue label }", "/(a*)*b/.exec('a'.repeat(30))", "JSON.parse('[[[')",
		"new Uint8Array(1e9).sort(() => f())", "import('x').catch(import)", "f.call(f, f, () => f(f))", "with (f) { f }",
		"Object.defineProperty(Object.prototype, 'then', { get() { return f } }); (async () => {})()", "eval('eval(\"f(1)\")')",
		"\xed\xa0\x80", "\u2028", "#!x", "<!--", "BigInt.asIntN(1e9, -1n)", "new SharedArrayBuffer(8)", "Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)",
		"let s = 'a'; for (let i = 0; i < 40; i++) s += s; s.length", "new Array(2 ** 32 - 1).join()", "Reflect.construct(f, [], Map)",
		"let p = Promise.reject(); for (;;) p = p.finally(() => { throw 1 })", "(() => { try { f(f()) } finally { for (;;); } })()",
	} {
		f.Add(source)
	}
	late := errors.New("late")
	f.Fuzz(func(t *testing.T, source string) {
		i := open(t, quickjs.Options{
			MemoryLimit: 8 << 20, StackLimit: 2000, Interrupt: after(20, late), Rejection: func(_, _ quickjs.Value, _ bool) {},
			Load: func(_ *quickjs.Isolate, name string, _ map[string]string) (quickjs.Module, error) {
				return quickjs.Module{Source: name}, nil
			},
		})
		function(t, i, "f", func(c *quickjs.Call) (quickjs.Value, error) {
			if c.Arg(0).IsFunction() {
				return c.Arg(0).Call(c.This, c.Args[1:]...)
			}
			if c.Arg(0).IsObject() {
				return quickjs.Value{}, c.Arg(0).Throw()
			}
			return c.This, nil
		})
		if v, err := i.Eval(source, "fuzz.js"); err == nil {
			_ = v.String()
			_, _ = v.Text()
			_, _ = v.Bytes()
			_, _ = v.Keys(quickjs.StringKeys | quickjs.SymbolKeys)
		} else if err.Error() == "" && thrown(t, err).Message != "" {
			t.Errorf("an error without text: %#v", err)
		}
		_, _ = i.RunJobs(50)
		i.GC()
	})
}

// FuzzStrings: what is UTF-8 crosses unchanged, and anything that has crossed once crosses unchanged again.
func FuzzStrings(f *testing.F) {
	for _, s := range []string{"", "a\x00é€😀", "\xed\xa0\x80", "\xff", "\xed\xa0\xbd\xed\xb8\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i := open(t, quickjs.Options{})
		once := must(i.String(s))(t).String()
		if twice := must(i.String(once))(t).String(); once != twice {
			t.Errorf("%q became %q, then %q", s, once, twice)
		}
		if valid(s) && once != s {
			t.Errorf("%q became %q", s, once)
		}
	})
}

func valid(s string) bool { return string([]rune(s)) == s }
