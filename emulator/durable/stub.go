package durable

import (
	"context"
	"errors"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Stub reaches one object. Calls on one stub arrive in the order in which they
// were made (rule 3.9). A stub survives the eviction of its object, and is
// broken for good by a reset that happened behind it: make a new one
// (rules 1.41, 1.42).
//
// A stub from an object's [Env] belongs to that object: its calls need a
// context of one of the object's events. One from outside may be used by any
// goroutine.
type Stub struct {
	id   ID
	stub host.Stub
	err  error
}

// ID gives the id of the object that the stub reaches.
func (s *Stub) ID() ID { return s.id }

// Name gives the name that the stub was made from, if any (rule 1.33).
func (s *Stub) Name() (name string, ok bool) { return s.id.Name() }

// Host is for the runtime.
func (s *Stub) Host() (host.Stub, error) { return s.stub, s.err }

// Start sends a call and does not wait: it neither ends the turn nor returns
// an error of the method. The message leaves when the writes made before it
// are committed. A call whose Pending is dropped is delivered all the same, and
// its error is lost (rule 3.12).
//
// Arguments are copied; see the package's table of values.
func (s *Stub) Start(method string, args ...any) *Pending {
	if s.err != nil {
		return &Pending{err: s.err}
	}
	data, err := v8value.MarshalArgs(args)
	if err != nil {
		return &Pending{err: cloneError(err)}
	}
	return &Pending{p: s.stub.Start(request(method, data))}
}

// Call calls a method and waits for its result. It ends the caller's turn.
//
// The error is an [*Error]: with Remote set if the method returned it, with
// Reset if the object was reset meanwhile (rules 10.37 to 10.46).
func (s *Stub) Call(ctx context.Context, method string, args ...any) (Value, error) {
	if s.err != nil {
		return Value{}, s.err
	}
	data, err := v8value.MarshalArgs(args)
	if err != nil {
		return Value{}, cloneError(err)
	}
	return valueOf(s.stub.Call(ctx, request(method, data)))
}

// Fetch sends a request to the object's fetch handler and gives its response;
// the caller closes the response's body. It ends the turn of the object that
// calls it, which req's context names. Redirects are followed, to the same
// object whatever host they name (rule 11.10); [Stub.RoundTrip] does not.
//
// The URL must be absolute, with any host (rule 11.1). An error of the handler
// is returned as an error and not as a status (rule 11.14).
func (s *Stub) Fetch(req *http.Request) (*http.Response, error) {
	return follow(s, req)
}

// RoundTrip is Fetch with redirects left to the caller, so a Stub can be the
// transport of an [http.Client].
func (s *Stub) RoundTrip(req *http.Request) (*http.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	if err := checkRequest(req); err != nil {
		return nil, err
	}
	return s.stub.Fetch(req)
}

// Pending is a call on its way, made by [Stub.Start].
type Pending struct {
	p   host.Pending
	err error
}

// Wait ends the turn until the call has returned.
func (p *Pending) Wait(ctx context.Context) (Value, error) {
	if p.err != nil {
		return Value{}, p.err
	}
	return valueOf(p.p.Wait(ctx))
}

// Wait waits for a call that [Stub.Start] sent and decodes its result.
func Wait[T any](ctx context.Context, call *Pending) (T, error) {
	var out T
	v, err := call.Wait(ctx)
	if err != nil {
		return out, err
	}
	return out, v.Decode(&out)
}

// Value is a result that is not decoded yet.
type Value struct{ data []byte }

// NewValue is for the runtime.
func NewValue(data []byte) Value { return Value{data: data} }

// valueOf takes a result. Go has no use for what a capability refers to.
func valueOf(res host.Payload, err error) (Value, error) {
	if err == nil && len(res.Caps) > 0 {
		res.Release()
		err = typeError("the result has a function, an RpcTarget, a stub or a stream in it: Go can take plain values alone")
	}
	var e *Error
	if errors.As(err, &e) && error(e) != err {
		if _, ok := err.(host.Remote); ok {
			err = e // what JavaScript has more to say of
		}
	}
	return Value{data: res.Data}, err
}

func request(method string, args []byte) host.Call {
	return host.Call{Path: []string{method}, Args: host.Payload{Data: args}}
}

// Decode stores the value in what dst points to.
func (v Value) Decode(dst any) error {
	if v.data == nil {
		return nil
	}
	return v8value.Unmarshal(v.data, dst)
}

// Call calls a method of an object and decodes its result:
//
//	n, err := durable.Call[int64](ctx, room, "sendMessage", "ada", "hello")
//
// See [Stub.Call] for the errors; a result that does not fit T is one more.
func Call[T any](ctx context.Context, stub *Stub, method string, args ...any) (T, error) {
	var out T
	v, err := stub.Call(ctx, method, args...)
	if err != nil {
		return out, err
	}
	return out, v.Decode(&out)
}

// cloneError turns a value that cannot be cloned into the runtime's error.
func cloneError(err error) error {
	var u *v8value.UncloneableError
	if errors.As(err, &u) {
		return dataCloneError(err)
	}
	return err
}
