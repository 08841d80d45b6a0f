package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/google/go-cmp/cmp"
)

// serve calls a handler written in JavaScript, as an adapter does.
func (l *loop) serve(handler string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		done := make(chan error)
		l.Go("request", func(ctx context.Context) {
			req.Body = turnlessBody{l, req.Body}
			var response *quickjs.Ref
			err := l.Await(ctx, func() (quickjs.Value, error) {
				request, err := l.platform.NewRequest(req, map[string]any{"colo": "DFW"})
				if err != nil {
					return request, err
				}
				fn, err := l.iso.Eval("(async (request) => {"+handler+"\n})", "handler.js")
				if err != nil {
					return fn, err
				}
				return fn.Call(quickjs.Value{}, request)
			}, func(v quickjs.Value) error {
				response = v.Keep()
				return nil
			})
			if err == nil {
				err = l.platform.Respond(ctx, l, w, response)
				response.Free()
			}
			done <- err
		})
		if err := <-done; err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// gzipped is the outside world with one host that compresses.
type gzipped struct{ echo }

func (g gzipped) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "gzip" {
		return encoded("gzip").RoundTrip(req)
	}
	return g.echo.RoundTrip(req)
}

func TestServe(t *testing.T) {
	tests := []struct{ name, handler, want string }{
		{"request", `return new Response([request.method, request.url, request.headers.get("x"), request.redirect, request.cf.colo, await request.text()].join())`,
			"200 text/plain;charset=UTF-8 [] POST,http://x.test/p%20q?r=%C3%A9,1,manual,DFW,body"},
		{"status", `return new Response(null, {status: 204, headers: {a: "b"}})`, "204  [] "},
		{"cookies", `const r = new Response("x", {status: 201}); r.headers.append("set-cookie", "a=1"); r.headers.append("set-cookie", "b=2"); return r`,
			"201 text/plain;charset=UTF-8 [a=1 b=2] x"},
		{"request as response", `return new Response(request.body, {headers: {"content-type": "a/b"}})`, "200 a/b [] body"},
		{"no type", `return new Response(new Uint8Array([104, 105]))`, "200  [] hi"},
		{"stream", `let n = 0; return new Response(new ReadableStream({pull(c) { if (n < 3) c.enqueue("c" + n++); else c.close() }}))`, "200  [] c0c1c2"},
		{"json", `return Response.json({a: (await request.text()).length})`, `200 application/json [] {"a":4}`},
		{"gzip", `return new Response("hello", {headers: {"content-encoding": "gzip"}})`, "200 text/plain;charset=UTF-8 [] gunzipped hello"},
		{"encoded", `return new Response("raw", {headers: {"content-encoding": "x"}, encodeBody: "manual"})`, "200 text/plain;charset=UTF-8 [] raw"},
		{"empty", `return new Response()`, "200  [] "},
		{"fetched", `return fetch("http://y/?body=from+outside")`, "200  [] from outside"},
		{"fetched gzip", `return fetch("http://gzip/")`, "200  [] gunzipped hello"},
		{"fetched gzip, read", `return new Response("read " + await (await fetch("http://gzip/")).text())`, "200 text/plain;charset=UTF-8 [] read hello"},
		{"fetched gzip, without the header", `return new Response((await fetch("http://gzip/")).body)`, "200  [] hello"},
		{"fetched gzip, changed", `const r = await fetch("http://gzip/"); return new Response(r.body.pipeThrough(new TransformStream({transform(c, t) { t.enqueue(c); t.enqueue(c) }})), r)`,
			"200  [] gunzipped hellohello"},
		{"clone", `const c = request.clone(); return new Response(await c.text() + await request.text())`, "200 text/plain;charset=UTF-8 [] bodybody"},
		{"form", `return new Response((await new Response("a=1&b=2", {headers: {"content-type": "application/x-www-form-urlencoded"}}).formData()).get("b"))`,
			"200 text/plain;charset=UTF-8 [] 2"},
		{"lengths", `return new Response(String(request.headers.get("content-length")) + request.headers.get("host"))`, "200 text/plain;charset=UTF-8 [] 4x.test"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLoop(t, gzipped{})
			server := httptest.NewServer(l.serve(test.handler))
			defer l.outside(server.Close) // it waits for handlers, which want the turn
			var got string
			l.outside(func() {
				req, err := http.NewRequest("POST", server.URL+"/p%20q?r=é", strings.NewReader("body"))
				if err != nil {
					t.Fatal(err)
				}
				req.Host = "x.test"
				req.Header.Set("X", "1")
				resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				if resp.Header.Get("Content-Encoding") == "gzip" {
					r, err := gzip.NewReader(bytes.NewReader(body))
					if err != nil {
						t.Fatal(err)
					}
					body, _ = io.ReadAll(r)
					body = append([]byte("gunzipped "), body...)
				}
				got = fmt.Sprintf("%d %s %v %s", resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header["Set-Cookie"], body)
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRequestStreams: JavaScript sees a chunk, and answers it, before the
// request ends.
func TestRequestStreams(t *testing.T) {
	l := newLoop(t, echo{})
	server := httptest.NewUnstartedServer(l.serve(`return new Response(request.body.pipeThrough(new TransformStream({transform(c, t) { t.enqueue(c); t.enqueue(c) }})))`))
	handler := server.Config.Handler
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		handler.ServeHTTP(w, req)
	})
	server.Start()
	defer l.outside(server.Close) // it waits for handlers, which want the turn
	l.outside(func() {
		r, w := io.Pipe()
		req, err := http.NewRequest("POST", server.URL, r)
		if err != nil {
			t.Fatal(err)
		}
		var writing sync.WaitGroup
		writing.Go(func() { _, _ = io.WriteString(w, "a") })
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		p := make([]byte, 2)
		for _, s := range []string{"a", "b", "c"} {
			if s != "a" {
				_, _ = io.WriteString(w, s)
			}
			if _, err := io.ReadFull(resp.Body, p); err != nil || string(p) != s+s {
				t.Fatalf("got %q, %v, want %s twice", p, err, s)
			}
		}
		_ = w.Close()
		if rest, err := io.ReadAll(resp.Body); len(rest) > 0 || err != nil {
			t.Errorf("got %q, %v at the end", rest, err)
		}
		writing.Wait()
	})
}

// failing is a client that goes away after some bytes.
type failing struct {
	http.ResponseWriter
	left int
}

var errGone = errors.New("the client went away")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errGone
	}
	return len(p), nil
}

// TestClientGone: the stream of a response is cancelled when nobody takes it.
func TestClientGone(t *testing.T) {
	l := newLoop(t, echo{})
	var response *quickjs.Ref
	err := l.Run(l.ctx, func() error {
		v, err := l.iso.Eval(`new Response(new ReadableStream({pull(c) { c.enqueue("xx") }, cancel(e) { globalThis.cancelled = String(e) }}))`, "x.js")
		response = v.Keep()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.platform.Respond(l.ctx, l, &failing{httptest.NewRecorder(), 5}, response); !errors.Is(err, errGone) {
		t.Errorf("got error %v, want the client's", err)
	}
	if got := l.js("return cancelled"); !strings.Contains(got, "went away") {
		t.Errorf("the stream was cancelled with %q", got)
	}
}

// TestUnfitResponse: what was used, or is an error, cannot be sent, and nothing
// is written.
func TestUnfitResponse(t *testing.T) {
	for code, want := range map[string]string{
		`const r = new Response("x"); await r.text(); return r`:        "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
		`const r = new Response("x"); r.body.getReader(); return r`:    "This ReadableStream is currently locked to a reader.",
		`return Response.error()`:                                      "Return value from serve handler must not be an error response (like Response.error())",
		`return {status: 200}`:                                         "Illegal invocation",
		`const r = new Response("x"); await r.body.cancel(); return r`: "Body has already been used.",
		`return new Proxy(new Response("x"), {})`:                      "Illegal invocation",
	} {
		l := newLoop(t, echo{})
		var response *quickjs.Ref
		err := l.Await(l.ctx, func() (quickjs.Value, error) { return l.iso.Eval("(async () => {"+code+"})()", "x.js") }, func(v quickjs.Value) error {
			response = v.Keep()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		err = l.platform.Respond(l.ctx, l, w, response)
		var thrown *quickjs.Error
		if !errors.As(err, &thrown) || thrown.Name != "TypeError" || !strings.HasPrefix(thrown.Message, want) {
			t.Errorf("%s: got error %v, want %s", code, err, want)
		}
		if w.Body.Len() > 0 {
			t.Errorf("%s: %q was written", code, w.Body)
		}
	}
}

// TestTakeRequest: a request that was taken apart is sent by net/http, and the
// answer becomes a Response.
func TestTakeRequest(t *testing.T) {
	l := newLoop(t, echo{})
	var got string
	var result *quickjs.Ref
	err := l.Run(l.ctx, func() error {
		input, err := l.iso.Eval(`new Request("http://o/a?b#c", {method: "PUT", body: "abc", headers: {x: "1"}, cf: {a: 1}})`, "x.js")
		if err != nil {
			return err
		}
		out, err := l.platform.TakeRequest(l, input, quickjs.Value{}, "fetch", "Fetcher")
		if err != nil {
			return err
		}
		defer out.Free()
		req, err := out.Request(l.ctx)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return err
		}
		got = fmt.Sprint(req.Method, " ", req.URL, " ", req.ContentLength, req.Header, string(body), out.Redirect, out.OneTime)
		resp := &http.Response{StatusCode: 201, Status: "201 Made", Header: http.Header{"X-Y": {"z"}}, ContentLength: -1, Body: io.NopCloser(strings.NewReader("answer"))}
		v, err := l.platform.ResponseFrom(l, resp, out.URL, true, quickjs.Value{})
		if err != nil {
			return err
		}
		result = v.Keep()
		return l.iso.Global().Set("answer", v)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Free()
	if want := "PUT http://o/a?b 3 map[Content-Type:[text/plain;charset=UTF-8] X:[1]]abcfollowfalse"; got != want {
		t.Errorf("request:\ngot  %s\nwant %s", got, want)
	}
	want := `201 Made true http://o/a?b#c z answer`
	if got := l.js(`return [answer.status, answer.statusText, answer.redirected, answer.url, answer.headers.get("x-y"), await answer.text()].join(" ")`); got != want {
		t.Errorf("response: got %q, want %q", got, want)
	}
}

// TestTakeRequestErrors: the arguments of stub.fetch are checked in its name.
func TestTakeRequestErrors(t *testing.T) {
	tests := []struct{ input, want string }{
		{"'/x'", "TypeError: Invalid URL: /x"},
		{"(() => { const r = new Request('http://x', {method: 'POST', body: 'a'}); r.body.getReader(); return r })()", "TypeError: This ReadableStream is currently locked to a reader."},
	}
	for _, test := range tests {
		l := newLoop(t, echo{})
		err := l.Run(l.ctx, func() error {
			input, err := l.iso.Eval(test.input, "x.js")
			if err != nil {
				return err
			}
			_, err = l.platform.TakeRequest(l, input, quickjs.Value{}, "fetch", "Fetcher")
			return err
		})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.input, err, test.want)
		}
	}
}

// TestTransfer: what was taken apart in one isolate is put together in another.
func TestTransfer(t *testing.T) {
	from, to := newLoop(t, echo{}), newLoop(t, echo{})
	take := func(code string, take func(v quickjs.Value) error) {
		t.Helper()
		err := from.Run(from.ctx, func() error {
			v, err := from.iso.Eval(code, "x.js")
			if err != nil {
				return err
			}
			return take(v)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	give := func(name string, make func() (quickjs.Value, error)) {
		t.Helper()
		err := to.Run(to.ctx, func() error {
			v, err := make()
			if err != nil {
				return err
			}
			return to.iso.Global().Set(name, v)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	body := func(o *web.Outgoing) io.ReadCloser {
		var all bytes.Buffer
		if err := o.Copy(from.ctx, func(p []byte) error { _, err := all.Write(p); return err }); err != nil {
			t.Fatal(err)
		}
		return io.NopCloser(&all)
	}
	var stream, request *web.Outgoing
	var header http.Header
	var kinds []web.Kind
	take("new ReadableStream({start(c) { c.enqueue('str'); c.enqueue(new Uint8Array([65])); c.close() }})", func(v quickjs.Value) (err error) {
		kinds = append(kinds, from.platform.KindOf(v))
		stream, err = from.platform.TakeStream(from, v)
		return err
	})
	take("new Headers({a: 'é', b: ''})", func(v quickjs.Value) (err error) {
		kinds = append(kinds, from.platform.KindOf(v))
		header, err = from.platform.TakeHeaders(v)
		return err
	})
	take("new (class extends Request {})('http://h/', {method: 'POST', body: 'b', headers: {x: 'y'}})", func(v quickjs.Value) (err error) {
		kinds = append(kinds, from.platform.KindOf(v))
		request, err = from.platform.TakeRequest(from, v, quickjs.Value{}, "f", "C")
		return err
	})
	take("new Response()", func(v quickjs.Value) (err error) {
		kinds = append(kinds, from.platform.KindOf(v), from.platform.KindOf(from.iso.Global()))
		return nil
	})
	if diff := cmp.Diff([]web.Kind{web.StreamKind, web.HeadersKind, web.RequestKind, web.ResponseKind, web.NoKind}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	give("stream", func() (quickjs.Value, error) { return to.platform.StreamFrom(to, body(stream), -1) })
	give("headers", func() (quickjs.Value, error) { return to.platform.HeadersFrom(header) })
	give("request", func() (quickjs.Value, error) {
		return to.platform.RequestFrom(to, request, body(request), quickjs.Value{})
	})
	want := `strA a:é,b: POST http://h/ y b true`
	got := to.js(`
		const s = await new Response(stream).text();
		return [s, [...headers].map(p => p.join(":")).join(), request.method, request.url, request.headers.get("x"), await request.text(), request instanceof Request].join(" ")`)
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
