package js

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// thrown is what JavaScript threw, or what ended it, without the value itself:
// it outlives the scope. Go sees a *durable.Error, JavaScript the clone.
type thrown struct {
	err   *durable.Error
	data  []byte // of what was thrown, or nil
	stack string // with the places that were written
	cause error  // of an end by a limit
}

func (t *thrown) Error() string   { return t.err.Error() }
func (t *thrown) Unwrap() []error { return []error{t.err, t.cause} }

// Logged implements [host.Logged]: see [ioContext.boundary].
func (t *thrown) Logged() {}

// Remote gives the error as the caller of what threw it sees it; it implements
// [host.Remote].
func (t *thrown) Remote() error {
	e := *t.err
	e.Remote = true
	return &thrown{err: &e, data: t.data}
}

// thrown takes an error out of JavaScript; others it gives as they are. The
// scope of the error must be open.
func (w *Worker) thrown(err error) error {
	if err == nil {
		return nil
	}
	var e *quickjs.Error
	if !errors.As(err, &e) {
		return err
	}
	out := &thrown{err: &durable.Error{Name: cmp.Or(e.Name, "Error"), Message: e.Message}, stack: e.Stack}
	if v, ok := e.Thrown(); ok {
		w.describe(out, v)
	}
	if e.Ended() {
		out.cause = errors.Unwrap(e)
		out.err.Message = w.placed(e)
	}
	return out
}

// placed says where JavaScript was ended, as it was written, and why.
func (w *Worker) placed(e *quickjs.Error) string {
	if e.File == "" {
		return e.Message
	}
	file, line, column := e.File, e.Line, e.Column
	if w.opts.Source != nil {
		file, line, column = w.opts.Source(file, line, column)
	}
	return fmt.Sprintf("%s:%d:%d: %s", file, line, column, e.Message)
}

// limit resets the object whose JavaScript a limit has ended: nobody knows what
// state it is in.
func (c *ioContext) limit(err error) {
	var t *thrown
	if errors.As(err, &t) && t.cause != nil {
		c.Logger().Error("JavaScript was ended", "error", t.err, "stack", t.stack)
		c.obj.Abort(t.err)
	}
}

// describe says of a thrown value what callers get to see (rules 10.37 to 10.40):
// a clone of an object, if there can be one, else an error with a text.
func (w *Worker) describe(t *thrown, v quickjs.Value) {
	if !v.IsObject() || v.IsFunction() {
		t.err.Message = w.textOf(v)
		return
	}
	o := w.platform.CloneOptions()
	if o.PlainErrors && !w.isDOMException(v) {
		w.describePlain(t, v)
		return
	}
	o.NoStack = true
	data, err := clone.Marshal(v, o)
	if err == nil {
		t.data = data
	} else if !v.IsError() {
		t.err.Message = w.textOf(v)
	}
	if v.IsError() {
		w.properties(t.err, v)
		if stack, err := v.Get("stack"); err == nil && stack.Kind() == quickjs.String {
			t.stack = stack.String() // with the places that were written
		}
	}
}

// plainNames are the classes of errors that crossed a call as such before
// 2026-04-21.
var plainNames = []string{"Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError", "EvalError", "URIError", "AggregateError"}

// describePlain is what callers get to see before 2026-04-21: a class, a text and
// two properties (rule 10.39).
func (w *Worker) describePlain(t *thrown, v quickjs.Value) {
	if !v.IsError() {
		if t.err.Message = w.textOf(v); v.IsArray() {
			t.err.Message = "[object Array]"
		}
		return
	}
	if !slices.Contains(plainNames, t.err.Name) {
		t.err.Message = t.err.Name + ": " + t.err.Message
		t.err.Name = "Error"
	}
	for name, flag := range map[string]*bool{"retryable": &t.err.Retryable, "overloaded": &t.err.Overloaded} {
		if p, err := v.Get(name); err == nil {
			*flag = p.Truthy()
		}
	}
}

func (w *Worker) isDOMException(v quickjs.Value) bool {
	ctor, err := w.iso.Global().Get("DOMException")
	if err != nil || !v.IsError() || !ctor.IsFunction() {
		return false
	}
	is, err := v.InstanceOf(ctor)
	return err == nil && is
}

// textOf describes what was thrown and cannot be cloned.
func (w *Worker) textOf(v quickjs.Value) string {
	text, err := w.natives.describe.Value().Call(quickjs.Value{}, v)
	if err != nil {
		return v.String()
	}
	return text.String()
}

// properties reads the own properties of an error for callers in Go.
func (w *Worker) properties(e *durable.Error, v quickjs.Value) {
	names, err := v.Names()
	if err != nil {
		return
	}
	for _, name := range names {
		p, err := v.Get(name)
		if err != nil {
			continue
		}
		switch name {
		case "name", "message", "stack", "cause":
		case "remote":
		case "retryable":
			e.Retryable = p.Truthy()
		case "overloaded":
			e.Overloaded = p.Truthy()
		case "durableObjectReset":
			e.Reset = p.Truthy()
		default:
			var out any
			if data, err := marshal(p); err == nil && unmarshalGo(data, &out) == nil {
				if e.Props == nil {
					e.Props = map[string]any{}
				}
				e.Props[name] = out
			}
		}
	}
}

