package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Outgoing is a Request or Response of JavaScript on its way out: a head, and
// at most one of Text, Bytes, Reader and a stream of JavaScript, see [Outgoing.Body].
// It belongs to whoever holds the turn.
type Outgoing struct {
	Status     int    // of a response
	StatusText string // of a response; "" is the usual one
	Encoded    bool   // the body is encoded as Content-Encoding says: encodeBody is "manual"
	URL        string
	Redirected bool
	Method     string // of a request
	Redirect   string // of a request: "follow" or "manual"
	OneTime    bool   // the body of a request is a stream, so that it cannot be sent again
	Header     http.Header
	Length     int64 // of the body; -1 if it is not known
	// CF and WebSocket are properties of the same name, Signal that of a request; undefined if there are none.
	CF, WebSocket, Signal *quickjs.Ref

	platform *Platform
	io       IOContext
	fixed    []byte       // body that is there
	reader   *bodyReader  // body that Go has
	stream   *quickjs.Ref // reader of a stream of JavaScript
	copying  bool         // the body is being sent
}

// HasBody reports whether there is a body, which may be empty.
func (o *Outgoing) HasBody() bool { return o.fixed != nil || o.reader != nil || o.stream != nil }

// Free gives up what is kept of JavaScript and the body, unless it is being
// sent. Calling it twice is fine. Sending the body does it as well.
func (o *Outgoing) Free() {
	for _, ref := range []*quickjs.Ref{o.CF, o.WebSocket, o.Signal} {
		if ref != nil {
			ref.Free()
		}
	}
	if o.copying {
		return
	}
	if o.stream != nil {
		o.stream.Free()
	}
	if o.reader != nil {
		o.reader.close()
	}
}

// TakeResponse takes a Response apart, whose body is used from then on. It is
// called within JavaScript on behalf of io; what is no Response is a TypeError.
func (p *Platform) TakeResponse(io IOContext, v quickjs.Value) (*Outgoing, error) {
	describe, err := p.export("fetch", "describeResponse")
	if err != nil {
		return nil, err
	}
	d, err := describe.Call(quickjs.Value{}, v)
	if err != nil {
		return nil, err
	}
	o, lines, err := p.outgoing(io, d)
	if err != nil {
		return nil, err
	}
	o.Status, _ = strconv.Atoi(lines[0])
	o.StatusText, o.Encoded, o.URL, o.Redirected = lines[1], lines[2] == "manual", lines[3], lines[4] != ""
	if o.WebSocket, err = keep(d, 2); err != nil {
		return nil, err
	}
	return o, nil
}

// headLines is how many lines stand before the headers.
const headLines = 5

// outgoing reads what requests and responses have in common of a description:
// head, cf, signal or socket, and the body as kind, value and length.
func (p *Platform) outgoing(io IOContext, d quickjs.Value) (*Outgoing, []string, error) {
	o := &Outgoing{platform: p, io: io, Length: -1, Header: http.Header{}}
	head, err := d.GetIndex(0)
	if err != nil {
		return nil, nil, err
	}
	lines := strings.Split(scalar(head.String()), "\n")
	if len(lines) < headLines {
		return nil, nil, fmt.Errorf("the head has %d lines", len(lines))
	}
	addLines(o.Header, lines[headLines:])
	if o.CF, err = keep(d, 1); err != nil {
		return nil, nil, err
	}
	return o, lines, o.takeBody(d)
}

