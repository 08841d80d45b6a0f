package host

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Payload is a value as it crosses: a structured clone, and what it refers to
// by number. Whoever has a payload releases its capabilities.
type Payload struct {
	Data []byte // nil: undefined
	Caps []Capability
	// Disposer: the last capability is no part of the value; it is released when
	// the receiver disposes the value.
	Disposer bool
	// Live is what a result was made of, for [Instance].Follow, or nil. It is
	// freed with the baton held when no such call can come any more.
	Live interface{ Free() }
}

// Release gives up all capabilities of a payload that nobody reads.
func (p Payload) Release() {
	for _, c := range p.Caps {
		c.Release()
	}
}

// Call asks for a member of an object, or of what a capability refers to.
type Call struct {
	// Path names the member, through those that it is a member of. It is empty
	// for what a capability itself refers to.
	Path []string
	// Get reads the member; otherwise it is called.
	Get bool
	// Args are the arguments as one array.
	Args Payload
}

// Label says in reports which call it is.
func (c Call) Label() string {
	label := "rpc"
	for i, name := range c.Path {
		if i == 0 {
			label += " " + name
		} else {
			label += "." + name
		}
	}
	return label
}

// Stub reaches one object, or what a capability refers to.
type Stub interface {
	// Start sends a call without waiting for it. Calls of one stub arrive in
	// the order in which they were started.
	Start(call Call) Pending
	// Call sends a call and waits for its result.
	Call(ctx context.Context, call Call) (Payload, error)
	// Fetch sends a request; its context is that of the caller. A response of
	// status 101 has an [Upgraded] as its body.
	Fetch(req *http.Request) (*http.Response, error)
	// StartFetch sends a request without waiting for the response, in the order of
	// the calls that Start sends.
	StartFetch(req *http.Request) Exchange
	// Capability gives what lets somebody else call the same.
	Capability() Capability
}

// Pending is a call on its way. Its result is taken once: by Wait or by Then.
type Pending interface {
	Wait(ctx context.Context) (Payload, error)
	// Then has done called with the result, as an event of the caller that
	// belongs to the section of now. The caller must be an object.
	Then(done func(ctx context.Context, result Payload, err error))
	// Start sends a call of a member of the result, which is made behind the call
	// that gives it, without coming back to the caller first.
	Start(call Call) Pending
}

// Exchange is a request on its way.
type Exchange interface {
	// Wait gives the response when its head has come; ctx is that of the caller,
	// who reads the body.
	Wait(ctx context.Context) (*http.Response, error)
}

// Target is what an object lets others call: a function, or an object with
// methods. Its methods are events of the object, as those of [Instance] are.
type Target interface {
	// Call is like [Instance].Call.
	Call(ctx context.Context, call Call) (Payload, error)
	// Dispose says that nobody holds the target any more.
	Dispose(ctx context.Context)
}

// Capability is one hold on a [Target], or on an object that others may call.
// Its methods may be called by any goroutine.
type Capability interface {
	// Dup gives another hold.
	Dup() Capability
	// Release ends this one. Releasing it again does nothing.
	Release()
}

// Stream is a [Capability] of bytes that flow from one object to another. Each
// of the two has one end, for itself.
type Stream interface {
	Capability
	// Reader gives the end that is read; reading ends the turn.
	Reader(obj Object) io.ReadCloser
	// Writer gives the end that is written.
	Writer(obj Object) StreamWriter
}

// StreamWriter is the end of a [Stream] that is written.
type StreamWriter interface {
	// Write ends the turn until there is room for more. It fails when nobody reads
	// any more.
	Write(ctx context.Context, p []byte) error
	// Close ends the stream, for the reader with err unless it is nil.
	Close(err error)
	// Drained ends the turn until the reader has seen the end, or has gone.
	Drained(ctx context.Context) error
}

// ErrLater is what a call returns that gives its result to a [Continuation].
var ErrLater = errors.New("host: the result comes later")

// Continuation ends a call whose code has returned.
type Continuation interface {
	// Resume runs fn in a turn of the call, before all else that is ready; what it
	// gives is the result of the call. It must be called by code that holds the
	// object's turn, once.
	Resume(fn func(ctx context.Context) (Payload, error))
}

// Remote is what a language knows of an error more than the *durable.Error that
// it wraps, which says the same; callers get another form of it.
type Remote interface {
	error
	Remote() error
}

// Logged is an error that the adapter has logged where it was thrown.
type Logged interface {
	error
	Logged()
}
