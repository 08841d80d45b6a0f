package emulator

import (
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
)

// Event is one event of an object, or of the Worker's entry: a call, a request,
// an alarm, a message of a WebSocket, a timer, a task or a constructor.
type Event struct {
	// Seq numbers the events of an emulator from 1 on. Cause is that of the event
	// whose code brought this one about; 0 is code outside, or the network. For a
	// constructor it is the event that woke the object.
	Seq, Cause uint64
	Kind       EventKind
	Label      string // such as "rpc sendMessage"

	Namespace string // its unique key; empty for the entry
	Class     string // "default" for the entry
	ID        string // 64 hex digits
	Name      string // of the object, if it is known

	// Accepted is when the event came to its object, Start when it had its turn:
	// its code, or the constructor that has to go before, began. End is when it was
	// over. Times are those of the emulator's clock.
	Accepted, Start, End time.Time
	// Gate is for how long the input gate kept the event out, before its start or
	// behind a wait of its code (rules 3.4, 3.5).
	Gate    time.Duration
	Commits []Commit
	Omitted int   // commits behind the first 64
	Err     error // of the handler, or of the reset that ended it
}

// Commit is the end of a turn that had something to write or to send.
type Commit struct {
	At       time.Time
	Duration time.Duration // for which the output gate held the messages back
	Wrote    bool
	Messages int // calls and WebSocket messages that it let out
}

// EventKind says what brought an [Event] about.
type EventKind string

// The kinds of events.
const (
	FetchEvent       EventKind = "fetch"
	RPCEvent         EventKind = "rpc"
	AlarmEvent       EventKind = "alarm"
	MessageEvent     EventKind = "message" // of a WebSocket; its close and error too
	TimerEvent       EventKind = "timer"
	TaskEvent        EventKind = "task" // State.Go, waitUntil, and what goes on with a result
	ScheduledEvent   EventKind = "scheduled"
	ControlEvent     EventKind = "control" // RunIn, RunAlarm
	ConstructorEvent EventKind = "constructor"
)

// OnEvent is told of every event twice: when its code begins, with a zero End,
// and when it is over. fn runs in the middle of the runtime's work, in the order
// of what happens; it must return at once and not call into the emulator. The
// default is nil and costs nothing.
func OnEvent(fn func(Event)) Option { return option(func(s *settings) { s.event = fn }) }

// CurrentEvent gives the [Event.Seq] of the event that has the turn, or 0: for
// code that runs in it without knowing, such as a logger's.
func (em *Emulator) CurrentEvent() uint64 { return em.sched.CurrentEvent() }

// traceFunc gives the runtime its hook, or nil.
func traceFunc(fn func(Event)) func(actor.Trace) {
	if fn == nil {
		return nil
	}
	return func(t actor.Trace) {
		e := Event{
			Seq: t.Seq, Cause: t.Cause, Kind: EventKind(t.Kind), Label: t.Label,
			Namespace: t.Key, Class: t.Class, ID: t.ID.String(), Name: t.Name,
			Accepted: t.Accepted, Start: t.Start, End: t.End, Gate: t.Gate, Omitted: t.Omitted, Err: t.Err,
		}
		if isEntry(t.Key) {
			e.Namespace = ""
		}
		for _, c := range t.Commits {
			e.Commits = append(e.Commits, Commit(c))
		}
		fn(e)
	}
}
