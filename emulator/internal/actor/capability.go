package actor

import (
	"context"
	"errors"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// export is a target that an object lets others call.
type export struct {
	home   *Actor
	object *object // the instance that it belongs to
	target host.Target

	// Guarded by the scheduler's mutex.
	holds int
	gone  bool // the instance is
}

// Errors of capabilities (rules 10.29, 10.34).
var (
	errDisposed = &durable.Error{Name: "Error", Message: "RPC stub used after being disposed."}
	errGone     = &durable.Error{Name: "Error", Message: "The execution context which hosts this callback is no longer running."}
)

// hold implements [host.Capability]: one hold on an export, or on an object,
// which needs none.
type hold struct {
	s        *Scheduler
	export   *export
	object   *stub // without a caller
	released bool  // guarded by the scheduler's mutex
}

func (h *hold) Dup() host.Capability {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	out := &hold{s: h.s, export: h.export, object: h.object, released: h.released}
	if h.export != nil && !h.released {
		h.export.holds++
	}
	return out
}

func (h *hold) Release() {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	h.releaseLocked()
	h.s.kickLocked()
}

func (h *hold) releaseLocked() {
	if !h.released && h.export != nil {
		h.export.releaseLocked()
	}
	h.released = true
}

// releaseLocked gives up the capabilities of a payload that nobody reads.
func releaseLocked(p host.Payload) {
	for _, c := range p.Caps {
		c.(interface{ releaseLocked() }).releaseLocked()
	}
}

// releaseLocked ends a hold; with the last one the object is told.
func (x *export) releaseLocked() {
	x.holds--
	if x.holds > 0 || x.gone {
		return
	}
	a := x.home
	delete(a.exports, x)
	ev := newEvent(a, "disposal", nil, func(a *Actor, ev *event) result {
		if !x.gone {
			x.target.Dispose(ev.context())
		}
		return result{}
	}, nil)
	a.submitLocked(ev)
}

// goneLocked ends all exports of an instance.
func (a *Actor) goneLocked() {
	for x := range a.exports {
		x.gone = true
	}
	clear(a.exports)
}

func (o *object) Export(t host.Target) host.Capability {
	s := o.a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &export{home: o.a, object: o, target: t, holds: 1, gone: o.a.broken != nil || o.a.object != o}
	if !x.gone {
		if o.a.exports == nil {
			o.a.exports = map[*export]struct{}{}
		}
		o.a.exports[x] = struct{}{}
	}
	return &hold{s: s, export: x}
}

func (o *object) Import(c host.Capability) host.Stub {
	h := c.(*hold)
	if st := h.object; st != nil {
		return &stub{ns: st.ns, id: st.id, name: st.name, hasName: st.hasName, caller: o.a}
	}
	return &held{h, o.a}
}

// held reaches an export for the object that has a hold on it; it implements
// [host.Stub] and [address].
type held struct {
	*hold
	caller *Actor
}

func (h *held) actorLocked() *Actor             { return h.export.home }
func (h *held) scheduler() *Scheduler           { return h.s }
func (h *held) callerIn(context.Context) *Actor { return h.caller }
func (h *held) Capability() host.Capability     { return h.hold.Dup() }

// useLocked keeps the export until ev, which calls it, is over.
func (h *held) useLocked(ev *event) {
	ev.export, ev.order = h.export, h.export
	if h.released {
		ev.refused = errDisposed
		return
	}
	h.export.holds++
	settle := ev.settle
	ev.settle = func(r result) {
		settle(r)
		h.export.releaseLocked()
	}
}

func (h *held) Start(call host.Call) host.Pending {
	return startCall(h, h.caller, targetCall{h.export, call})
}

func (h *held) Call(ctx context.Context, call host.Call) (host.Payload, error) {
	return makeCall(ctx, h, targetCall{h.export, call})
}

func (h *held) Fetch(*http.Request) (*http.Response, error) {
	return nil, errors.New("emulator: a function or RpcTarget has no fetch handler")
}

func (h *held) StartFetch(*http.Request) host.Exchange {
	_, err := h.Fetch(nil)
	return &exchange{err: err}
}

// targetCall is a call of an export.
type targetCall struct {
	x    *export
	call host.Call
}

func (m targetCall) label() string         { return m.call.Label() }
func (m targetCall) payload() host.Payload { return m.call.Args }

func (m targetCall) run(a *Actor, ev *event) result {
	return a.answer(ev, func() (host.Payload, error) { return m.x.target.Call(ev.context(), m.call) })
}
