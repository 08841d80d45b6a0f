package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// loop is an IOContext with real goroutines and the machine's clock. Whoever
// holds the turn may use the isolate.
type loop struct {
	t         testing.TB
	iso       *quickjs.Isolate
	platform  *web.Platform
	ctx       context.Context
	cancel    context.CancelFunc
	work      sync.WaitGroup
	transport http.RoundTripper
	inside    bool          // JavaScript of the loop runs
	as        web.IOContext // what is current instead of the loop, if not nil

	turn sync.Mutex
}

// newLoop gives an isolate with the platform, whose turn the caller holds.
func newLoop(t testing.TB, transport http.RoundTripper) *loop {
	t.Helper()
	l := &loop{t: t, transport: transport}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	var err error
	if l.iso, err = quickjs.Open(quickjs.Options{}); err != nil {
		t.Fatal(err)
	}
	l.platform, err = web.Install(l.iso, web.Options{
		Current: func() web.IOContext {
			if !l.inside {
				return nil
			}
			if l.as != nil {
				return l.as
			}
			return l
		},
		Now:    time.Now,
		Random: func(p []byte) { clear(p) },
		Enabled: func(on, off, since string) bool {
			return since != "" && since <= "2026-07-01"
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.turn.Lock()
	t.Cleanup(func() {
		l.cancel()
		l.turn.Unlock()
		l.work.Wait()
		if err := l.iso.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *loop) Go(label string, work func(ctx context.Context)) {
	l.work.Go(func() {
		l.turn.Lock()
		defer l.turn.Unlock()
		work(l.ctx)
	})
}

func (l *loop) After(d time.Duration, fn func() error) (stop func() bool) {
	ctx, cancel := context.WithTimeout(l.ctx, min(d, time.Hour))
	l.Go("timer", func(context.Context) {
		l.outside(func() { <-ctx.Done() })
		if l.ctx.Err() == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			if err := l.Run(l.ctx, fn); err != nil {
				l.t.Error(err)
			}
		}
		cancel()
	})
	return func() bool {
		alive := ctx.Err() == nil
		cancel()
		return alive
	}
}

func (l *loop) Run(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	outer := l.inside
	l.inside = true
	defer func() { l.inside = outer }()
	scope := l.iso.OpenScope()
	defer scope.Close()
	if err := fn(); err != nil {
		return err
	}
	_, err := l.iso.RunJobs(1 << 20)
	return err
}

func (l *loop) Await(ctx context.Context, fn func() (quickjs.Value, error), then func(quickjs.Value) error) error {
	settled := make(chan struct{})
	var promise *quickjs.Ref
	err := l.Run(ctx, func() error {
		v, err := fn()
		if err != nil {
			return err
		}
		promise = v.Keep()
		if v.PromiseState() == quickjs.NoPromise {
			close(settled)
			return nil
		}
		done, err := l.iso.Function("done", 0, func(*quickjs.Call) (quickjs.Value, error) {
			close(settled)
			return quickjs.Value{}, nil
		})
		if err != nil {
			return err
		}
		_, err = v.Invoke("then", done, done)
		return err
	})
	if err != nil {
		return err
	}
	defer promise.Free()
	l.outside(func() {
		select {
		case <-settled:
		case <-ctx.Done():
		}
	})
	return l.Run(ctx, func() error {
		v, err := l.iso.Settle(promise.Value(), 0)
		if err != nil {
			return err
		}
		return then(v)
	})
}

// outside calls fn without the turn.
func (l *loop) outside(fn func()) {
	l.turn.Unlock()
	defer l.turn.Lock()
	fn()
}

func (l *loop) Wait(ctx context.Context, fn func(context.Context)) { l.outside(func() { fn(ctx) }) }

func (l *loop) Logger() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (l *loop) Transport() http.RoundTripper { return turnless{l} }

// turnless gives the turn up in round trips and reads of their bodies.
type turnless struct{ l *loop }

func (t turnless) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	t.l.outside(func() { resp, err = t.l.transport.RoundTrip(req) })
	if err == nil {
		resp.Body = turnlessBody{t.l, resp.Body}
	}
	return resp, err
}

type turnlessBody struct {
	l    *loop
	body io.ReadCloser
}

func (b turnlessBody) Read(p []byte) (n int, err error) {
	b.l.outside(func() { n, err = b.body.Read(p) })
	return n, err
}

func (b turnlessBody) Close() error { return b.body.Close() }
