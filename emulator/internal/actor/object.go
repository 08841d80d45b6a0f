package actor

import (
	"context"
	"log/slog"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// object is what one instance sees of its actor; it implements [host.Object].
type object struct {
	a   *Actor
	log *slog.Logger
	st  *storage
}

func newObject(a *Actor) *object {
	return &object{a: a, st: &storage{a: a}}
}

func (o *object) Info() host.Info {
	a := o.a
	return host.Info{
		Class: a.ns.Class(), ID: a.id, Key: a.ns.key, SQL: a.ns.sql,
		Name: a.storedName(), HasName: a.hasName && len(a.name) <= maxName,
	}
}

func (o *object) Now() time.Time        { return o.a.s.Now() }
func (o *object) Storage() host.Storage { return o.st }

func (o *object) Logger() *slog.Logger {
	if o.log == nil {
		o.log = o.a.logger()
	}
	return o.log
}

// event gives the event of ctx, which must hold the turn of this object.
func (o *object) event(ctx context.Context) (*event, error) {
	ev := eventOf(ctx)
	if ev == nil || ev.actor.object != o {
		return nil, durable.ErrNoEvent
	}
	if err := o.a.holds(); err != nil {
		return nil, err
	}
	return o.a.s.current.Load(), nil
}

// holds reports whether the object's code has the turn.
func (a *Actor) holds() error {
	cur := a.s.current.Load()
	if cur == nil || cur.actor != a {
		return durable.ErrNoTurn
	}
	if a.s.opts.Strict || raceEnabled {
		return cur.checkGoroutine()
	}
	return nil
}

func (o *object) Abort(reason error) {
	a := o.a
	if a.holds() != nil {
		panic(durable.ErrNoTurn)
	}
	a.reset(withReset(reason))
	panic(unwind{a})
}

func (o *object) Sleep(ctx context.Context, d time.Duration) error {
	ev, err := o.event(ctx)
	if err != nil {
		return err
	}
	s := o.a.s
	var t *timer
	defer func() { s.stop(t) }() // a reset ends the wait before its time
	return ev.yield(wait{what: "a timer", timer: true}, func(e *entry) {
		t = s.afterLocked(d, "Sleep in "+ev.name(), func() { s.pushLocked(e) })
	})
}

func (o *object) Sync(ctx context.Context) error {
	ev, err := o.event(ctx)
	if err != nil {
		return err
	}
	return ev.yield(wait{what: "its next turn"}, o.a.s.pushLocked)
}

func (o *object) Await(ctx context.Context, fn func(context.Context) error) error {
	ev, err := o.event(ctx)
	if err != nil {
		return err
	}
	return ev.await(func() error { return fn(o.a.ctx) })
}

// await ends the turn, runs fn without the baton and goes on with the next
// turn. A panic of fn is passed on in the turn.
func (ev *event) await(fn func() error) (err error) {
	a := ev.actor
	if a.syncs > 0 {
		return errInSync
	}
	if !a.endTurn(ev) {
		panic(unwind{a})
	}
	ev.leave(func() { err = fn() })
	if ev.killed || a.resetError() != nil {
		panic(unwind{a})
	}
	return err
}

func (o *object) Block(ctx context.Context, fn func(context.Context) error) error {
	ev, err := o.event(ctx)
	if err != nil {
		return err
	}
	return ev.critical(func() error {
		err := protectBlock(o.a, func() error { return fn(ev.context()) })
		if err != nil {
			o.a.reset(withReset(err))
		}
		return err
	})
}

// protectBlock turns a panic of fn into an error, since like an error it resets
// the object.
func protectBlock(a *Actor, fn func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case unwind:
			panic(p)
		default:
			err = panicError(p)
		}
	}()
	return fn()
}

// maxDepth is how deep critical sections may nest (rule 3.22).
const maxDepth = 64

// critical runs fn with the input gate closed, for 30 s at most. Writes before
// it are committed first, and those of fn with its end.
func (ev *event) critical(fn func() error) error {
	a, s := ev.actor, ev.actor.s
	if a.syncs > 0 {
		return errInSync
	}
	if !a.commit(ev) {
		panic(unwind{a})
	}
	s.mu.Lock()
	sec := a.enterLocked(ev)
	limit := a.limitLocked(sec)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.stopLocked(limit)
		a.leaveLocked(ev, sec)
		s.mu.Unlock()
	}()
	if sec.depth >= maxDepth {
		a.reset(errTooDeep)
		panic(unwind{a})
	}
	if err := fn(); err != nil {
		return err
	}
	if !a.commit(ev) {
		panic(unwind{a})
	}
	return nil
}

func (ev *event) name() string { return ev.label + " of " + ev.actor.label() }
