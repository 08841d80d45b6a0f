package durable

import (
	"context"
	"log/slog"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// State is an object's access to itself: its id, storage and lifecycle, what
// JavaScript classes know as ctx. It may be used only by code that holds the
// object's turn; methods that take a context end it.
type State struct {
	obj     host.Object
	storage Storage
}

// NewState is for the runtime; a class gets its State in its constructor.
func NewState(obj host.Object) *State {
	s := &State{obj: obj}
	s.storage.init(obj)
	return s
}

// ID gives the object's own id. Its Name is known if the stub that started the
// object carried one of at most 1024 bytes (rules 1.35 to 1.38).
func (s *State) ID() ID {
	info := s.obj.Info()
	return ID{bytes: info.ID, name: info.Name, hasName: info.HasName}
}

// Storage gives the object's private database.
func (s *State) Storage() *Storage { return &s.storage }

// Now tells the time of the emulator's clock, which SQL's functions tell too.
func (s *State) Now() time.Time { return s.obj.Now() }

// Logger gives a logger whose records name the class and the id.
func (s *State) Logger() *slog.Logger { return s.obj.Logger() }

// BlockConcurrencyWhile runs fn while no other event is delivered to the
// object, also while fn waits, and returns its error. An error of fn resets the
// object, so nothing but returning it makes sense; so does a run of more than
// 30 s (rules 3.18 to 3.27). In a constructor it is never needed: the
// constructor as a whole is such a section.
//
// Unlike JavaScript's, the Go method runs fn at once, before the code behind
// the call.
func (s *State) BlockConcurrencyWhile(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.obj.Block(ctx, fn)
}

// Go starts fn as a task: work of the object beside its events, which holds and
// passes the turn as a handler does. It starts when the caller's turn ends, before
// events that wait; tasks of a constructor start before the first event.
// The task keeps the object in memory until fn returns.
func (s *State) Go(fn func(ctx context.Context) error) *Task {
	return &Task{s.obj.Go(fn)}
}

// WaitUntil is Go for work that nobody waits for; an error of fn is logged
// (rule 2.39).
func (s *State) WaitUntil(fn func(ctx context.Context) error) { s.obj.WaitUntil(fn) }

// AfterFunc runs fn as an event of its own when d has passed, like setTimeout.
// A pending one keeps the object in memory, and a reset or eviction loses it:
// use an alarm for what must happen. stop reports whether it came in time.
func (s *State) AfterFunc(d time.Duration, fn func(ctx context.Context)) (stop func() bool) {
	return s.obj.AfterFunc(d, fn)
}

// Abort resets the object: uncommitted writes are dropped, every call in
// flight fails with reason, and the next one, through a new stub, constructs a
// new instance (rules 2.15 to 2.19). It never returns: the handler is unwound
// and its deferred functions run.
func (s *State) Abort(reason string) {
	if reason == "" {
		reason = "Application called abort() to reset Durable Object."
	}
	s.obj.Abort(&Error{Name: "Error", Message: reason})
}

// Task is work started by [State.Go].
type Task struct{ task host.Task }

// Wait ends the turn until the task has returned, and gives its error.
func (t *Task) Wait(ctx context.Context) error { return t.task.Wait(ctx) }

// AlarmInfo describes one run of an alarm handler (rule 7.16).
type AlarmInfo struct {
	// ScheduledTime is the time that was set, also in retries.
	ScheduledTime time.Time
	// RetryCount counts the runs that failed before this one, 0 to 6.
	RetryCount int
}

// IsRetry reports whether an earlier run of this alarm failed.
func (a AlarmInfo) IsRetry() bool { return a.RetryCount > 0 }
