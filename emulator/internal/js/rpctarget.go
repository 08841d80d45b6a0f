package js

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// target is a value of JavaScript that others may call; it implements
// [host.Target].
type target struct {
	c        *ioContext
	value    *quickjs.Ref
	how      look
	disposer *quickjs.Ref // what is to be called when nobody holds it, or nil
}

// newTarget makes a target of a value; its own disposer is looked up now.
func (c *ioContext) newTarget(v quickjs.Value, how look, disposer quickjs.Value) *target {
	t := &target{c: c, value: v.Keep(), how: how}
	if disposer.IsFunction() {
		t.disposer = disposer.Keep()
	}
	c.keep(t)
	return t
}

// export makes a capability of a function, RpcTarget or the like.
func (c *ioContext) export(v quickjs.Value, how look) (host.Capability, error) {
	disposer, err := c.w.rpc.disposerOf.Value().Call(quickjs.Value{}, v)
	if err != nil {
		return nil, err
	}
	return c.obj.Export(c.newTarget(v, how, disposer)), nil
}

func (t *target) Call(ctx context.Context, call host.Call) (host.Payload, error) {
	return t.c.perform(ctx, call, func() (quickjs.Value, look, error) { return t.value.Value(), t.how, nil })
}

// Dispose calls the target's disposer: nobody holds it any more (rule 10.30).
func (t *target) Dispose(ctx context.Context) {
	if t.disposer != nil {
		if err := t.c.Run(ctx, func() error {
			_, err := t.disposer.Value().Call(t.value.Value())
			return err
		}); err != nil {
			t.c.w.uncaught(t.c, err)
		}
	}
	t.c.free(t)
}

// Free gives up the values.
func (t *target) Free() {
	t.value.Free()
	if t.disposer != nil {
		t.disposer.Free()
	}
}

// held is a stub of a capability that was received, or made by new RpcStub; in
// JavaScript it is what such a stub stands for.
type held struct {
	c    *ioContext
	cap  host.Capability
	stub host.Stub
	done bool
}

// newHeld takes over a hold.
func (c *ioContext) newHeld(cap host.Capability) *held {
	h := &held{c: c, cap: cap, stub: c.obj.Import(cap)}
	c.keep(h)
	return h
}

// use reports why the stub cannot be used by the code that runs (rule 10.32).
func (h *held) use(c *ioContext) error {
	if h.c != c {
		return c.w.platform.Foreign("Client")
	}
	return nil
}

// dispose ends the hold; later calls are refused (rule 10.29).
func (h *held) dispose() {
	if !h.done {
		h.done = true
		h.c.free(h)
	}
}

// Free gives up the hold.
func (h *held) Free() { h.cap.Release() }

// disposals are stubs that end together: those of a call's arguments, or of a
// result.
type disposals struct{ stubs []*held }

func (d *disposals) add(h *held) { d.stubs = append(d.stubs, h) }

func (d *disposals) dispose() {
	for _, h := range d.stubs {
		h.dispose()
	}
	d.stubs = nil
}

// live is the value of a result that is still on its way, for calls on it.
type live struct {
	c     *ioContext
	value *quickjs.Ref
	how   look
	given disposals // stubs in the result, which the receiver has now
}

// Free gives the value up when no such call can come any more.
func (l *live) Free() {
	if l.value == nil {
		return
	}
	delete(l.c.kept, l)
	l.value.Free()
	l.value = nil
	l.given.dispose()
}

// stubOf gives what a stub in JavaScript stands for.
func (w *Worker) heldOf(v quickjs.Value) (*held, error) {
	n, _ := v.Host()
	h, ok := n.(*held)
	if !ok {
		return nil, quickjs.TypeErrorf("Illegal invocation")
	}
	return h, nil
}

// hostOf gives JavaScript a held to wrap.
func (w *Worker) hostOf(h *held) (quickjs.Value, error) { return w.iso.Host(w.iso.Null(), h, nil) }

// dupStub(host) is RpcStub.prototype.dup.
func (w *Worker) dupStub(call *quickjs.Call) (quickjs.Value, error) {
	h, err := w.heldOf(call.Arg(0))
	if err != nil {
		return quickjs.Value{}, err
	}
	if w.current == nil {
		return quickjs.Value{}, web.ErrGlobalScope
	}
	if err := h.use(w.current); err != nil {
		return quickjs.Value{}, err
	}
	if h.done {
		return quickjs.Value{}, w.throw(w.internalError())
	}
	return w.hostOf(w.current.newHeld(h.cap.Dup()))
}

// disposeStub(host) is RpcStub.prototype[Symbol.dispose].
func (w *Worker) disposeStub(call *quickjs.Call) (quickjs.Value, error) {
	h, err := w.heldOf(call.Arg(0))
	if err == nil {
		h.dispose()
	}
	return quickjs.Value{}, err
}

// ownStub(value) is new RpcStub(value) (rule 10.35).
func (w *Worker) ownStub(call *quickjs.Call) (quickjs.Value, error) {
	c, v := w.current, call.Arg(0)
	if c == nil {
		return quickjs.Value{}, web.ErrGlobalScope
	}
	how, ok, err := w.howOf(v)
	if err != nil {
		return v, err
	}
	if !ok {
		return v, quickjs.TypeErrorf("RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.")
	}
	capability, err := c.export(v, how)
	if err != nil {
		return v, err
	}
	return w.hostOf(c.newHeld(capability))
}

// localTarget(value) gives what a call on a result that has arrived is made on:
// the value itself, by way of a call like any other.
func (w *Worker) localTarget(call *quickjs.Call) (quickjs.Value, error) {
	c, v := w.current, call.Arg(0)
	if c == nil {
		return quickjs.Value{}, web.ErrGlobalScope
	}
	if n, ok := v.Host(); ok {
		if _, ok := n.(*stub); ok {
			return v, nil
		}
	}
	return w.hostOf(c.newHeld(c.obj.Export(c.newTarget(v, ownMembers, quickjs.Value{}))))
}

// howOf tells in which way a stub made of a value looks into it, if one can be
// made.
func (w *Worker) howOf(v quickjs.Value) (how look, ok bool, err error) {
	n, err := w.rpc.how.Value().Call(quickjs.Value{}, v)
	if err != nil || n.IsUndefined() {
		return 0, false, err
	}
	f, err := n.Float()
	return look(f), true, err
}
