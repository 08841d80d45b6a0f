package durable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Class makes the instances of one Durable Object class. [NewClass] makes one
// from a Go type.
type Class interface{ host.Class }

// NewClass makes a class from a constructor; name is the class_name of the
// wrangler configuration.
//
// The exported methods of T whose first parameter is a [context.Context] are its
// RPC methods. A method's name for callers has its leading run of capitals in
// lower case, all but the last of them if a lower-case letter follows:
// SendMessage is sendMessage, URLFor is urlFor, GetID is getID. A method may
// return nothing, a value, an error, or a value and an error. These are event
// handlers instead:
//
//	ServeHTTP(http.ResponseWriter, *http.Request)   // fetch
//	Alarm(context.Context, durable.AlarmInfo) error
//	WebSocketMessage(context.Context, *durable.WebSocket, durable.Message) error
//	WebSocketClose(ctx context.Context, ws *durable.WebSocket, code int, reason string, wasClean bool) error
//	WebSocketError(context.Context, *durable.WebSocket, error) error
//
// The last three are for sockets of [State.AcceptWebSocket]; an event whose
// handler is missing is dropped (rule 9.44).
//
// The constructor runs as part of the object's first event, which waits for it;
// an error resets the object and fails the calls that wait (rules 2.5, 2.10).
//
// A method whose name is reserved or used twice, or a handler of another shape,
// makes the class unusable: emulator.New says so.
func NewClass[T any](name string, construct func(context.Context, *State, *Env) (T, error)) Class {
	c := &goClass{name: name, methods: map[string]*method{}}
	c.construct = func(ctx context.Context, state *State, env *Env) (any, error) { return construct(ctx, state, env) }
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Interface {
		c.err = fmt.Errorf("durable: class %s: the constructor returns the interface %s: return the class's own type", name, t)
		return c
	}
	c.alarm, c.fetch = implements(t, "Alarm"), implements(t, "ServeHTTP")
	c.err = errors.Join(c.addMethods(t)...)
	return c
}

// implements reports whether t has the handler in its right shape.
func implements(t reflect.Type, name string) bool {
	switch v := reflect.Zero(t).Interface(); name {
	case "ServeHTTP":
		_, ok := v.(http.Handler)
		return ok
	case "Alarm":
		_, ok := v.(alarmHandler)
		return ok
	case "WebSocketMessage":
		_, ok := v.(messageHandler)
		return ok
	case "WebSocketClose":
		_, ok := v.(closeHandler)
		return ok
	default:
		_, ok := v.(errorHandler)
		return ok
	}
}

type messageHandler interface {
	WebSocketMessage(ctx context.Context, ws *WebSocket, m Message) error
}

type closeHandler interface {
	WebSocketClose(ctx context.Context, ws *WebSocket, code int, reason string, wasClean bool) error
}

type errorHandler interface {
	WebSocketError(ctx context.Context, ws *WebSocket, err error) error
}

type alarmHandler interface {
	Alarm(ctx context.Context, info AlarmInfo) error
}

type goClass struct {
	name      string
	construct func(context.Context, *State, *Env) (any, error)
	methods   map[string]*method
	alarm     bool
	fetch     bool
	err       error
}

func (c *goClass) Name() string       { return c.name }
func (c *goClass) HandlesAlarm() bool { return c.alarm }
func (c *goClass) Err() error         { return c.err }

// reserved are the names that a stub keeps for itself or that cannot be called
// over RPC (rules 1.30 to 1.32, 10.5, 10.6).
var reserved = []string{
	"alarm", "webSocketMessage", "webSocketClose", "webSocketError", "dup", "constructor",
	"fetch", "connect", "id", "name", "then",
	"toString", "valueOf", "hasOwnProperty", "isPrototypeOf",
}

