package actor

import (
	"container/heap"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// Limits of one root call in virtual time: a call that needs more has most
// likely lost itself in a loop of timers.
const (
	maxJump      = 24 * time.Hour
	maxDeadlines = 10_000
)

// MachineTime tells the time of the machine, for tools that run no objects.
func MachineTime() time.Time { return time.Now() }

// Now tells the time of the scheduler's clock.
func (s *Scheduler) Now() time.Time {
	if s.opts.Virtual {
		return time.Unix(0, s.now.Load()).UTC()
	}
	return time.Now()
}

// Context gives code outside of all objects a context with which it can sleep
// on this clock.
func (s *Scheduler) Context(ctx context.Context) context.Context {
	return host.WithSleep(ctx, s.sleep)
}

func (s *Scheduler) sleep(ctx context.Context, d time.Duration) error {
	p := &pending{s: s, label: "Sleep outside of objects"}
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	t := s.afterLocked(d, p.label, func() { p.settleLocked(result{}) })
	s.mu.Unlock()
	r, err := p.wait(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopLocked(t)
	if err != nil {
		return err
	}
	return r.err
}

// timer is a deadline. Its fire function is called with the lock held and may
// only make entries ready.
type timer struct {
	at    int64 // ns since the epoch
	seq   uint64
	index int // in its heap; -1 when not in it
	label string
	fire  func()
}

// afterLocked arms a timer; label says in reports what is waited for.
func (s *Scheduler) afterLocked(d time.Duration, label string, fire func()) *timer {
	return s.atLocked(s.Now().Add(max(0, d)), label, fire)
}

func (s *Scheduler) atLocked(at time.Time, label string, fire func()) *timer {
	s.timers.seq++
	t := &timer{at: at.UnixNano(), seq: s.timers.seq, label: label, fire: fire}
	heap.Push(&s.timers, t)
	s.armLocked()
	return t
}

// upkeepLocked arms a timer that no call waits for: it does not count when the
// scheduler asks whether anything can still happen.
func (s *Scheduler) upkeepLocked(d time.Duration, fire func()) *timer {
	s.upkeep.seq++
	t := &timer{at: s.Now().Add(d).UnixNano(), seq: s.upkeep.seq, label: "eviction", fire: fire}
	heap.Push(&s.upkeep, t)
	s.armLocked()
	return t
}

// stopLocked disarms a timer and reports whether it came in time.
func (s *Scheduler) stopLocked(t *timer) bool {
	if t == nil || t.index < 0 {
		return false
	}
	if len(s.timers.list) > t.index && s.timers.list[t.index] == t {
		heap.Remove(&s.timers, t.index)
	} else {
		heap.Remove(&s.upkeep, t.index)
	}
	return true
}

func (s *Scheduler) stop(t *timer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopLocked(t)
}

func (s *Scheduler) firstLocked() *timer {
	a, b := s.timers.first(), s.upkeep.first()
	if a == nil || b != nil && b.at < a.at {
		return b
	}
	return a
}

func (s *Scheduler) popLocked(t *timer) {
	s.stopLocked(t)
	t.fire()
}

// armLocked sets the real clock's timer for the first deadline.
func (s *Scheduler) armLocked() {
	if s.opts.Virtual || s.closing {
		return
	}
	t := s.firstLocked()
	if t == nil {
		return
	}
	d := max(0, time.Until(time.Unix(0, t.at)))
	if s.alarmer == nil {
		s.alarmer = time.AfterFunc(d, s.ring)
		return
	}
	s.alarmer.Reset(d)
}

// ring fires what is due on the real clock.
func (s *Scheduler) ring() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return
	}
	now := time.Now().UnixNano()
	for t := s.firstLocked(); t != nil && t.at <= now; t = s.firstLocked() {
		s.popLocked(t)
	}
	s.armLocked()
	s.kickLocked()
}

// advance is a call of [Scheduler.Advance] that waits.
type advance struct {
	target int64
	err    error
	done   chan struct{}
}

// Advance moves the virtual clock by d: deadlines fire one by one in order, and
// between two of them everything that is ready runs. It returns when nothing is
// left to run at the new time. Negative durations and the real clock are
// refused.
func (s *Scheduler) Advance(d time.Duration) error {
	switch {
	case !s.opts.Virtual:
		return fmt.Errorf("emulator: the real clock cannot be advanced")
	case d < 0:
		return fmt.Errorf("emulator: the clock cannot go back by %v", -d)
	case s.heldHere():
		return errHeld
	}
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	a := &advance{target: s.now.Load() + int64(d), done: make(chan struct{})}
	s.advance = append(s.advance, a)
	s.kickLocked()
	s.mu.Unlock()
	<-a.done
	return a.err
}

// passTimeLocked lets virtual time pass when nothing can run: for an Advance,
// or because a call from outside is pending. What is due already needs neither.
// It reports whether an entry may have become ready.
func (s *Scheduler) passTimeLocked() bool {
	if !s.opts.Virtual || s.outside > 0 || s.closing {
		return false
	}
	t, endless := s.firstLocked(), s.still > maxDeadlines
	due := t != nil && t.at <= s.now.Load() && !endless
	if len(s.advance) > 0 {
		a := s.advance[0]
		switch {
		case t == nil || t.at > a.target:
			s.now.Store(max(a.target, s.now.Load()))
		case !endless || t.at > s.now.Load():
			s.jumpLocked(t)
			return true
		default:
			a.err = fmt.Errorf("emulator: more than %d deadlines came at one moment of virtual time, the last of them: %s", maxDeadlines, t.label)
		}
		s.advance = s.advance[1:]
		close(a.done)
		return true
	}
	if !due && len(s.roots) == 0 {
		return false
	}
	if s.timers.first() == nil {
		s.failRootsLocked()
		return s.ready.len() > 0
	}
	for _, r := range s.rootsLocked() {
		r.jumpedLocked(t)
	}
	if !due && len(s.roots) == 0 { // failed by now
		return s.ready.len() > 0
	}
	s.jumpLocked(t)
	return true
}

func (s *Scheduler) jumpLocked(t *timer) {
	if t.at > s.now.Load() {
		s.now.Store(t.at)
		s.still = 0
	}
	s.still++
	s.popLocked(t)
}

// jumpedLocked counts a deadline against a root call and fails it when there
// were too many.
func (r *root) jumpedLocked(t *timer) {
	if t.label == "eviction" {
		return
	}
	r.jumps++
	r.labels[r.jumps%len(r.labels)] = t.label
	if r.jumps <= maxDeadlines && t.at-r.started <= int64(maxJump) {
		return
	}
	seen := map[string]bool{}
	var names []string
	for _, l := range r.labels {
		if l != "" && !seen[l] {
			seen[l] = true
			names = append(names, l)
		}
	}
	r.failLocked(fmt.Errorf("emulator: %s needed more than %v or %d deadlines of virtual time; the last were: %s",
		r.label, maxJump, maxDeadlines, strings.Join(names, ", ")))
}

type timerHeap struct {
	list []*timer
	seq  uint64
}

func (h *timerHeap) first() *timer {
	if len(h.list) == 0 {
		return nil
	}
	return h.list[0]
}

func (h *timerHeap) Len() int { return len(h.list) }
func (h *timerHeap) Less(i, j int) bool {
	a, b := h.list[i], h.list[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
func (h *timerHeap) Swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	h.list[i].index, h.list[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(h.list)
	h.list = append(h.list, t)
}
func (h *timerHeap) Pop() any {
	t := h.list[len(h.list)-1]
	h.list[len(h.list)-1] = nil
	h.list = h.list[:len(h.list)-1]
	t.index = -1
	return t
}
