package quickjs

import (
	"errors"
	"testing"
)

func open(t testing.TB, opts Options) *Isolate {
	t.Helper()
	i, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

func eval(t testing.TB, i *Isolate, source string) Value {
	t.Helper()
	v, err := i.Eval(source, "test.js")
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return v
}

func TestSmoke(t *testing.T) {
	i := open(t, Options{MemoryLimit: 16 << 20})
	if got := eval(t, i, "1+2").String(); got != "3" {
		t.Fatal(got)
	}
	for _, src := range []string{
		"function f(){ g() }\nfunction g(){ throw new TypeError('x') }\nf()",
		"'a\nb",
		"null.foo",
		"throw 'str'", "throw {a:1}", "throw null",
		"function f(){ f() }\nf()",
		"let a=[];\nfor(;;){\n a.push('x'.repeat(1000)+a.length) }",
		"let a=[];\nfor(;;){\n try { a.push(new Array(1000000).fill(1)) } catch(e) {} }",
		"'x'.repeat(2**29)",
		"(async()=>{ for(;;) new Array(100000).fill(1).map(String) })()",
	} {
		_, err := i.Eval(src, "dir/a b.js")
		var e *Error
		errors.As(err, &e)
		t.Logf("%v\n%+v", err, e)
		i.GC()
		t.Log(i.Memory())
	}
}
