package actor

import (
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/socket"
)

// Outbound gives the transport by which an object's code reaches the outside:
// a request ends the turn like every wait, and so do reads of the response. A
// nil caller is code outside of all objects. A request with the header "Upgrade:
// websocket" gets the rest of a handshake, and its response a socket
// ([host.SocketOf]).
func (s *Scheduler) Outbound(caller *Actor, rt http.RoundTripper) http.RoundTripper {
	return &outbound{s, caller, rt}
}

type outbound struct {
	s      *Scheduler
	caller *Actor // nil from outside
	rt     http.RoundTripper
}

func (o *outbound) RoundTrip(req *http.Request) (res *http.Response, err error) {
	if asksForSocket(req) {
		return o.dial(req)
	}
	if o.caller == nil {
		return o.rt.RoundTrip(req)
	}
	if o.caller.object == nil {
		return nil, durable.ErrNoTurn
	}
	ev, err := o.caller.object.event(req.Context())
	if err != nil {
		return nil, err
	}
	werr := ev.await(func() error {
		res, err = o.rt.RoundTrip(req)
		return nil
	})
	if werr != nil {
		return nil, werr
	}
	if err != nil {
		return nil, err
	}
	if res.Body != nil && res.Body != http.NoBody {
		res.Body = readInside(o.caller, res.Body, false)
	}
	return res, nil
}

// dial makes a connection to a server outside, and couples it to a new socket
// of the caller's.
func (o *outbound) dial(req *http.Request) (res *http.Response, err error) {
	var conn *socket.Conn
	coupled := false
	defer func() {
		if conn != nil && !coupled { // the caller was reset meanwhile
			conn.Close()
		}
	}()
	connect := func() error {
		res, conn, err = socket.Dial(o.rt, req, o.s.Random)
		return nil
	}
	if o.caller == nil {
		_ = connect() // its error is err
	} else {
		if o.caller.object == nil {
			return nil, durable.ErrNoTurn
		}
		ev, everr := o.caller.object.event(req.Context())
		if everr != nil {
			return nil, everr
		}
		if werr := ev.await(connect); werr != nil {
			return nil, werr
		}
	}
	if err != nil {
		return nil, err
	}
	if conn == nil {
		if o.caller != nil && res.Body != nil && res.Body != http.NoBody {
			res.Body = readInside(o.caller, res.Body, false)
		}
		return res, nil
	}
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	wire, e := o.s.newPairLocked()
	e.protocol, e.extensions = res.Header.Get("Sec-WebSocket-Protocol"), res.Header.Get("Sec-WebSocket-Extensions")
	o.s.coupleLocked(wire, conn)
	coupled = true
	e.moveLocked(o.caller)
	res.Body = &upgraded{e: e}
	return res, nil
}
