package web

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
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
// errors in the form that its compatibility flags ask for. Whoever adds objects
// of his own asks [Platform.CloneHost] and [Platform.ReadHost] about all others.
func (p *Platform) CloneOptions() clone.Options {
	return clone.Options{
		PlainErrors: !p.enabled("enhanced_error_serialization", "legacy_error_serialization", "2026-04-21"),
		Host:        p.CloneHost, ReadHost: p.ReadHost,
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