func (o *Outgoing) takeBody(d quickjs.Value) error {
	kind, err := d.GetIndex(3)
	if err != nil {
		return err
	}
	v, err := d.GetIndex(4)
	if err != nil {
		return err
	}
	length, err := d.GetIndex(5)
	if err != nil {
		return err
	}
	switch kind.String() {
	case "none":
		return nil
	case "text":
		o.fixed = append([]byte{}, scalar(v.String())...)
	case "bytes":
		if o.fixed, err = v.Bytes(); err != nil {
			return err
		}
	case "reader":
		if o.reader, err = o.platform.reader(v); err != nil {
			return err
		}
		// The object's finalizer must not close what goes on being read.
		o.reader = o.reader.moved()
	default:
		o.stream = v.Keep()
	}
	if o.fixed != nil {
		o.Length = int64(len(o.fixed))
	} else if !length.IsUndefined() {
		n, err := length.Float()
		if err != nil {
			return err
		}
		o.Length = int64(n)
	}
	return nil
}

// moved gives a reader with the body of r, which is over for r.
func (r *bodyReader) moved() *bodyReader {
	m := &bodyReader{io: r.io, body: r.body, encoding: r.encoding, buffer: r.buffer, closed: r.closed}
	r.closed = true
	return m
}

// keep keeps an element of an array, unless it is undefined or null.
func keep(array quickjs.Value, n int) (*quickjs.Ref, error) {
	v, err := array.GetIndex(n)
	if err != nil || v.IsNullish() {
		return nil, err
	}
	return v.Keep(), nil
}

// Copy calls write with each piece of the body until its end. It is called by
// work that io runs, outside of JavaScript, and ends the turn where it must
// wait for a piece. An error of write cancels the stream with it as reason; the
// pieces are good until write returns.
func (o *Outgoing) Copy(ctx context.Context, write func(p []byte) error) error {
	o.copying = true
	defer func() {
		o.copying = false
		o.Free()
	}()
	switch {
	case o.fixed != nil:
		if len(o.fixed) == 0 {
			return nil
		}
		return write(o.fixed)
	case o.reader != nil:
		defer o.reader.close()
		for {
			chunk, err := o.reader.next(chunkSize)
			if chunk == nil || err != nil {
				return err
			}
			if err := write(chunk); err != nil {
				return err
			}
		}
	case o.stream != nil:
		return o.copyStream(ctx, write)
	}
	return nil
}

func (o *Outgoing) copyStream(ctx context.Context, write func(p []byte) error) error {
	for {
		var chunk []byte
		err := o.io.Await(ctx, func() (quickjs.Value, error) {
			next, err := o.platform.export("fetch", "next")
			if err != nil {
				return quickjs.Value{}, err
			}
			return next.Call(quickjs.Value{}, o.stream.Value())
		}, func(v quickjs.Value) (err error) {
			if !v.IsUndefined() {
				chunk, err = v.Bytes()
			}
			return err
		})
		if chunk == nil || err != nil {
			return err
		}
		if err := write(chunk); err != nil {
			return errors.Join(err, o.cancel(ctx, err))
		}
	}
}

// cancel tells a stream that nobody reads it any more.
func (o *Outgoing) cancel(ctx context.Context, cause error) error {
	return o.io.Run(ctx, func() error {
		cancel, err := o.platform.export("fetch", "cancel")
		if err != nil {
			return err
		}
		reason, err := o.platform.thrown(cause)
		if err != nil {
			return err
		}
		_, err = cancel.Call(quickjs.Value{}, o.stream.Value(), reason)
		return err
	})
}

// Respond writes a Response: status, headers and body, each piece of which is
// flushed as it comes. It is called by work that io runs, outside of
// JavaScript. A Response whose body was used, and Response.error(), is a
// TypeError, before anything is written; a failure later, of the stream or of w, ends the body in the middle,
// and its error is returned: the caller cuts the connection. w may refuse status 101: connections that are upgraded are the
// caller's, see [Outgoing.WebSocket].
func (p *Platform) Respond(ctx context.Context, io IOContext, w http.ResponseWriter, response *quickjs.Ref) error {
	var o *Outgoing
	err := io.Run(ctx, func() (err error) {
		o, err = p.TakeResponse(io, response.Value())
		return err
	})
	if err != nil {
		return err
	}
	if o.Status == 0 {
		o.Free()
		return quickjs.TypeErrorf("Return value from serve handler must not be an error response (like Response.error())") // rule 11.15
	}
	return o.WriteTo(ctx, w)
}

