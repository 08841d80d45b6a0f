package web

import (
	"io"
	"net/http"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Kind is which of the platform's classes that can be sent elsewhere an object
// is an instance of.
type Kind uint8

// The classes that can be sent; NoKind is any other value.
const (
	NoKind Kind = iota
	RequestKind
	ResponseKind
	HeadersKind
	StreamKind // ReadableStream
)

// KindOf tells which class an object belongs to, subclasses included. It loads
// nothing: of a class that was never touched there are no instances.
func (p *Platform) KindOf(v quickjs.Value) Kind {
	if !v.IsObject() {
		return NoKind
	}
	for _, c := range []struct {
		kind     Kind
		unit, is string
	}{
		{RequestKind, "fetch", "isRequest"}, {ResponseKind, "fetch", "isResponse"}, {HeadersKind, "headers", "is"}, {StreamKind, "streams", "isReadable"},
	} {
		if p.loader.exports[c.unit] == nil {
			continue
		}
		is, err := p.export(c.unit, c.is)
		if err != nil {
			continue
		}
		if yes, err := is.Call(quickjs.Value{}, v); err == nil && yes.Truthy() {
			return c.kind
		}
	}
	return NoKind
}

// IsResponse reports whether v is a Response, also of a subclass.
func (p *Platform) IsResponse(v quickjs.Value) bool { return p.KindOf(v) == ResponseKind }

// TakeStream takes a ReadableStream for [Outgoing.Copy]: it is locked from then
// on. One that is locked already is a TypeError.
func (p *Platform) TakeStream(io IOContext, v quickjs.Value) (*Outgoing, error) {
	describe, err := p.export("fetch", "describeStream")
	if err != nil {
		return nil, err
	}
	d, err := describe.Call(quickjs.Value{}, v)
	if err != nil {
		return nil, err
	}
	o, _, err := p.outgoing(io, d)
	return o, err
}

// StreamFrom makes a ReadableStream of bytes, on behalf of io, that gives what
// body gives and closes it. length is -1 if it is not known. Reads take no turn
// while they wait.
func (p *Platform) StreamFrom(io IOContext, body io.ReadCloser, length int64) (quickjs.Value, error) {
	from, err := p.export("streams", "fromReader")
	if err != nil {
		return quickjs.Value{}, err
	}
	reader, err := p.newReader(io, body, "")
	if err != nil {
		return quickjs.Value{}, err
	}
	if length < 0 {
		return from.Call(quickjs.Value{}, reader)
	}
	return from.Call(quickjs.Value{}, reader, p.Isolate.Number(float64(length)))
}

// TakeHeaders copies a Headers object.
func (p *Platform) TakeHeaders(v quickjs.Value) (http.Header, error) {
	text, err := p.export("headers", "text")
	if err != nil {
		return nil, err
	}
	lines, err := text.Call(quickjs.Value{}, v)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	addLines(h, strings.Split(scalar(lines.String()), "\n"))
	return h, nil
}

// HeadersFrom makes a Headers object.
func (p *Platform) HeadersFrom(h http.Header) (quickjs.Value, error) {
	from, err := p.export("headers", "fromText")
	if err != nil {
		return quickjs.Value{}, err
	}
	var b strings.Builder
	writeHeader(&b, h)
	text, err := p.Isolate.String(strings.TrimPrefix(b.String(), "\n"))
	if err != nil {
		return quickjs.Value{}, err
	}
	return from.Call(quickjs.Value{}, text)
}

// addLines adds names and values, in turn, to h.
func addLines(h http.Header, lines []string) {
	for n := 0; n+1 < len(lines); n += 2 {
		name := http.CanonicalHeaderKey(lines[n])
		h[name] = append(h[name], lines[n+1])
	}
}

// RequestFrom makes a Request of what [Platform.TakeRequest] took apart
// elsewhere, with the given body or nil, on behalf of io. cf is undefined or its
// property of that name.
func (p *Platform) RequestFrom(io IOContext, o *Outgoing, body io.ReadCloser, cf quickjs.Value) (quickjs.Value, error) {
	var head strings.Builder
	head.WriteString(o.Method + "\n" + o.URL + "\n" + o.Redirect)
	writeHeader(&head, o.Header)
	return p.incoming(io, "makeRequest", head.String(), body, o.Length, "", cf)
}
