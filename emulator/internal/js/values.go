package js

import (
	"cmp"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

func marshalGo(v any) ([]byte, error)        { return v8value.Marshal(v) }
func unmarshalGo(data []byte, dst any) error { return v8value.Unmarshal(data, dst) }

// marshal and unmarshal are for values without references.
func marshal(v quickjs.Value) ([]byte, error) { return clone.Marshal(v, clone.Options{}) }

func unmarshal(iso *quickjs.Isolate, data []byte) (quickjs.Value, error) {
	if data == nil {
		return quickjs.Value{}, nil
	}
	return clone.Unmarshal(iso, data, clone.Options{})
}

// jsValue gives JavaScript a value of Go's.
func jsValue(iso *quickjs.Isolate, v any) (quickjs.Value, error) {
	data, err := marshalGo(v)
	if err != nil {
		return quickjs.Value{}, err
	}
	return unmarshal(iso, data)
}

// cloneError makes the DOMException that stands for a value that cannot be
// cloned.
func (w *Worker) cloneError(err error) error {
	var e *clone.Error
	if !errors.As(err, &e) {
		return err
	}
	v, verr := w.domException(e.Message, "DataCloneError")
	return cmp.Or(verr, v.Throw())
}

func (w *Worker) domException(message, name string) (v quickjs.Value, err error) {
	ctor, err := w.iso.Global().Get("DOMException")
	if err != nil {
		return v, err
	}
	args := make([]quickjs.Value, 2)
	for i, s := range []string{message, name} {
		if args[i], err = w.iso.String(s); err != nil {
			return v, err
		}
	}
	return ctor.New(args...)
}

// writeDOMException writes a DOMException as the runtime does: its name, message
// and stack, which calls leave out.
func (w *Worker) writeDOMException(cw *clone.Writer, v quickjs.Value) (bool, error) {
	if !v.IsError() {
		return false, nil
	}
	ctor, err := w.iso.Global().Get("DOMException")
	if err != nil || !ctor.IsFunction() {
		return false, err
	}
	if is, err := v.InstanceOf(ctor); err != nil || !is {
		return false, err
	}
	cw.Host(v8value.HostDOMException)
	for _, name := range []string{"name", "message"} {
		p, err := v.Get(name)
		if err != nil {
			return false, err
		}
		text := p.String()
		cw.Uint32(uint32(len(text)))
		cw.Raw([]byte(text))
	}
	cw.Uint32(0)
	return true, nil
}

func (w *Worker) readDOMException(cr *clone.Reader) (quickjs.Value, error) {
	var parts [3]string
	for i := range parts {
		n, err := cr.Uint32()
		if err != nil {
			return quickjs.Value{}, err
		}
		text, err := cr.Raw(n)
		if err != nil {
			return quickjs.Value{}, err
		}
		parts[i] = string(text)
	}
	return w.domException(parts[1], parts[0])
}
