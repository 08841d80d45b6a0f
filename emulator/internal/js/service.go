package js

import (
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// service is an entrypoint of a Worker, this one or another. Every call makes an
// instance of it, so it belongs to no context.
type service struct {
	script, name string // an empty script is this Worker
	props        []byte // a structured clone, or nil
}

// newServiceBinding makes a stub of a service.
func (w *Worker) newServiceBinding(s *service) (quickjs.Value, error) {
	return w.iso.Host(w.rpc.fetcher.Value(), &stub{w: w, service: s}, nil)
}

// reach gives a service to the code that runs.
func (s *service) reach(c *ioContext) (host.Stub, error) {
	hs, err := c.env.Entrypoint(s.script, s.name, s.props)
	if err != nil {
		return nil, c.w.throw(err)
	}
	return hs, nil
}

// buildLoopback fills ctx.exports: stubs of this Worker's own entrypoints, and
// namespaces of its own classes. Each is also a function, which gives a stub
// whose instances get props.
func (w *Worker) buildLoopback() error {
	exports := w.exports.Value()
	names, err := exports.Names()
	if err != nil {
		return err
	}
	slices.SortFunc(names, func(a, b string) int { // as the runtime has them
		switch {
		case a == b:
			return 0
		case a == "default":
			return -1
		case b == "default":
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		v, err := exports.Get(name)
		if err != nil {
			return err
		}
		if !v.IsObject() {
			continue
		}
		if v, err = w.loop(name); err != nil {
			return err
		}
		if err := w.loopback.Value().Set(name, v); err != nil {
			return err
		}
	}
	return nil
}

// loop makes one member of ctx.exports.
func (w *Worker) loop(name string) (v quickjs.Value, err error) {
	object := w.opts.Object != nil && w.opts.Object(name)
	if object {
		v, err = w.natives.namespace.New(&namespace{w: w, class: name}, nil)
	} else {
		v, err = w.newServiceBinding(&service{name: name})
	}
	if err != nil {
		return v, err
	}
	with, err := w.iso.Function("", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if object {
			return w.natives.namespace.New(&namespace{w: w, class: name}, nil)
		}
		s := &service{name: name}
		if o := c.Arg(0); o.IsObject() {
			props, err := o.Get("props")
			if err != nil {
				return props, err
			}
			if !props.IsUndefined() {
				if s.props, err = clone.Marshal(props, clone.Options{}); err != nil {
					return props, w.platform.CloneError(err)
				}
			}
		}
		return w.newServiceBinding(s)
	})
	if err != nil {
		return with, err
	}
	return w.natives.loopback.Value().Call(quickjs.Value{}, v, with, w.iso.Bool(object))
}

// GiveProps keeps the props of an instance of an entrypoint that is about to be
// made. It is called with the baton held.
func (w *Worker) GiveProps(id [32]byte, props []byte) {
	if props == nil {
		return
	}
	if w.props == nil {
		w.props = map[[32]byte][]byte{}
	}
	w.props[id] = props
}

// takeProps gives the props of an instance, an empty object if it has none.
func (w *Worker) takeProps(id [32]byte) (quickjs.Value, error) {
	data, ok := w.props[id]
	if !ok {
		return w.iso.Object()
	}
	delete(w.props, id)
	return clone.Unmarshal(w.iso, data, clone.Options{})
}
