package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// control is an event that tests and tools deliver to an object.
type control struct {
	name string
	fn   func(a *Actor, ev *event) result
}

func (m control) label() string                  { return m.name }
func (m control) run(a *Actor, ev *event) result { return m.fn(a, ev) }

func checkSize(data []byte) error {
	if len(data) <= maxMessage {
		return nil
	}
	return &durable.Error{Name: "Error", Message: fmt.Sprintf("Serialized RPC arguments or return values are limited to 32MiB, "+
		"but the size of this value was: %d bytes.", len(data))}
}

// outsideStub gives the stub of code outside of all objects, which alone may
// control an object.
func outsideStub(hs host.Stub) (*stub, error) {
	st, ok := hs.(*stub)
	if !ok || st.caller != nil {
		return nil, fmt.Errorf("emulator: a stub that belongs to an object's Env cannot be used for this: take one from Emulator.Namespace")
	}
	return st, nil
}

// RunIn runs fn as an event of the object, on the calling goroutine, so that
// the fn of a test may end it.
func RunIn(hs host.Stub, fn func(ctx context.Context, instance any, obj host.Object) error) error {
	st, err := outsideStub(hs)
	if err != nil {
		return err
	}
	s := st.ns.s
	if s.heldHere() {
		return errHeld
	}
	p := &pending{s: s, label: "RunInDurableObject"}
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	a := st.resolveLocked()
	ev := newEvent(a, p.label, nil, func(a *Actor, ev *event) result {
		return result{err: fn(ev.context(), a.inst.Value(), a.object)}
	}, p.settleLocked)
	// The calling goroutine takes the place of the pool's: the entry is woken
	// instead of started.
	ev.start, ev.wake = nil, make(chan struct{}, 1)
	ev.owner = goroutineID()
	a.submitLocked(ev)
	if !p.done {
		p.rootLocked(func(err error) {
			p.failLocked(err)
			if ev.state != given {
				ev.gone = true
				delete(a.events, ev)
				ev.wake <- struct{}{}
			}
		})
		s.kickLocked()
		s.mu.Unlock()
		<-ev.wake
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	if ev.state != given {
		return p.res.err
	}
	defer s.handOnLocked()
	if p.done { // reset while it waited
		return p.res.err
	}
	s.mu.Unlock()
	defer s.mu.Lock()
	a.process(ev)
	return p.outcome()
}

// outcome gives the error of a call that is over.
func (p *pending) outcome() error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.res.err
}

// RunAlarm runs the object's alarm now; see [stub.runAlarm].
func RunAlarm(hs host.Stub) (bool, error) {
	st, err := outsideStub(hs)
	if err != nil {
		return false, err
	}
	return st.runAlarm()
}

// lookup gives the running actor of a stub's object, or nil.
func (st *stub) lookup() *Actor {
	s := st.ns.s
	s.mu.Lock()
	defer s.mu.Unlock()
	return st.ns.actors[st.id]
}

// evictWait is how long an eviction waits for the object to become idle
// (rule 16.9).
const evictWait = 30 * time.Second

// Evict waits until the object is idle and destroys its instance.
func Evict(hs host.Stub) error {
	st, err := outsideStub(hs)
	if err != nil {
		return err
	}
	a := st.lookup()
	running := false
	if a != nil {
		if err := a.s.Do(func() { running = a.object != nil }); err != nil {
			return err
		}
	}
	if !running {
		return fmt.Errorf("Cannot evict Durable Object: it is not currently running.") //lint:ignore ST1005 text of the vitest helper
	}
	return a.s.evictWhenIdle([]*Actor{a})
}

// EvictAll evicts every object that runs, as Evict does.
func (s *Scheduler) EvictAll() error {
	s.mu.Lock()
	var all []*Actor
	for _, n := range s.spaces {
		all = append(all, n.inOrderLocked()...)
	}
	s.mu.Unlock()
	return s.evictWhenIdle(all)
}

