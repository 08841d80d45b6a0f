package js

import (
	"context"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func (w *Worker) installState() (err error) {
	if w.natives.state, err = w.class("DurableObjectState"); err != nil {
		return err
	}
	class := w.natives.state
	return errors.Join(
		quickjs.Accessor(class, "id", func(c *ioContext, _ *quickjs.Call) (quickjs.Value, error) {
			return w.natives.id.New(durable.NewState(c.obj).ID(), nil)
		}, nil),
		quickjs.Method(class, "waitUntil", 1, (*ioContext).waitUntil),
		quickjs.Method(class, "blockConcurrencyWhile", 1, (*ioContext).blockConcurrencyWhile),
		quickjs.Method(class, "abort", 0, (*ioContext).abort),
	)
}

func (c *ioContext) newState() (quickjs.Value, error) { return c.w.natives.state.New(c, nil) }

// waitUntil keeps the context until a promise is settled (rule 2.39).
func (c *ioContext) waitUntil(call *quickjs.Call) (quickjs.Value, error) {
	promise := call.Arg(0).Keep()
	c.Go("waitUntil", func(ctx context.Context) {
		defer promise.Free()
		err := c.Await(ctx, func() (quickjs.Value, error) { return promise.Value(), nil }, nil)
		if err != nil {
			c.w.uncaught(c, err)
		}
	})
	return quickjs.Value{}, nil
}

// blockConcurrencyWhile runs a callback as a critical section, behind the code
// that calls it.
func (c *ioContext) blockConcurrencyWhile(call *quickjs.Call) (quickjs.Value, error) {
	fn := call.Arg(0)
	if !fn.IsFunction() {
		return quickjs.Value{}, quickjs.TypeErrorf("Failed to execute 'blockConcurrencyWhile' on 'DurableObjectState': parameter 1 is not of type 'Function'.")
	}
	callback := fn.Keep()
	return c.promise("blockConcurrencyWhile", func(ctx context.Context) (func() (quickjs.Value, error), error) {
		defer callback.Free()
		var result *quickjs.Ref
		err := c.obj.Block(ctx, func(ctx context.Context) error {
			return c.Await(ctx, func() (quickjs.Value, error) {
				return callback.Value().Call(quickjs.Value{})
			}, func(v quickjs.Value) error {
				result = v.Keep()
				return nil
			})
		})
		if err != nil {
			return nil, err
		}
		return func() (quickjs.Value, error) {
			defer result.Free()
			return result.Value(), nil
		}, nil
	})
}

// abort resets the object and ends the JavaScript that runs.
func (c *ioContext) abort(call *quickjs.Call) (_ quickjs.Value, err error) {
	reason := ""
	if !call.Arg(0).IsUndefined() {
		if reason, err = call.Arg(0).Text(); err != nil {
			return quickjs.Value{}, err
		}
	}
	defer func() {
		if p := recover(); p != nil {
			c.unwinding = p
			err = quickjs.Terminate(errUnwinding)
		}
	}()
	c.obj.Abort(reason)
	return quickjs.Value{}, nil
}

// errUnwinding ends JavaScript whose object was reset by it.
var errUnwinding = errors.New("the object was reset")
