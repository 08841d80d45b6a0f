package socket

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// fixed fills a nonce with a fixed pattern.
func fixed(p []byte) {
	for i := range p {
		p[i] = byte(i)
	}
}

// The example of RFC 6455, section 1.3.
func TestAcceptKey(t *testing.T) {
	if got := acceptKey("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Error(got)
	}
	if got := acceptKey("short"); got != "" {
		t.Errorf("a key of another length: %q", got)
	}
}

// The headers of the handshake come from here, the others from the caller, whose
// header stays as it is.
func TestAnswer(t *testing.T) {
	header := http.Header{"X-Room": {"a", "b"}, "Upgrade": {"h2"}, "Sec-Websocket-Accept": {"mine"}, "Sec-Websocket-Protocol": {"chat"}}
	var b strings.Builder
	if err := answer(&b, "dGhlIHNhbXBsZSBub25jZQ==", "permessage-deflate; client_no_context_takeover", header); err != nil {
		t.Fatal(err)
	}
	want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\nSec-Websocket-Protocol: chat\r\nX-Room: a\r\nX-Room: b\r\n\r\n"
	if b.String() != want || len(header) != 4 {
		t.Errorf("got %q, want %q; the header is now %v", b.String(), want, header)
	}
}

// The two halves understand each other over a server of net/http, also when the
// client's first frame comes with its request.
func TestHandshake(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c, err := Upgrade(w, req, http.Header{"X-Room": {"lobby"}, "Connection": {"ignored"}}, true)
		if err != nil {
			return
		}
		f, err := c.Read()
		if err == nil {
			err = c.Write(f)
		}
		if err != nil {
			t.Error(err)
		}
		c.Close()
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, c, err := Dial(http.DefaultTransport, req, fixed)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if res.Header.Get("X-Room") != "lobby" {
		t.Errorf("headers %v", res.Header)
	}
	if err := c.Write(Frame{Op: Text, Data: []byte("hello")}); err != nil {
		t.Fatal(err)
	}
	if f, err := c.Read(); err != nil || string(f.Data) != "hello" {
		t.Errorf("got %q, %v", f.Data, err)
	}
	if _, err := c.Read(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A server that does not do its part is refused.
func TestDialRefuses(t *testing.T) {
	good := func(req *http.Request) *http.Response {
		return &http.Response{StatusCode: http.StatusSwitchingProtocols, Body: &stream{Reader: strings.NewReader("")}, Header: http.Header{
			"Upgrade": {"WebSocket"}, "Sec-Websocket-Accept": {acceptKey(req.Header.Get("Sec-WebSocket-Key"))},
		}}
	}
	for want, change := range map[string]func(*http.Response) error{
		"":                              func(*http.Response) error { return nil },
		"offline":                       func(*http.Response) error { return errors.New("offline") },
		"body cannot be written to":     func(res *http.Response) error { res.Body = http.NoBody; return nil },
		`switched to the protocol "h2"`: func(res *http.Response) error { res.Header.Set("Upgrade", "h2"); return nil },
		"does not fit":                  func(res *http.Response) error { res.Header.Del("Sec-Websocket-Accept"); return nil },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		_, c, err := Dial(transport(func(req *http.Request) (*http.Response, error) {
			res := good(req)
			return res, change(res)
		}), req, fixed)
		if want == "" && (c == nil || err != nil) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}

// A request that cannot become a WebSocket gets the runtime's answer.
func TestUpgradeRefuses(t *testing.T) {
	for _, tt := range []struct {
		method, version, key string
		status               int
		text                 string
	}{
		{"POST", "13", "k", 500, "ERROR: WebSocket must be initiated with a GET request."},
		{"GET", "8", "k", 400, "ERROR: The requested WebSocket version is not supported."},
		{"GET", "13", "", 400, "ERROR: Missing Sec-WebSocket-Key"},
		{"GET", "13", "k", 500, "ERROR: this connection cannot become a WebSocket: feature not supported"},
	} {
		req := httptest.NewRequest(tt.method, "/", http.NoBody)
		req.Header.Set("Sec-WebSocket-Version", tt.version)
		req.Header.Set("Sec-WebSocket-Key", tt.key)
		w := httptest.NewRecorder()
		if _, err := Upgrade(w, req, nil, false); err == nil || w.Code != tt.status || strings.TrimSpace(w.Body.String()) != tt.text {
			t.Errorf("%v: got %d %q, %v", tt, w.Code, w.Body, err)
		}
	}
}
