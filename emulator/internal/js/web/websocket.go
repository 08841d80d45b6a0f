package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// SocketContext is an [IOContext] that can have WebSockets.
type SocketContext interface {
	IOContext
	Sockets() host.Sockets
	// Throw gives an error of the host as JavaScript sees it.
	Throw(err error) error
}

var websocketUnit = unit{
	name:    "websocket",
	globals: []string{"WebSocket", "WebSocketPair", "WebSocketRequestResponsePair"},
	natives: func(p *Platform, n *natives) {
		n.add("pair", 0, p.socketPair)
		n.add("connect", 3, p.connectSocket)
		n.add("state", 1, socketNative(p, func(s *socket, c *quickjs.Call) (quickjs.Value, error) {
			return p.Isolate.Number(float64(s.ws.ReadyState())), nil
		}))
		n.add("info", 1, socketNative(p, (*socket).info))
		n.add("accept", 3, socketNative(p, (*socket).accept))
		n.add("send", 2, socketNative(p, (*socket).send))
		n.add("close", 3, socketNative(p, (*socket).close))
		n.add("setAttachment", 2, socketNative(p, (*socket).setAttachment))
		n.add("attachment", 1, socketNative(p, (*socket).attachment))
	},
}

// socket is one end of a connection, for JavaScript of the context that has it.
type socket struct {
	p  *Platform
	io SocketContext
	ws host.WebSocket
}

// newSocket makes the handle by which a WebSocket of JavaScript knows its end.
func (p *Platform) newSocket(io SocketContext, ws host.WebSocket) (quickjs.Value, error) {
	return p.Isolate.Host(p.Isolate.Null(), &socket{p, io, ws}, nil)
}

// socketNative makes a function whose first argument is a handle.
func socketNative(p *Platform, fn func(s *socket, c *quickjs.Call) (quickjs.Value, error)) quickjs.Func {
	return func(c *quickjs.Call) (quickjs.Value, error) {
		h, _ := c.Arg(0).Host()
		s, ok := h.(*socket)
		if !ok {
			return quickjs.Value{}, quickjs.TypeErrorf("Illegal invocation")
		}
		if p.Options.Current() != s.io {
			return quickjs.Value{}, p.Foreign("Native")
		}
		v, err := fn(s, c)
		if err != nil {
			err = s.io.Throw(err)
		}
		return v, err
	}
}

func (p *Platform) socketContext() (SocketContext, error) {
	io, err := p.current()
	if err != nil {
		return nil, err
	}
	s, ok := io.(SocketContext)
	if !ok {
		return nil, errors.New("no WebSockets here")
	}
	return s, nil
}

// socketPair() makes the handles of two ends.
func (p *Platform) socketPair(*quickjs.Call) (quickjs.Value, error) {
	io, err := p.socketContext()
	if err != nil {
		return quickjs.Value{}, err
	}
	a, b := io.Sockets().Pair()
	x, err := p.newSocket(io, a)
	if err != nil {
		return x, err
	}
	y, err := p.newSocket(io, b)
	if err != nil {
		return y, err
	}
	return p.Isolate.Array(x, y)
}

func (s *socket) info(*quickjs.Call) (quickjs.Value, error) {
	info := s.ws.Info()
	protocol, err := s.p.Isolate.String(info.Protocol)
	if err != nil {
		return protocol, err
	}
	extensions, err := s.p.Isolate.String(info.Extensions)
	if err != nil {
		return extensions, err
	}
	return s.p.Isolate.Array(protocol, extensions)
}

// accept(handle, ws, halfOpen) starts delivery to the listeners of ws.
func (s *socket) accept(c *quickjs.Call) (quickjs.Value, error) {
	target := c.Arg(1).Keep()
	o := host.AcceptOptions{HalfOpen: c.Arg(2).Truthy()}
	already := s.ws.Info().Accepted
	err := s.ws.Accept(o, func(ctx context.Context, ev host.SocketEvent) error {
		err := s.io.Run(ctx, func() error { return s.p.deliver(s.io, target.Value(), ev) })
		if err != nil {
			return &listenerError{err}
		}
		if ev.Kind != host.SocketMessage {
			target.Free()
		}
		return nil
	})
	if already || err != nil {
		target.Free()
	}
	return quickjs.Value{}, err
}

