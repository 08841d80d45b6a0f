package actor

import (
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// updateGrace is how long an object may go on with old code.
const updateGrace = 2 * time.Second

// errUpdated is what the calls of an object get that does not end in time.
var errUpdated = &durable.Error{Name: "Error", Message: "Durable Object reset because its code was updated.", Reset: true}

// Replace gives the namespace another class and environment, as a deployment
// does. What runs finishes as it began; an object gets the new class when it has
// nothing to do, and is reset if that takes too long. Key, storage, alarms and
// hibernatable sockets stay; with closeSockets an object that has any socket is
// reset at once, as a deployment does (rule 9.61). Requests of an entry are left
// alone.
func (n *Namespace) Replace(c Config, closeSockets bool) {
	s := n.s
	s.mu.Lock()
	defer s.mu.Unlock()
	n.class, n.keepAlarm, n.newEnv = c.Class, c.KeepAlarm, c.Env
	n.halfOpen, n.longReasons = c.HalfOpen, c.LongReasons
	if n.ephemeral {
		return
	}
	for _, a := range n.inOrderLocked() {
		if closeSockets && (a.hibernating.first != nil || a.loose.first != nil) {
			s.pushLocked(&entry{start: func() { a.reset(errUpdated) }})
			continue
		}
		if a.object == nil && !a.activeLocked() {
			continue // the next event makes an instance of the new class
		}
		a.outdated = true
		if !a.activeLocked() {
			a.updateLocked()
			continue
		}
		s.upkeepLocked(updateGrace, func() {
			s.pushLocked(&entry{start: func() {
				if a.outdated {
					a.reset(errUpdated)
				}
			}})
		})
	}
	s.kickLocked()
}

// updateLocked evicts the instance of old code before anything else happens.
func (a *Actor) updateLocked() {
	a.s.pushFirstLocked([]*entry{{start: func() {
		a.s.mu.Lock()
		idle := a.outdated && !a.inUseLocked() && a.broken == nil
		a.s.mu.Unlock()
		if idle {
			a.evict()
		}
	}}})
}

// inUseLocked is activeLocked without the events that have not begun.
func (a *Actor) inUseLocked() bool {
	begun := 0
	for ev := range a.events {
		if ev.entered {
			begun++
		}
	}
	return begun > 0 || len(a.events) == 0 && a.activeLocked() || len(a.pending) > 0
}

// Post runs fn as a turn of its own, without waiting for it.
func (s *Scheduler) Post(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushLocked(&entry{start: fn})
	s.kickLocked()
}
