package dev

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

// scheduledProject gives an emulator of a Worker with a scheduled handler.
func scheduledProject(t *testing.T) *emulator.Emulator {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"wrangler.jsonc": `{"name": "crons", "main": "index.js", "compatibility_date": "2026-07-01"}`,
		"index.js": `export default { scheduled(c) {
			if (c.cron === "no") c.noRetry();
			if (c.cron === "throw") throw new Error("boom");
			if (c.cron === "time" && c.scheduledTime !== 1700000000000) throw new Error(c.scheduledTime);
		} };`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	em, err := emulator.New(emulator.Worker{Config: filepath.Join(dir, "wrangler.jsonc")}, emulator.InMemory, emulator.Logger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = em.Close() })
	return em
}

// TestHandlers: as miniflare 4.20260730 answers.
func TestHandlers(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, "fetch "+req.URL.Path) })
	h := handlers(scheduledProject(t), next)
	for _, tt := range []struct {
		method, target string
		status         int
		body           string
	}{
		{"GET", "/cdn-cgi/handler/scheduled", 200, "ok"},
		{"POST", "/cdn-cgi/handler/scheduled", 200, "ok"},
		{"GET", "/cdn-cgi/mf/scheduled", 200, "ok"},
		{"GET", "/cdn-cgi/handler/scheduled?cron=time&time=1700000000000", 200, "ok"},
		{"GET", "/cdn-cgi/handler/scheduled?time=", 200, "ok"},
		{"GET", "/cdn-cgi/handler/scheduled?cron=time&time=1700000000000.5", 200, "ok"},
		{"GET", "/cdn-cgi/handler/scheduled?time=abc", 500, "TypeError: The value cannot be converted because it is not a valid Date."},
		{"GET", "/cdn-cgi/handler/scheduled?time=NaN", 500, "TypeError: The value cannot be converted because it is not a valid Date."},
		{"GET", "/cdn-cgi/handler/scheduled?time=8640000000000001", 500, "TypeError: The value cannot be converted because it is not a valid Date."},
		{"GET", "/cdn-cgi/handler/scheduled?format=json", 200, `{"outcome":"ok","noRetry":false}`},
		{"GET", "/cdn-cgi/handler/scheduled?format=JSON", 200, "ok"},
		{"GET", "/cdn-cgi/handler/scheduled?cron=no&format=json", 200, `{"outcome":"ok","noRetry":true}`},
		{"GET", "/cdn-cgi/handler/scheduled?cron=throw", 500, "exception"},
		{"GET", "/cdn-cgi/handler/scheduled?cron=throw&format=json", 500, `{"outcome":"exception","noRetry":false}`},
		{"GET", "/cdn-cgi/handler/scheduled/", 404, `"/cdn-cgi/handler/scheduled/" is not a valid handler. Did you mean to use "/cdn-cgi/handler/scheduled"?`},
		{"GET", "/cdn-cgi/handler/email", 501, "dormouse does not run email handlers"},
		{"GET", "/cdn-cgi/handler", 200, "fetch /cdn-cgi/handler"},
		{"GET", "/", 200, "fetch /"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.target, nil))
		if w.Code != tt.status || w.Body.String() != tt.body {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.target, w.Code, w.Body, tt.status, tt.body)
		}
	}
}