// WriteTo writes a response, see [Platform.Respond].
func (o *Outgoing) WriteTo(ctx context.Context, w http.ResponseWriter) error {
	h := w.Header()
	for name, values := range o.Header {
		h[name] = values
	}
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // nothing is guessed
	}
	h.Del("Transfer-Encoding")
	if o.reader == nil || !decodes(o.reader.encoding) { // else it goes on as it came
		h.Del("Content-Length")
	}
	if o.Length >= 0 && o.HasBody() && !bodyless(o.Status) {
		h.Set("Content-Length", strconv.FormatInt(o.Length, 10))
	}
	if !o.HasBody() && !bodyless(o.Status) {
		h.Set("Content-Length", "0")
	}
	o.decode()
	if t, ok := w.(interface{ SetStatusText(string) }); ok {
		t.SetStatusText(o.StatusText)
	}
	out := io.Writer(w)
	encoder := o.encoder(w)
	if encoder != nil {
		h.Del("Content-Length")
		out = encoder
	}
	w.WriteHeader(o.Status)
	flusher := http.NewResponseController(w)
	err := o.Copy(ctx, func(p []byte) error {
		if _, err := out.Write(p); err != nil {
			return err
		}
		if o.stream == nil && o.reader == nil {
			return nil
		}
		if encoder != nil {
			if err := encoder.Flush(); err != nil {
				return err
			}
		}
		if err := flusher.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		return nil
	})
	if encoder != nil && err == nil {
		err = encoder.Close()
	}
	return err
}

func bodyless(status int) bool {
	return status < 200 || status == 204 || status == 205 || status == 304
}

// ResponseFrom makes a Response of one that came to Go, such as an answer of
// another object, on behalf of io. It is called within JavaScript; the body
// streams. An answer that switches protocols gets its webSocket from the
// caller: pass the value, or undefined.
func (p *Platform) ResponseFrom(io IOContext, resp *http.Response, url string, redirected bool, webSocket quickjs.Value) (quickjs.Value, error) {
	var head strings.Builder
	_, text, _ := strings.Cut(resp.Status, " ")
	followed := ""
	if redirected {
		followed = "1"
	}
	head.WriteString(strconv.Itoa(resp.StatusCode) + "\n" + text + "\n" + url + "\n" + followed)
	writeHeader(&head, resp.Header)
	body := resp.Body
	length := resp.ContentLength
	if body != nil && (body == http.NoBody || bodyless(resp.StatusCode)) {
		_ = body.Close()
		body = nil
	}
	encoding := resp.Header.Get("Content-Encoding")
	if decodes(encoding) {
		length = -1 // of what JavaScript sees
	}
	return p.incoming(io, "makeResponse", head.String(), body, length, encoding, quickjs.Value{}, webSocket)
}

// incoming calls makeRequest or makeResponse.
func (p *Platform) incoming(io IOContext, what, head string, body io.ReadCloser, length int64, encoding string, extra ...quickjs.Value) (quickjs.Value, error) {
	make, err := p.export("fetch", what)
	if err != nil {
		return quickjs.Value{}, err
	}
	text, err := p.Isolate.String(head)
	if err != nil {
		return quickjs.Value{}, err
	}
	reader, err := p.newReader(io, body, encoding)
	if err != nil {
		return quickjs.Value{}, err
	}
	return make.Call(quickjs.Value{}, append([]quickjs.Value{text, reader, p.Isolate.Number(float64(length))}, extra...)...)
}

// writeHeader adds lines of names, in lower case, and values.
func writeHeader(b *strings.Builder, h http.Header) {
	for name, values := range h {
		lower := strings.ToLower(name)
		for _, v := range values {
			b.WriteString("\n" + lower + "\n" + v)
		}
	}
}
