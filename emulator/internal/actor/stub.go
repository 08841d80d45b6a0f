package actor

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// stub reaches one object for one caller; it implements [host.Stub]. From its
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

// resolveLocked gives the actor. A record that was only dropped, and one that
// went down with everything else, is looked up anew: in the second case the stub
// stands for a client of the next process.
func (st *stub) resolveLocked() *Actor {
	if st.target == nil || st.target.crashed || st.target.dropped && st.target.broken == nil {
		st.target = st.ns.actorLocked(st.id, st.name, st.hasName)
	}
	return st.target
}

// pending is a call on its way; it implements [host.Pending].
type pending struct {
	s      *Scheduler
	caller *Actor // nil from outside
	label  string
	to     *Actor // nil for what is no call
	sent   *event

	// Guarded by the scheduler's mutex.
	done   bool
	orphan bool // nobody will wait
	waited bool
	res    result
	waiter *entry        // parked until done
	signal chan struct{} // closed when done, if somebody outside waits
	root   *root         // of a wait from outside
}

func (p *pending) settleLocked(r result) {
	if p.done { // given up before
		return
	}
	p.done, p.res = true, r
	delete(p.s.roots, p.root) // before the waiter runs: time must not pass for it
	if p.waiter != nil {
		p.s.pushLocked(p.waiter)
	}
	if p.signal != nil {
		close(p.signal)
	}
	p.logLocked()
}

func (p *pending) orphanLocked() {
	if !p.waited {
		p.orphan = true
		p.logLocked()
	}
}

func (p *pending) logLocked() {
	if p.orphan && p.done && p.res.err != nil && p.caller != nil {
		p.caller.ns.log.Warn("the error of a call that nobody waited for", "class", p.caller.ns.Class(),
			"id", p.caller.id.String(), "call", p.label, "error", p.res.err)
	}
}

func (st *stub) Start(method string, args []byte) host.Pending {
	p, ev, err := st.start(rpc{method: method, args: args}, st.caller)
	if err != nil {
		return failed{err}
	}
	if ev != nil {
		ev.calls = append(ev.calls, p)
	}
	return p
}

// failed is a call that never left.
type failed struct{ err error }

func (f failed) Wait(context.Context) ([]byte, error) { return nil, f.err }

// message is what a stub sends.
type message interface {
	label() string
	run(a *Actor, ev *event) result
}

// rpc is the call of a method.
type rpc struct {
	method string
	args   []byte
}

func (m rpc) label() string { return "rpc " + m.method }

// maxMessage is the size of a call's arguments or result (rule 10.18).
const maxMessage = 32 << 20

func (m rpc) run(a *Actor, ev *event) result {
	res := a.protect(ev, func() result {
		data, err := a.inst.Call(ev.context(), m.method, m.args)
		if err == nil {
			err = checkSize(data)
		}
		return result{data: data, err: err}
	})
	if res.err != nil {
		return result{err: remote(res.err)}
	}
	return res
}

