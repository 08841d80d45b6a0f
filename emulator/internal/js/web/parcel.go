package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Numbers of the platform's objects in the values of calls.
const (
	hostWritable = 2
	hostReadable = 3
	hostRequest  = 5
	hostResponse = 6
)

// Transfer carries the bodies of objects that a call passes, beside its value.
// All of its functions are called within JavaScript.
type Transfer struct {
	IO IOContext
	// Send takes a body out of this context, and gives the number by which the
	// receiver knows it; Receive gives what Send was given elsewhere.
	Send    func(body *Outgoing) (number uint32, err error)
	Receive func(number uint32) (io.ReadCloser, error)
	// Drain gives the number of a sink, and a body of what the receiver writes to
	// it; Fill gives the sink what is written to it here, and calls done within
	// JavaScript once the other side has seen the end.
	Drain func() (number uint32, body io.ReadCloser, err error)
	Fill  func(number uint32, body *Outgoing, done func() error) error
}

// WriteObject writes an object of the platform that calls pass with its body:
// Request, Response and streams. Others it leaves to [Platform.CloneHost]. What is no object of the platform it leaves alone. A body that
// was passed is used from then on (rules 10.12, 10.13, 10.15).
func (p *Platform) WriteObject(w *clone.Writer, v quickjs.Value, t Transfer) (bool, error) {
	switch v.ObjectKind() {
	case quickjs.FunctionObject, quickjs.ProxyObject, quickjs.GlobalObject:
		return false, nil
	}
	class, err := p.classOf(v)
	if err != nil || class == "" {
		return false, err
	}
	switch class {
	case "Response":
		return true, p.writeResponse(w, v, t)
	case "Request":
		return true, p.writeRequest(w, v, t)
	case "ReadableStream":
		return true, p.writeReadable(w, v, t)
	case "WritableStream":
		return true, p.writeWritable(w, v, t)
	}
	return p.CloneHost(w, v)
}

// ReadObject reads what WriteObject wrote; ok is false for other numbers.
func (p *Platform) ReadObject(r *clone.Reader, number uint32, t Transfer) (v quickjs.Value, ok bool, err error) {
	switch number {
	case hostResponse:
		v, err = p.readMessage(r, "makeResponse", t)
	case hostRequest:
		v, err = p.readMessage(r, "makeRequest", t)
	case hostReadable:
		v, err = p.readReadable(r, t)
	case hostWritable:
		v, err = p.readWritable(r, t)
	default:
		return p.ReadHost(r, number)
	}
	return v, true, err
}

func (p *Platform) writeResponse(w *clone.Writer, v quickjs.Value, t Transfer) error {
	if err := unused(v); err != nil {
		return err
	}
	o, err := p.TakeResponse(t.IO, v)
	if err != nil {
		return err
	}
	if o.WebSocket != nil {
		return clone.Unsupported("WebSocket")
	}
	if o.StatusText == "" {
		o.StatusText = http.StatusText(o.Status)
	}
	var head strings.Builder
	followed := ""
	if o.Redirected {
		followed = "1"
	}
	head.WriteString(strconv.Itoa(o.Status) + "\n" + o.StatusText + "\n" + o.URL + "\n" + followed)
	return o.writeMessage(w, hostResponse, &head, t)
}

func (p *Platform) writeRequest(w *clone.Writer, v quickjs.Value, t Transfer) error {
	if err := unused(v); err != nil {
		return err
	}
	o, err := p.TakeRequest(t.IO, v, quickjs.Value{}, "serialize", "Request")
	if err != nil {
		return err
	}
	var head strings.Builder
	head.WriteString(o.Method + "\n" + o.URL + "\n" + o.Redirect)
	return o.writeMessage(w, hostRequest, &head, t)
}

// Kinds of bodies in a message.
const (
	noBody = iota
	bodyInside
	bodyBeside
)

// writeMessage writes a head, and the body or where it is.
func (o *Outgoing) writeMessage(w *clone.Writer, number uint32, head *strings.Builder, t Transfer) error {
	writeHeader(head, o.Header)
	w.Host(number)
	writeText(w, head.String())
	switch {
	case !o.HasBody():
		w.Uint32(noBody)
	case o.fixed != nil:
		w.Uint32(bodyInside)
		w.Uint32(uint32(len(o.fixed)))
		w.Raw(o.fixed)
	default:
		n, err := t.Send(o)
		if err != nil {
			return err
		}
		w.Uint32(bodyBeside)
		w.Uint32(uint32(o.Length + 1)) // 0: not known
		w.Uint32(n)
	}
	return nil
}

