package actor

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// pending is a call on its way; it implements [host.Pending].
type pending struct {
	s      *Scheduler
	caller *Actor // nil from outside
	label  string
	to     *Actor // nil for what is no call
	sent   *event

	// Guarded by the scheduler's mutex.
	done    bool
	orphan  bool // nobody will wait
	dropped bool // the one who waited has gone
	waited  bool
	res     result
	waiter  *entry        // parked until done
	then    *event        // of the caller, that takes the result
	follow  []*event      // calls of members of the result
	users   int           // of what the result was made of
	signal  chan struct{} // closed when done, if somebody outside waits
	root    *root         // of a wait from outside
}

func (p *pending) settleLocked(r result) {
	if p.done { // given up before
		r.discardLocked()
		return
	}
	p.done, p.res = true, r
	if p.dropped || p.caller != nil && p.caller.broken != nil {
		r.discardLocked()
	}
	for _, ev := range p.follow {
		ev.sendLocked()
	}
	p.follow = nil
	delete(p.s.roots, p.root) // before the waiter runs: time must not pass for it
	switch {
	case p.waiter != nil:
		p.s.pushLocked(p.waiter)
	case p.then == nil:
	case p.then.settled: // the caller is gone
		p.users--
		releaseLocked(r.payload)
	default:
		p.s.pushLocked(&p.then.entry)
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

// Wait ends the turn, or blocks the goroutine of code outside, until the call
// has returned.
func (p *pending) Wait(ctx context.Context) (host.Payload, error) {
	r, err := p.wait(ctx)
	if err != nil {
		return host.Payload{}, err
	}
	return r.payload, r.err
}

// Then implements [host.Pending]. Until it has run, the event holds the caller
// in memory as the call that it waits for does (rule 2.23).
func (p *pending) Then(done func(ctx context.Context, result host.Payload, err error)) {
	a, s := p.caller, p.s
	if a == nil || a.holds() != nil {
		panic("actor: Then by no object, or without its turn")
	}
	ev := newEvent(a, "the result of "+p.label, s.current.Load().section.effective(), func(_ *Actor, ev *event) result {
		done(ev.context(), p.res.payload, p.res.err)
		p.leave()
		return result{}
	}, nil)
	ev.waits = wait{call: p}
	ev.causeLocked(s.current.Load())
	p.waited = true
	s.mu.Lock()
	defer s.mu.Unlock()
	p.then = ev
	p.users++
	if a.broken != nil {
		ev.settleLocked(result{err: a.broken})
		return
	}
	a.acceptLocked(ev)
	if p.done {
		s.pushLocked(&ev.entry)
	}
}

// leave frees what the result was made of behind its last user.
func (p *pending) leave() {
	p.s.mu.Lock()
	p.users--
	last := p.users == 0 && p.done
	p.s.mu.Unlock()
	if live := p.res.payload.Live; last && live != nil {
		live.Free()
	}
}

// Start implements [host.Pending].
func (p *pending) Start(call host.Call) host.Pending {
	if p.to == nil { // it never left
		call.Args.Release()
		return failedCall(p, p.caller, p.res.err)
	}
	return startCall(p, p.caller, follow{p, call})
}

// follow is the call of a member of a result.
type follow struct {
	of   *pending
	call host.Call
}

func (m follow) label() string         { return m.call.Label() }
func (m follow) payload() host.Payload { return m.call.Args }

func (m follow) run(a *Actor, ev *event) result {
	return a.answer(ev, func() (host.Payload, error) { return a.inst.Follow(ev.context(), m.of.res.payload, m.call) })
}

func (p *pending) actorLocked() *Actor             { return p.to }
func (p *pending) scheduler() *Scheduler           { return p.s }
func (p *pending) callerIn(context.Context) *Actor { return p.caller }

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
	if p.sent != nil {
		s.runNext(ev, p.sent)
	}
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
		p.signal, p.dropped = nil, true
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
