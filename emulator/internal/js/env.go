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
}

// BindingKind tells what a binding gives.
type BindingKind uint8

// The kinds of bindings.
const (
	Variable BindingKind = iota
	NamespaceBinding
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
