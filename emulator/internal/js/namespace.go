package js

import (
	"cmp"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// namespace is a Durable Object binding in JavaScript.
type namespace struct {
	w       *Worker
	binding string
	class   string // instead of a binding: a class of the Worker's own
}

// get gives the namespace to the code that runs.
func (n *namespace) get() (*durable.Namespace, error) {
	env := n.w.opts.Env
	if n.w.current != nil {
		env = n.w.current.env
	}
	var ns host.Namespace
	var err error
	if n.class != "" {
		ns, err = env.Exported(n.class)
	} else {
		ns, err = env.Namespace(n.binding)
	}
	if err != nil {
		return nil, err
	}
	return durable.NewNamespace(ns), nil
}

func (w *Worker) installNamespace() (err error) {
	if w.natives.namespace, err = w.iso.Class("DurableObjectNamespace", 0, nil); err != nil {
		return err
	}
	class := w.natives.namespace
	add := func(name string, fn func(ns *durable.Namespace, p *params) (quickjs.Value, error)) error {
		return method(w, class, name, func(n *namespace, call *quickjs.Call) (quickjs.Value, error) {
			ns, err := n.get()
			if err != nil {
				return quickjs.Value{}, err
			}
			return fn(ns, w.params(call, "DurableObjectNamespace", name))
		})
	}
	return errors.Join(
		add("newUniqueId", w.newUniqueID), add("idFromName", w.idFromName), add("idFromString", w.idFromString),
		add("get", w.stubFromID), add("getByName", w.stubByName),
		method(w, class, "jurisdiction", func(n *namespace, call *quickjs.Call) (quickjs.Value, error) {
			if err := jurisdiction(call.Arg(0)); err != nil {
				return quickjs.Value{}, err
			}
			return w.natives.namespace.New(n, nil)
		}),
	)
}

// errJurisdiction is what local workerd answers (rule 1.22).
var errJurisdiction = &durable.Error{Name: "Error", Message: "Jurisdiction restrictions are not implemented in workerd."}

// jurisdiction refuses every jurisdiction there is.
func jurisdiction(v quickjs.Value) error {
	if v.IsNullish() {
		return nil
	}
	_, err := text(v)
	return cmp.Or(err, error(errJurisdiction))
}

func (w *Worker) newUniqueID(ns *durable.Namespace, p *params) (quickjs.Value, error) {
	if o, ok := p.object(1, "NewUniqueIdOptions"); ok {
		if v, ok := p.option(o, "jurisdiction"); ok {
			p.err = jurisdiction(v)
		}
	}
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	return w.newID(ns.NewUniqueID())
}

func (w *Worker) idFromName(ns *durable.Namespace, p *params) (quickjs.Value, error) {
	name := p.text(1, "string")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	return w.newID(ns.IDFromName(name))
}

func (w *Worker) idFromString(ns *durable.Namespace, p *params) (quickjs.Value, error) {
	digits := p.text(1, "string")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	id, err := ns.IDFromString(digits)
	if err != nil {
		return quickjs.Value{}, err
	}
	return w.newID(id)
}

// stubFromID does not ask whether the id is one of the namespace (rule 1.25).
func (w *Worker) stubFromID(ns *durable.Namespace, p *params) (quickjs.Value, error) {
	id := p.id(1)
	p.stubOptions()
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	return w.newStub(ns.Get(id))
}

func (w *Worker) stubByName(ns *durable.Namespace, p *params) (quickjs.Value, error) {
	name := p.text(1, "string")
	p.stubOptions()
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	return w.newStub(ns.GetByName(name))
}

// stubOptions checks the options of get and getByName, of which none has an
// effect here (rules 1.26, 1.27), and that code that may do I/O asks (1.45).
func (p *params) stubOptions() {
	if o, ok := p.object(2, "GetDurableObjectOptions"); ok {
		p.textOption(o, "locationHint")
		if mode, ok := p.textOption(o, "routingMode"); ok && mode != "primary-only" {
			p.err = quickjs.RangeErrorf("unknown routingMode: %s", mode)
		}
		if v, ok := p.option(o, "version"); ok && !v.IsObject() {
			p.err = quickjs.TypeErrorf("Incorrect type for the 'version' field on 'GetDurableObjectOptions': " +
				"the provided value is not of type 'VersionOptions'.")
		}
	}
	if p.err == nil && p.w.current == nil {
		p.err = web.ErrGlobalScope
	}
}
