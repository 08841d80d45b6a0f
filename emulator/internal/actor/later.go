package actor

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// later lets the code of a call return before its result is there; it implements
// [host.Continuation]. Like parked code it belongs to the event's section, but no
// goroutine waits.
type later struct {
	ev   *event
	what string
}

func (o *object) Later(what string) host.Continuation {
	ev := o.a.s.current.Load()
	if o.a.holds() != nil || ev.later != nil {
		panic("actor: Later without the turn of a call, or twice")
	}
	ev.later = &later{ev, what}
	return ev.later
}

func (l *later) Resume(fn func(ctx context.Context) (host.Payload, error)) {
	ev := l.ev
	a := ev.actor
	e := &entry{ev: ev, start: func() {
		ev.later = nil
		a.conclude(ev, a.answer(ev, func() (host.Payload, error) { return fn(ev.context()) }))
	}}
	a.s.mu.Lock()
	a.s.pushFirstLocked([]*entry{e})
	a.s.mu.Unlock()
}
