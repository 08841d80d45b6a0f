package js

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func (w *Worker) installID() (err error) {
	if w.natives.id, err = w.iso.Class("DurableObjectId", 0, nil); err != nil {
		return err
	}
	id := w.natives.id
	return errors.Join(
		method(w, id, "toString", func(id durable.ID, _ *quickjs.Call) (quickjs.Value, error) { return w.iso.String(id.String()) }),
		method(w, id, "equals", func(id durable.ID, call *quickjs.Call) (quickjs.Value, error) {
			p := w.params(call, "DurableObjectId", "equals")
			other := p.id(1)
			return w.iso.Bool(id.Equal(other)), p.err
		}),
	)
}

// id gives an argument that must be an id.
func (p *params) id(n int) durable.ID {
	v, _ := p.call.Arg(n - 1).Host()
	id, ok := v.(durable.ID)
	if !ok {
		p.refuse(n, "DurableObjectId")
	}
	return id
}

// newID makes an id object. Its name is a property of its own, so that
// JSON.stringify gives it and not the digits (rules 1.17, 1.18, 1.20).
func (w *Worker) newID(id durable.ID) (quickjs.Value, error) {
	v, err := w.natives.id.New(id, nil)
	if err != nil {
		return v, err
	}
	var name quickjs.Value
	if s, ok := id.Name(); ok {
		if name, err = w.iso.String(replaceSurrogates(s)); err != nil {
			return v, err
		}
	}
	return v, errors.Join(
		v.Define("jurisdiction", quickjs.Property{Enumerable: true, Configurable: true}),
		v.Define("name", quickjs.Property{Value: name, Enumerable: true, Configurable: true}),
	)
}

// surrogateByte begins the three bytes of a lone surrogate, among others.
const surrogateByte = 0xed

// replaceSurrogates gives text as it reads back from the runtime's own memory,
// where each byte of a lone surrogate is a U+FFFD (rule 1.16).
func replaceSurrogates(s string) string {
	out := []byte(nil)
	for i := 0; i < len(s); {
		if s[i] == surrogateByte && i+2 < len(s) && s[i+1] >= 0xa0 && s[i+2]&0xc0 == 0x80 {
			if out == nil {
				out = append(make([]byte, 0, len(s)+6), s[:i]...)
			}
			out = append(out, "\uFFFD\uFFFD\uFFFD"...)
			i += 3
			continue
		}
		if out != nil {
			out = append(out, s[i])
		}
		i++
	}
	if out == nil {
		return s
	}
	return string(out)
}
