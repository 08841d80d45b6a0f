package actor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// fetch is a message to an object's fetch handler.
type fetch struct {
	req      *http.Request
	buffered bool // its body lies in memory
	res      *response
}

func (m *fetch) label() string { return "fetch " + m.req.Method + " " + m.req.URL.Path }

// Fetch sends a request and gives the response when its head leaves the
// object. The caller's own context does not reach the handler (rule 2.38).
func (st *stub) Fetch(req *http.Request) (*http.Response, error) {
	p, err := send(req.Context(), st, newFetch(req))
	return (&exchange{st, req, p, err}).Wait(req.Context())
}

// StartFetch implements [host.Stub].
func (st *stub) StartFetch(req *http.Request) host.Exchange {
	p, ev, err := start(st, newFetch(req), st.caller)
	if err == nil && ev != nil {
		ev.calls = append(ev.calls, p)
	}
	return &exchange{st, req, p, err}
}

func newFetch(req *http.Request) *fetch {
	return &fetch{req: inward(req), buffered: req.GetBody != nil}
}

// exchange is a request on its way; it implements [host.Exchange].
type exchange struct {
	st  *stub
	req *http.Request
	p   *pending
	err error // it never left
}

func (x *exchange) Wait(ctx context.Context) (*http.Response, error) {
	if x.err != nil {
		return nil, x.err
	}
	st, req := x.st, x.req
	r, err := x.p.wait(ctx)
	switch {
	case err != nil:
		return nil, err
	case r.err != nil && r.reset && !bareInternal(r.err):
		return nil, remote(r.err)
	case r.err != nil:
		return nil, r.err
	}
	res := r.value.(*http.Response)
	res.Request = req
	switch b := res.Body.(type) {
	case *body:
		b.ctx, b.caller = ctx, st.callerIn(ctx)
	case *upgraded:
		b.arrived(st.callerIn(ctx))
	}
	return res, nil
}

// inward copies a request for the object: its own headers, a normalized URL,
// nothing of the caller's context (rules 11.3 to 11.6).
func inward(req *http.Request) *http.Request {
	u := *req.URL
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	u.Fragment, u.RawFragment, u.User = "", "", nil
	u.RawQuery = encodeQuery(u.RawQuery)
	if u.Path == "" {
		u.Path = "/"
	}
	if h, port, ok := strings.Cut(u.Host, ":"); ok && (u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443") {
		u.Host = h
	}
	method := strings.ToUpper(req.Method)
	if method == "" {
		method = http.MethodGet
	}
	out := &http.Request{
		Method: method, URL: clean(&u), Host: u.Host, Header: req.Header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, ContentLength: req.ContentLength, TransferEncoding: req.TransferEncoding,
	}
	if out.Header == nil {
		out.Header = http.Header{}
	}
	for _, values := range out.Header {
		for i, v := range values {
			values[i] = strings.Trim(v, " \t")
		}
	}
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = req.Body
		if req.ContentLength > 0 {
			out.Header.Set("Content-Length", strconv.FormatInt(req.ContentLength, 10))
		}
	}
	out.RequestURI = out.URL.RequestURI()
	return out
}

