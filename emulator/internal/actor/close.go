package actor

import (
	"fmt"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// closeWait is how long Close waits for code that holds or keeps the turn.
const closeWait = 5 * time.Second

// Close resets all objects and ends the scheduler's goroutines. It gives an
// error that names what still runs after 5 s. Calling it again does nothing.
func (s *Scheduler) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		_ = s.Do(func() { s.resetAll(&durable.Error{Name: "Error", Message: ErrClosed.Error(), Reset: true}, true) }) // this goroutine holds nothing
		s.shut()
		s.workers.Wait()
		close(ended)
	}()
	limit := time.NewTimer(closeWait)
	defer limit.Stop()
	select {
	case <-ended:
		return nil
	case <-limit.C:
		return fmt.Errorf("emulator: not closed after %v, since this still runs:\n%s", closeWait, turnStack(true))
	}
}

// shut stops the clock and sends the pool home. What is ready still runs, to be
// unwound.
func (s *Scheduler) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, t := range []*time.Timer{s.alarmer, s.watch.timer} {
		if t != nil {
			t.Stop()
		}
	}
	for _, a := range s.advance {
		close(a.done)
	}
	s.advance = nil
	for _, r := range s.rootsLocked() {
		r.failLocked(ErrClosed)
	}
	for l := range s.links {
		l.closeLocked()
	}
	s.kickLocked()
	for _, w := range s.pool {
		close(w)
	}
	s.pool = nil
}
