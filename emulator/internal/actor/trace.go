package actor

import (
	"strings"
	"time"
)

// Trace tells of one event of an object: when it begins, with a zero End, and
// when it is over.
type Trace struct {
	Seq   uint64 // of the event; each has another one
	Cause uint64 // the event whose code sent or set this one; 0: code outside, or the network
	Kind  TraceKind
	Label string // such as "rpc sendMessage"

	Key, Class string // of the namespace
	ID         ID
	Name       string // if it is known

	Accepted time.Time // when it came to the object
	Start    time.Time // of its first turn, also if that is the constructor's
	End      time.Time
	Gate     time.Duration // of that, how long the input gate kept it or its code out
	Commits  []TraceCommit
	Omitted  int // commits behind the first ones, which Commits has
	Err      error
}

// TraceCommit is the end of a turn that had something to commit or to send.
type TraceCommit struct {
	At       time.Time
	Duration time.Duration // for which the output gate held the messages
	Wrote    bool
	Messages int // that it let out
}

// TraceKind says what brought an event about.
type TraceKind string

// The kinds of events.
const (
	TraceFetch       TraceKind = "fetch"
	TraceRPC         TraceKind = "rpc"
	TraceAlarm       TraceKind = "alarm"
	TraceMessage     TraceKind = "message" // of a WebSocket, its close and error too
	TraceTimer       TraceKind = "timer"
	TraceTask        TraceKind = "task" // work beside events, and what goes on with a result
	TraceScheduled   TraceKind = "scheduled"
	TraceControl     TraceKind = "control" // by tests and tools
	TraceConstructor TraceKind = "constructor"
)

// maxTraceCommits bounds what one event that never ends can take.
const maxTraceCommits = 64

// tracing is what a traced event knows of itself. It is guarded by the
// scheduler's mutex.
type tracing struct {
	Trace
	kept time.Time // since when the input gate keeps it out
}

var traceKinds = map[string]TraceKind{
	"fetch": TraceFetch, "rpc": TraceRPC, "alarm": TraceAlarm, "timer": TraceTimer, "scheduled": TraceScheduled,
	"task": TraceTask, "waitUntil": TraceTask, "the": TraceTask, "disposal": TraceTask,
	"websocket": TraceMessage, "webSocketMessage": TraceMessage, "webSocketClose": TraceMessage, "webSocketError": TraceMessage,
}

func kindOf(label string) TraceKind {
	word, _, _ := strings.Cut(label, " ")
	if kind, ok := traceKinds[word]; ok {
		return kind
	}
	return TraceControl
}

// traceLocked begins to trace an event that its object has accepted.
func (ev *event) traceLocked() {
	a := ev.actor
	ev.trace = &tracing{Trace: Trace{
		Seq: ev.seq, Cause: ev.cause, Kind: kindOf(ev.label), Label: ev.label,
		Key: a.ns.key, Class: a.ns.Class(), ID: a.id, Name: a.name, Accepted: a.s.Now(),
	}}
}

// causeLocked makes from, if there is one, the cause of an event.
func (ev *event) causeLocked(from *event) {
	if from != nil {
		ev.cause = from.seq
	}
}

// traceStart tells that the event's code begins.
func (ev *event) traceStart() {
	s := ev.actor.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if ev.trace == nil {
		return
	}
	ev.trace.Start = s.Now()
	s.opts.Trace(ev.trace.Trace)
}

// traceEndLocked tells that the event is over. The second time it does nothing.
func (ev *event) traceEndLocked(err error) {
	if ev.trace == nil {
		return
	}
	t := ev.trace.Trace
	ev.trace = nil
	t.End, t.Err = ev.actor.s.Now(), err
	if t.Start.IsZero() {
		t.Start = t.End
	}
	ev.actor.s.opts.Trace(t)
}

// traceKeptLocked notes that the input gate keeps an event out.
func (e *entry) traceKeptLocked() {
	if t := e.ev.trace; t != nil {
		t.kept = e.ev.actor.s.Now()
	}
}

// traceAdmittedLocked ends the waiting of all entries at the gate.
func (a *Actor) traceAdmittedLocked() {
	if a.s.opts.Trace == nil {
		return
	}
	now := a.s.Now()
	for _, e := range a.waiting {
		if t := e.ev.trace; t != nil && !t.kept.IsZero() {
			t.Gate += now.Sub(t.kept)
			t.kept = time.Time{}
		}
	}
}

// traceCommit tells the event of a commit that began at a time.
func (ev *event) traceCommit(start time.Time, wrote bool, messages int) {
	s := ev.actor.s
	s.mu.Lock()
	defer s.mu.Unlock()
	t := ev.trace
	switch {
	case t == nil || !wrote && messages == 0:
	case len(t.Commits) == maxTraceCommits:
		t.Omitted++
	default:
		// The array is shared with what the hook was given: it only grows.
		t.Commits = append(t.Commits, TraceCommit{At: start, Duration: s.Now().Sub(start), Wrote: wrote, Messages: messages})
	}
}

// traceConstructor gives the event of a constructor, which runs for ev.
func (a *Actor) traceConstructor(ev *event) *event {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.s.accepted++
	made := &event{actor: a, seq: a.s.accepted, label: "constructor of " + a.ns.Class(), cause: ev.seq}
	made.traceLocked()
	made.trace.Kind, made.trace.Start = TraceConstructor, made.trace.Accepted
	a.s.opts.Trace(made.trace.Trace)
	return made
}

// CurrentEvent gives the number of the event that has the turn, or 0.
func (s *Scheduler) CurrentEvent() uint64 {
	if ev := s.current.Load(); ev != nil {
		return ev.seq
	}
	return 0
}