// boundary gives an error as it leaves the object, and logs what JavaScript
// threw with its stack.
func (c *ioContext) boundary(event string, err error) error {
	var t *thrown
	if !errors.As(err, &t) {
		return err
	}
	if t.stack != "" || c.entry {
		c.Logger().Error("uncaught exception", "event", event, "error", t.err, "stack", t.stack)
	}
	return t
}

// ended reports whether err ended JavaScript, which nothing can catch.
func ended(err error) bool {
	if err == nil {
		return false
	}
	var e *quickjs.Error
	return errors.As(err, &e) && e.Ended()
}

// errorValue gives an error of the runtime, or one that was thrown elsewhere, as
// JavaScript sees it.
func (w *Worker) errorValue(err error) (quickjs.Value, error) {
	var t *thrown
	if errors.As(err, &t) && t.data != nil {
		return w.thrownValue(t)
	}
	var e *durable.Error
	if !errors.As(err, &e) {
		return w.iso.ErrorValue(w.cloneError(err))
	}
	v, err := w.iso.NewError(cmp.Or(e.Name, "Error"), replaceSurrogates(e.Message))
	if err != nil {
		return v, err
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"remote", e.Remote}, {"retryable", e.Retryable}, {"overloaded", e.Overloaded}, {"durableObjectReset", e.Reset}} {
		if flag.set {
			if err := v.Set(flag.name, w.iso.Bool(true)); err != nil {
				return v, err
			}
		}
	}
	for name, value := range e.Props {
		p, err := jsValue(w.iso, value)
		if err == nil {
			err = v.Set(name, p)
		}
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// thrownValue makes what was thrown elsewhere anew, marked as such.
func (w *Worker) thrownValue(t *thrown) (quickjs.Value, error) {
	v, err := clone.Unmarshal(w.iso, t.data, w.rpc.plain.options())
	if err != nil || !v.IsObject() {
		return v, err
	}
	if v.IsError() {
		if _, err := w.rpc.headed.Value().Call(quickjs.Value{}, v); err != nil {
			return v, err
		}
	}
	for name, set := range map[string]bool{"remote": t.err.Remote, "durableObjectReset": t.err.Reset} {
		if set {
			if err := v.Set(name, w.iso.Bool(true)); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

// throw gives an error of the runtime to a host function to return.
func (w *Worker) throw(err error) error {
	v, verr := w.errorValue(err)
	if verr != nil {
		return verr
	}
	return v.Throw()
}

// fail rejects a promise with an error of the runtime or of JavaScript.
func (w *Worker) fail(d *quickjs.Deferred, err error) error {
	v, verr := w.errorValue(err)
	if verr != nil {
		return verr
	}
	return d.Reject(v)
}

// rejection is a promise that was rejected while nobody handled it.
type rejection struct {
	promise, reason *quickjs.Ref
}

func (w *Worker) onRejection(promise, reason quickjs.Value, handled bool) {
	if handled {
		w.handled(promise)
		return
	}
	w.rejected = append(w.rejected, rejection{promise.Keep(), reason.Keep()})
}

// handled forgets a rejection.
func (w *Worker) handled(promise quickjs.Value) {
	for i, r := range w.rejected {
		if r.promise.Value().Is(promise) {
			r.promise.Free()
			r.reason.Free()
			w.rejected = append(w.rejected[:i], w.rejected[i+1:]...)
			return
		}
	}
}

// reportRejections reports, at the end of a turn, what is still not handled:
// to listeners, and to whoever runs the Worker. Rejections that the listeners
// cause are for the latter alone, or there might be no end of them.
func (w *Worker) reportRejections() {
	for heard := len(w.rejected); len(w.rejected) > 0; heard-- {
		r := w.rejected[0]
		w.rejected = w.rejected[1:]
		if heard > 0 {
			err := w.platform.Rejected(r.promise.Value(), r.reason.Value())
			if err == nil {
				err = w.runJobs()
			}
			if err != nil {
				w.uncaught(w.current, w.thrown(err))
			}
		}
		w.uncaught(w.current, w.thrown(r.reason.Value().Throw()))
		r.promise.Free()
		r.reason.Free()
	}
}

// uncaught reports an error that nothing caught.
func (w *Worker) uncaught(c *ioContext, err error) {
	stack := ""
	var t *thrown
	if errors.As(err, &t) {
		stack = t.stack
	}
	if w.opts.Uncaught != nil {
		w.opts.Uncaught(c.info(), err, stack)
		return
	}
	w.logger(c).Error("Uncaught "+err.Error(), "stack", stack)
}

// plain gives what JavaScript threw as an error for Go.
func plain(err error) error {
	var t *thrown
	if errors.As(err, &t) {
		return t.err
	}
	return err
}
