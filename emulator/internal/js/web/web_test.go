package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func BenchmarkInstall(b *testing.B) {
	for b.Loop() {
		iso, err := quickjs.Open(quickjs.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := web.Install(iso, web.Options{}); err != nil {
			b.Fatal(err)
		}
		iso.Close()
	}
}

// echo is the outside world of the tables in testdata/diff: it answers like the
// outbound service in testdata/record.mjs.
type echo struct{}

var echoed = regexp.MustCompile("^(Content-|X-|Accept|User-Agent)")

func (echo) RoundTrip(req *http.Request) (*http.Response, error) {
	q := req.URL.Query()
	resp := &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Request: req, Header: http.Header{}}
	if s := q.Get("status"); s != "" {
		resp.StatusCode, _ = strconv.Atoi(s)
	}
	resp.Status = strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	resp.Header.Set("x-method", req.Method)
	resp.Header.Set("x-url", (&url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery}).String())
	for k, v := range req.Header {
		if echoed.MatchString(k) {
			resp.Header["X-Got-"+k] = v
		}
	}
	if req.ContentLength > 0 || req.Body == nil && req.Method == "POST" || req.Body == http.NoBody {
		resp.Header.Set("X-Got-Content-Length", strconv.FormatInt(req.ContentLength, 10))
	}
	for _, h := range q["h"] {
		k, v, _ := strings.Cut(h, ":")
		resp.Header.Add(k, v)
	}
	body := []byte("hello")
	if q.Has("body") {
		body = []byte(q.Get("body"))
	}
	if req.Method == "POST" {
		body = nil
	}
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	switch {
	case resp.StatusCode == 101, resp.StatusCode == 204, resp.StatusCode == 205, resp.StatusCode == 304, req.Method == "HEAD":
		body = nil
	case !q.Has("chunked"):
		resp.ContentLength = int64(len(body))
		resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// BenchmarkFirstUse is what an isolate pays when a part is first touched.
func BenchmarkFirstUse(b *testing.B) {
	for _, global := range []string{"Event", "Headers", "URL", "Blob", "Response", "ReadableStream"} {
		b.Run("global="+global, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				l := newLoop(b, echo{})
				b.StartTimer()
				if _, err := l.iso.Eval(global, "x.js"); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				l.turn.Unlock()
				l.iso.Close()
				l.turn.Lock()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkRoundTrip is a request into JavaScript and its response out of it,
// without a network.
func BenchmarkRoundTrip(b *testing.B) {
	handlers := map[string]string{
		"text":    `request => new Response("hello " + request.method)`,
		"json":    `request => Response.json({url: request.url, ok: true})`,
		"headers": `request => { const h = new Headers(); h.set("x-a", request.headers.get("x")); return new Response("hi", {headers: h}) }`,
		"body":    `async request => new Response(await request.text())`,
		"stream":  `request => new Response(request.body.pipeThrough(new TransformStream()))`,
		"through": `request => new Response(request.body)`,
	}
	for name, handler := range handlers {
		b.Run("handler="+name, func(b *testing.B) {
			l := newLoop(b, echo{})
			fn, err := l.iso.Eval(handler, "x.js")
			if err != nil {
				b.Fatal(err)
			}
			keep := fn.Keep()
			u, _ := url.Parse("http://example.com/a/b?c=d")
			b.ReportAllocs()
			for b.Loop() {
				req := &http.Request{Method: "POST", URL: u, Header: http.Header{"X": {"1"}, "Accept": {"*/*"}}, ContentLength: 4, Body: io.NopCloser(strings.NewReader("body"))}
				w := httptest.NewRecorder()
				var response *quickjs.Ref
				err := l.Await(l.ctx, func() (quickjs.Value, error) {
					request, err := l.platform.NewRequest(req, nil)
					if err != nil {
						return request, err
					}
					return keep.Value().Call(quickjs.Value{}, request)
				}, func(v quickjs.Value) error {
					response = v.Keep()
					return nil
				})
				if err == nil {
					err = l.platform.Respond(l.ctx, l, w, response)
				}
				if err != nil {
					b.Fatal(err)
				}
				response.Free()
			}
		})
	}
}

// BenchmarkBody moves bytes through streams.
func BenchmarkBody(b *testing.B) {
	const size = 8 << 20
	for name, code := range map[string]string{
		"text":   `async (bytes) => (await new Response(bytes).text()).length`,
		"stream": `async (bytes) => { let n = 0; for await (const c of new Response(new ReadableStream({pull(c) { if (n < bytes.length) { c.enqueue(bytes.subarray(n, n + 65536)); n += 65536 } else c.close() }})).body) ; return n }`,
	} {
		b.Run("way="+name, func(b *testing.B) {
			l := newLoop(b, echo{})
			fn, err := l.iso.Eval(code, "x.js")
			if err != nil {
				b.Fatal(err)
			}
			bytes, err := l.iso.Uint8Array(make([]byte, size))
			if err != nil {
				b.Fatal(err)
			}
			f, data := fn.Keep(), bytes.Keep()
			b.SetBytes(size)
			for b.Loop() {
				if err := l.Await(l.ctx, func() (quickjs.Value, error) { return f.Value().Call(quickjs.Value{}, data.Value()) }, func(quickjs.Value) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
