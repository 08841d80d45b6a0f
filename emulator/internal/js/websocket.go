package js

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Sockets and Throw make an ioContext a web.SocketContext.
func (c *ioContext) Sockets() host.Sockets { return c.obj.Sockets() }

// Throw gives an error of the host as JavaScript sees it.
func (c *ioContext) Throw(err error) error { return c.w.throw(err) }

// shell gives the WebSocket of a hibernatable socket: the same one as long as
// the instance lives (rule 9.35).
func (c *ioContext) shell(ws host.WebSocket) (quickjs.Value, error) {
	if ref, ok := ws.Shell().(*quickjs.Ref); ok {
		return ref.Value(), nil
	}
	v, err := c.w.platform.NewWebSocket(c, ws)
	if err == nil {
		c.keepShell(ws, v)
	}
	return v, err
}

func (c *ioContext) keepShell(ws host.WebSocket, v quickjs.Value) {
	ref := v.Keep()
	ws.SetShell(ref)
	if c.shells == nil {
		c.shells = map[host.WebSocket]*quickjs.Ref{}
	}
	c.shells[ws] = ref
}

// dropShell lets go of the WebSocket of a connection that has ended, or with nil
// of all.
func (c *ioContext) dropShell(ws host.WebSocket) {
	for s, ref := range c.shells {
		if ws == nil || s == ws {
			s.SetShell(nil)
			ref.Free()
			delete(c.shells, s)
		}
	}
}

// installSockets adds to ctx what is about WebSockets (rules 9.28 to 9.54).
func (w *Worker) installSockets() error {
	class := w.natives.state
	return errors.Join(
		method(w, class, "acceptWebSocket", (*ioContext).acceptWebSocket),
		method(w, class, "getWebSockets", (*ioContext).getWebSockets),
		method(w, class, "setWebSocketAutoResponse", (*ioContext).setAutoResponse),
		method(w, class, "getWebSocketAutoResponse", (*ioContext).getAutoResponse),
		method(w, class, "getWebSocketAutoResponseTimestamp", (*ioContext).autoResponseTimestamp),
		method(w, class, "setHibernatableWebSocketEventTimeout", (*ioContext).setEventTimeout),
		method(w, class, "getHibernatableWebSocketEventTimeout", (*ioContext).getEventTimeout),
		method(w, class, "getTags", (*ioContext).getTags),
	)
}

// socketParam takes a WebSocket from the parameters.
func (c *ioContext) socketParam(call *quickjs.Call, method string) (host.WebSocket, error) {
	ws, ok := c.w.platform.SocketOf(call.Arg(0))
	if !ok {
		return nil, notOfType(method, "DurableObjectState", 1, "WebSocket")
	}
	return ws, nil
}

func (c *ioContext) acceptWebSocket(call *quickjs.Call) (quickjs.Value, error) {
	ws, err := c.socketParam(call, "acceptWebSocket")
	if err != nil {
		return quickjs.Value{}, err
	}
	var tags []string
	if list := call.Arg(1); !list.IsUndefined() {
		if !list.IsArray() {
			return quickjs.Value{}, notOfType("acceptWebSocket", "DurableObjectState", 2, "Array")
		}
		if tags, err = texts(list); err != nil {
			return quickjs.Value{}, err
		}
	}
	if err := c.Sockets().Accept(ws, tags); err != nil {
		return quickjs.Value{}, err
	}
	c.keepShell(ws, call.Arg(0))
	return quickjs.Value{}, nil
}

