package quickjs_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestCompile(t *testing.T) {
	source := "function where() { throw new Error('here') }\nwhere.toString().length + typeof n"
	code, err := quickjs.Compile(source, "compiled.js", quickjs.ScriptCode)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		i := open(t, quickjs.Options{})
		if got := must(i.Run(code))(t).String(); got != "44undefined" {
			t.Errorf("got %s", got)
		}
		_, err := i.Eval("where()", "x.js")
		if e := thrown(t, err); e.File != "compiled.js" || e.Line != 1 {
			t.Errorf("got %v, want the place in the source", err)
		}
	}
}

func TestCompileModule(t *testing.T) {
	code, err := quickjs.Compile("import { x } from './other.js'; globalThis.got = x + import.meta.url", "main.js", quickjs.ModuleCode)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		i := open(t, modules(map[string]string{"other.js": "export const x = '" + text + "'"}))
		if _, err := i.Settle(must(i.Run(code))(t), 100); err != nil {
			t.Fatal(err)
		}
		if got := eval(t, i, "got").String(); got != text+"main.js" {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	i := open(t, quickjs.Options{Load: func(*quickjs.Isolate, string, map[string]string) (quickjs.Module, error) {
		return quickjs.Module{Code: code}, nil
	}})
	if _, err := i.Settle(must(i.Import("main.js", ""))(t), 10); err == nil || !strings.Contains(err.Error(), "./other.js is imported, but") {
		t.Errorf("code under another name: got %v", err)
	}
}

// TestCompileCache: the same content is compiled once, whoever asks; another kind, file or content is another.
func TestCompileCache(t *testing.T) {
	compile := func(source, file string, kind quickjs.CodeKind) *quickjs.Code {
		code, err := quickjs.Compile(source, file, kind)
		if err != nil {
			t.Error(err)
		}
		return code
	}
	first := compile("1 + 1", "a.js", quickjs.ScriptCode)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if compile(strings.Clone("1 + 1"), "a.js", quickjs.ScriptCode) != first {
					t.Error("compiled again")
				}
			}
		})
	}
	wg.Wait()
	for _, other := range []*quickjs.Code{
		compile("1 + 2", "a.js", quickjs.ScriptCode), compile("1 + 1", "b.js", quickjs.ScriptCode), compile("1 + 1", "a.js", quickjs.ModuleCode),
	} {
		if other == first {
			t.Errorf("%+v is the same as %+v", other, first)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for _, kind := range []quickjs.CodeKind{quickjs.ScriptCode, quickjs.ModuleCode} {
		_, err := quickjs.Compile("let a\nlet a", "a.js", kind)
		if e := thrown(t, err); e.Name != "SyntaxError" || e.File != "a.js" || e.Line != 2 {
			t.Errorf("got %v, want a SyntaxError in line 2", err)
		}
	}
	i := open(t, quickjs.Options{Load: func(*quickjs.Isolate, string, map[string]string) (quickjs.Module, error) {
		code, err := quickjs.Compile("1", "a.js", quickjs.ScriptCode)
		return quickjs.Module{Code: code}, err
	}})
	if _, err := importMain(i); err == nil || !strings.Contains(err.Error(), "not compiled as a module") {
		t.Errorf("a script as a module: got %v", err)
	}
	if _, err := i.Run(nil); err == nil {
		t.Error("no code: no error")
	}
}

// TestCompileHostScript: neither the text nor the place of the host's own code is seen.
func TestCompileHostScript(t *testing.T) {
	source := "function fail(x) { return x() }\nfail"
	host, err := quickjs.Compile(source, "host.js", quickjs.HostScriptCode)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := quickjs.Compile(source, "host.js", quickjs.ScriptCode)
	if err != nil {
		t.Fatal(err)
	}
	if host.Size() >= plain.Size() {
		t.Errorf("%d bytes, as much as the %d of a script that keeps its text", host.Size(), plain.Size())
	}
	i := open(t, quickjs.Options{})
	fn := must(i.Run(host))(t)
	text, err := fn.Text()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "return") || !strings.Contains(text, "[native code]") {
		t.Errorf("the function shows as %q", text)
	}
	_, err = i.Eval("function user() { fail(() => {\n  nope() }) }\nuser()", "user.js")
	e := thrown(t, err)
	if e.File != "user.js" || e.Line != 2 || strings.Contains(e.Stack, "fail") {
		t.Errorf("got %v with stack\n%s", err, e.Stack)
	}
	_, err = i.Eval("fail(5)", "user.js")
	if e := thrown(t, err); e.File != "user.js" || e.Line != 1 {
		t.Errorf("got %v, want the place of the call", err)
	}
}

// TestLoadCode: compiling gives the same bytes each time, and they run elsewhere.
func TestLoadCode(t *testing.T) {
	source := "const f = (x) => { class C { #p = x; get p() { return this.#p + 1 } }; return new C().p }\nf(41)"
	code, err := quickjs.Compile(source, "a.js", quickjs.HostScriptCode)
	if err != nil {
		t.Fatal(err)
	}
	other, err := quickjs.Compile(source+" ", "a.js", quickjs.HostScriptCode)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(code.Bytes(), other.Bytes()) {
		t.Error("the same program was compiled to other bytes")
	}
	i := open(t, quickjs.Options{})
	if got := must(i.Run(quickjs.LoadCode(code.Bytes(), "a.js", quickjs.HostScriptCode)))(t).String(); got != "42" {
		t.Errorf("got %s", got)
	}
	wrong := code.Bytes()
	wrong[0]++
	if _, err := i.Run(quickjs.LoadCode(wrong, "a.js", quickjs.HostScriptCode)); err == nil {
		t.Error("code of another version of the engine was run")
	}
}