// readMessage reads a Request or Response.
func (p *Platform) readMessage(r *clone.Reader, make string, t Transfer) (quickjs.Value, error) {
	head, err := counted(r)
	if err != nil {
		return quickjs.Value{}, err
	}
	at := r.Offset()
	kind, err := r.Uint32()
	if err != nil {
		return quickjs.Value{}, err
	}
	var body io.ReadCloser
	length := int64(-1)
	switch kind {
	case noBody:
	case bodyInside:
		b, err := counted(r)
		if err != nil {
			return quickjs.Value{}, err
		}
		body, length = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	case bodyBeside:
		size, err := r.Uint32()
		if err != nil {
			return quickjs.Value{}, err
		}
		length = int64(size) - 1
		if body, err = p.receive(r, t); err != nil {
			return quickjs.Value{}, err
		}
	default:
		return quickjs.Value{}, r.Errorf(at, "a body of unknown kind %d", kind)
	}
	return p.incoming(t.IO, make, string(head), body, length, "")
}

func (p *Platform) receive(r *clone.Reader, t Transfer) (io.ReadCloser, error) {
	n, err := r.Uint32()
	if err != nil {
		return nil, err
	}
	return t.Receive(n)
}

func (p *Platform) writeReadable(w *clone.Writer, v quickjs.Value, t Transfer) error {
	o, err := p.bodyOf(v, t)
	if err != nil {
		return err
	}
	n, err := t.Send(o)
	if err != nil {
		return err
	}
	w.Host(hostReadable)
	w.Uint32(n)
	return nil
}

// unused refuses a Request or Response whose body was taken already.
func unused(v quickjs.Value) error {
	if used, err := v.Get("bodyUsed"); err != nil || used.Truthy() {
		return errors.Join(err, errLocked)
	}
	body, err := v.Get("body")
	if err != nil || !body.IsObject() {
		return err
	}
	return unlocked(body)
}

func unlocked(stream quickjs.Value) error {
	locked, err := stream.Get("locked")
	if err == nil && locked.Truthy() {
		err = errLocked
	}
	return err
}

var errLocked = quickjs.TypeErrorf("The ReadableStream has been locked to a reader.")

// bodyOf takes a stream as a body.
func (p *Platform) bodyOf(stream quickjs.Value, t Transfer) (*Outgoing, error) {
	if err := unlocked(stream); err != nil {
		return nil, err
	}
	return p.TakeStream(t.IO, stream)
}

func (p *Platform) readReadable(r *clone.Reader, t Transfer) (quickjs.Value, error) {
	body, err := p.receive(r, t)
	if err != nil {
		return quickjs.Value{}, err
	}
	return p.StreamFrom(t.IO, body, -1)
}

func (p *Platform) writeWritable(w *clone.Writer, v quickjs.Value, t Transfer) error {
	n, body, err := t.Drain()
	if err != nil {
		return err
	}
	stream, err := p.StreamFrom(t.IO, body, -1)
	if err != nil {
		return err
	}
	if _, err := p.invoke("fetch", "drain", stream, v); err != nil {
		return err
	}
	w.Host(hostWritable)
	w.Uint32(n)
	return nil
}

func (p *Platform) readWritable(r *clone.Reader, t Transfer) (quickjs.Value, error) {
	n, err := r.Uint32()
	if err != nil {
		return quickjs.Value{}, err
	}
	ends, err := p.invoke("fetch", "sink") // writable, readable, and what tells it that the end was seen
	if err != nil {
		return ends, err
	}
	readable, err := ends.GetIndex(1)
	if err != nil {
		return ends, err
	}
	end, err := ends.GetIndex(2)
	if err != nil {
		return ends, err
	}
	o, err := p.bodyOf(readable, t)
	if err != nil {
		return ends, err
	}
	seen := end.Keep()
	err = t.Fill(n, o, func() error {
		defer seen.Free()
		_, err := seen.Value().Call(quickjs.Value{})
		return err
	})
	if err != nil {
		return ends, err
	}
	return ends.GetIndex(0)
}

// invoke calls a function that a unit returned.
func (p *Platform) invoke(unit, name string, args ...quickjs.Value) (quickjs.Value, error) {
	fn, err := p.export(unit, name)
	if err != nil {
		return fn, err
	}
	return fn.Call(quickjs.Value{}, args...)
}
