package web

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var fetchUnit = unit{
	name:    "fetch",
	globals: []string{"Body", "Request", "Response", "fetch"},
	natives: func(p *Platform, n *natives) {
		p.textNatives(n)
		p.bodyNatives(n)
		n.add("url", 1, p.normalizeURL)
		n.add("fetch", 1, p.fetch)
		n.add("checkForm", 1, checkForm)
		n.add("mimeType", 1, p.mimeType)
		n.add("boundary", 0, func(*quickjs.Call) (quickjs.Value, error) { return p.boundary() })
		n.add("statusText", 1, func(c *quickjs.Call) (quickjs.Value, error) {
			status, err := c.Arg(0).Float()
			if err != nil {
				return quickjs.Value{}, err
			}
			return p.Isolate.String(statusText(int(status)))
		})
		n.add("isWebSocket", 1, func(c *quickjs.Call) (quickjs.Value, error) { return p.Isolate.Bool(p.isWebSocket(c.Arg(0))), nil })
	},
}

// statusText is the text of a status that has none of its own.
func statusText(status int) string {
	switch status {
	case 413:
		return "Payload Too Large"
	case 414:
		return "URI Too Long"
	case 416:
		return "Range Not Satisfiable"
	case 425:
		return "Client Error"
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	switch status / 100 {
	case 2:
		return "Successful"
	case 3:
		return "Redirection"
	case 4:
		return "Client Error"
	case 5:
		return "Server Error"
	}
	return ""
}

// isWebSocket reports whether v may be the webSocket of a Response.
func (p *Platform) isWebSocket(v quickjs.Value) bool {
	_, ok := p.SocketOf(v)
	return ok
}

// boundary gives what separates the parts of a form: 32 hexadecimal digits.
func (p *Platform) boundary() (quickjs.Value, error) {
	b := make([]byte, 16)
	if p.Options.Random != nil {
		p.Options.Random(b)
	}
	return p.Isolate.String(hex.EncodeToString(b))
}

// exchange is one fetch under way.
type exchange struct {
	platform *Platform
	io       IOContext
	out      *Outgoing
	send     Sender
	inside   bool                                               // send reaches an object
	first    func(turn context.Context) (*http.Response, error) // of the first request, if it was sent
	cancel   context.CancelFunc
	aborted  bool
	open     bool         // the body of the answer can be read
	reason   *quickjs.Ref // why it was aborted while it was open
}

// fetch(description) starts a fetch and gives a promise of the Response and a
// function that aborts it with a reason.
func (p *Platform) fetch(c *quickjs.Call) (quickjs.Value, error) {
	io, err := p.current()
	if err != nil {
		return quickjs.Value{}, err
	}
	return p.exchange(io, c.Arg(0), nil)
}

// Sender sends a request and gives a function that waits for its response, on
// behalf of an event that has the turn. It is called within JavaScript for the
// first request, and outside for those of redirects.
type Sender func(req *http.Request) (wait func(turn context.Context) (*http.Response, error))

// FetchThrough is fetch(input, init) of a class that has such a method, by way
// of send: it gives the promise of the Response, and follows redirects. It is
// called within JavaScript on behalf of io.
func (p *Platform) FetchThrough(io IOContext, args []quickjs.Value, class string, send Sender) (quickjs.Value, error) {
	fetch, err := p.export("fetch", "fetchThrough")
	if err != nil {
		return quickjs.Value{}, err
	}
	start, err := p.Isolate.Function("", 1, func(c *quickjs.Call) (quickjs.Value, error) { return p.exchange(io, c.Arg(0), send) })
	if err != nil {
		return quickjs.Value{}, err
	}
	name, err := p.Isolate.String(class)
	if err != nil {
		return quickjs.Value{}, err
	}
	list, err := p.Isolate.Array(args...)
	if err != nil {
		return quickjs.Value{}, err
	}
	return fetch.Call(quickjs.Value{}, list, name, start)
}

// exchange starts to fetch what was described, through the transport of io if
// there is no other way.
func (p *Platform) exchange(io IOContext, description quickjs.Value, send Sender) (quickjs.Value, error) {
	o, err := p.outgoingRequest(io, description)
	if err != nil {
		return quickjs.Value{}, err
	}
	if strings.HasPrefix(o.URL, "data:") {
		return p.dataResponse(io, o)
	}
	if !strings.HasPrefix(o.URL, "http:") && !strings.HasPrefix(o.URL, "https:") {
		return quickjs.Value{}, quickjs.TypeErrorf("Fetch API cannot load: %s", o.URL)
	}
	x := &exchange{platform: p, io: io, out: o, send: send, inside: send != nil}
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel = cancel
	if send != nil {
		req, err := x.request(ctx)
		if err != nil {
			cancel()
			return quickjs.Value{}, err
		}
		x.first = send(req)
	} else {
		x.send = x.transport
	}
	promise, err := p.later(io, "fetch "+o.URL, func(turn context.Context) (func() (quickjs.Value, error), error) {
		defer o.Free()
		stop := context.AfterFunc(turn, cancel)
		resp, at, redirected, err := x.follow(turn, ctx)
		if err != nil {
			stop()
			cancel()
			return nil, err
		}
		if ws, ok := host.SocketOf(resp); ok {
			resp.Body = http.NoBody
			return func() (quickjs.Value, error) { return p.upgraded(io, resp, ws, at, redirected) }, nil
		}
		x.open = true
		resp.Body = &exchangeBody{ReadCloser: resp.Body, exchange: x, stop: stop}
		return func() (quickjs.Value, error) { return p.ResponseFrom(io, resp, at, redirected, quickjs.Value{}) }, nil
	})
	if err != nil {
		cancel()
		return quickjs.Value{}, err
	}
	stop, err := p.Isolate.Function("stop", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if x.open && x.reason == nil {
			x.reason = c.Arg(0).Keep()
		}
		x.aborted = true
		cancel()
		return quickjs.Value{}, nil
	})
	if err != nil {
		return quickjs.Value{}, err
	}
	return p.Isolate.Array(promise, stop)
}

