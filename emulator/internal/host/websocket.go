package host

import (
	"context"
	"io"
	"net/http"
	"time"
)

// WebSocket is one end of a connection. Its other end is held by code of
// another object, by code outside of all objects, by the other half of a pair in
// the same object, or it is a client at the network.
//
// An end belongs to the object whose code made it ([Sockets.Pair]) or got it
// with a response, and only code that holds that object's turn may use it; what
// it sends leaves when the turn's writes are committed (rule 9.20). An end that
// belongs to code outside may be used by any goroutine.
//
// A fresh end does nothing until it is accepted, in one of three ways:
//
//   - [Sockets.Accept]: its events go to the handlers of the instance
//     ([SocketInstance]), and the object may hibernate meanwhile.
//   - Accept: its events go to a function, as events of the object, which stays
//     in memory meanwhile (rule 9.27). This is JavaScript's accept().
//   - Receive: as with Accept, but the events wait until they are asked for.
//
// or returned in a response by [Upgrader], after which it belongs to the caller.
// What arrives before is kept in order (rule 9.9).
//
// The value stays the same for the life of the connection, also over
// hibernation, so an adapter may compare it. Its own object for the end, which
// hibernation takes away (rule 9.56), goes into SetShell.
type WebSocket interface {
	Info() SocketInfo
	ReadyState() ReadyState

	// Accept starts delivery to fn. A second call does nothing, nor does one
	// after Receive; after Sockets.Accept it is a TypeError (rule 9.21). fn runs
	// in the critical section that Accept was called in; an error of fn ends the
	// connection, and is the error event that fn gets then (rule 9.26).
	Accept(o AcceptOptions, fn func(ctx context.Context, ev SocketEvent) error) error
	// Receive ends the turn until there is an event. It accepts the end at the
	// first call. Behind the last event it gives io.EOF.
	Receive(ctx context.Context) (SocketEvent, error)

	// Send sends a message, of which the data is not copied.
	Send(m Message) error
	// Close sends a close frame. A second call does nothing.
	Close(f CloseFrame) error

	// SetAttachment keeps a structured clone with the connection (rule 9.47).
	SetAttachment(clone []byte) error
	// Attachment gives it, or nil.
	Attachment() []byte
	// Tags gives the tags of a hibernatable socket (rule 9.32).
	Tags() ([]string, error)
	// AutoResponded gives the time of the last automatic answer (rule 9.52).
	AutoResponded() (at time.Time, ok bool)

	// SetShell keeps the adapter's own object for this end until the instance
	// is dropped or the end changes its owner; Shell gives it, or nil. What it
	// holds is released by the adapter, with its instance.
	SetShell(shell any)
	Shell() any
}

// SocketInfo says what was agreed when the connection was made.
type SocketInfo struct {
	Protocol, Extensions string
	Accepted             bool // in any way
	Hibernatable         bool // accepted by Sockets.Accept
}

// ReadyState counts as the constants of the web's WebSocket do (rule 9.3).
type ReadyState int

// The states of an end (rule 9.18).
const (
	Connecting ReadyState = iota
	Open
	Closing
	Closed
)

// AcceptOptions are the options of accept().
type AcceptOptions struct {
	// HalfOpen leaves the answer to the other side's close frame to the
	// application, as before compatibility date 2026-04-07 (rules 9.23, 9.24).
	// The namespace's own date is known to the runtime; this is accept's own
	// option.
	HalfOpen bool
}

// Message is one message of a WebSocket. The data of a text is valid UTF-8.
type Message struct {
	Data   []byte
	Binary bool
}

// CloseFrame is what Close sends. Without HasCode the frame is empty, and the
// other side sees code 1005 (rule 9.17).
type CloseFrame struct {
	Code      int
	Reason    string
	HasCode   bool
	HasReason bool
}

// SocketEvent is what happens to an end.
type SocketEvent struct {
	Kind    SocketEventKind
	Message Message
	Code    int // of the close event, with Reason and Clean
	Reason  string
	Clean   bool
	Err     error
}

// SocketEventKind says which fields of a [SocketEvent] count.
type SocketEventKind int

// The kinds of events. A close or an error is the last one.
const (
	SocketMessage SocketEventKind = iota
	SocketClose
	SocketError
)

// Sockets is an object's access to its WebSockets, what JavaScript classes have
// on ctx, and new WebSocketPair().
type Sockets interface {
	// Pair makes two ends of one connection; both belong to the object.
	Pair() (WebSocket, WebSocket)
	// Accept is acceptWebSocket (rules 9.28 to 9.33). Duplicate tags are dropped.
	Accept(ws WebSocket, tags []string) error
	// List gives the accepted sockets, the newest first, or with a tag those
	// that have it, the oldest first (rule 9.34).
	List(tag string, tagged bool) []WebSocket

	// SetAutoResponse sets the pair that is answered without waking the object;
	// nil removes it (rules 9.49 to 9.52).
	SetAutoResponse(pair *AutoResponse) error
	AutoResponse() *AutoResponse
	// SetEventTimeout limits the handlers of sockets; 0 removes the limit
	// (rules 9.53, 9.54).
	SetEventTimeout(d time.Duration) error
	EventTimeout() time.Duration
}

// AutoResponse is a text and its automatic answer.
type AutoResponse struct{ Request, Response string }

// SocketInstance is an [Instance] with handlers for hibernatable sockets. Each
// is an event; an error is logged and changes nothing (rule 9.45). A handler
// that the class lacks returns nil at once (rule 9.44). One that takes longer
// than the event timeout is unwound as at a reset, but the instance lives on
// (rule 9.54).
type SocketInstance interface {
	WebSocketMessage(ctx context.Context, ws WebSocket, m Message) error
	WebSocketClose(ctx context.Context, ws WebSocket, code int, reason string, clean bool) error
	WebSocketError(ctx context.Context, ws WebSocket, err error) error
}

// Upgraded is the body of a response with status 101: what [Stub.Fetch] and the
// outbound transport give for a handshake that was accepted. Whoever takes the
// socket owns it; closing the body before that loses the connection.
type Upgraded interface {
	io.ReadCloser
	WebSocket() WebSocket
}

// SocketOf takes the socket out of a response (rule 9.8).
func SocketOf(res *http.Response) (WebSocket, bool) {
	body, ok := res.Body.(Upgraded)
	if !ok {
		return nil, false
	}
	return body.WebSocket(), true
}

// Upgrader is a response that can be a handshake: the writer of a fetch event
// and of a test's client is one, and [WithUpgrader] adds one for a server's.
// The header is that of the response, so it is set before. An error says why
// the end cannot be returned (rules 9.5, 9.7).
type Upgrader interface {
	Upgrade(ws WebSocket) error
}

type upgraderKey struct{}

// WithUpgrader gives the context of a request whose response can be a handshake,
// although its writer is not ours.
func WithUpgrader(ctx context.Context, u Upgrader) context.Context {
	return context.WithValue(ctx, upgraderKey{}, u)
}

// UpgraderOf gives the upgrader of a request that w answers: w itself, a writer
// that w wraps as http.ResponseController knows it, or that of the context.
func UpgraderOf(w http.ResponseWriter, req *http.Request) (Upgrader, bool) {
	for w != nil {
		if u, ok := w.(Upgrader); ok {
			return u, true
		}
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = inner.Unwrap()
	}
	u, ok := req.Context().Value(upgraderKey{}).(Upgrader)
	return u, ok
}
