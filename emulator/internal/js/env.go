package js

import (
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Binding is a property of env.
type Binding struct {
	Name string
	Kind BindingKind
	// JSON is the value of a variable.
	JSON []byte
	// Script and Entrypoint name a service.
	Script, Entrypoint string
	// What says in errors what an unsupported binding is.
	What string
}

// BindingKind tells what a binding gives.
type BindingKind uint8

// The kinds of bindings.
const (
	Variable BindingKind = iota
	NamespaceBinding
	ServiceBinding
	// Unsupported bindings are there, and every use of them throws.
	Unsupported
)

// installEnv makes the env that all instances get.
func (w *Worker) installEnv() error {
	env, err := w.iso.Object()
	if err != nil {
		return err
	}
	for _, b := range w.opts.Bindings {
		var v quickjs.Value
		switch b.Kind {
		case Variable:
			v, err = w.parseJSON(b.JSON)
		case NamespaceBinding:
			v, err = w.natives.namespace.New(&namespace{w: w, binding: b.Name}, nil)
		case ServiceBinding:
			v, err = w.newServiceBinding(&service{script: b.Script, name: b.Entrypoint})
		case Unsupported:
			v, err = w.unsupported(b.What)
		}
		if err == nil {
			err = env.Set(b.Name, v)
		}
		if err != nil {
			return err
		}
	}
	w.env = env.Keep()
	return nil
}

// unsupported makes a binding whose every use throws.
func (w *Worker) unsupported(what string) (quickjs.Value, error) {
	text, err := w.iso.String("dormouse: the binding " + what + " is of a kind that is not supported yet")
	if err != nil {
		return text, err
	}
	return w.natives.unsupported.Value().Call(quickjs.Value{}, text)
}
