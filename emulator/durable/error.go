package durable

import (
	"errors"
	"fmt"
	"maps"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// Error is an error as it crosses the boundary of an object: what a caller
// gets for a failed call, and what a class returns to give its callers more
// than a message. Its fields are the own properties that the runtime's errors
// have (rules 10.37 to 10.46).
//
// [errors.Is] with an *Error as target compares the names, so a sentinel
// declared beside a class also matches on the other side of a call.
type Error struct {
	// Name is the name of the error's class; empty means "Error".
	Name    string
	Message string
	// Remote: thrown by the other side of the call.
	Remote bool
	// Retryable: the connection was lost; the call may be tried again.
	Retryable bool
	// Overloaded: the object has too much to do; do not retry at once.
	Overloaded bool
	// Reset: the object was reset (property durableObjectReset).
	Reset bool
	// Props are the error's further own properties, structured clones.
	Props map[string]any
}

// Error gives "Name: Message", without the name where it is the plain "Error".
func (e *Error) Error() string {
	if e.plain() {
		return e.Message
	}
	if e.Message == "" {
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// Is compares names; plain errors, which have none of their own, are compared
// by message.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	if !ok {
		return false
	}
	if e.plain() || t.plain() {
		return e.plain() == t.plain() && e.Message == t.Message
	}
	return e.Name == t.Name
}

// With gives a copy of the error with further own properties, so that a
// sentinel can be returned with what the caller wants to know.
func (e *Error) With(props map[string]any) *Error {
	out := *e
	out.Props = make(map[string]any, len(e.Props)+len(props))
	maps.Copy(out.Props, e.Props)
	maps.Copy(out.Props, props)
	return &out
}

func (e *Error) plain() bool { return e.Name == "" || e.Name == "Error" }

// Errors for uses of an object that the concurrency rules forbid. Each is a
// mistake of the class, found before it can become a data race.
var (
	// ErrNoTurn: the object's state was used by code that does not hold its
	// turn, such as a goroutine of the class or the body of an Await.
	ErrNoTurn = errors.New("durable: used outside of the object's turn: " +
		"do the work in the handler, or start it with State.Go, State.WaitUntil or State.AfterFunc")
	// ErrConcurrentUse: two goroutines used one object's storage at a time.
	ErrConcurrentUse = errors.New("durable: storage used by two goroutines at once: " +
		"start concurrent work of an object with State.Go instead of a go statement")
	// ErrNoEvent: a context that carries no event of the object was passed to
	// a function that ends the object's turn.
	ErrNoEvent = errors.New("durable: the context belongs to no event of this object: " +
		"pass the context that the handler was given")
)

func typeError(format string, args ...any) *Error {
	return &Error{Name: "TypeError", Message: fmt.Sprintf(format, args...)}
}

// dataCloneError is the runtime's error for a value that cannot be cloned.
func dataCloneError(err error) error {
	return &Error{Name: "DataCloneError", Message: err.Error()}
}

// AsError gives err as a caller of the object would see it, without Remote:
// the *Error in its chain with the message of the whole chain, or a plain
// Error. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Name: "Error", Message: err.Error()}
	}
	out := *e
	if out.Name == "" {
		out.Name = "Error"
	}
	if _, same := err.(host.Remote); !same && error(e) != err {
		out.Message = err.Error()
	}
	return &out
}
