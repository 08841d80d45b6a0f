package inspector

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestGuard: who may ask, and how.
func TestGuard(t *testing.T) {
	s := newSite(t, notes(t))
	h := s.Handler(s.em, nil)
	good := map[string]string{tokenHeader: s.token}
	for _, tt := range []struct {
		name   string
		method string
		path   string
		remote string // empty: loopback
		header map[string]string
		status int
	}{
		{"the page", "GET", "", "", nil, 200},
		{"the page, by a person", "GET", "", "", map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}, 200},
		{"the page, by IPv6", "GET", "", "[::1]:5", nil, 200},
		{"the page, from another machine", "GET", "", "192.0.2.7:5", nil, 403},
		{"the page, through a proxy", "GET", "", "", map[string]string{"X-Forwarded-For": "192.0.2.7"}, 403},
		{"the page, through a tunnel", "GET", "", "", map[string]string{"Cf-Connecting-Ip": "192.0.2.7"}, 403},
		{"the page, by another site", "GET", "", "", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"the page, by a sibling site", "GET", "", "", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"the page, in a frame", "GET", "", "", map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe"}, 403},
		{"the page, by a script of the Worker's page", "GET", "", "", map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}, 403},
		{"a script", "GET", "ui/main.js", "", map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "script"}, 200},
		{"a script, by another site", "GET", "ui/main.js", "", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"no file", "GET", "ui/none.js", "", nil, 404},
		{"no path out", "GET", "ui/..%2finspector.go", "", nil, 404},
		{"not the template", "GET", "ui/index.html", "", nil, 404},
		{"the API", "GET", "api/state", "", good, 200},
		{"the API, own origin", "GET", "api/state", "", map[string]string{tokenHeader: s.token, "Origin": "http://localhost"}, 200},
		{"the API without token", "GET", "api/state", "", nil, 403},
		{"the API with a wrong token", "GET", "api/state", "", map[string]string{tokenHeader: s.token[1:] + "x"}, 403},
		{"the API from another machine", "GET", "api/state", "10.0.0.1:1", good, 403},
		{"the API by another site", "POST", "api/act", "", map[string]string{tokenHeader: s.token, "Sec-Fetch-Site": "cross-site"}, 403},
		{"the API by another origin", "POST", "api/act", "", map[string]string{tokenHeader: s.token, "Origin": "http://evil.example"}, 403},
		{"the API by a sandbox", "POST", "api/act", "", map[string]string{tokenHeader: s.token, "Origin": "null"}, 403},
		{"the API by another port", "POST", "api/act", "", map[string]string{tokenHeader: s.token, "Origin": "http://localhost:9999"}, 403},
		{"a change without token", "POST", "api/act", "", nil, 403},
		{"a change by GET", "GET", "api/act", "", good, 405},
		{"a preflight", "OPTIONS", "api/act", "", map[string]string{"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := httptest.NewRequest(tt.method, "http://localhost"+Path+tt.path, strings.NewReader("{}"))
			if req.RemoteAddr = tt.remote; tt.remote == "" {
				req.RemoteAddr = "127.0.0.1:4711"
			}
			for name, value := range tt.header {
				req.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			if w.Code != tt.status {
				t.Errorf("status %d: %s, want %d", w.Code, w.Body, tt.status)
			}
			for name, want := range map[string]string{
				"Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
				"X-Frame-Options":         "DENY", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), s.token) {
				t.Error("the answer has the token")
			}
		})
	}
}

// TestPage: the token is in the page, another one in each process, and nothing
// comes from elsewhere.
func TestPage(t *testing.T) {
	s := newSite(t, notes(t))
	page := s.get(Path)
	if !strings.Contains(page, s.token) || len(s.token) < 26 || s.token == New().token {
		t.Errorf("token %q, page:\n%s", s.token, page)
	}
	files, err := ui.ReadDir("ui")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := ui.ReadFile("ui/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http://", "https://", "innerHTML", "style=\"", "eval("} {
			if strings.Contains(text, bad) {
				t.Errorf("%s contains %s", file.Name(), bad)
			}
		}
	}
}

// TestClose: a stream of events ends with the inspector.
func TestClose(t *testing.T) {
	s := newSite(t, notes(t))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+Path+"api/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(tokenHeader, s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	s.Close()
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Error(err)
	}
}
