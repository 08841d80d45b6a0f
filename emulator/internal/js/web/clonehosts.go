package web

import (
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Numbers of the platform's types in the format, by name.
var hostNumbers = map[string]uint32{
	"Headers": v8value.HostHeaders, "Request": 5, "Response": 6, "DOMException": v8value.HostDOMException, "Blob": v8value.HostBlob,
}

// streamed are the classes that calls alone may pass.
var streamed = []string{"ReadableStream", "WritableStream"}

// headerNames are the names of headers that the format has numbers for, from 1.
var headerNames = strings.Fields("accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control " +
	"content-disposition content-encoding content-language content-length content-location content-range content-type cookie date etag " +
	"expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified " +
	"link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after server " +
	"set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate")

// mutable is the guard of Headers that scripts made.
const mutable = 3

// CloneHost writes an object of the platform, for [clone.Options.Host]: rules 5.36
// and 5.37.
func (p *Platform) CloneHost(w *clone.Writer, v quickjs.Value) (bool, error) {
	if p.Options.CloneHost != nil {
		if ok, err := p.Options.CloneHost(w, v); ok || err != nil {
			return ok, err
		}
	}
	switch v.ObjectKind() {
	case quickjs.FunctionObject, quickjs.ProxyObject, quickjs.GlobalObject:
		return false, nil
	case quickjs.HostObject:
		return false, clone.Unsupported(clone.ClassName(v))
	}
	name, err := p.classOf(v)
	if err != nil || name == "" {
		return false, err
	}
	number, ok := hostNumbers[name]
	switch {
	case name == "AbortSignal":
		return false, &clone.Error{Message: "AbortSignal serialization is not enabled."}
	case slices.Contains(streamed, name):
		return false, &clone.Error{Message: name + " can only be serialized for RPC."}
	case !ok:
		return false, clone.Unsupported(name)
	}
	var parts []quickjs.Value
	if name != "DOMException" {
		if parts, err = p.cloneParts(name, v); err != nil {
			return false, err
		}
	}
	w.Host(number)
	switch name {
	case "DOMException":
		return true, writeDOMException(w, v)
	case "Headers":
		writeHeaders(w, parts)
		return true, nil
	case "Blob":
		writeText(w, parts[0].String())
		return true, parts[1].WithBytes(func(b []byte) {
			w.Uint32(uint32(len(b)))
			w.Raw(b)
		})
	case "Request":
		writeText(w, scalar(parts[0].String()))
		return true, w.Write(parts[1])
	}
	if err := w.Write(parts[0]); err != nil {
		return false, err
	}
	return true, w.Write(parts[1])
}

// cloneParts asks the unit clonehosts what an object is made of.
func (p *Platform) cloneParts(name string, v quickjs.Value) ([]quickjs.Value, error) {
	take, err := p.export("clonehosts", "take")
	if err != nil {
		return nil, err
	}
	class, err := p.Isolate.String(name)
	if err != nil {
		return nil, err
	}
	list, err := take.Call(quickjs.Value{}, class, v)
	if err != nil {
		return nil, err
	}
	n, _, _ := list.Elements()
	parts := make([]quickjs.Value, n)
	for k := range parts {
		if parts[k], err = list.GetIndex(k); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func writeText(w *clone.Writer, text string) {
	w.Uint32(uint32(len(text)))
	w.Raw([]byte(text))
}

func writeDOMException(w *clone.Writer, v quickjs.Value) error {
	for _, key := range []string{"name", "message", "stack"} {
		part, err := v.Get(key)
		if err != nil {
			return err
		}
		text, err := part.Text()
		if err != nil {
			return err
		}
		writeText(w, scalar(text))
	}
	return nil
}

// writeHeaders writes names and values in turn: those with numbers first.
func writeHeaders(w *clone.Writer, parts []quickjs.Value) {
	type header struct {
		number      int
		name, value string
	}
	var list []header
	for n := 0; n+1 < len(parts); n += 2 {
		name := scalar(parts[n].String())
		list = append(list, header{slices.Index(headerNames, name) + 1, name, scalar(parts[n+1].String())})
	}
	slices.SortStableFunc(list, func(a, b header) int {
		if (a.number == 0) != (b.number == 0) {
			return b2i(a.number == 0) - b2i(b.number == 0)
		}
		return a.number - b.number
	})
	w.Uint32(mutable)
	w.Uint32(uint32(len(list)))
	for _, h := range list {
		w.Uint32(uint32(h.number))
		if h.number == 0 {
			writeText(w, h.name)
		}
		writeText(w, h.value)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ReadHost reads what CloneHost and the real runtime write, for
// [clone.Options.ReadHost].
func (p *Platform) ReadHost(r *clone.Reader, number uint32) (v quickjs.Value, ok bool, err error) {
	var name string
	var parts []quickjs.Value
	switch number {
	case v8value.HostDOMException:
		v, err = p.readDOMException(r)
		return v, true, err
	case v8value.HostHeaders:
		name = "Headers"
		parts, err = p.readHeaders(r)
	case v8value.HostBlob:
		name = "Blob"
		parts, err = p.readBlob(r)
	case hostNumbers["Request"]:
		name = "Request"
		parts, err = p.readTexts(r, 1)
	case hostNumbers["Response"]:
		name = "Response"
		parts, err = p.readValues(r, 1)
	default:
		return v, false, nil
	}
	if err == nil && (name == "Request" || name == "Response") {
		var init []quickjs.Value
		init, err = p.readValues(r, 1)
		parts = append(parts, init...)
	}
	if err != nil {
		return v, false, err
	}
	v, err = p.cloneMake(name, parts)
	return v, true, err
}

// cloneMake makes an object of parts that were read.
func (p *Platform) cloneMake(name string, parts []quickjs.Value) (quickjs.Value, error) {
	build, err := p.export("clonehosts", "make")
	if err != nil {
		return build, err
	}
	class, err := p.Isolate.String(name)
	if err != nil {
		return class, err
	}
	return build.Call(quickjs.Value{}, append([]quickjs.Value{class}, parts...)...)
}

// readTexts reads texts that stand behind their lengths.
func (p *Platform) readTexts(r *clone.Reader, n int) ([]quickjs.Value, error) {
	out := make([]quickjs.Value, n)
	for k := range out {
		b, err := counted(r)
		if err != nil {
			return nil, err
		}
		if out[k], err = p.Isolate.String(string(b)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *Platform) readValues(r *clone.Reader, n int) ([]quickjs.Value, error) {
	out := make([]quickjs.Value, n)
	for k := range out {
		v, err := r.Read()
		if err != nil {
			return nil, err
		}
		out[k] = v
	}
	return out, nil
}

func counted(r *clone.Reader) ([]byte, error) {
	n, err := r.Uint32()
	if err != nil {
		return nil, err
	}
	return r.Raw(n)
}

func (p *Platform) readBlob(r *clone.Reader) ([]quickjs.Value, error) {
	parts, err := p.readTexts(r, 1)
	if err != nil {
		return nil, err
	}
	b, err := counted(r)
	if err != nil {
		return nil, err
	}
	bytes, err := p.Isolate.Uint8Array(b)
	return append(parts, bytes), err
}

func (p *Platform) readHeaders(r *clone.Reader) ([]quickjs.Value, error) {
	if _, err := r.Uint32(); err != nil { // the guard
		return nil, err
	}
	n, err := r.Uint32()
	if err != nil {
		return nil, err
	}
	var parts []quickjs.Value
	for range n {
		at := r.Offset()
		number, err := r.Uint32()
		if err != nil {
			return nil, err
		}
		if number > uint32(len(headerNames)) {
			return nil, r.Errorf(at, "there is no header with the number %d", number)
		}
		texts := 2
		if number > 0 {
			texts = 1
			name, err := p.Isolate.String(headerNames[number-1])
			if err != nil {
				return nil, err
			}
			parts = append(parts, name)
		}
		more, err := p.readTexts(r, texts)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

func (p *Platform) readDOMException(r *clone.Reader) (quickjs.Value, error) {
	parts, err := p.readTexts(r, 3)
	if err != nil {
		return quickjs.Value{}, err
	}
	v, err := p.domException(parts[1].String(), parts[0].String())
	if err != nil {
		return v, err
	}
	return v, v.Define("stack", quickjs.Property{Value: parts[2], Writable: true, Enumerable: true, Configurable: true})
}

// classOf is the name of the platform's class of an object, or "".
func (p *Platform) classOf(v quickjs.Value) (string, error) {
	fn, err := p.export("core", "classOf")
	if err != nil {
		return "", err
	}
	name, err := fn.Call(quickjs.Value{}, v)
	if err != nil || name.IsUndefined() {
		return "", err
	}
	return name.String(), nil
}
