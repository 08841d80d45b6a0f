package js

import (
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// serve calls the fetch method of an object.
func (c *ioContext) serve(w http.ResponseWriter, req *http.Request, this func() quickjs.Value) error {
	return c.respond(w, req, func(request quickjs.Value) (quickjs.Value, error) {
		fn, err := this().Get("fetch")
		if err != nil {
			return fn, err
		}
		if !fn.IsFunction() {
			return fn, c.w.throw(&durable.Error{Message: "Handler does not export a fetch() function."})
		}
		return fn.Call(this(), request, quickjs.Value{}, quickjs.Value{}) // as the runtime does (rule 11.4)
	})
}

// respond calls a handler with the request and writes the response that it
// gives.
func (c *ioContext) respond(w http.ResponseWriter, req *http.Request, handle func(request quickjs.Value) (quickjs.Value, error)) error {
	ctx := req.Context()
	var response *quickjs.Ref
	err := c.Await(ctx, func() (quickjs.Value, error) {
		if !c.entry { // it came over no connection, so it has no Host of one
			inside := *req
			inside.RequestURI = ""
			req = &inside
		}
		request, err := c.w.platform.NewRequest(req, nil)
		if err != nil {
			return request, err
		}
		return handle(request)
	}, func(v quickjs.Value) error {
		if !c.w.platform.IsResponse(v) {
			return c.w.throw(errNoResponse)
		}
		kind, err := v.Get("type")
		if err != nil {
			return err
		}
		if kind.String() == "error" {
			return c.w.throw(errErrorResponse)
		}
		response = v.Keep()
		return nil
	})
	if err != nil {
		return err
	}
	defer response.Free()
	var out *web.Outgoing
	var socket host.WebSocket
	err = c.Run(ctx, func() (err error) {
		if out, err = c.w.platform.TakeResponse(c, response.Value()); err == nil && out.WebSocket != nil {
			socket, _ = c.w.platform.SocketOf(out.WebSocket.Value())
		}
		return err
	})
	if err != nil {
		return err
	}
	if socket == nil {
		return out.WriteTo(ctx, w)
	}
	out.Free()
	return c.upgrade(w, req, out.Header, socket)
}

// errErrorResponse is the runtime's error for Response.error().
var errErrorResponse = &durable.Error{Name: "TypeError", Message: "Return value from serve handler must not be an error response (like Response.error())"}

// errNoResponse is the runtime's error for a handler that returns something
// else (rule 11.15).
var errNoResponse = &durable.Error{Name: "TypeError", Message: "Incorrect type for Promise: the Promise did not resolve to 'Response'."}
