package testkit

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
)

// reporter passes on to a test what its emulator tells, from whatever
// goroutine. Once the test is over it drops everything, since package testing
// panics then; only code that keeps Close from ending can come that late.
type reporter struct {
	tb testing.TB
	em atomic.Pointer[emulator.Emulator] // nil while New runs

	mu   sync.Mutex // guards over, and with it all calls of tb
	over bool
}

func (r *reporter) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
}

func (r *reporter) logf(format string, args ...any) {
	r.tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.tb.Logf(format, args...)
	}
}

func (r *reporter) errorf(format string, args ...any) {
	r.tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.tb.Errorf(format, args...)
	}
}

// stuckLimit is how long a turn may be held before the test fails.
const stuckLimit = 10 * time.Second

func (r *reporter) stuck(held time.Duration, report string) {
	switch {
	case held < stuckLimit:
		r.logf("%s", report)
		return
	case held < 2*stuckLimit: // later reports of the same turn say nothing new
		r.errorf("%s", report)
	}
	if em := r.em.Load(); em != nil {
		em.FailCalls(fmt.Errorf("testkit: given up, since a turn has been held for %v: see the report in the test's log", held))
	}
}

// misuse fails the test. The call is one of the emulator's, whose frames are no
// helpers of the test, so the line is found here.
func (r *reporter) misuse(err error) {
	r.errorf("%s: %v", callerOutside("/dormouse/emulator.", "/dormouse/testkit.(*reporter)"), err)
}

// callerOutside gives file and line of the first caller whose function's name
// has none of the parts.
func callerOutside(parts ...string) string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
next:
	for {
		f, more := frames.Next()
		for _, p := range parts {
			if more && strings.Contains(f.Function, p) {
				continue next
			}
		}
		return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
	}
}

// timeLayout shows milliseconds, in which alarms are counted.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// logger gives a logger that writes to the test's log, with the time of the
// emulator's clock: that of the computer says nothing about a run in virtual
// time.
func (r *reporter) logger() *slog.Logger {
	replace := func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case len(groups) > 0:
		case a.Key == slog.TimeKey:
			em := r.em.Load()
			if em == nil {
				return slog.Attr{}
			}
			return slog.String(a.Key, em.Clock().Now().UTC().Format(timeLayout))
		case a.Key == slog.SourceKey:
			if src, ok := a.Value.Any().(*slog.Source); ok {
				return slog.String(a.Key, fmt.Sprintf("%s:%d", filepath.Base(src.File), src.Line))
			}
		}
		return a
	}
	return slog.New(slog.NewTextHandler(logWriter{r}, &slog.HandlerOptions{AddSource: true, ReplaceAttr: replace}))
}

// logWriter makes a line of the test's log of each record.
type logWriter struct{ r *reporter }

func (w logWriter) Write(p []byte) (int, error) {
	w.r.logf("%s", strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}
