package actor

import (
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// Outbound gives the transport by which an object's code reaches the outside:
// a request ends the turn like every wait, and so do reads of the response.
func Outbound(caller *Actor, rt http.RoundTripper) http.RoundTripper {
	if caller == nil {
		return rt
	}
	return &outbound{caller, rt}
}

type outbound struct {
	caller *Actor
	rt     http.RoundTripper
}

func (o *outbound) RoundTrip(req *http.Request) (res *http.Response, err error) {
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
