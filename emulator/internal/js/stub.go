package js

import (
	"context"
	"io"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// stub reaches an object from JavaScript, in the context that made it: as a stub
// of a namespace, or as one that was received, which has no name and id.
type stub struct {
	w    *Worker
	io   *ioContext
	stub *durable.Stub // of a namespace
	host host.Stub     // received
	// service is an entrypoint, which every context may call.
	service *service
}

// newStub makes a stub of a namespace, with its own properties name and id (rule
// 1.30).
func (w *Worker) newStub(s *durable.Stub) (quickjs.Value, error) {
	if w.current == nil {
		return quickjs.Value{}, web.ErrGlobalScope
	}
	v, err := w.iso.Host(w.rpc.object.Value(), &stub{w: w, io: w.current, stub: s}, nil)
	if err != nil {
		return v, err
	}
	var name quickjs.Value
	if text, ok := s.Name(); ok {
		if name, err = w.iso.String(text); err != nil {
			return v, err
		}
	}
	id, err := w.newID(s.ID())
	if err != nil {
		return v, err
	}
	if err := v.Define("name", quickjs.Property{Value: name, Enumerable: true}); err != nil {
		return v, err
	}
	return v, v.Define("id", quickjs.Property{Value: id, Enumerable: true})
}

// newService makes a stub of a capability that reaches an object (rule 1.44).
func (c *ioContext) newService(capability host.Capability) (quickjs.Value, error) {
	return c.w.iso.Host(c.w.rpc.fetcher.Value(), &stub{w: c.w, io: c, host: c.obj.Import(capability)}, nil)
}

// use gives the stub to the code that runs, which must be of the context that
// made it (rule 1.39).
func (s *stub) use() (host.Stub, error) {
	c := s.w.current
	if c == nil {
		return nil, web.ErrGlobalScope
	}
	if s.service != nil {
		return s.service.reach(c)
	}
	if s.io != c {
		return nil, c.w.platform.Foreign("OutgoingFactory")
	}
	if s.host != nil {
		return s.host, nil
	}
	hs, err := s.stub.Host()
	if err != nil {
		return nil, s.w.throw(err)
	}
	return hs, nil
}

// errDisposed is the error of a stub after its end (rule 10.29).
var errDisposed = &durable.Error{Name: "Error", Message: "RPC stub used after being disposed."}

// internalError is the runtime's error for what it did not expect.
func (w *Worker) internalError() *durable.Error {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	reference := make([]byte, 24)
	w.opts.Random(reference)
	for i, b := range reference {
		reference[i] = letters[int(b)%len(letters)]
	}
	return &durable.Error{Name: "Error", Message: "internal error; reference = " + string(reference)}
}

// fetchStub(stub, args) is Fetcher.prototype.fetch: it gives a promise of the
// Response.
func (w *Worker) fetchStub(call *quickjs.Call) (quickjs.Value, error) {
	n, _ := call.Arg(0).Host()
	s, ok := n.(*stub)
	if !ok {
		return quickjs.Value{}, quickjs.TypeErrorf("Illegal invocation")
	}
	hs, err := s.use()
	if err != nil {
		return quickjs.Value{}, err
	}
	count, _, _ := call.Arg(1).Elements()
	args := make([]quickjs.Value, count)
	for i := range args {
		if args[i], err = call.Arg(1).GetIndex(i); err != nil {
			return quickjs.Value{}, err
		}
	}
	return w.platform.FetchThrough(w.current, args, "Fetcher", func(req *http.Request) func(context.Context) (*http.Response, error) {
		exchange := hs.StartFetch(req)
		return func(turn context.Context) (*http.Response, error) {
			res, err := exchange.Wait(turn)
			if err != nil {
				return nil, answered{w, err}
			}
			res.Header.Del("Content-Length") // which the object does not send
			if _, ok := host.SocketOf(res); !ok {
				res.Body = &answeredBody{res.Body, w}
			}
			return res, nil
		}
	})
}

// answeredBody is a body that fails as the object that sends it does.
type answeredBody struct {
	io.ReadCloser
	w *Worker
}

func (b *answeredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = answered{b.w, err}
	}
	return n, err
}

// answered is an error that an object has answered with.
type answered struct {
	w   *Worker
	err error
}

func (a answered) Error() string { return a.err.Error() }
func (a answered) Unwrap() error { return a.err }

func (a answered) Throw(*quickjs.Isolate) (quickjs.Value, error) { return a.w.errorValue(a.err) }

// connectStub(stub, args) is refused: objects take no sockets.
func (w *Worker) connectStub(call *quickjs.Call) (quickjs.Value, error) {
	n, err := call.Arg(1).Get("length")
	if err != nil {
		return n, err
	}
	if !n.Truthy() {
		return n, quickjs.TypeErrorf("Failed to execute 'connect' on 'Fetcher': parameter 1 is not of type 'SocketAddress or string'.")
	}
	return n, w.throw(&durable.Error{Name: "Error", Message: "Incoming CONNECT on a worker not supported"})
}
