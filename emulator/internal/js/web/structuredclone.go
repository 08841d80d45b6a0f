package web

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// structuredClone(value, transfer) copies a value.
func (p *Platform) structuredClone(c *quickjs.Call) (quickjs.Value, error) {
	o := p.CloneOptions()
	n, _, _ := c.Arg(1).Elements()
	for k := range n {
		v, err := c.Arg(1).GetIndex(int(k))
		if err != nil {
			return v, err
		}
		o.Transfer = append(o.Transfer, v)
	}
	data, err := clone.Marshal(c.Arg(0), o)
	if err != nil {
		return quickjs.Value{}, p.CloneError(err)
	}
	return clone.Unmarshal(c.Isolate, data, o)
}

// CloneOptions says how this platform clones values: with its own objects, and
// errors in the form that its compatibility flags ask for.
func (p *Platform) CloneOptions() clone.Options {
	return clone.Options{
		PlainErrors: !p.enabled("enhanced_error_serialization", "legacy_error_serialization", "2026-04-21"),
		Host:        p.cloneHost, ReadHost: p.readHost,
	}
}

// CloneError turns what package clone refuses into the DataCloneError that
// JavaScript sees; other errors stay as they are.
func (p *Platform) CloneError(err error) error {
	var refused *clone.Error
	if !errors.As(err, &refused) {
		return err
	}
	v, made := p.domException(refused.Message, "DataCloneError")
	if made != nil {
		return made
	}
	return v.Throw()
}

// domException makes a DOMException.
func (p *Platform) domException(message, name string) (quickjs.Value, error) {
	class, err := p.export("events", "DOMException")
	if err != nil {
		return class, err
	}
	m, err := p.Isolate.String(message)
	if err != nil {
		return m, err
	}
	n, err := p.Isolate.String(name)
	if err != nil {
		return n, err
	}
	return class.New(m, n)
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

// cloneHost writes objects of the platform.
func (p *Platform) cloneHost(w *clone.Writer, v quickjs.Value) (bool, error) {
	switch v.ObjectKind() {
	case quickjs.FunctionObject, quickjs.ProxyObject, quickjs.GlobalObject:
		return false, nil
	}
	name, err := p.classOf(v)
	if err != nil || name == "" {
		return false, err
	}
	if name != "DOMException" {
		return false, clone.Unsupported(name)
	}
	w.Host(v8value.HostDOMException)
	for _, key := range []string{"name", "message", "stack"} {
		part, err := v.Get(key)
		if err != nil {
			return false, err
		}
		text, err := part.Text()
		if err != nil {
			return false, err
		}
		text = scalar(text)
		w.Uint32(uint32(len(text)))
		w.Raw([]byte(text))
	}
	return true, nil
}

// readHost reads what cloneHost and the real runtime write.
func (p *Platform) readHost(r *clone.Reader, number uint32) (v quickjs.Value, ok bool, err error) {
	if number != v8value.HostDOMException {
		return v, false, nil
	}
	var parts [3]string
	for n := range parts {
		size, err := r.Uint32()
		if err != nil {
			return v, false, err
		}
		b, err := r.Raw(size)
		if err != nil {
			return v, false, err
		}
		parts[n] = string(b)
	}
	if v, err = p.domException(parts[1], parts[0]); err != nil {
		return v, false, err
	}
	stack, err := p.Isolate.String(parts[2])
	if err != nil {
		return v, false, err
	}
	return v, true, v.Define("stack", quickjs.Property{Value: stack, Writable: true, Enumerable: true, Configurable: true})
}
