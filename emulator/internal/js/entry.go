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
	return &request{instance: newInstance(&ioContext{w: e.w, obj: obj, env: env, entry: true})}, nil
}

// request is one request of the entry.
type request struct {
	*instance
	class bool // the default export is one
}

// Fetch calls fetch(request, env, ctx) of an object, or constructs the class
// and calls fetch(request).
func (r *request) Fetch(w http.ResponseWriter, req *http.Request) {
	if err := r.serveEntry(w, req); err != nil {
		panic(r.boundary("fetch", err))
	}
}

func (r *request) serveEntry(w http.ResponseWriter, req *http.Request) error {
	return r.respond(w, req, func(request quickjs.Value) (quickjs.Value, error) {
		target, ctx, err := r.target()
		if err != nil {
			return target, err
		}
		args := []quickjs.Value{request, r.w.env.Value(), ctx}
		if r.class {
			args = args[:1]
		}
		fn, err := target.Get("fetch")
		if err != nil {
			return fn, err
		}
		if !fn.IsFunction() {
			return fn, r.w.throw(&durable.Error{Message: "Handler does not export a fetch() function."})
		}
		return fn.Call(target, args...)
	})
}

// target gives what the handlers are members of, and their ctx: the default
// export, or an instance of it if it is a class.
func (r *request) target() (target, ctx quickjs.Value, err error) {
	if target, err = r.w.exports.Value().Get("default"); err != nil {
		return target, ctx, err
	}
	if ctx, err = r.newExecutionContext(); err != nil {
		return target, ctx, err
	}
	if r.class = target.IsFunction(); r.class {
		target, err = target.New(ctx, r.w.env.Value())
	}
	return target, ctx, err
}