// evictWhenIdle evicts the actors, waiting for events in flight on the
// scheduler's clock.
func (s *Scheduler) evictWhenIdle(actors []*Actor) error {
	if s.heldHere() {
		return errHeld
	}
	p := &pending{s: s, label: "eviction"}
	var poll func()
	var limit *timer
	poll = func() {
		busy := []string{}
		for _, a := range actors {
			s.mu.Lock()
			if len(a.events) > 0 {
				for ev := range a.events {
					busy = append(busy, ev.name())
				}
				s.mu.Unlock()
				continue
			}
			broken := a.broken != nil
			s.mu.Unlock()
			if !broken {
				a.stopTimers()
				a.evict()
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case len(busy) == 0:
			p.settleLocked(result{})
		case limit.index < 0:
			slices.Sort(busy)
			p.settleLocked(result{err: fmt.Errorf("emulator: not idle after %v: %s", evictWait, strings.Join(busy, ", "))})
		default:
			s.afterLocked(time.Millisecond, "eviction", func() { s.pushLocked(&entry{start: poll}) })
		}
	}
	s.mu.Lock()
	limit = s.afterLocked(evictWait, "eviction", func() {})
	s.pushLocked(&entry{start: poll})
	s.kickLocked()
	s.mu.Unlock()
	r, err := p.waitOutside(context.Background())
	s.mu.Lock()
	s.stopLocked(limit)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return r.err
}

func (a *Actor) stopTimers() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for t := range a.pending {
		a.s.stopLocked(t)
	}
	clear(a.pending)
}

// Abort resets the object of a stub with a reason; with wipe its storage goes
// too.
func Abort(hs host.Stub, reason string, wipe bool) error {
	st, err := outsideStub(hs)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = "Application called abort() to reset Durable Object."
	}
	derr := st.ns.s.Do(func() {
		if a := st.lookup(); a != nil {
			a.reset(&durable.Error{Name: "Error", Message: reason, Reset: true})
		}
		if wipe {
			err = st.ns.wipe(st.id)
		}
	})
	return errors.Join(derr, err)
}

// wipe deletes what an object without an actor has stored, its alarm included.
// It runs with the baton.
func (n *Namespace) wipe(id ID) error {
	s := n.store.Open(id.String(), "")
	defer s.Close()
	if err := s.DeleteAll(false); err != nil {
		return err
	}
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	n.forgetLocked(id)
	return nil
}

// AbortAll resets every object; with wipe all storage goes too.
func (s *Scheduler) AbortAll(reason string, wipe bool) (err error) {
	derr := s.Do(func() {
		s.resetAll(&durable.Error{Name: "Error", Message: reason, Reset: true}, false)
		if !wipe {
			return
		}
		for _, n := range s.spaces {
			ids, ierr := n.store.IDs()
			if ierr != nil {
				err = ierr
				return
			}
			for _, text := range ids {
				if id, perr := parseID(text); perr == nil {
					if err = n.wipe(id); err != nil {
						return
					}
				}
			}
		}
	})
	return errors.Join(derr, err)
}

// resetAll resets every actor. It runs with the baton.
func (s *Scheduler) resetAll(err *durable.Error, crash bool) {
	s.mu.Lock()
	var all []*Actor
	for _, n := range s.spaces {
		for _, a := range n.inOrderLocked() {
			a.crashed = crash
			all = append(all, a)
		}
	}
	s.mu.Unlock()
	for _, a := range all {
		a.end(err)
	}
}

// Crash ends all objects as the death of the process would: what is not
// committed is lost, and calls in flight lose their connection. reopen is
// called when nothing runs, before the alarms are read anew.
func (s *Scheduler) Crash(reopen func()) (err error) {
	derr := s.Do(func() {
		s.mu.Lock()
		for _, n := range s.spaces { // first, so that no run that ends now starts another
			for id, al := range n.alarms {
				s.stopLocked(al.timer)
				delete(n.alarms, id)
			}
		}
		s.mu.Unlock()
		s.resetAll(errConnectionLost, true)
		reopen()
		for _, n := range s.spaces {
			if err = n.LoadAlarms(); err != nil {
				return
			}
		}
	})
	return errors.Join(derr, err)
}
