package js

import (
	"context"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// namespace is a Durable Object binding in JavaScript.
type namespace struct {
	w       *Worker
	binding string
}

// get gives the namespace to the code that runs.
func (n *namespace) get() (*durable.Namespace, error) {
	env := n.w.opts.Env
	if n.w.current != nil {
		env = n.w.current.env
	}
	ns, err := env.Namespace(n.binding)
	if err != nil {
		return nil, err
	}
	return durable.NewNamespace(ns), nil
}

func (w *Worker) installID() (err error) {
	if w.natives.id, err = w.class("DurableObjectId"); err != nil {
		return err
	}
	id := w.natives.id
	return errors.Join(
		quickjs.Method(id, "toString", 0, func(id durable.ID, c *quickjs.Call) (quickjs.Value, error) { return w.iso.String(id.String()) }),
		quickjs.Method(id, "equals", 1, func(id durable.ID, c *quickjs.Call) (quickjs.Value, error) {
			v, _ := c.Arg(0).Host()
			other, ok := v.(durable.ID)
			if !ok {
				return quickjs.Value{}, quickjs.TypeErrorf("Failed to execute 'equals' on 'DurableObjectId': parameter 1 is not of type 'DurableObjectId'.")
			}
			return w.iso.Bool(id.Equal(other)), nil
		}),
		quickjs.Accessor(id, "name", func(id durable.ID, c *quickjs.Call) (quickjs.Value, error) {
			name, ok := id.Name()
			if !ok {
				return quickjs.Value{}, nil
			}
			return w.iso.String(name)
		}, nil),
	)
}

func (w *Worker) installNamespace() (err error) {
	if w.natives.namespace, err = w.class("DurableObjectNamespace"); err != nil {
		return err
	}
	class := w.natives.namespace
	method := func(name string, fn func(ns *durable.Namespace, c *quickjs.Call) (quickjs.Value, error)) error {
		return quickjs.Method(class, name, 1, func(n *namespace, c *quickjs.Call) (quickjs.Value, error) {
			ns, err := n.get()
			if err != nil {
				return quickjs.Value{}, err
			}
			return fn(ns, c)
		})
	}
	return errors.Join(
		method("idFromName", func(ns *durable.Namespace, c *quickjs.Call) (quickjs.Value, error) {
			name, err := c.Arg(0).Text()
			if err != nil {
				return quickjs.Value{}, err
			}
			return w.natives.id.New(ns.IDFromName(name), nil)
		}),
		method("newUniqueId", func(ns *durable.Namespace, c *quickjs.Call) (quickjs.Value, error) {
			return w.natives.id.New(ns.NewUniqueID(), nil)
		}),
		method("getByName", func(ns *durable.Namespace, c *quickjs.Call) (quickjs.Value, error) {
			name, err := c.Arg(0).Text()
			if err != nil {
				return quickjs.Value{}, err
			}
			return w.newStub(ns.GetByName(name))
		}),
		method("get", func(ns *durable.Namespace, c *quickjs.Call) (quickjs.Value, error) {
			v, _ := c.Arg(0).Host()
			id, ok := v.(durable.ID)
			if !ok {
				return quickjs.Value{}, quickjs.TypeErrorf("Failed to execute 'get' on 'DurableObjectNamespace': parameter 1 is not of type 'DurableObjectId'.")
			}
			return w.newStub(ns.Get(id))
		}),
	)
}

// stub reaches an object from JavaScript, in the context that made it.
type stub struct {
	w    *Worker
	io   *ioContext
	stub *durable.Stub
}

func (w *Worker) newStub(s *durable.Stub) (quickjs.Value, error) {
	host, err := w.iso.Host(w.iso.Null(), &stub{w, w.current, s}, nil)
	if err != nil {
		return host, err
	}
	call, err := w.iso.Function("", 3, w.callStub)
	if err != nil {
		return call, err
	}
	return w.natives.stub.Value().Call(quickjs.Value{}, host, call)
}

func (w *Worker) callStub(c *quickjs.Call) (quickjs.Value, error) {
	v, _ := c.Arg(0).Host()
	s := v.(*stub)
	name, err := c.Arg(1).Text()
	if err != nil {
		return quickjs.Value{}, err
	}
	args, err := marshalArgs(c.Arg(2))
	if err != nil {
		return quickjs.Value{}, err
	}
	hs, err := s.stub.Host()
	if err != nil {
		return quickjs.Value{}, err
	}
	return s.call(hs.Start(host.Call{Path: []string{name}, Args: host.Payload{Data: args}}), name)
}

func (s *stub) call(p host.Pending, name string) (quickjs.Value, error) {
	return s.w.current.promise("rpc "+name, func(ctx context.Context) (func() (quickjs.Value, error), error) {
		res, err := p.Wait(ctx)
		if err != nil {
			return nil, err
		}
		return func() (quickjs.Value, error) { return unmarshal(s.w.iso, res.Data) }, nil
	})
}