// texts converts the elements of an array.
func texts(list quickjs.Value) ([]string, error) {
	n, err := list.Get("length")
	if err != nil {
		return nil, err
	}
	length, err := n.Float()
	if err != nil {
		return nil, err
	}
	out := make([]string, int(length))
	for i := range out {
		e, err := list.GetIndex(i)
		if err == nil {
			out[i], err = e.Text()
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *ioContext) getWebSockets(call *quickjs.Call) (quickjs.Value, error) {
	tag, tagged := "", !call.Arg(0).IsUndefined()
	if tagged {
		var err error
		if tag, err = call.Arg(0).Text(); err != nil {
			return quickjs.Value{}, err
		}
	}
	list := c.Sockets().List(tag, tagged)
	out := make([]quickjs.Value, len(list))
	for i, ws := range list {
		var err error
		if out[i], err = c.shell(ws); err != nil {
			return quickjs.Value{}, err
		}
	}
	return c.w.iso.Array(out...)
}

func (c *ioContext) setAutoResponse(call *quickjs.Call) (quickjs.Value, error) {
	if call.Arg(0).IsUndefined() {
		return quickjs.Value{}, c.Sockets().SetAutoResponse(nil)
	}
	pair, ok, err := c.w.platform.ResponsePair(call.Arg(0))
	switch {
	case err != nil:
		return quickjs.Value{}, err
	case !ok:
		return quickjs.Value{}, notOfType("setWebSocketAutoResponse", "DurableObjectState", 1, "WebSocketRequestResponsePair")
	}
	return quickjs.Value{}, c.Sockets().SetAutoResponse(&pair)
}

func (c *ioContext) getAutoResponse(*quickjs.Call) (quickjs.Value, error) {
	pair := c.Sockets().AutoResponse()
	if pair == nil {
		return c.w.iso.Null(), nil
	}
	return c.w.platform.NewResponsePair(*pair)
}

func (c *ioContext) autoResponseTimestamp(call *quickjs.Call) (quickjs.Value, error) {
	ws, err := c.socketParam(call, "getWebSocketAutoResponseTimestamp")
	if err != nil {
		return quickjs.Value{}, err
	}
	at, ok := ws.AutoResponded()
	if !ok {
		return c.w.iso.Null(), nil
	}
	date, err := c.w.iso.Global().Get("Date")
	if err != nil {
		return date, err
	}
	return date.New(c.w.iso.Number(float64(at.UnixMilli())))
}

func (c *ioContext) setEventTimeout(call *quickjs.Call) (quickjs.Value, error) {
	ms := 0.0
	if v := call.Arg(0); !v.IsUndefined() {
		var err error
		if ms, err = v.Float(); err != nil {
			return quickjs.Value{}, err
		}
	}
	return quickjs.Value{}, c.Sockets().SetEventTimeout(time.Duration(ms) * time.Millisecond)
}

func (c *ioContext) getEventTimeout(*quickjs.Call) (quickjs.Value, error) {
	d := c.Sockets().EventTimeout()
	if d == 0 {
		return c.w.iso.Null(), nil
	}
	return c.w.iso.Number(float64(d.Milliseconds())), nil
}

func (c *ioContext) getTags(call *quickjs.Call) (quickjs.Value, error) {
	ws, err := c.socketParam(call, "getTags")
	if err != nil {
		return quickjs.Value{}, err
	}
	tags, err := ws.Tags()
	if err != nil {
		return quickjs.Value{}, err
	}
	out := make([]quickjs.Value, len(tags))
	for i, tag := range tags {
		if out[i], err = c.w.iso.String(tag); err != nil {
			return quickjs.Value{}, err
		}
	}
	return c.w.iso.Array(out...)
}

// WebSocketMessage, WebSocketClose and WebSocketError make an instance a
// [host.SocketInstance].
func (in *instance) WebSocketMessage(ctx context.Context, ws host.WebSocket, m host.Message) error {
	return in.handle(ctx, "webSocketMessage", ws, func() ([]quickjs.Value, error) {
		data, err := in.w.platform.MessageValue(m)
		return []quickjs.Value{data}, err
	})
}

func (in *instance) WebSocketClose(ctx context.Context, ws host.WebSocket, code int, reason string, clean bool) error {
	defer in.dropShell(ws)
	return in.handle(ctx, "webSocketClose", ws, func() ([]quickjs.Value, error) {
		text, err := in.w.iso.String(reason)
		return []quickjs.Value{in.w.iso.Number(float64(code)), text, in.w.iso.Bool(clean)}, err
	})
}

func (in *instance) WebSocketError(ctx context.Context, ws host.WebSocket, failure error) error {
	defer in.dropShell(ws)
	return in.handle(ctx, "webSocketError", ws, func() ([]quickjs.Value, error) {
		v, err := in.w.errorValue(failure)
		return []quickjs.Value{v}, err
	})
}

// handle calls a handler, if the class has it (rule 9.44).
func (in *instance) handle(ctx context.Context, name string, ws host.WebSocket, rest func() ([]quickjs.Value, error)) error {
	err := in.Await(ctx, func() (quickjs.Value, error) {
		this := in.value.Value()
		fn, err := this.Get(name)
		if err != nil || !fn.IsFunction() {
			return quickjs.Value{}, err
		}
		socket, err := in.shell(ws)
		if err != nil {
			return socket, err
		}
		args, err := rest()
		if err != nil {
			return socket, err
		}
		return fn.Call(this, append([]quickjs.Value{socket}, args...)...)
	}, nil)
	err = in.boundary(name, err)
	if _, logged := err.(host.Logged); logged {
		return nil // and changes nothing (rule 9.45)
	}
	return err
}

// upgrade answers a request with a WebSocket (rules 9.4 to 9.8).
func (c *ioContext) upgrade(w http.ResponseWriter, req *http.Request, header http.Header, ws host.WebSocket) error {
	u, ok := host.UpgraderOf(w, req)
	if !ok {
		return &durable.Error{Name: "TypeError", Message: `Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".`}
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	return u.Upgrade(ws)
}
