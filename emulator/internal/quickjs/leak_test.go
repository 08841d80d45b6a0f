package quickjs_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var isolates = flag.Int("isolates", 1000, "how many isolates TestNoLeak opens and closes")

// resident is the memory of this process in bytes, as the system counts it.
func resident(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skipf("this system does not tell the memory of a process: %v", err)
	}
	pages, err := strconv.Atoi(string(bytes.Fields(b)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// use does to an isolate what can leave something behind.
func use(t *testing.T) {
	i, err := quickjs.Open(quickjs.Options{
		MemoryLimit: 32 << 20, StackLimit: 1000, Interrupt: after(20, errors.New("late")),
		Now: func() float64 { return 1 }, Random: func() float64 { return 0.5 },
		Rejection: func(_, reason quickjs.Value, _ bool) { reason.Keep() },
		Load: func(*quickjs.Isolate, string, map[string]string) (quickjs.Module, error) {
			return quickjs.Module{Source: "export default class { #x = 1 }"}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := i.Function("f", 0, func(c *quickjs.Call) (quickjs.Value, error) { return c.Arg(0), c.Arg(1).Throw() })
	if err != nil {
		t.Fatal(err)
	}
	global(t, i, "f", f)
	buffer, err := i.ArrayBuffer(make([]byte, 50_000))
	if err != nil {
		t.Fatal(err)
	}
	global(t, i, "buffer", buffer)
	p, _, err := i.Promise()
	if err != nil {
		t.Fatal(err)
	}
	p.Keep()
	f.Keep()
	for _, source := range []string{
		"globalThis.a = []; a.push(a, () => a, /x/u.exec('x'), 2n ** 100n); const m = new Map([[a, new WeakRef(a)]]); Symbol.for('s')",
		"f(1, new Error('x'))", "Promise.reject(1); (async () => { await new Promise(() => {}) })(); import('m.js')",
		"(function r() { r() })()", "const x = @", "(function*() { yield 1 })().next()", "for (;;) Math.abs(1)",
	} {
		_, _ = i.Eval(source, "x.js")
	}
	if _, err := i.RunJobs(100); err != nil {
		_ = err // the deadline: what is left behind is the point
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNoLeak: isolates that were used and closed leave nothing, with things of every kind open. The first ones may make
// the allocators of Go and C grow.
func TestNoLeak(t *testing.T) {
	n := *isolates
	if testing.Short() {
		n = min(n, 100)
	}
	warm := scaled(50)
	n = scaled(n)
	measure := func() int {
		runtime.GC()
		runtime.GC()
		return resident(t)
	}
	for range warm {
		use(t)
	}
	before := measure()
	for range n {
		use(t)
	}
	grown := measure() - before
	t.Logf("%d isolates: resident memory grew by %d KiB from %d KiB", n, grown>>10, before>>10)
	if limit := 8 << 20; grown > limit && !raceEnabled {
		t.Errorf("resident memory grew by %d bytes, more than %d", grown, limit)
	}
}
