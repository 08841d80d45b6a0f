package js

import (
	"context"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// installState makes DurableObjectState, the class of ctx (rule 2.3). What
// WebSockets add to it is elsewhere.
func (w *Worker) installState() (err error) {
	if w.natives.state, err = w.class("DurableObjectState"); err != nil {
		return err
	}
	class := w.natives.state
	return errors.Join(
		method(w, class, "waitUntil", func(c *ioContext, call *quickjs.Call) (quickjs.Value, error) {
			if len(call.Args) == 0 {
				return quickjs.Value{}, notOfType("waitUntil", "DurableObjectState", 1, "Promise")
			}
			return c.running().waitUntil(call)
		}),
		waitingMethod(w, class, "blockConcurrencyWhile", func(c *ioContext, call *quickjs.Call) (quickjs.Value, error) {
			p := w.params(call, "DurableObjectState", "blockConcurrencyWhile")
			callback := p.function(1)
			if p.err != nil {
				return callback, p.err
			}
			return c.running().blockConcurrencyWhile(callback)
		}),
		method(w, class, "abort", (*ioContext).abort),
		w.installStorage(),
	)
}

// running is the context that a method of ctx acts on: that of the code that
// calls it, whosever ctx it is (as recorded).
func (c *ioContext) running() *ioContext {
	if cur := c.w.current; cur != nil {
		return cur
	}
	return c
}

// newState makes ctx, with what the runtime makes own properties of it.
func (c *ioContext) newState() (quickjs.Value, error) {
	w := c.w
	state, err := w.natives.state.New(c, nil)
	if err != nil {
		return state, err
	}
	set := func(name string, v quickjs.Value, made error) error {
		if made != nil {
			return made
		}
		return state.Set(name, v)
	}
	storage, storageErr := c.newStorage()
	id, idErr := w.newID(durable.NewState(c.obj).ID())
	props, propsErr := w.iso.Object()
	return state, errors.Join(
		set("container", quickjs.Value{}, nil),
		set("storage", storage, storageErr),
		set("id", id, idErr),
		set("props", props, propsErr),
		set("exports", w.loopback.Value(), nil),
	)
}

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
// that calls it (rules 3.18 to 3.27). A section that fails has reset the object:
// nobody gets to see its promise settle (rule 3.23).
func (c *ioContext) blockConcurrencyWhile(fn quickjs.Value) (quickjs.Value, error) {
	return c.section(fn, func(ctx context.Context, run func(context.Context) error) error {
		return c.obj.Block(ctx, run)
	}, nil)
}

// section starts a task that calls fn, with the arguments that args makes, within
// enter, and gives a promise for what it gives or throws.
func (c *ioContext) section(fn quickjs.Value, enter func(context.Context, func(context.Context) error) error,
	args func() ([]quickjs.Value, error)) (quickjs.Value, error) {
	promise, d, err := c.w.iso.Promise()
	if err != nil {
		return promise, err
	}
	callback := fn.Keep()
	c.Go("critical section", func(ctx context.Context) {
		var result settled
		defer result.free()
		defer callback.Free()
		err := enter(ctx, func(ctx context.Context) error {
			return c.settle(ctx, &result, func() (quickjs.Value, error) {
				var list []quickjs.Value
				if args != nil {
					var err error
					if list, err = args(); err != nil {
						return quickjs.Value{}, err
					}
				}
				return callback.Value().Call(quickjs.Value{}, list...)
			})
		})
		err = c.Run(ctx, func() error {
			switch {
			case err != nil && result.rejected:
				return d.Reject(result.value.Value())
			case err != nil:
				return c.w.fail(d, err)
			}
			return d.Resolve(result.value.Value())
		})
		if err != nil {
			c.w.uncaught(c, err)
		}
	})
	return promise, nil
}

// settled is what a promise, or a call, gave or threw.
type settled struct {
	value    *quickjs.Ref
	rejected bool
}

func (s *settled) free() { s.value.Free() }

// settle is Await that keeps the very value that was thrown, which the error
// that it returns has lost.
func (c *ioContext) settle(ctx context.Context, out *settled, fn func() (quickjs.Value, error)) error {
	return c.Await(ctx, func() (quickjs.Value, error) {
		v, err := fn()
		if err != nil {
			return v, out.keepThrown(err)
		}
		return c.w.natives.reflect.Value().Call(quickjs.Value{}, v)
	}, func(pair quickjs.Value) error {
		rejected, err := pair.GetIndex(0)
		if err != nil {
			return err
		}
		v, err := pair.GetIndex(1)
		if err != nil {
			return err
		}
		if rejected.Truthy() {
			return out.keepThrown(v.Throw())
		}
		out.value = v.Keep()
		return nil
	})
}

func (s *settled) keepThrown(err error) error {
	var e *quickjs.Error
	if errors.As(err, &e) {
		if v, ok := e.Thrown(); ok {
			s.value, s.rejected = v.Keep(), true
		}
	}
	return err
}

// abort resets the object and ends the JavaScript that runs (rules 2.15 to
// 2.19). Its second argument does nothing in the runtime's current build.
func (c *ioContext) abort(call *quickjs.Call) (_ quickjs.Value, err error) {
	if err := c.own(storageKind); err != nil {
		return quickjs.Value{}, err
	}
	reason := "Application called abort() to reset Durable Object."
	if v := call.Arg(0); !v.IsUndefined() {
		if reason, err = text(v); err != nil {
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
