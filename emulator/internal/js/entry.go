package js

import (
	"context"
	"errors"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// entry is the Worker's default export as a class whose objects serve one
// request each; it implements [host.Class].
type entry struct{ w *Worker }

// Entry gives the Worker's default export. Its objects have no storage and end
// with their request.
func (w *Worker) Entry() host.Class { return &entry{w} }

func (e *entry) Name() string       { return "default" }
func (e *entry) HandlesAlarm() bool { return false }

// Err reports whether there is a default export to serve requests with.
func (e *entry) Err() error {
	scope := e.w.iso.OpenScope()
	defer scope.Close()
	v, err := e.w.exports.Value().Get("default")
	if err == nil && !v.IsObject() {
		err = errors.New("main has no default export")
	}
	return err
}

func (e *entry) New(ctx context.Context, obj host.Object, env host.Env) (host.Instance, error) {
	return &request{newInstance(&ioContext{w: e.w, obj: obj, env: env, entry: true})}, nil
}

// request is one request of the entry.
type request struct{ *instance }

// Fetch calls fetch(request, env, ctx) of an object, or constructs the class
// and calls fetch(request).
func (r *request) Fetch(w http.ResponseWriter, req *http.Request) {
	if err := r.serveEntry(w, req); err != nil {
		panic(r.boundary("fetch", err))
	}
}

func (r *request) serveEntry(w http.ResponseWriter, req *http.Request) error {
	return r.respond(w, req, func(request quickjs.Value) (quickjs.Value, error) {
		iso := r.w.iso
		target, err := r.w.exports.Value().Get("default")
		if err != nil {
			return target, err
		}
		ctx, err := r.newExecutionContext()
		if err != nil {
			return ctx, err
		}
		args := []quickjs.Value{request, r.w.env.Value(), ctx}
		if target.IsFunction() {
			if target, err = target.New(ctx, r.w.env.Value()); err != nil {
				return target, err
			}
			args = args[:1]
		}
		fn, err := target.Get("fetch")
		if err != nil {
			return fn, err
		}
		if !fn.IsFunction() {
			return iso.Undefined(), r.w.throw(&durable.Error{Message: "Handler does not export a fetch() function."})
		}
		return fn.Call(target, args...)
	})
}
