package web_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// answer is a transport that is a handler; bodies stream both ways.
type answer func(w http.ResponseWriter, req *http.Request)

func (a answer) RoundTrip(req *http.Request) (*http.Response, error) {
	server := httptest.NewServer(http.HandlerFunc(a))
	req = req.Clone(req.Context())
	req.URL.Host = strings.TrimPrefix(server.URL, "http://")
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		server.Close()
		return nil, err
	}
	resp.Body = closing{resp.Body, server.Close}
	return resp, nil
}

type closing struct {
	io.ReadCloser
	then func()
}

func (c closing) Close() error {
	defer c.then()
	return c.ReadCloser.Close()
}

// js evaluates an async function's body and gives the text of its result.
func (l *loop) js(code string) string {
	l.t.Helper()
	var result string
	err := l.Await(l.ctx, func() (quickjs.Value, error) { return l.iso.Eval("(async () => {"+code+"\n})()", "test.js") }, func(v quickjs.Value) (err error) {
		result, err = v.Text()
		return err
	})
	if err != nil {
		return "throws " + err.Error()
	}
	return result
}

func TestFetchOverHTTP(t *testing.T) {
	tests := []struct {
		name, code, want string
		handler          answer
	}{
		{"text", `return (await fetch("http://x/a?b")).text()`, "GET /a?b ", nil},
		{"post", `return (await fetch("http://x/a", {method: "POST", body: "héy"})).text()`, "POST /a héy", nil},
		{"stream up", `
			const {readable, writable} = new IdentityTransformStream(), w = writable.getWriter();
			const answer = fetch("http://x/", {method: "POST", body: readable});
			await w.write(new Uint8Array([65])); await w.write("BC"); await w.close();
			return (await answer).text()`, "POST / ABC", nil},
		{"stream of chunks up", `
			let n = 0;
			return (await fetch("http://x/", {method: "PUT", body: new ReadableStream({pull(c) { if (n++ < 3) c.enqueue("x" + n); else c.close() }})})).text()`,
			"PUT / x1x2x3", nil},
		{"big both ways", `
			const bytes = new Uint8Array(3 << 20).fill(66);
			const back = await (await fetch("http://x/", {method: "POST", body: bytes})).bytes();
			return back.length + " " + back[back.length - 1]`, fmt.Sprint(3<<20+len("POST / "), " 66"), nil},
		{"big stream both ways", `
			let n = 0;
			const body = new ReadableStream({pull(c) { if (n++ < 64) c.enqueue(new Uint8Array(65536)); else c.close() }});
			let got = 0;
			for await (const chunk of (await fetch("http://x/", {method: "POST", body})).body) got += chunk.length;
			return got`, fmt.Sprint(64 * 65536), func(w http.ResponseWriter, req *http.Request) {
			_ = http.NewResponseController(w).EnableFullDuplex()
			_, _ = io.Copy(w, req.Body)
		}},
		{"gzip", `const r = await fetch("http://x/"); return r.headers.get("content-encoding") + " " + await r.text()`, "gzip hello", encoded("gzip")},
		{"br", `const r = await fetch("http://x/"); let t = ""; for await (const c of r.body) t += String.fromCharCode(...c); return t`, "hello", encoded("br")},
		{"lost", `try { return await fetch("http://x/") } catch (e) { return [e.name, e.message, e.remote, e.retryable].join() }`,
			"Error,Network connection lost.,true,true", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"lost later", `const r = await fetch("http://x/"); try { return await r.text() } catch (e) { return [r.status, e.message, e.remote, e.retryable].join() }`,
			"200,Network connection lost.,,true", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, "abc")
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}},
		{"aborted before", `try { return await fetch("http://x/", {signal: AbortSignal.abort("no")}) } catch (e) { return e }`, "no", nil},
		{"aborted", `
			const c = new AbortController(), p = fetch("http://x/", {signal: c.signal}); c.abort();
			try { return await p } catch (e) { return e.name + e.code }`, "AbortError20", nil},
		{"aborted later", `
			const c = new AbortController(), r = await fetch("http://x/", {signal: c.signal}); c.abort(new RangeError("enough"));
			try { return await r.text() } catch (e) { return String(e) }`, "RangeError: enough", func(w http.ResponseWriter, req *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-req.Context().Done()
		}},
		{"stream that fails", `
			const body = new ReadableStream({start(c) { c.enqueue("a") }, pull(c) { c.error(new RangeError("mine")) }});
			try { return (await fetch("http://x/", {method: "POST", body})).status } catch (e) { return String(e) }`, "RangeError: mine", func(w http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			handler := test.handler
			if handler == nil {
				handler = func(w http.ResponseWriter, req *http.Request) {
					body, err := io.ReadAll(req.Body)
					if err != nil {
						t.Error(err)
					}
					fmt.Fprintf(w, "%s %s %s", req.Method, req.URL.RequestURI(), body)
				}
			}
			if got := newLoop(t, handler).js(test.code); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func encoded(as string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", as)
		var out io.WriteCloser = gzip.NewWriter(w)
		if as == "br" {
			out = brotli.NewWriter(w)
		}
		_, _ = io.WriteString(out, "hello")
		_ = out.Close()
	}
}

// TestUploadIsReadBeforeItEnds: who is asked sees the first chunk while the
// program has not written the second.
func TestUploadIsReadBeforeItEnds(t *testing.T) {
	seen := make(chan struct{})
	l := newLoop(t, answer(func(w http.ResponseWriter, req *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		p := make([]byte, 1)
		_, _ = io.ReadFull(req.Body, p)
		close(seen)
		_, _ = io.Copy(w, req.Body)
	}))
	err := l.Run(l.ctx, func() error {
		wait, err := l.iso.Function("seen", 0, func(*quickjs.Call) (quickjs.Value, error) {
			promise, d, err := l.iso.Promise()
			l.Go("seen", func(ctx context.Context) {
				l.outside(func() { <-seen })
				_ = l.Run(ctx, func() error { return d.Resolve(quickjs.Value{}) })
			})
			return promise, err
		})
		if err != nil {
			return err
		}
		return l.iso.Global().Set("seen", wait)
	})
	if err != nil {
		t.Fatal(err)
	}
	got := l.js(`
		let n = 0;
		const body = new ReadableStream({async pull(c) { if (n++ === 0) c.enqueue("a"); else { await seen(); c.enqueue("b"); c.close() } }}, {highWaterMark: 0});
		return (await fetch("http://x/", {method: "POST", body})).text()`)
	if got != "b" {
		t.Errorf("got %q, want b", got)
	}
}

// TestOtherContext: a body that belongs to one event cannot be read by another.
func TestOtherContext(t *testing.T) {
	l := newLoop(t, echo{})
	if got := l.js(`globalThis.r = await fetch("http://x/"); return r.status`); got != "200" {
		t.Fatal(got)
	}
	l.as = struct{ *loop }{l}
	if got := l.js(`return r.text()`); !strings.Contains(got, "Cannot perform I/O on behalf of a different request.") {
		t.Errorf("got %q", got)
	}
}

func TestGlobalScope(t *testing.T) {
	l := newLoop(t, echo{})
	for _, code := range []string{`fetch("http://x/")`, `AbortSignal.timeout(1)`} {
		v, err := l.iso.Eval(code, "global.js")
		if err == nil {
			_, err = l.iso.Settle(v, 100)
		}
		if err == nil || !strings.Contains(err.Error(), "Disallowed operation called within global scope.") {
			t.Errorf("%s: got %v", code, err)
		}
	}
}
