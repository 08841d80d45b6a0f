package actor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// root is a call from outside that somebody waits for. While there is one,
// virtual time passes when nothing can run.
type root struct {
	s       *Scheduler
	seq     uint64
	label   string
	started int64 // virtual time
	jumps   int
	labels  [8]string // of the last deadlines
	fail    func(error)
}

func (s *Scheduler) newRootLocked(label string, fail func(error)) *root {
	s.rooted++
	r := &root{s: s, seq: s.rooted, label: label, started: s.now.Load(), fail: fail}
	s.roots[r] = struct{}{}
	return r
}

// rootsLocked gives the roots in the order in which they came.
func (s *Scheduler) rootsLocked() []*root {
	return slices.SortedFunc(maps.Keys(s.roots), func(x, y *root) int { return cmp.Compare(x.seq, y.seq) })
}

func (r *root) failLocked(err error) {
	delete(r.s.roots, r)
	r.fail(err)
}

// failRootsLocked fails all calls from outside, because nothing can happen any
// more: who waits for what is in the error.
func (s *Scheduler) failRootsLocked() {
	waits := s.waitsLocked()
	for _, r := range s.rootsLocked() {
		r.failLocked(fmt.Errorf("emulator: %s can never return: nothing is ready to run and no deadline is left%s", r.label, waits))
	}
}

// waitsLocked names the events that are parked or kept out, when nobody holds
// the turn.
func (s *Scheduler) waitsLocked() string {
	var lines []string
	for _, n := range s.spaces {
		for _, a := range n.actors {
			for ev := range a.events {
				switch {
				case ev.state == queued || ev.at != nil && ev.at.state == queued:
					lines = append(lines, ev.name()+" waits for a critical section to end")
				case ev.later != nil:
					lines = append(lines, ev.name()+" waits for "+ev.later.what)
				case ev.at != nil || ev.waits.call != nil && !ev.waits.call.done:
					lines = append(lines, ev.name()+" waits for "+ev.waits.String())
				default:
					lines = append(lines, ev.name()+" runs outside of its turn")
				}
			}
		}
	}
	if len(lines) == 0 {
		return ""
	}
	slices.Sort(lines)
	return ":\n\t" + strings.Join(lines, "\n\t")
}
