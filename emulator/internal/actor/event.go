package actor

import (
	"context"
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// event is one delivery to an object: a call, a request, an alarm, a timer or
// a task. The object's actor runs it once.
type event struct {
	entry
	actor   *Actor
	seq     uint64
	label   string // such as "rpc sendMessage"
	section *section
	handle  func(*Actor, *event) result
	// settle gives the result to the caller; called once, with the lock held.
	settle func(result)
	caller *Actor // that sent it, or nil
	cause  uint64 // the number of the event that sent it, or 0
	trace  *tracing
	// Written with the baton held: its handler has begun; its caller is gone, so
	// that it is not to begin.
	entered, withdrawn bool
	settled            bool
	killed             bool // its code took too long and is to be unwound
	throws             bool // a caller prefers the handler's error to that of the commit

	args    host.Payload   // which nobody has until it is entered
	reply   *pending       // that its result settles, or nil
	after   *pending       // the call whose result it is made on, or nil
	export  *export        // that it calls, or nil
	refused *durable.Error // why it must not be sent, or nil
	later   *later         // its code has returned without a result

	thrown *result // the handler's error, while its turn is committed

	at     *entry          // where the event's code is parked, or nil
	waits  wait            // what it waits for there, or in a call that runs on its goroutine
	calls  []*pending      // started by this event, for errors that nobody waits for
	ctx    context.Context // made when first asked for
	strict uint64          // the goroutine that holds the turn, when checked
	owner  uint64          // that of a test whose code the event is, or 0

	// Of a fetch whose response has begun: its body, which a reset fails, and
	// what ends it behind the last commit.
	streaming *pipe
	last      func(error)
}

// result is the outcome of an event.
type result struct {
	payload host.Payload
	value   any
	err     error
	reset   bool // err is that of a reset and not of the handler
	fault   bool // the reset was not the application's doing
}

func newEvent(a *Actor, label string, sec *section, handle func(*Actor, *event) result, settle func(result)) *event {
	ev := &event{actor: a, label: label, section: sec, handle: handle, settle: settle}
	ev.entry = entry{ev: ev, start: func() { a.process(ev) }}
	return ev
}

func (ev *event) settleLocked(r result) {
	if r.reset && ev.streaming != nil {
		ev.streaming.finishLocked(nil, remote(r.err))
	}
	if ev.settled {
		return
	}
	ev.settled = true
	if !ev.entered {
		releaseLocked(ev.args)
	}
	if ev.settle != nil {
		ev.settle(r)
	}
}

// isCall reports whether the event is an RPC.
func (ev *event) isCall() bool { return ev != nil && ev.throws }

// sendLocked puts the event of a message in its object's queue, or behind the call
// whose result it needs.
func (ev *event) sendLocked() {
	switch p := ev.after; {
	case ev.caller != nil && ev.caller.broken != nil:
		ev.settleLocked(result{err: ev.caller.broken})
	case ev.refused != nil:
		ev.settleLocked(result{err: ev.refused})
	case ev.export != nil && ev.export.gone:
		ev.settleLocked(result{err: errGone})
	case p != nil && !p.done:
		p.follow = append(p.follow, ev)
	case p != nil && p.res.err != nil:
		ev.settleLocked(result{err: p.res.err})
	default:
		ev.actor.submitLocked(ev)
	}
}

// orphanLocked marks calls that the finished event never waited for: their
// errors are lost and logged (rule 3.12).
func (ev *event) orphanLocked() {
	for _, p := range ev.calls {
		p.orphanLocked()
	}
	ev.calls = nil
}

type eventKey struct{}

// eventContext is the context of an event: it ends with the instance, and
// carries nothing of the caller's (rule 2.38).
type eventContext struct {
	context.Context
	ev *event
}

func (c *eventContext) Value(key any) any {
	switch key {
	case host.ContextKey:
		return host.Object(c.ev.actor.object)
	case any(eventKey{}):
		return c.ev
	}
	return c.Context.Value(key)
}

func (ev *event) context() context.Context {
	if ev.ctx == nil {
		ev.ctx = &eventContext{ev.actor.ctx, ev}
	}
	return ev.ctx
}

func eventOf(ctx context.Context) *event {
	ev, _ := ctx.Value(eventKey{}).(*event)
	return ev
}

// wait is what parked code waits for.
type wait struct {
	what  string // for reports
	timer bool
	call  *pending
}

func (w wait) String() string {
	if w.call != nil {
		return w.call.name()
	}
	return w.what
}

// yield ends the turn and returns when the event has the next one. arrange
// is called with the lock held and sees to it that someone pushes the entry that
// it is given; it may push it at once. A reset meanwhile unwinds the caller.
func (ev *event) yield(w wait, arrange func(*entry)) error {
	a := ev.actor
	if a.syncs > 0 {
		return errInSync
	}
	if !a.endTurn(ev) {
		panic(unwind{a})
	}
	ev.parkFor(w, arrange)
	return nil
}

// parkFor is yield behind the output gate.
func (ev *event) parkFor(w wait, arrange func(*entry)) {
	a, s := ev.actor, ev.actor.s
	e := &entry{ev: ev, wake: make(chan struct{}, 1), timer: w.timer}
	s.mu.Lock()
	ev.at, ev.waits = e, w
	arrange(e)
	s.parkLocked(e)
	ev.at = nil
	if ev.killed || a.resetError() != nil {
		panic(unwind{a})
	}
}

// leave runs fn without the baton.
func (ev *event) leave(fn func()) {
	s := ev.actor.s
	e := &entry{ev: ev, wake: make(chan struct{}, 1)}
	s.mu.Lock()
	s.outside++
	s.handOnLocked()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.outside--
		s.pushLocked(e)
		s.kickLocked()
		s.mu.Unlock()
		<-e.wake
	}()
	fn()
}

func text(v any) string { return fmt.Sprint(v) }
