package actor

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// watchdog finds turns that are held too long: code that blocks in a way the
// scheduler cannot see stops all objects of the emulator. It runs on the real
// clock, with a timer only while there are turns.
type watchdog struct {
	timer  *time.Timer
	armed  bool
	handed uint64 // of the turn that was seen last
	ticks  int    // how often it was seen
}

// watchLocked arms the watchdog when a turn begins.
func (s *Scheduler) watchLocked() {
	w := &s.watch
	if w.armed || s.opts.Stuck == nil || s.closed {
		return
	}
	w.armed, w.handed, w.ticks = true, s.handed, 0
	if w.timer == nil {
		w.timer = time.AfterFunc(time.Second, s.tick)
		return
	}
	w.timer.Reset(time.Second)
}

// giveUp is how many seconds of one turn are watched: after them, a bubble of
// synctest must be able to see that it is deadlocked.
const giveUp = 60

func (s *Scheduler) tick() {
	s.mu.Lock()
	w := &s.watch
	if !s.held || s.closed {
		w.armed = false
		s.mu.Unlock()
		return
	}
	if w.handed == s.handed {
		w.ticks++
	} else {
		w.handed, w.ticks = s.handed, 0
	}
	if w.ticks < giveUp {
		w.timer.Reset(time.Second)
	} else {
		w.armed = false
	}
	ticks, ev := w.ticks, s.current.Load()
	s.mu.Unlock()
	if ticks == 1 || ticks > 0 && ticks%10 == 0 {
		held := time.Duration(ticks) * time.Second
		s.opts.Stuck(held, stuckReport(ev, held))
	}
}

func stuckReport(ev *event, held time.Duration) string {
	what := "a client"
	if ev != nil {
		what = ev.name() + ", id " + ev.actor.id.String()
	}
	if ev == nil {
		return fmt.Sprintf("emulator: %s has kept everything else waiting for %v: make calls with the context that Clients gives, "+
			"and block on nothing else between them\n%s", what, held, turnStack(false))
	}
	return fmt.Sprintf("emulator: %s has held the turn for %v, and everything else waits for it: "+
		"do what blocks (network, time.Sleep, channels, locks) inside durable.Await\n%s", what, held, turnStack(false))
}

// FailRoots fails every pending call from outside.
func (s *Scheduler) FailRoots(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rootsLocked() {
		r.failLocked(err)
	}
}

// turnStack gives the stacks of the goroutines that run events and are not
// parked; with outside also those in the body of an Await.
func turnStack(outside bool) string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var out []string
	for _, g := range strings.Split(string(buf), "\n\n") {
		runs := strings.Contains(g, ".(*Actor).protect") || strings.Contains(g, ".(*Scheduler).Clients.")
		parked := strings.Contains(g, ".parkLocked(") || strings.Contains(g, ".(*event).leave.func")
		if runs && !parked && (outside || !strings.Contains(g, ".(*event).leave(")) {
			out = append(out, g)
		}
	}
	return strings.Join(out, "\n\n")
}

// checkGoroutine refuses a goroutine that is not the event's own.
func (ev *event) checkGoroutine() error {
	if ev.strict != 0 && ev.strict != goroutineID() {
		return durable.ErrNoTurn
	}
	return nil
}

// goroutineID reads the number of the calling goroutine off its stack trace. It
// serves checks only, never decisions.
func goroutineID() uint64 {
	var buf [64]byte
	b := buf[:runtime.Stack(buf[:], false)]
	b = bytes.TrimPrefix(b, []byte("goroutine "))
	id, _, _ := bytes.Cut(b, []byte(" "))
	n, _ := strconv.ParseUint(string(id), 10, 64)
	return n
}
