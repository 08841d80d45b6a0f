package js

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// ioContext is the object on whose behalf JavaScript runs; it implements
// [web.IOContext]. All I/O belongs to the context that started it.
type ioContext struct {
	w      *Worker
	obj    host.Object
	env    host.Env
	timers int // how many it has set
	// unwinding is a panic of the runtime's on its way through JavaScript.
	unwinding any
	rpcContext
	// shells are the WebSockets of hibernatable sockets.
	shells map[host.WebSocket]*quickjs.Ref
	// entry: it is a request of the Worker's entry and no object.
	entry      bool
	background background
}

// info says which object it is; nil if it is none.
func (c *ioContext) info() *host.Info {
	if c == nil || c.entry {
		return nil
	}
	info := c.obj.Info()
	return &info
}

func (c *ioContext) Logger() *slog.Logger         { return c.obj.Logger() }
func (c *ioContext) Transport() http.RoundTripper { return c.env.Transport() }

func (c *ioContext) Go(_ string, work func(ctx context.Context)) {
	c.obj.Go(func(ctx context.Context) error {
		work(ctx)
		return nil
	})
}

func (c *ioContext) After(d time.Duration, fn func() error) (stop func() bool) {
	return c.obj.AfterFunc(d, func(ctx context.Context) {
		if err := c.Run(ctx, fn); err != nil {
			c.w.uncaught(c, err)
		}
	})
}

// Wait runs fn while others have the turn: what JavaScript uploads waits for its
// reader, instead of filling memory. It makes an ioContext a [web.Waiter].
func (c *ioContext) Wait(ctx context.Context, fn func(ctx context.Context)) {
	err := c.obj.Await(ctx, func(ctx context.Context) error {
		fn(ctx)
		return nil
	})
	if err != nil {
		c.Logger().Error("an upload could not wait for its reader", "error", err)
	}
}

// NextTimer gives the numbers by which JavaScript knows its timers.
func (c *ioContext) NextTimer() int {
	c.timers++
	return c.timers
}

// Run enters JavaScript. What fn throws is returned as a *thrown. An end by a
// limit resets the object and does not return.
func (c *ioContext) Run(_ context.Context, fn func() error) error {
	w := c.w
	prev := w.current
	w.current = c
	w.running.Store(true)
	scope := w.iso.OpenScope()
	defer func() {
		scope.Close()
		w.current = prev
		w.running.Store(prev != nil)
	}()
	err := fn()
	if ended(err) {
		w.iso.DropJobs()
	} else if jobs := w.runJobs(); err == nil {
		err = jobs
	}
	err = w.thrown(err)
	w.reportRejections()
	if p := c.unwinding; p != nil {
		c.unwinding = nil
		panic(p)
	}
	c.limit(err)
	return err
}

// Await enters JavaScript to call fn and, once the promise that it gives is
// settled, then.
func (c *ioContext) Await(ctx context.Context, fn func() (quickjs.Value, error), then func(quickjs.Value) error) error {
	var promise *quickjs.Ref
	var latch host.Latch
	err := c.Run(ctx, func() error {
		v, err := fn()
		if err != nil {
			return err
		}
		if v, err = c.w.promiseOf(v); err != nil {
			return err
		}
		if v.PromiseState() == quickjs.Pending {
			if err := c.w.runJobs(); err != nil {
				return err
			}
		}
		if v.PromiseState() != quickjs.Pending {
			return c.w.finish(v, then)
		}
		promise, latch = v.Keep(), c.obj.Latch("a promise of JavaScript")
		return c.w.watch(v, latch.Open)
	})
	if promise == nil {
		return err
	}
	defer promise.Free()
	if err != nil {
		return err
	}
	if err := latch.Wait(ctx); err != nil {
		return err
	}
	return c.Run(ctx, func() error { return c.w.finish(promise.Value(), then) })
}

// finish gives the result of a settled promise, or what is none, to then.
func (w *Worker) finish(v quickjs.Value, then func(quickjs.Value) error) error {
	switch v.PromiseState() {
	case quickjs.Rejected:
		w.handled(v)
		return v.PromiseResult().Throw()
	case quickjs.Fulfilled:
		v = v.PromiseResult()
	}
	if then == nil {
		return nil
	}
	return then(v)
}

// promiseOf makes a promise of what is waited for like one.
func (w *Worker) promiseOf(v quickjs.Value) (quickjs.Value, error) {
	if !v.IsObject() || v.PromiseState() != quickjs.NoPromise {
		return v, nil
	}
	then, err := v.Get("then")
	if err != nil || !then.IsFunction() {
		return v, err
	}
	return w.natives.promiseResolve.Value().Call(quickjs.Value{}, v)
}

// watch has settled called when the promise is.
func (w *Worker) watch(promise quickjs.Value, settled func()) error {
	fn, err := w.iso.Function("", 0, func(*quickjs.Call) (quickjs.Value, error) {
		settled()
		return quickjs.Value{}, nil
	})
	if err != nil {
		return err
	}
	_, err = w.natives.watch.Value().Call(quickjs.Value{}, promise, fn)
	return err
}

// promise gives JavaScript a promise that work settles: it runs beside
// JavaScript, and the function that it returns gives the result in JavaScript.
func (c *ioContext) promise(label string, work func(ctx context.Context) (func() (quickjs.Value, error), error)) (quickjs.Value, error) {
	promise, d, err := c.w.iso.Promise()
	if err != nil {
		return quickjs.Value{}, err
	}
	c.Go(label, func(ctx context.Context) {
		result, err := work(ctx)
		err = c.Run(ctx, func() error {
			if err != nil {
				return c.w.fail(d, err)
			}
			if result == nil {
				return d.Resolve(quickjs.Value{})
			}
			v, err := result()
			if err != nil {
				return c.w.fail(d, err)
			}
			return d.Resolve(v)
		})
		if err != nil {
			c.w.uncaught(c, err)
		}
	})
	return promise, nil
}

// maxJobs bounds the microtasks of one turn: more of them never end.
const maxJobs = 1 << 30

// runJobs runs microtasks until none is left. An error of one ends none of the
// others; an end of JavaScript ends them all, as in V8.
func (w *Worker) runJobs() error {
	for {
		_, err := w.iso.RunJobs(maxJobs)
		switch {
		case err == nil:
			return nil
		case ended(err):
			w.iso.DropJobs()
			return err
		}
		w.uncaught(w.current, w.thrown(err))
	}
}
