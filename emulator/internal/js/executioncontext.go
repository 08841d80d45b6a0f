package js

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// executionContext is the ctx of a request of the entry.
type executionContext struct{ io *ioContext }

func (w *Worker) installExecutionContext() (err error) {
	if w.natives.executionContext, err = w.class("ExecutionContext"); err != nil {
		return err
	}
	class := w.natives.executionContext
	return errors.Join(
		quickjs.Method(class, "waitUntil", 0, func(c executionContext, call *quickjs.Call) (quickjs.Value, error) {
			if len(call.Args) == 0 {
				return quickjs.Value{}, notOfType("waitUntil", "ExecutionContext", 1, "Promise")
			}
			return c.io.waitUntil(call)
		}),
		// There is no origin to pass a request through to: the error is shown.
		quickjs.Method(class, "passThroughOnException", 0, func(executionContext, *quickjs.Call) (quickjs.Value, error) {
			return quickjs.Value{}, nil
		}),
	)
}

// newExecutionContext makes the ctx of a request, with props as its own
// property, as exports is.
func (c *ioContext) newExecutionContext() (quickjs.Value, error) {
	v, err := c.w.natives.executionContext.New(executionContext{c}, nil)
	if err != nil {
		return v, err
	}
	props, err := c.w.takeProps(c.obj.Info().ID)
	if err != nil {
		return v, err
	}
	return v, errors.Join(v.Set("props", props), v.Set("exports", c.w.loopback.Value()))
}

// installWorkers makes what cloudflare:workers exports.
func (w *Worker) installWorkers(helpers quickjs.Value) error {
	native, err := w.iso.Object()
	if err != nil {
		return err
	}
	loopback, err := w.iso.Object()
	if err != nil {
		return err
	}
	w.loopback = loopback.Keep()
	waitUntil, err := w.iso.Function("waitUntil", 0, func(c *quickjs.Call) (quickjs.Value, error) {
		if w.current == nil {
			return quickjs.Value{}, web.ErrGlobalScope
		}
		return w.current.waitUntil(c)
	})
	if err != nil {
		return err
	}
	abort, err := w.iso.Function("abortIsolate", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if w.current == nil {
			return quickjs.Value{}, web.ErrGlobalScope
		}
		return w.current.abort(c)
	})
	if err != nil {
		return err
	}
	if err := errors.Join(native.Set("env", w.env.Value()), native.Set("exports", loopback),
		native.Set("rpc", w.rpc.exports.Value()), native.Set("waitUntil", waitUntil), native.Set("abortIsolate", abort)); err != nil {
		return err
	}
	workers, err := helpers.Invoke("workers", native)
	if err != nil {
		return err
	}
	return w.natives.object.Value().Set("workers", workers)
}
