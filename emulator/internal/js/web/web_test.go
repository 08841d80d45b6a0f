package web_test

import (
	"bytes"
	"io"
	"net/http"
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
	if req.ContentLength > 0 {
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
