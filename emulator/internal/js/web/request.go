package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// NewRequest makes the Request that a handler is called with. It is called
// within JavaScript; the request belongs to the context that is current. Its
// body streams: JavaScript sees each piece as req.Body gives it. cf becomes the
// property of that name, by way of JSON; nil is undefined.
func (p *Platform) NewRequest(req *http.Request, cf map[string]any) (quickjs.Value, error) {
	io, err := p.current()
	if err != nil {
		return quickjs.Value{}, err
	}
	var head strings.Builder
	head.WriteString(req.Method + "\n" + address(req) + "\nmanual")
	writeHeader(&head, req.Header)
	if req.RequestURI != "" && req.Host != "" { // it came over a connection
		head.WriteString("\nhost\n" + req.Host)
	}
	body := req.Body
	if body == http.NoBody || req.ContentLength == 0 {
		body = nil
	}
	if req.ContentLength > 0 && req.Header.Get("Content-Length") == "" {
		head.WriteString("\ncontent-length\n" + strconv.FormatInt(req.ContentLength, 10))
	}
	value, err := p.fromJSON(cf)
	if err != nil {
		return quickjs.Value{}, err
	}
	return p.incoming(io, "makeRequest", head.String(), body, req.ContentLength, "", value)
}

// address is the URL that a request was sent to, as JavaScript sees it.
func address(req *http.Request) string {
	u := *req.URL
	if u.Scheme == "" {
		u.Scheme = "http"
		if req.TLS != nil {
			u.Scheme = "https"
		}
	}
	if u.Host == "" {
		u.Host = req.Host
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	text := u.String()
	if isNormal(text) {
		return text
	}
	if parsed, ok := parseURL(text, ""); ok {
		return parsed.Href(false)
	}
	return text
}

func (p *Platform) fromJSON(v map[string]any) (quickjs.Value, error) {
	if v == nil {
		return quickjs.Value{}, nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return quickjs.Value{}, err
	}
	s, err := p.Isolate.String(string(text))
	if err != nil {
		return quickjs.Value{}, err
	}
	JSON, err := p.Isolate.Global().Get("JSON")
	if err != nil {
		return quickjs.Value{}, err
	}
	return JSON.Invoke("parse", s)
}

// TakeRequest makes a request of the arguments of a fetch method, as in
// stub.fetch(input, init), and takes it apart. Errors name the method and the
// class that has it. It is called within JavaScript on behalf of io; a body of
// input is used from then on.
func (p *Platform) TakeRequest(io IOContext, input, init quickjs.Value, method, class string) (*Outgoing, error) {
	describe, err := p.export("fetch", "describeRequest")
	if err != nil {
		return nil, err
	}
	m, err := p.Isolate.String(method)
	if err != nil {
		return nil, err
	}
	on, err := p.Isolate.String(class)
	if err != nil {
		return nil, err
	}
	d, err := describe.Call(quickjs.Value{}, input, init, m, on)
	if err != nil {
		return nil, err
	}
	return p.outgoingRequest(io, d)
}

func (p *Platform) outgoingRequest(io IOContext, d quickjs.Value) (*Outgoing, error) {
	o, lines, err := p.outgoing(io, d)
	if err != nil {
		return nil, err
	}
	o.Method, o.URL, o.Redirect, o.OneTime = lines[0], lines[1], lines[2], lines[3] != ""
	o.Signal, err = keep(d, 2)
	return o, err
}

// Request gives what is sent for a request that was taken apart. Its body is
// read by whoever sends it, from any goroutine; work that takes it from
// JavaScript goes on beside. Call it within JavaScript, or outside with the turn
// held. Reading blocks until JavaScript has more: whoever reads on behalf of an
// object must end its turn meanwhile.
func (o *Outgoing) Request(ctx context.Context) (*http.Request, error) {
	u, err := goURL(o.URL)
	if err != nil {
		return nil, err
	}
	req := (&http.Request{
		Method: o.Method, URL: u, Host: u.Host, Header: o.Header.Clone(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	for _, name := range connectionHeaders {
		req.Header.Del(name)
	}
	switch {
	case !o.HasBody():
	case o.fixed != nil:
		req.ContentLength = int64(len(o.fixed))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o.fixed)), nil }
		req.Body, _ = req.GetBody()
		if len(o.fixed) == 0 {
			req.Body = http.NoBody
		}
	default:
		req.ContentLength = o.Length
		req.Body = o.upload()
	}
	return req, nil
}

// connectionHeaders are of the connection, not of the program.
var connectionHeaders = []string{"Host", "Content-Length", "Transfer-Encoding", "Keep-Alive", "Te", "Trailer", "Proxy-Connection"}

// goURL gives an URL of the platform to net/http, which has other rules.
func goURL(href string) (*url.URL, error) {
	href, _, _ = strings.Cut(href, "#")
	u, err := url.Parse(href)
	if err != nil {
		parsed, ok := parseURL(href, "")
		if !ok {
			return nil, err
		}
		u = &url.URL{Scheme: strings.TrimSuffix(parsed.Protocol(), ":"), Host: parsed.Host()}
		u.Opaque = "//" + parsed.Host() + parsed.Pathname() + parsed.Search()
	}
	u.User = nil
	return u, nil
}

// upload is the body of a request between JavaScript and whoever sends it.
type upload struct {
	mu     sync.Mutex // guards the fields below; never held while anything waits but on more
	more   sync.Cond  // something below has changed
	chunks [][]byte
	queued int
	err    error // after the last chunk; io.EOF at the end
	gone   bool  // nobody reads any more
}

// uploadAhead is how far JavaScript may be ahead of who reads.
const uploadAhead = 256 << 10

// upload starts the work that moves a body out of JavaScript.
func (o *Outgoing) upload() io.ReadCloser {
	if o.reader != nil {
		o.decode()
		o.copying = true
		return o.reader.body
	}
	o.copying = true
	u := &upload{}
	u.more.L = &u.mu
	o.io.Go("upload", func(ctx context.Context) {
		stop := context.AfterFunc(ctx, func() { u.finish(context.Cause(ctx)) })
		defer stop()
		err := o.Copy(ctx, func(p []byte) error { return u.push(ctx, o.io, p) })
		if err == nil {
			err = io.EOF
		}
		u.finish(err)
	})
	return u
}

func (u *upload) push(ctx context.Context, io IOContext, p []byte) error {
	u.mu.Lock()
	gone := u.gone
	if !gone {
		u.chunks = append(u.chunks, bytes.Clone(p))
		u.queued += len(p)
		u.more.Broadcast()
	}
	full := u.queued > uploadAhead
	u.mu.Unlock()
	if gone {
		return errGone
	}
	if w, ok := io.(Waiter); ok && full {
		w.Wait(ctx, func(context.Context) {
			u.mu.Lock()
			defer u.mu.Unlock()
			for u.queued > uploadAhead && !u.gone && u.err == nil {
				u.more.Wait()
			}
		})
	}
	return nil
}

var errGone = &goneError{}

// goneError is the error of a stream whose reader went away.
type goneError struct{}

func (*goneError) Error() string { return "Network connection lost." }

func (u *upload) finish(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err == nil {
		u.err = err
	}
	u.more.Broadcast()
}

// Read gives what JavaScript wrote, and waits for it.
func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.chunks) == 0 && u.err == nil && !u.gone {
		u.more.Wait()
	}
	if len(u.chunks) == 0 {
		if u.err == nil {
			return 0, io.ErrClosedPipe
		}
		return 0, u.err
	}
	n := copy(p, u.chunks[0])
	if u.chunks[0] = u.chunks[0][n:]; len(u.chunks[0]) == 0 {
		u.chunks = u.chunks[1:]
	}
	u.queued -= n
	u.more.Broadcast()
	return n, nil
}

// Close says that nobody reads any more, which cancels the stream.
func (u *upload) Close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.gone = true
	u.more.Broadcast()
	return nil
}
