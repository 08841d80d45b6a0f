package web_test

import (
	"testing"
)

// TestNothingStays: what a piece of work made is gone when it is over, but for
// cycles, which the collector takes.
func TestNothingStays(t *testing.T) {
	for name, code := range map[string]string{
		"fetch":   `await (await fetch("http://x/?body=abc")).text()`,
		"upload":  `await (await fetch("http://x/", {method: "POST", body: new ReadableStream({start(c) { c.enqueue("x"); c.close() }})})).text()`,
		"unread":  `await fetch("http://x/?body=abc")`,
		"aborted": `const c = new AbortController(); const p = fetch("http://x/", {signal: c.signal}); c.abort(); await p.catch(() => {})`,
		"signal":  `const c = new AbortController(); await (await fetch("http://x/", {signal: c.signal})).text()`,
		"timeout": `const s = AbortSignal.timeout(1); await new Promise((r) => s.addEventListener("abort", r))`,
		"streams": `await new Response(new Response("abc").body.pipeThrough(new TransformStream())).text()`,
		"tee":     `const [a, b] = new Response("abc").body.tee(); await new Response(a).text(); await new Response(b).text()`,
		"classes": `new URL("http://x/?a=b").searchParams.append("c", "d"); new FormData().append("a", new Blob(["b"])); new Headers({a: "b"}).set("c", "d"); new EventTarget().addEventListener("x", () => {})`,
		"errors":  `try { new Request("/") } catch {}; try { new URL("x") } catch {}; await new Response("{").json().catch(() => {})`,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, echo{})
			const times = 50
			measure := func() int64 {
				for range times {
					if got := l.js(code + "; return 1"); got != "1" {
						t.Fatal(got)
					}
				}
				if err := l.Run(l.ctx, func() error { return nil }); err != nil {
					t.Fatal(err)
				}
				l.outside(l.work.Wait)
				l.iso.GC()
				return l.iso.Memory().Objects
			}
			measure()
			before := measure()
			if after := measure(); after > before+times/2 {
				t.Errorf("%d objects became %d", before, after)
			}
		})
	}
}

// TestCloseWithWorkUnderWay: an isolate is closed while streams are open and
// bodies unread.
func TestCloseWithWorkUnderWay(t *testing.T) {
	l := newLoop(t, echo{})
	err := l.Run(l.ctx, func() error {
		_, err := l.iso.Eval(`globalThis.kept = [fetch("http://x/"), new ReadableStream({pull() { return new Promise(() => {}) }}).getReader().read(), AbortSignal.timeout(1e9)]`, "x.js")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
