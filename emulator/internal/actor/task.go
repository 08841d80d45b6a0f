package actor

import (
	"context"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// task is work of an object beside its events; it implements [host.Task].
type task struct {
	a      *Actor
	done   bool // guarded by the scheduler's mutex, like what follows
	err    error
	waiter []*entry
}

// begin makes fn an event of its own, in the section of the code that begins it.
// It starts when the turn ends, before the events that wait.
func (o *object) begin(label string, fn func(context.Context) error) (*task, error) {
	a := o.a
	if err := a.holds(); err != nil {
		return nil, err
	}
	t := &task{a: a}
	from := a.s.current.Load()
	ev := newEvent(a, label, from.section.effective(), func(a *Actor, ev *event) result {
		return result{err: fn(ev.context())}
	}, t.settleLocked)
	ev.cause = from.seq
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if a.broken != nil {
		ev.settleLocked(result{err: a.broken})
		return t, nil
	}
	a.acceptLocked(ev)
	a.begun = append(a.begun, &ev.entry)
	return t, nil
}

func (t *task) settleLocked(r result) {
	t.done, t.err = true, r.err
	t.a.s.pushFirstLocked(t.waiter)
	t.waiter = nil
}

func (o *object) Go(fn func(context.Context) error) host.Task {
	t, err := o.begin("task", fn)
	if err != nil {
		return &task{a: o.a, done: true, err: err}
	}
	return t
}

func (t *task) Wait(ctx context.Context) error {
	o := t.a.object
	if o == nil {
		return t.err
	}
	ev, err := o.event(ctx)
	if err != nil {
		return err
	}
	err = ev.yield(wait{what: "a task"}, func(e *entry) {
		if t.done {
			t.a.s.pushLocked(e)
		} else {
			t.waiter = append(t.waiter, e)
		}
	})
	if err != nil {
		return err
	}
	return t.err
}

func (o *object) WaitUntil(fn func(context.Context) error) {
	_, err := o.begin("waitUntil", func(ctx context.Context) error {
		err := fn(ctx)
		if err != nil {
			o.Logger().Error("uncaught error in WaitUntil", "error", err)
		}
		return err
	})
	if err != nil {
		o.Logger().Error("WaitUntil was refused", "error", err)
	}
}

func (o *object) AfterFunc(d time.Duration, fn func(context.Context)) (stop func() bool) {
	a, s := o.a, o.a.s
	if err := a.holds(); err != nil {
		o.Logger().Error("AfterFunc was refused", "error", err)
		return func() bool { return false }
	}
	from := s.current.Load()
	cause, section := from.seq, from.section // that of now, whatever the caller enters later
	var t *timer
	s.mu.Lock()
	defer s.mu.Unlock()
	t = s.afterLocked(d, "AfterFunc of "+a.label(), func() {
		delete(a.pending, t)
		ev := newEvent(a, "timer", section, func(a *Actor, ev *event) result {
			fn(ev.context())
			return result{}
		}, nil)
		ev.timer, ev.cause = true, cause
		a.submitLocked(ev)
	})
	a.pending[t] = struct{}{}
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(a.pending, t)
		in := s.stopLocked(t)
		a.idleLocked()
		return in
	}
}

// latch implements [host.Latch].
type latch struct {
	a       *Actor
	what    string
	open    bool // guarded by the scheduler's mutex, like what follows
	waiting []*entry
}

func (o *object) Latch(what string) host.Latch { return &latch{a: o.a, what: what} }

func (l *latch) Wait(ctx context.Context) error {
	o := l.a.object
	if o == nil {
		return durable.ErrNoTurn
	}
	ev, err := o.event(ctx)
	if err != nil {
		return err
	}
	return ev.yield(wait{what: l.what}, func(e *entry) {
		if l.open {
			l.a.s.pushLocked(e)
		} else {
			l.waiting = append(l.waiting, e)
		}
	})
}

func (l *latch) Open() {
	s := l.a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	l.open = true
	for _, e := range l.waiting {
		e.latched = true
	}
	s.pushFirstLocked(l.waiting)
	l.waiting = nil
}