// exchangeBody is the body of an answer; when the exchange was aborted, it fails
// with the reason.
type exchangeBody struct {
	io.ReadCloser
	exchange *exchange
	stop     func() bool
}

func (b *exchangeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if x := b.exchange; err != nil && err != io.EOF && x.reason != nil {
		err = &aborted{x.reason}
		x.reason = nil
	}
	return n, err
}

func (b *exchangeBody) Close() error {
	b.stop()
	x := b.exchange
	x.cancel()
	if x.open = false; x.reason != nil {
		x.reason.Free()
		x.reason = nil
	}
	return b.ReadCloser.Close()
}

// aborted is the error of what was aborted with a reason, which it owns.
type aborted struct{ reason *quickjs.Ref }

func (*aborted) Error() string { return "The operation was aborted" }

func (a *aborted) Throw(*quickjs.Isolate) (quickjs.Value, error) {
	defer a.reason.Free()
	return a.reason.Value(), nil
}

// maxRedirects is how many are followed.
const maxRedirects = 20

// transport is the [Sender] of fetch itself.
func (x *exchange) transport(req *http.Request) func(context.Context) (*http.Response, error) {
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header["User-Agent"] = nil // net/http must not add its own
	}
	return func(turn context.Context) (*http.Response, error) {
		return x.io.Transport().RoundTrip(req.WithContext(inTurn{req.Context(), turn}))
	}
}

// inTurn is a context that ends when the exchange does, and by which the
// transport knows the turn that waits for it.
type inTurn struct {
	context.Context
	turn context.Context
}

func (c inTurn) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.turn.Value(key)
}

