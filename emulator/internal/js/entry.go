package js

import (
	"context"
	"fmt"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// entry is an entrypoint of the Worker, such as its default export, as a class
// whose objects serve one request or call each; it implements [host.Class].
type entry struct {
	w    *Worker
	name string // of the export
}

// Entry gives the Worker's default export. Its objects have no storage and end
// with their request.
func (w *Worker) Entry() host.Class { return w.Entrypoint("default") }

// Entrypoint gives an export as Entry gives the default one.
func (w *Worker) Entrypoint(name string) host.Class { return &entry{w, name} }

func (e *entry) Name() string       { return e.name }
func (e *entry) HandlesAlarm() bool { return false }

// Err reports whether there is a default export to serve requests with.
func (e *entry) Err() error {
	scope := e.w.iso.OpenScope()
	defer scope.Close()
	v, err := e.w.exports.Value().Get(e.name)
	if err == nil && !v.IsObject() {
		err = fmt.Errorf("main has no %s export", e.name)
	}
	return err
}

func (e *entry) New(ctx context.Context, obj host.Object, env host.Env) (host.Instance, error) {
	return &request{entry: e.name, instance: newInstance(&ioContext{w: e.w, obj: obj, env: env, entry: true})}, nil
}

// request is one request of the entry.
type request struct {
	*instance
	entry string
	class bool // the export is one
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
	if target, err = r.w.exports.Value().Get(r.entry); err != nil {
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

// Call is an RPC of an entrypoint.
func (r *request) Call(ctx context.Context, call host.Call) (host.Payload, error) {
	return r.perform(ctx, call, func() (quickjs.Value, look, error) {
		target, _, err := r.target()
		if err == nil && !r.class {
			err = r.w.throw(errNoEntrypointRPC)
		}
		return target, entryMembers, err
	})
}

// errNoEntrypointRPC is what an object answers that is no class.
var errNoEntrypointRPC = &durable.Error{
	Name:    "TypeError",
	Message: "The receiving Worker does not support RPC, because its entrypoint was not declared with `extends WorkerEntrypoint`.",
}
