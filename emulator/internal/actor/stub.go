package actor

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// stub reaches one object for one caller; it implements [host.Stub] and
// [address]. From its
// first call on it is bound to the object's actor, so that a reset of that actor
// breaks it for good (rule 1.42).
type stub struct {
	ns      *Namespace
	id      ID
	name    string
	hasName bool
	caller  *Actor // nil: code outside of all objects
	target  *Actor // guarded by the scheduler's mutex
}

// address is where messages go.
type address interface {
	// actorLocked gives the actor that a message is for.
	actorLocked() *Actor
	// callerIn gives the object that sends with a context, or nil.
	callerIn(ctx context.Context) *Actor
	scheduler() *Scheduler
}

func (st *stub) actorLocked() *Actor   { return st.resolveLocked() }
func (st *stub) scheduler() *Scheduler { return st.ns.s }

// resolveLocked gives the actor. A record that was only dropped, and one that
// went down with everything else, is looked up anew: in the second case the stub
// stands for a client of the next process.
func (st *stub) resolveLocked() *Actor {
	if st.target == nil || st.target.crashed || st.target.dropped && st.target.broken == nil {
		st.target = st.ns.actorLocked(st.id, st.name, st.hasName)
	}
	return st.target
}

func (st *stub) Start(call host.Call) host.Pending { return startCall(st, st.caller, rpc{call}) }

func (st *stub) Call(ctx context.Context, call host.Call) (host.Payload, error) {
	return makeCall(ctx, st, rpc{call})
}

// Capability lets others call the object, each by a stub of its own.
func (st *stub) Capability() host.Capability {
	return &hold{s: st.ns.s, object: &stub{ns: st.ns, id: st.id, name: st.name, hasName: st.hasName}}
}

// startCall sends a call that nobody waits for yet.
func startCall(to address, caller *Actor, m request) host.Pending {
	p, ev, err := start(to, m, caller)
	if err != nil {
		m.payload().Release()
		return failedCall(to, caller, err)
	}
	if ev != nil {
		ev.calls = append(ev.calls, p)
	}
	return p
}

// failedCall is a call that never left.
func failedCall(to address, caller *Actor, err error) *pending {
	return &pending{s: to.scheduler(), caller: caller, label: "rpc", done: true, res: result{err: err}}
}

func makeCall(ctx context.Context, to address, m request) (host.Payload, error) {
	p, err := send(ctx, to, m)
	if err != nil {
		m.payload().Release()
		return host.Payload{}, err
	}
	return p.Wait(ctx)
}

// message is what is sent to an object.
type message interface {
	label() string
	run(a *Actor, ev *event) result
}

// request is a message that carries a payload.
type request interface {
	message
	payload() host.Payload
}

// rpc is the call of a member of an object.
type rpc struct{ call host.Call }

func (m rpc) label() string         { return m.call.Label() }
func (m rpc) payload() host.Payload { return m.call.Args }

func (m rpc) run(a *Actor, ev *event) result {
	if a.ns.ephemeral {
		a.s.mu.Lock()
		a.session = true
		a.s.mu.Unlock()
	}
	return a.answer(ev, func() (host.Payload, error) { return a.inst.Call(ev.context(), m.call) })
}

// maxMessage is the size of a call's arguments or result (rule 10.18).
const maxMessage = 32 << 20

// answer runs what gives the result of a call, or a later part of it.
func (a *Actor) answer(ev *event, fn func() (host.Payload, error)) result {
	res := a.protect(ev, func() result {
		payload, err := fn()
		if err == nil {
			err = checkSize(payload.Data)
		}
		return result{payload: payload, err: err}
	})
	if res.err == nil || res.err == host.ErrLater && ev.later != nil {
		return res
	}
	res.payload.Release()
	return result{err: remote(res.err)}
}

// start makes the event of a message. From an object it goes to the outbox,
// where it waits for the commit; from outside it is sent at once.
func start(to address, m message, caller *Actor) (*pending, *event, error) {
	s := to.scheduler()
	p := &pending{s: s, caller: caller, label: m.label()}
	req, throws := m.(request)
	if throws {
		if err := checkSize(req.payload().Data); err != nil {
			return nil, nil, err
		}
	}
	var from *event
	if caller != nil {
		if err := caller.holds(); err != nil {
			return nil, nil, err
		}
		from = s.current.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return nil, nil, ErrClosed
	}
	a := to.actorLocked()
	p.to = a
	ev := newEvent(a, p.label, nil, func(a *Actor, ev *event) result { return m.run(a, ev) }, p.settleLocked)
	ev.causeLocked(from)
	ev.order, ev.caller, ev.throws, ev.reply, p.sent = to, caller, throws, p, ev
	if throws {
		ev.args = req.payload()
	}
	switch to := to.(type) {
	case *held:
		to.useLocked(ev)
	case *pending:
		ev.after = to
		to.users++
	}
	if from != nil {
		caller.outbox = append(caller.outbox, departure{call: ev})
		return p, from, nil
	}
	ev.sendLocked()
	s.kickLocked()
	return p, nil, nil
}

// send is start for a caller that is going to wait. It refuses a context of no
// event before anything is sent.
func send(ctx context.Context, to address, m message) (*pending, error) {
	caller := to.callerIn(ctx)
	if caller != nil {
		if caller.object == nil {
			return nil, durable.ErrNoTurn
		}
		if _, err := caller.object.event(ctx); err != nil {
			return nil, err
		}
		if caller.syncs > 0 {
			return nil, errInSync
		}
	}
	p, _, err := start(to, m, caller)
	return p, err
}

// callerIn gives the object that calls: the one that the stub belongs to, or,
// when code of an object uses a stub from outside with its event's context, as
// the function of RunIn may, that object.
func (st *stub) callerIn(ctx context.Context) *Actor {
	if st.caller != nil {
		return st.caller
	}
	if ev := eventOf(ctx); ev != nil && ev.actor.s == st.ns.s {
		return ev.actor
	}
	return nil
}