// request makes the request to send. One that goes over no connection keeps its
// Host as a header.
func (x *exchange) request(ctx context.Context) (*http.Request, error) {
	req, err := x.out.Request(ctx)
	if hosts := x.out.Header["Host"]; err == nil && x.inside && len(hosts) > 0 {
		req.Header["Host"] = hosts
	}
	return req, err
}

// follow sends the request and what answers redirect it to, and gives the last
// answer and its address.
func (x *exchange) follow(turn, ctx context.Context) (resp *http.Response, at string, redirected bool, err error) {
	o := x.out
	var visited []string
	for wait := x.first; ; wait = nil {
		if wait == nil {
			req, err := x.request(ctx)
			if err != nil {
				return nil, "", false, err
			}
			wait = x.send(req)
		}
		resp, err := wait(turn)
		if err != nil {
			return nil, "", false, x.failed(err)
		}
		location := resp.Header.Get("Location")
		if o.Redirect != "follow" || location == "" || !redirects(resp.StatusCode) {
			at, _, _ := strings.Cut(o.URL, "#")
			return resp, at, len(visited) > 0, nil
		}
		_ = resp.Body.Close()
		if visited = append(visited, o.URL); len(visited) > maxRedirects {
			return nil, "", false, quickjs.TypeErrorf("Too many redirects.%s", strings.Join(visited, ", "))
		}
		if err := o.redirect(resp.StatusCode, location); err != nil {
			return nil, "", false, err
		}
	}
}

func redirects(status int) bool {
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308
}

// redirect turns a request into the one that an answer asks for.
func (o *Outgoing) redirect(status int, location string) error {
	next, ok := parseURL(location, o.URL)
	if !ok {
		return quickjs.TypeErrorf("Invalid Location header; unable to follow redirect.")
	}
	if p := next.Protocol(); p != "http:" && p != "https:" {
		return quickjs.TypeErrorf("Fetch API cannot load: %s", next.Href(false))
	}
	if before, ok := parseURL(o.URL, ""); ok && (before.Protocol() != next.Protocol() || before.Host() != next.Host()) {
		o.Header.Del("Authorization")
	}
	o.URL = next.Href(false)
	if status == 303 && o.Method != "HEAD" || (status == 301 || status == 302) && o.Method == "POST" {
		o.Method = "GET"
		o.fixed, o.reader, o.stream, o.Length = nil, nil, nil, -1
		return nil
	}
	if o.OneTime {
		return quickjs.TypeErrorf("A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a redirect requiring the body to be " +
			"retransmitted. To avoid this error in the future, construct this request from a buffer-like body initializer.")
	}
	return nil
}

// failed makes the error of a round trip. It is one that happened elsewhere.
func (x *exchange) failed(err error) error {
	if !x.aborted && lost(err) { // else JavaScript has its reason already

		return connectionLost{err}
	}
	return err
}

// connectionLost is the error of a round trip that the network ended.
type connectionLost struct{ cause error }

func (e connectionLost) Error() string { return "Network connection lost.: " + e.cause.Error() }

func (e connectionLost) Throw(iso *quickjs.Isolate) (quickjs.Value, error) {
	v, err := iso.NewError("Error", "Network connection lost.")
	if err != nil {
		return quickjs.Value{}, err
	}
	if err := v.Set("remote", iso.Bool(true)); err != nil {
		return quickjs.Value{}, err
	}
	return v, v.Set("retryable", iso.Bool(true))
}

// upgraded makes the Response of a handshake that was accepted.
func (p *Platform) upgraded(io IOContext, resp *http.Response, ws host.WebSocket, at string, redirected bool) (quickjs.Value, error) {
	owner, ok := io.(SocketContext)
	if !ok {
		return quickjs.Value{}, errors.New("no WebSockets here")
	}
	v, err := p.NewWebSocket(owner, ws)
	if err != nil {
		return v, err
	}
	return p.ResponseFrom(io, resp, at, redirected, v)
}