// start makes the event of a message. From an object it goes to the outbox,
// where it waits for the commit; from outside it is sent at once.
func (st *stub) start(m message, caller *Actor) (*pending, *event, error) {
	s := st.ns.s
	p := &pending{s: s, caller: caller, label: m.label()}
	if c, ok := m.(rpc); ok {
		if err := checkSize(c.args); err != nil {
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
	a := st.resolveLocked()
	p.to = a
	ev := newEvent(a, m.label(), nil, func(a *Actor, ev *event) result { return m.run(a, ev) }, p.settleLocked)
	ev.order, ev.caller, p.sent = st, caller, ev
	_, ev.throws = m.(rpc)
	if from != nil {
		caller.outbox = append(caller.outbox, ev)
		return p, from, nil
	}
	a.submitLocked(ev)
	s.kickLocked()
	return p, nil, nil
}

func (st *stub) Call(ctx context.Context, method string, args []byte) ([]byte, error) {
	p, err := st.send(ctx, rpc{method: method, args: args})
	if err != nil {
		return nil, err
	}
	return p.Wait(ctx)
}

// send is start for a caller that is going to wait. It refuses a context of no
// event before anything is sent.
func (st *stub) send(ctx context.Context, m message) (*pending, error) {
	caller := st.callerIn(ctx)
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
	p, _, err := st.start(m, caller)
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

// Wait ends the turn, or blocks the goroutine of code outside, until the call
// has returned.
func (p *pending) Wait(ctx context.Context) ([]byte, error) {
	r, err := p.wait(ctx)
	if err != nil {
		return nil, err
	}
	return r.data, r.err
}

func (p *pending) wait(ctx context.Context) (result, error) {
	switch {
	case p.caller != nil:
		return p.waitInside(ctx, p.caller)
	case eventOf(ctx) != nil:
		return p.waitInside(ctx, eventOf(ctx).actor)
	case ctx.Value(clientKey{}) != nil:
		return p.waitClient()
	}
	return p.waitOutside(ctx)
}

func (p *pending) waitInside(ctx context.Context, a *Actor) (result, error) {
	s := p.s
	if a.object == nil {
		return result{}, durable.ErrNoTurn
	}
	ev, err := a.object.event(ctx)
	switch {
	case err != nil:
		return result{}, err
	case a.syncs > 0:
		return result{}, errInSync
	}
	p.waited = true
	if !a.endTurn(ev) {
		panic(unwind{a})
	}
	ev.waits = wait{call: p}
	s.runNext(ev, p.sent)
	s.mu.Lock()
	direct := p.done && s.ready.len() == 0 && a.broken == nil && ev.section.effective() == a.section
	s.mu.Unlock()
	if direct {
		return p.res, nil
	}
	ev.parkFor(wait{call: p}, func(e *entry) {
		if p.done {
			s.pushLocked(e)
		} else {
			p.waiter = e
		}
	})
	return p.res, nil
}

// runNext runs the call that ev waits for on ev's own goroutine, if it is the
// only thing ready: then no order is chosen, and a switch of goroutines is saved.
// Any other event would keep ev from going on when its call returns.
func (s *Scheduler) runNext(ev, call *event) {
	s.mu.Lock()
	if s.rng != nil || s.ready.len() != 1 {
		s.mu.Unlock()
		return
	}
	next := s.ready.at(0)
	if next != &call.entry || call.actor == ev.actor {
		s.mu.Unlock()
		return
	}
	s.ready.take(0)
	if !next.ev.actor.admitsLocked(next) {
		s.mu.Unlock()
		return
	}
	s.takeLocked(next)
	s.mu.Unlock()
	next.start()
	s.current.Store(ev)
}

func (p *pending) waitClient() (result, error) {
	s := p.s
	e := &entry{wake: make(chan struct{}, 1), client: goroutineID()}
	s.mu.Lock()
	if p.done {
		s.pushLocked(e)
	} else {
		p.waiter = e
		p.rootLocked(p.failLocked)
	}
	s.parkLocked(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.res, nil
}

// waitOutside blocks the calling goroutine. A context that ends first ends the
// waiting and not the handler (rule 2.38).
func (p *pending) waitOutside(ctx context.Context) (result, error) {
	s := p.s
	s.mu.Lock()
	if p.done {
		defer s.mu.Unlock()
		return p.res, nil
	}
	p.signal = make(chan struct{})
	p.rootLocked(p.failLocked)
	s.kickLocked()
	s.mu.Unlock()
	select {
	case <-p.signal:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.done {
		delete(s.roots, p.root)
		p.signal = nil
		return result{}, context.Cause(ctx)
	}
	return p.res, nil
}

// rootLocked makes p a call from outside that somebody waits for.
func (p *pending) rootLocked(fail func(error)) {
	p.root = p.s.newRootLocked(p.label, fail)
}

// failLocked gives up waiting with an error of the emulator's.
func (p *pending) failLocked(err error) { p.settleLocked(result{err: err}) }

// name says in reports which call it is.
func (p *pending) name() string {
	if p.to == nil {
		return p.label
	}
	return p.label + " of " + p.to.label()
}
