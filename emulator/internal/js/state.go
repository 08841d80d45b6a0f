package js

import (
	"context"
	"errors"
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// installState makes DurableObjectState, the class of ctx (rule 2.3).
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
		w.installSockets(), w.installStorage(), w.installFacets(),
	)
}

// facets is ctx.facets.
type facets struct{}

// installFacets makes the class of ctx.facets, all of whose methods say that
// there are none.
func (w *Worker) installFacets() (err error) {
	if w.natives.facets, err = w.iso.Class("DurableObjectFacets", 0, nil); err != nil {
		return err
	}
	for _, name := range []string{"get", "abort", "delete", "clone"} {
		err = errors.Join(err, method(w, w.natives.facets, name, func(facets, *quickjs.Call) (quickjs.Value, error) {
			return quickjs.Value{}, fmt.Errorf("ctx.facets.%s() is not supported here: facets exist on Cloudflare only", name)
		}))
	}
	return err
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
	children, childrenErr := w.natives.facets.New(facets{}, nil)
	return state, errors.Join(
		set("facets", children, childrenErr),
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
	c.background.open++
	c.Go("waitUntil", func(ctx context.Context) {
		defer promise.Free()
		err := c.Await(ctx, func() (quickjs.Value, error) { return promise.Value(), nil }, nil)
		if err != nil {
			c.w.uncaught(c, err)
		}
		c.background.settled(err)
	})
	return quickjs.Value{}, nil
}

// blockConcurrencyWhile runs a callback as a critical section, behind the code
// that calls it (rules 3.18 to 3.27).
func (c *ioContext) blockConcurrencyWhile(fn quickjs.Value) (quickjs.Value, error) {
	return c.startSection(&section{io: c, callback: fn.Keep(), fatal: true, enter: c.obj.Block})
}

// section is a callback that JavaScript gave to be run in a critical section.
type section struct {
	io       *ioContext
	callback *quickjs.Ref
	args     func() ([]quickjs.Value, error) // for the callback, or nil
	enter    func(context.Context, func(context.Context) error) error
	fatal    bool // its failure resets the object

	value    *quickjs.Ref // what the callback gave or threw
	rejected bool
}

// startSection starts a task that runs the section, and gives a promise for its
// result. Of a failure that has reset the object nobody gets to know (rule 3.23).
func (c *ioContext) startSection(s *section) (quickjs.Value, error) {
	promise, d, err := c.w.iso.Promise()
	if err != nil {
		return promise, err
	}
	c.Go("critical section", func(ctx context.Context) {
		defer s.free()
		err := s.enter(ctx, func(ctx context.Context) error { return c.Await(ctx, s.start, s.settle) })
		if err != nil && s.fatal {
			return
		}
		err = c.Run(ctx, func() error {
			switch {
			case err != nil && s.rejected:
				return d.Reject(s.value.Value())
			case err != nil:
				return c.w.fail(d, err)
			}
			return d.Resolve(s.value.Value())
		})
		if err != nil {
			c.w.uncaught(c, err)
		}
	})
	return promise, nil
}

func (s *section) free() {
	s.callback.Free()
	s.value.Free()
}

// start calls the callback and gives a promise of what becomes of it.
func (s *section) start() (v quickjs.Value, err error) {
	var list []quickjs.Value
	if s.args != nil {
		if list, err = s.args(); err != nil {
			return v, err
		}
	}
	if v, err = s.callback.Value().Call(quickjs.Value{}, list...); err != nil {
		return v, s.failed(err)
	}
	fail := quickjs.Value{}
	if s.fatal {
		if fail, err = s.io.w.iso.Function("", 1, s.fail); err != nil {
			return v, err
		}
	}
	return s.io.w.natives.reflect.Value().Call(quickjs.Value{}, v, fail)
}

// fail is called with the reason of a rejection, in the turn in which that comes
// to pass: nothing that it has written may be committed (rule 6.5).
func (s *section) fail(call *quickjs.Call) (quickjs.Value, error) {
	if s.io.w.current != s.io {
		return quickjs.Value{}, nil
	}
	return quickjs.Value{}, s.io.reset(s.failed(call.Arg(0).Throw()))
}

// settle takes what the callback's promise was settled with.
func (s *section) settle(pair quickjs.Value) error {
	rejected, err := pair.GetIndex(0)
	if err != nil {
		return err
	}
	v, err := pair.GetIndex(1)
	if err != nil {
		return err
	}
	if rejected.Truthy() {
		return s.failed(v.Throw())
	}
	s.value = v.Keep()
	return nil
}

// failed keeps what the callback threw and gives it as a caller of the object
// would see it.
func (s *section) failed(err error) error {
	var e *quickjs.Error
	if errors.As(err, &e) {
		if v, ok := e.Thrown(); ok {
			s.value.Free()
			s.value, s.rejected = v.Keep(), true
		}
	}
	if !s.fatal {
		return err
	}
	return s.io.boundary("blockConcurrencyWhile", s.io.w.thrown(err))
}

// abort resets the object and ends the JavaScript that runs (rules 2.15 to
// 2.19). Its second argument does nothing in the runtime's current build.
func (c *ioContext) abort(call *quickjs.Call) (quickjs.Value, error) {
	if err := c.own(storageKind); err != nil {
		return quickjs.Value{}, err
	}
	reason := "Application called abort() to reset Durable Object."
	if v := call.Arg(0); !v.IsUndefined() {
		var err error
		if reason, err = text(v); err != nil {
			return quickjs.Value{}, err
		}
	}
	return quickjs.Value{}, c.reset(&durable.Error{Name: "Error", Message: reason})
}

// reset resets the object, whose JavaScript runs, and gives the error that ends
// it.
func (c *ioContext) reset(reason error) (end error) {
	defer func() {
		if p := recover(); p != nil {
			c.unwinding = p
			end = quickjs.Terminate(errUnwinding)
		}
	}()
	c.obj.Abort(reason)
	return nil
}

// errUnwinding ends JavaScript whose object was reset by it.
var errUnwinding = errors.New("the object was reset")
