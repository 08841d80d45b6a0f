package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// IOContext is the event, or the object, on whose behalf JavaScript runs: all
// I/O that it starts belongs to it and ends with it. Go, After, Logger and
// Transport are called by host functions, so with the turn held and inside of
// JavaScript; Run and Await by the functions given to Go, outside of it.
type IOContext interface {
	// Go runs work beside JavaScript once the current turn is over. The work
	// holds the turn except in what takes its context: reading a body, a round
	// trip, Await. It must not touch a value outside of Run and Await.
	Go(label string, work func(ctx context.Context))
	// After calls fn, within Run, as an event of its own once d has passed.
	After(d time.Duration, fn func() error) (stop func() bool)
	// Run enters JavaScript: it calls fn and then runs jobs until none is left.
	// What fn throws is returned; values made by fn end with Run.
	Run(ctx context.Context, fn func() error) error
	// Await enters JavaScript to call fn, waits until the promise that it gives
	// is settled (ending the turn meanwhile, if need be), and calls then with the
	// result, in JavaScript too. A rejection is returned as a *quickjs.Error.
	Await(ctx context.Context, fn func() (quickjs.Value, error), then func(quickjs.Value) error) error
	Logger() *slog.Logger
	// Transport sends requests to the outside; a round trip and reads of its body
	// end the turn. It leaves encoded bodies as they are (DisableCompression of
	// http.Transport): the platform decodes them when JavaScript reads them.
	Transport() http.RoundTripper
}

// Waiter is an [IOContext] that can let others have the turn while fn runs, and
// takes it again. A context that is none keeps in memory what JavaScript uploads
// ahead of who reads it.
type Waiter interface {
	Wait(ctx context.Context, fn func(ctx context.Context))
}

// Options is what the platform takes from its owner.
type Options struct {
	// Current gives the context of the JavaScript that runs, or nil in the global
	// scope, where I/O, timers and randomness are refused.
	Current func() IOContext
	Now     func() time.Time
	Random  func(p []byte)
	// Console takes what console methods print; ctx is nil in the global scope.
	Console func(ctx IOContext, level slog.Level, text string)
	// Enabled reports whether a compatibility flag holds, by name or by the date
	// since which it is the default ("" if it has none).
	Enabled func(on, off, since string) bool
	// CloneHost is asked about objects that structured clone meets, before the
	// platform knows them, see [clone.Options.Host]; nil knows none.
	CloneHost func(w *clone.Writer, v quickjs.Value) (ok bool, err error)
	// Source maps a place in a module to where it was written.
	Source func(file string, line, column int) (string, int, int)
}

// Platform is the web platform of one isolate. It belongs to whoever uses the
// isolate, like all values.
type Platform struct {
	Isolate *quickjs.Isolate
	Options Options

	loader loader
	timers timers
}

// Install gives an isolate the platform's globals.
func Install(iso *quickjs.Isolate, o Options) (*Platform, error) {
	p := &Platform{Isolate: iso, Options: o}
	if err := p.installErrors(); err != nil {
		return nil, err
	}
	if err := p.loader.install(p); err != nil {
		return nil, err
	}
	return p, nil
}