// listenerError is what a listener threw, which ends the connection (rule 9.26).
type listenerError struct{ err error }

func (e *listenerError) Error() string { return "Uncaught " + e.err.Error() }
func (e *listenerError) Unwrap() error { return e.err }

// deliver fires the event of what has happened. It is called in JavaScript.
func (p *Platform) deliver(io SocketContext, target quickjs.Value, ev host.SocketEvent) error {
	fn, err := p.export("websocket", "deliver")
	if err != nil {
		return err
	}
	kind, err := p.Isolate.String([...]string{"message", "close", "error"}[ev.Kind])
	if err != nil {
		return err
	}
	args := []quickjs.Value{target, kind}
	switch ev.Kind {
	case host.SocketMessage:
		data, err := p.MessageValue(ev.Message)
		if err != nil {
			return err
		}
		args = append(args, data)
	case host.SocketClose:
		reason, err := p.Isolate.String(ev.Reason)
		if err != nil {
			return err
		}
		args = append(args, p.Isolate.Undefined(), p.Isolate.Number(float64(ev.Code)), reason, p.Isolate.Bool(ev.Clean))
	case host.SocketError:
		v, err := p.Isolate.ErrorValue(io.Throw(ev.Err))
		if err != nil {
			return err
		}
		args = append(args, v)
		var thrown *listenerError
		if errors.As(ev.Err, &thrown) {
			what, err := v.Text()
			if err != nil {
				return err
			}
			text, err := p.Isolate.String("Uncaught " + what)
			if err != nil {
				return err
			}
			args = append(args, text)
		}
	}
	_, err = fn.Call(quickjs.Value{}, args...)
	return err
}

// MessageValue gives a message as handlers get it: a string or an ArrayBuffer.
func (p *Platform) MessageValue(m host.Message) (quickjs.Value, error) {
	if m.Binary {
		return p.Isolate.ArrayBuffer(m.Data)
	}
	return p.Isolate.String(string(m.Data))
}

// send(handle, message) takes what JavaScript has converted.
func (s *socket) send(c *quickjs.Call) (quickjs.Value, error) {
	v := c.Arg(1)
	if v.Kind() == quickjs.String {
		return quickjs.Value{}, s.ws.Send(host.Message{Data: []byte(scalar(v.String()))})
	}
	data, err := v.Bytes()
	if err != nil {
		return quickjs.Value{}, err
	}
	return quickjs.Value{}, s.ws.Send(host.Message{Data: data, Binary: true})
}

// close(handle, code, reason) has undefined for what was not given.
func (s *socket) close(c *quickjs.Call) (quickjs.Value, error) {
	f := host.CloseFrame{HasCode: !c.Arg(1).IsUndefined(), HasReason: !c.Arg(2).IsUndefined()}
	if f.HasCode {
		code, err := c.Arg(1).Float()
		if err != nil {
			return quickjs.Value{}, err
		}
		f.Code = int(code)
	}
	if f.HasReason {
		f.Reason = scalar(c.Arg(2).String())
	}
	return quickjs.Value{}, s.ws.Close(f)
}

func (s *socket) setAttachment(c *quickjs.Call) (quickjs.Value, error) {
	data, err := clone.Marshal(c.Arg(1), clone.Options{})
	if err != nil {
		return quickjs.Value{}, s.p.CloneError(err)
	}
	return quickjs.Value{}, s.ws.SetAttachment(data)
}

func (s *socket) attachment(*quickjs.Call) (quickjs.Value, error) {
	data := s.ws.Attachment()
	if data == nil {
		return s.p.Isolate.Null(), nil
	}
	return clone.Unmarshal(s.p.Isolate, data, clone.Options{})
}