// handlers are the methods that are events and not RPC methods, with the shape
// that they must have.
var handlers = map[string]string{
	"ServeHTTP": "ServeHTTP(http.ResponseWriter, *http.Request)",
	"Alarm":     "Alarm(context.Context, durable.AlarmInfo) error",

	"WebSocketMessage": "WebSocketMessage(context.Context, *durable.WebSocket, durable.Message) error",
	"WebSocketClose":   "WebSocketClose(context.Context, *durable.WebSocket, int, string, bool) error",
	"WebSocketError":   "WebSocketError(context.Context, *durable.WebSocket, error) error",
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

func (c *goClass) addMethods(t reflect.Type) (errs []error) {
	refuse := func(m reflect.Method, format string, args ...any) {
		errs = append(errs, fmt.Errorf("durable: class %s: method %s %s", c.name, m.Name, fmt.Sprintf(format, args...)))
	}
	for i := range t.NumMethod() {
		m := t.Method(i)
		if want, ok := handlers[m.Name]; ok {
			if !implements(t, m.Name) {
				refuse(m, "is a handler and must be declared as %s", want)
			}
			continue
		}
		if m.Type.NumIn() < 2 || m.Type.In(1) != contextType {
			continue
		}
		name := v8value.Name(m.Name)
		switch prev := c.methods[name]; {
		case slices.Contains(reserved, name):
			refuse(m, "would be called %q over RPC, which is a reserved name: rename it", name)
		case prev != nil:
			refuse(m, "would be called %q over RPC, like %s: rename one", name, prev.goName)
		default:
			rpc, err := newMethod(name, m)
			if err != nil {
				refuse(m, "%v", err)
				continue
			}
			c.methods[name] = rpc
		}
	}
	return errs
}

// New constructs an instance.
func (c *goClass) New(ctx context.Context, obj host.Object, env host.Env) (host.Instance, error) {
	v, err := c.construct(ctx, NewState(obj), NewEnv(env))
	if err != nil {
		return nil, err
	}
	inst := &goInstance{class: c, value: v, recv: reflect.ValueOf(v)}
	if !inst.recv.IsValid() || inst.recv.Kind() == reflect.Pointer && inst.recv.IsNil() {
		return nil, fmt.Errorf("durable: class %s: the constructor returned nil and no error", c.name)
	}
	return inst, nil
}

// goInstance is the Go adapter of the seam: an object whose class is a Go type.
type goInstance struct {
	class *goClass
	value any
	recv  reflect.Value
}

func (g *goInstance) Value() any { return g.value }

// Call calls a method. Properties and what lies deeper do not exist in Go.
func (g *goInstance) Call(ctx context.Context, call host.Call) (host.Payload, error) {
	defer call.Args.Release()
	name := call.Path[0]
	m := g.class.methods[name]
	switch {
	case m == nil && slices.Contains(reserved, name):
		return host.Payload{}, typeError("'%s' is a reserved method and cannot be called over RPC.", name)
	case m == nil || len(call.Path) > 1:
		return host.Payload{}, notImplemented(call.Path[len(call.Path)-1])
	case call.Get:
		return host.Payload{}, typeError("The method %q of a Go class can be called, and not be had as a function.", name)
	case len(call.Args.Caps) > 0:
		return host.Payload{}, typeError("%s of a Go class was given a function, an RpcTarget, a stub or a stream: Go can take plain values alone.", name)
	}
	data, err := m.call(ctx, g, call.Args.Data)
	return host.Payload{Data: data}, err
}

func notImplemented(name string) error {
	return typeError("The RPC receiver does not implement the method %q.", name)
}

func (g *goInstance) Alarm(ctx context.Context, info host.AlarmInfo) error {
	return g.value.(alarmHandler).Alarm(ctx, AlarmInfo{ScheduledTime: info.ScheduledTime, RetryCount: info.RetryCount})
}

func (g *goInstance) Fetch(w http.ResponseWriter, req *http.Request) {
	if !g.class.fetch {
		panic(&Error{Name: "Error", Message: "Handler does not export a fetch() function."})
	}
	g.value.(http.Handler).ServeHTTP(w, req)
}

func (g *goInstance) WebSocketMessage(ctx context.Context, ws host.WebSocket, m host.Message) error {
	if h, ok := g.value.(messageHandler); ok {
		return h.WebSocketMessage(ctx, webSocket(ws), Message(m))
	}
	return nil
}

func (g *goInstance) WebSocketClose(ctx context.Context, ws host.WebSocket, code int, reason string, clean bool) error {
	if h, ok := g.value.(closeHandler); ok {
		return h.WebSocketClose(ctx, webSocket(ws), code, reason, clean)
	}
	return nil
}

func (g *goInstance) WebSocketError(ctx context.Context, ws host.WebSocket, err error) error {
	if h, ok := g.value.(errorHandler); ok {
		return h.WebSocketError(ctx, webSocket(ws), err)
	}
	return nil
}
