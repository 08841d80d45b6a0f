package dev

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
)

// Where wrangler dev triggers handlers other than fetch, and its older name for
// scheduled.
const (
	handlersPath  = "/cdn-cgi/handler/"
	scheduledPath = handlersPath + "scheduled"
	mfScheduled   = "/cdn-cgi/mf/scheduled"
)

// handlers triggers the handlers of the Worker's entry as wrangler dev does.
func handlers(em *emulator.Emulator, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch path := req.URL.Path; {
		case path == scheduledPath || path == mfScheduled:
			scheduled(em, w, req)
		case path == handlersPath+"email":
			plain(w, http.StatusNotImplemented, "dormouse does not run email handlers")
		case strings.HasPrefix(path, handlersPath):
			plain(w, http.StatusNotFound, fmt.Sprintf("%q is not a valid handler. Did you mean to use %q?", path, scheduledPath))
		default:
			next.ServeHTTP(w, req)
		}
	})
}

// scheduled runs the scheduled handler with the query's cron and time, in
// milliseconds. The answer is the outcome, as text or with format=json.
func scheduled(em *emulator.Emulator, w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	run := emulator.Scheduled{Cron: query.Get("cron")}
	if text := query.Get("time"); text != "" {
		ms, ok := leadingInt(text)
		if !ok {
			plain(w, http.StatusInternalServerError, "TypeError: The value cannot be converted because it is not a valid Date.")
			return
		}
		run.Time = time.UnixMilli(ms)
	}
	noRetry, err := em.RunScheduled(req.Context(), run)
	outcome, status := "ok", http.StatusOK
	if err != nil {
		outcome, status = "exception", http.StatusInternalServerError
	}
	if query.Get("format") != "json" {
		plain(w, status, outcome)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer, _ := json.Marshal(struct { // of a text and a boolean
		Outcome string `json:"outcome"`
		NoRetry bool   `json:"noRetry"`
	}{outcome, noRetry})
	_, _ = w.Write(answer) // the client may be gone
}

// maxDate is the last time that JavaScript's dates know, in milliseconds.
const maxDate = 8_640_000_000_000_000

// leadingInt gives the number that a text begins with, as JavaScript's parseInt.
func leadingInt(text string) (n int64, ok bool) {
	text = strings.TrimLeft(text, " \t\n\r")
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	return n, err == nil && n >= -maxDate && n <= maxDate
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the client may be gone
}