// connectSocket(address, protocols, ws) starts the handshake of an outgoing
// socket, whose ws is told of its end.
func (p *Platform) connectSocket(c *quickjs.Call) (quickjs.Value, error) {
	io, err := p.socketContext()
	if err != nil {
		return quickjs.Value{}, err
	}
	req, err := http.NewRequest(http.MethodGet, c.Arg(0).String(), http.NoBody)
	if err != nil {
		return quickjs.Value{}, err
	}
	req.Header.Set("Upgrade", "websocket")
	if protocols := c.Arg(1).String(); protocols != "" {
		req.Header.Set("Sec-WebSocket-Protocol", protocols)
	}
	target := c.Arg(2).Keep()
	io.Go("WebSocket "+req.URL.Redacted(), func(ctx context.Context) {
		defer target.Free()
		res, err := io.Transport().RoundTrip(req.WithContext(ctx))
		// What a listener throws is reported like that of an event.
		_ = io.Run(ctx, func() error { return p.shaken(io, target.Value(), res, err) })
	})
	return quickjs.Value{}, nil
}

// shaken tells a socket how its handshake ended.
func (p *Platform) shaken(io SocketContext, target quickjs.Value, res *http.Response, err error) error {
	if err == nil {
		if ws, ok := host.SocketOf(res); ok {
			handle, err := p.newSocket(io, ws)
			if err != nil {
				return err
			}
			return p.tell("opened", target, handle)
		}
		res.Body.Close()
		err = quickjs.TypeErrorf("%s", "Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 "+
			"(switching protocols), but received "+strconv.Itoa(res.StatusCode)+" instead.")
	}
	v, verr := p.Isolate.ErrorValue(io.Throw(err))
	if verr != nil {
		return verr
	}
	return p.tell("failed", target, v)
}

func (p *Platform) tell(what string, args ...quickjs.Value) error {
	fn, err := p.export("websocket", what)
	if err != nil {
		return err
	}
	_, err = fn.Call(quickjs.Value{}, args...)
	return err
}

// NewWebSocket makes the WebSocket of an end, in JavaScript on behalf of io.
func (p *Platform) NewWebSocket(io SocketContext, ws host.WebSocket) (quickjs.Value, error) {
	handle, err := p.newSocket(io, ws)
	if err != nil {
		return handle, err
	}
	wrap, err := p.export("websocket", "wrap")
	if err != nil {
		return wrap, err
	}
	return wrap.Call(quickjs.Value{}, handle)
}

// SocketOf gives the end that a WebSocket stands for; ok is false for other
// values, and for one that is not connected yet.
func (p *Platform) SocketOf(v quickjs.Value) (ws host.WebSocket, ok bool) {
	if p.loader.exports["websocket"] == nil || !v.IsObject() {
		return nil, false // nobody has made one
	}
	fn, err := p.export("websocket", "handle")
	if err != nil {
		return nil, false
	}
	handle, err := fn.Call(quickjs.Value{}, v)
	if err != nil {
		return nil, false
	}
	h, _ := handle.Host()
	s, ok := h.(*socket)
	if !ok {
		return nil, false
	}
	return s.ws, true
}

// ResponsePair gives the texts of a WebSocketRequestResponsePair; ok is false for
// other values.
func (p *Platform) ResponsePair(v quickjs.Value) (pair host.AutoResponse, ok bool, err error) {
	if p.loader.exports["websocket"] == nil {
		return pair, false, nil
	}
	fn, err := p.export("websocket", "pairOf")
	if err != nil {
		return pair, false, err
	}
	list, err := fn.Call(quickjs.Value{}, v)
	if err != nil || !list.IsArray() {
		return pair, false, err
	}
	request, err := list.GetIndex(0)
	if err != nil {
		return pair, false, err
	}
	response, err := list.GetIndex(1)
	return host.AutoResponse{Request: scalar(request.String()), Response: scalar(response.String())}, err == nil, err
}

// NewResponsePair makes a WebSocketRequestResponsePair.
func (p *Platform) NewResponsePair(pair host.AutoResponse) (quickjs.Value, error) {
	fn, err := p.export("websocket", "makePair")
	if err != nil {
		return fn, err
	}
	request, err := p.Isolate.String(pair.Request)
	if err != nil {
		return request, err
	}
	response, err := p.Isolate.String(pair.Response)
	if err != nil {
		return response, err
	}
	return fn.Call(quickjs.Value{}, request, response)
}
