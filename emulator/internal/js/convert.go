package js

import (
	"errors"
	"math"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// params converts the arguments of one method as the runtime's do: in order,
// each with its own error. After the first error nothing is converted.
type params struct {
	w      *Worker
	call   *quickjs.Call
	class  string // for messages
	method string
	err    error
}

func (w *Worker) params(call *quickjs.Call, class, method string) *params {
	return &params{w: w, call: call, class: class, method: method}
}

// refuse says that the n-th argument, counted from 1, is of the wrong type.
func (p *params) refuse(n int, typ string) {
	if p.err == nil {
		p.err = notOfType(p.method, p.class, n, typ)
	}
}

func notOfType(method, class string, n int, typ string) error {
	return quickjs.TypeErrorf("Failed to execute '%s' on '%s': parameter %d is not of type '%s'.", method, class, n, typ)
}

func (p *params) missing(n int) bool { return n > len(p.call.Args) }

// text converts a string argument that must be given.
func (p *params) text(n int, typ string) (s string) {
	if p.missing(n) {
		p.refuse(n, typ)
	}
	if p.err == nil {
		s, p.err = text(p.call.Arg(n - 1))
	}
	return s
}

func (p *params) function(n int) quickjs.Value {
	v := p.call.Arg(n - 1)
	if !v.IsFunction() {
		p.refuse(n, "function")
	}
	return v
}

// object gives an argument that is undefined, null or an object; ok is false if
// it is none.
func (p *params) object(n int, typ string) (v quickjs.Value, ok bool) {
	v = p.call.Arg(n - 1)
	if v.IsNullish() {
		return v, false
	}
	if !v.IsObject() {
		p.refuse(n, typ)
	}
	return v, p.err == nil
}

// flags reads boolean options that change nothing that can be seen (rules
// 5.18, 6.6, 7.14); their getters run.
func (p *params) flags(n int, typ string, names ...string) {
	v, ok := p.object(n, typ)
	if !ok {
		return
	}
	for _, name := range names {
		if _, p.err = v.Get(name); p.err != nil {
			return
		}
	}
}

// option reads a field of an options object; ok is false for one that is not
// there.
func (p *params) option(o quickjs.Value, name string) (v quickjs.Value, ok bool) {
	if p.err != nil {
		return v, false
	}
	v, p.err = o.Get(name)
	return v, p.err == nil && !v.IsUndefined()
}

func (p *params) textOption(o quickjs.Value, name string) (s string, ok bool) {
	v, ok := p.option(o, name)
	if !ok {
		return "", false
	}
	s, p.err = text(v)
	return s, p.err == nil
}

// intOption reads a field as a 32-bit integer.
func (p *params) intOption(o quickjs.Value, name string) (n int, ok bool) {
	v, ok := p.option(o, name)
	if !ok {
		return 0, false
	}
	var f float64
	if f, p.err = number(v); p.err != nil {
		return 0, false
	}
	switch {
	case math.IsNaN(f), math.IsInf(f, 0):
		return 0, true
	case f < math.MinInt32 || f > math.MaxInt32:
		p.err = quickjs.TypeErrorf("Value out of range. Must be between -2147483648 and 2147483647 (inclusive).")
		return 0, false
	}
	return int(f), true
}

// text converts a value to a string with the messages of V8.
func text(v quickjs.Value) (string, error) {
	if v.Kind() == quickjs.Symbol {
		return "", quickjs.TypeErrorf("Cannot convert a Symbol value to a string")
	}
	s, err := v.Text()
	return s, primitive(err)
}

// number converts a value to a number with the messages of V8.
func number(v quickjs.Value) (float64, error) {
	switch v.Kind() {
	case quickjs.Symbol:
		return 0, quickjs.TypeErrorf("Cannot convert a Symbol value to a number")
	case quickjs.BigInt:
		return 0, quickjs.TypeErrorf("Cannot convert a BigInt value to a number")
	}
	f, err := v.Float()
	return f, primitive(err)
}

// primitive says in V8's words that an object has no primitive value.
func primitive(err error) error {
	var e *quickjs.Error
	if errors.As(err, &e) && e.Name == "TypeError" && e.Message == "toPrimitive" {
		return quickjs.TypeErrorf("Cannot convert object to primitive value")
	}
	return err
}

// jsError gives an error to a host function to return: those of the runtime with
// their class and properties.
func (w *Worker) jsError(err error) error {
	var e *durable.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	return w.throw(err)
}

// promised is the result of an asynchronous method: a promise that is settled
// within the turn, so that awaiting it does not end it (rules 3.2, 5.3, 5.4). A
// refusal is settled at once, a result two microtasks later (as recorded), which
// is what following another promise takes.
func (w *Worker) promised(v quickjs.Value, err error) (quickjs.Value, error) {
	if err == nil {
		if v, err = w.iso.Settled(v, false); err != nil {
			return v, err
		}
		return w.iso.Settled(v, false)
	}
	reason, err := w.errorValue(err)
	if err != nil {
		return reason, err
	}
	return w.iso.Settled(reason, true)
}

// method adds a method to a class; errors of the runtime are thrown.
func method[T any](w *Worker, class *quickjs.Class, name string, fn func(self T, call *quickjs.Call) (quickjs.Value, error)) error {
	return quickjs.Method(class, name, 0, func(self T, call *quickjs.Call) (quickjs.Value, error) {
		v, err := fn(self, call)
		if err != nil {
			err = w.jsError(err)
		}
		return v, err
	})
}

// asyncMethod adds a method that acts at once and whose promise is settled when
// it returns.
func asyncMethod[T any](w *Worker, class *quickjs.Class, name string, fn func(self T, call *quickjs.Call) (quickjs.Value, error)) error {
	return quickjs.Method(class, name, 0, func(self T, call *quickjs.Call) (quickjs.Value, error) {
		return w.promised(fn(self, call))
	})
}

// waitingMethod adds a method that gives a promise of its own, or an error that
// rejects one.
func waitingMethod[T any](w *Worker, class *quickjs.Class, name string, fn func(self T, call *quickjs.Call) (quickjs.Value, error)) error {
	return quickjs.Method(class, name, 0, func(self T, call *quickjs.Call) (quickjs.Value, error) {
		v, err := fn(self, call)
		if err != nil {
			return w.promised(v, err)
		}
		return v, nil
	})
}

// getter adds a property that is read only.
func getter[T any](w *Worker, class *quickjs.Class, name string, fn func(self T) (quickjs.Value, error)) error {
	return quickjs.Accessor(class, name, func(self T, _ *quickjs.Call) (quickjs.Value, error) {
		v, err := fn(self)
		return v, w.jsError(err)
	}, nil)
}