// encodeQuery encodes what a query may not contain; net/url leaves it alone.
func encodeQuery(q string) string {
	raw := func(c byte) bool { return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '<' && c != '>' }
	if strings.IndexFunc(q, func(r rune) bool { return r >= 0x7f || !raw(byte(r)) }) < 0 {
		return q
	}
	var b strings.Builder
	for i := range len(q) {
		if c := q[i]; raw(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// clean resolves dot segments.
func clean(u *url.URL) *url.URL {
	if !strings.Contains(u.Path, "/.") {
		return u
	}
	return u.ResolveReference(&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery, ForceQuery: u.ForceQuery})
}

func (m *fetch) run(a *Actor, ev *event) result {
	m.res = &response{ev: ev, header: http.Header{}, head: m.req.Method == http.MethodHead, upgrade: asksForSocket(m.req)}
	req := m.req.WithContext(ev.context())
	if req.Body != http.NoBody {
		req.Body = readInside(a, m.req.Body, m.buffered)
	}
	res := a.protect(ev, func() result {
		a.inst.Fetch(m.res, req)
		return result{}
	})
	if req.Body != http.NoBody {
		m.req.Body.Close()
	}
	if res.err != nil {
		res.err = remote(res.err)
		m.res.fail(res.err)
		return res
	}
	return m.res.end()
}

// readInside gives a body to code of an object, whoever else had it before.
func readInside(a *Actor, r io.ReadCloser, buffered bool) io.ReadCloser {
	switch r := r.(type) {
	case *insideReader:
		return &insideReader{a, r.r, r.buffered}
	case *body:
		return &body{pipe: r.pipe, caller: a}
	}
	return &insideReader{a, r, buffered}
}

// insideReader is a body from outside as an object reads it: every Read ends
// the turn, since what comes from outside has to be waited for (rule 3.3). What
// lies in memory is read in the next turn; only for others is the baton given
// away, so that the order of events repeats.
type insideReader struct {
	caller   *Actor
	r        io.ReadCloser
	buffered bool
}

func (b *insideReader) Read(p []byte) (n int, err error) {
	if err := b.caller.holds(); err != nil {
		return 0, err
	}
	ev := b.caller.s.current.Load()
	if b.buffered {
		if err := ev.yield(wait{what: "its next turn"}, b.caller.s.pushLocked); err != nil {
			return 0, err
		}
		return b.r.Read(p)
	}
	rerr := ev.await(func() error {
		n, err = b.r.Read(p)
		return nil
	})
	if rerr != nil {
		return 0, rerr
	}
	return n, err
}

func (b *insideReader) Close() error { return b.r.Close() }

// flushSize is how much a response buffers before it is sent on.
const flushSize = 64 << 10

// response is the [http.ResponseWriter] of a fetch event. What is written
// leaves after the commit of the turn that wrote it. It belongs to the turn.
type response struct {
	ev     *event
	header http.Header
	status int
	text   string // of the status; "" is the usual one
	head   bool   // the request was a HEAD: no body
	buf    bytes.Buffer
	body   *pipe // once the head has left
	ended  bool

	upgrade bool // the request asks for a WebSocket
	socket  *end // the response is a handshake
}

func (w *response) Header() http.Header { return w.header }

// SetStatusText sets what [http.ResponseWriter] has no method for.
func (w *response) SetStatusText(text string) { w.text = text }

// WriteHeader sets the status. What is no status of a response is a RangeError
// (rule 9.6); informational ones are dropped.
func (w *response) WriteHeader(status int) {
	switch {
	case w.status != 0 || status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
	case status < 200 || status > 599:
		panic(&durable.Error{Name: "RangeError", Message: "Responses may only be constructed with status codes in the range 200 to 599, inclusive."})
	default:
		w.status = status
	}
}

func (w *response) Write(p []byte) (int, error) {
	switch {
	case w.ended:
		return 0, http.ErrHandlerTimeout
	case w.ev.actor.holds() != nil:
		return 0, durable.ErrNoTurn
	}
	w.WriteHeader(http.StatusOK)
	if nullBody(w.status) || w.socket != nil {
		return 0, http.ErrBodyNotAllowed
	}
	if w.head {
		return len(p), nil
	}
	n, err := w.buf.Write(p)
	if err == nil && w.buf.Len() >= flushSize {
		err = w.FlushError()
	}
	return n, err
}

func nullBody(status int) bool {
	return status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
}

// Flush commits the turn's writes, sends what was written and ends the turn.
func (w *response) Flush() { _ = w.FlushError() } // for http.Flusher; ResponseController asks FlushError

// FlushError is Flush with its error.
func (w *response) FlushError() error {
	if w.ended {
		return nil
	}
	if err := w.ev.actor.holds(); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	ev := w.ev.actor.s.current.Load() // or a task of the event's
	if w.socket != nil {
		w.ended = true
		return ev.yield(wait{what: "its next turn"}, func(e *entry) {
			w.ev.settleLocked(w.sendSocketLocked())
			ev.actor.s.pushLocked(e)
		})
	}
	return ev.yield(wait{what: "the reader of its response"}, func(e *entry) {
		w.sendHeadLocked()
		w.body.writeLocked(w.buf.Bytes(), e)
		w.buf.Reset()
	})
}

// sendHeadLocked gives the caller its response with a body that is still
// written.
func (w *response) sendHeadLocked() {
	if w.body != nil {
		return
	}
	w.body = &pipe{s: w.ev.actor.s, label: w.ev.name()}
	w.ev.streaming = w.body
	w.ev.settleLocked(result{value: w.httpResponse(&body{pipe: w.body}, -1)})
}

func (w *response) httpResponse(body io.ReadCloser, length int64) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + cmp.Or(w.text, statusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header.Clone(), Body: body, ContentLength: length,
	}
}

// statusText is the runtime's text of a status, for which Go has another one in
// some places, and none for unknown ones.
func statusText(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return "Payload Too Large"
	case http.StatusRequestURITooLong:
		return "URI Too Long"
	case http.StatusRequestedRangeNotSatisfiable:
		return "Range Not Satisfiable"
	case http.StatusTooEarly:
		return "Client Error"
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return [...]string{2: "Successful", 3: "Redirection", 4: "Client Error", 5: "Server Error"}[status/100]
}

// end gives the result of a handler that has returned.
func (w *response) end() result {
	if w.socket != nil {
		return w.sendSocket()
	}
	w.ended = true
	w.WriteHeader(http.StatusOK)
	if w.body == nil {
		body := io.ReadCloser(http.NoBody)
		if w.buf.Len() > 0 {
			body = io.NopCloser(bytes.NewReader(w.buf.Bytes()))
		}
		return result{value: w.httpResponse(body, int64(w.buf.Len()))}
	}
	w.ev.last = func(err error) { w.body.finishLocked(w.buf.Bytes(), err) }
	return result{}
}

// fail makes the reader of a body that has begun fail (rule 11.17).
func (w *response) fail(err error) {
	w.ended = true
	w.dropSocket()
	if w.body != nil {
		w.ev.last = func(error) { w.body.finishLocked(nil, err) }
	}
}

// Hijack is refused: a WebSocket is accepted through the object's State.
func (w *response) Hijack() error {
	return errors.New("durable: a response of an object cannot be hijacked")
}
