package js

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Options is what a Worker is made of.
type Options struct {
	// Modules are the Worker's code, the entry first.
	Modules []Module
	// Bindings become properties of env, in this order.
	Bindings []Binding
	// Object reports whether an export is a Durable Object class. It is asked by
	// Start.
	Object func(name string) bool
	// Env is the environment of code that runs for no event.
	Env    host.Env
	Now    func() time.Time
	Random func(p []byte)
	// Enabled reports whether a compatibility flag holds, by name or by the date
	// since which it is the default.
	Enabled func(on, off, since string) bool
	// Source maps a place in a module to where it was written.
	Source func(module string, line, column int) (file string, l, c int)
	// Logger takes what is logged outside of all objects.
	Logger *slog.Logger
	// Console, when set, takes console output instead of the logger; the object
	// is nil in the global scope and for requests of the entry.
	Console func(obj *host.Info, level slog.Level, text string)
	// Uncaught, when set, takes errors that nothing caught instead of the logger:
	// rejections that nobody handled, errors of timers and of work that waitUntil
	// was given.
	Uncaught func(obj *host.Info, err error, stack string)
}

// Module is a file of the Worker's code.
type Module struct {
	Name   string
	Kind   Kind
	Source []byte
}

// Kind is what a module is imported as.
type Kind uint8

// The kinds of modules, as wrangler's rules call them.
const (
	ESModule Kind = iota
	Text
	Data
)

// memoryLimit is what the runtime gives an isolate, in bytes.
const memoryLimit = 128 << 20

// Worker is one isolate with a Worker's code. It belongs to whoever holds the
// baton; [Worker.Interrupt] alone may be called from anywhere.
type Worker struct {
	opts     Options
	iso      *quickjs.Isolate
	platform *web.Platform
	exports  *quickjs.Ref // of the entry module
	env      *quickjs.Ref
	loopback *quickjs.Ref // exports of ctx and cloudflare:workers
	natives  natives
	rpc      rpcNatives

	current  *ioContext
	running  atomic.Bool // JavaScript is entered
	rejected []rejection

	props map[[32]byte][]byte // of entrypoint instances that are not made yet

	instances int    // that are not released
	drained   func() // of Retire, or nil
}

// Open makes the isolate of a Worker. Its classes can be given to the runtime
// at once, and be used after [Worker.Start].
func Open(o Options) (*Worker, error) {
	if len(o.Modules) == 0 {
		return nil, errors.New("js: a Worker without modules")
	}
	w := &Worker{opts: o}
	iso, err := quickjs.Open(quickjs.Options{
		MemoryLimit: memoryLimit,
		Now:         func() float64 { return float64(w.opts.Now().UnixMilli()) },
		Random:      w.random,
		Resolve:     w.resolve,
		Load:        w.load,
		Meta:        func(_ string, meta quickjs.Value) error { return meta.Delete("url") }, // import.meta is empty
		Rejection:   w.onRejection,
		Panicked: func(function string, value any, stack []byte) {
			o.Logger.Error("panic in a function of the runtime", "function", function, "panic", value, "stack", string(stack))
		},
	})
	if err != nil {
		return nil, err
	}
	w.iso = iso
	return w, nil
}

// Start runs the Worker's code in its global scope.
func (w *Worker) Start() (err error) {
	scope := w.iso.OpenScope()
	defer scope.Close()
	w.running.Store(true)
	defer w.running.Store(false)
	w.platform, err = web.Install(w.iso, web.Options{
		Current: w.currentContext, Now: w.opts.Now, Random: w.opts.Random,
		Console: w.console, Enabled: w.opts.Enabled, Source: w.opts.Source, CloneHost: w.refuseClone,
	})
	if err != nil {
		return err
	}
	if err := w.installNatives(); err != nil {
		return err
	}
	return w.evaluate()
}

// evaluate runs the modules and keeps what the entry exports.
func (w *Worker) evaluate() error {
	entry := w.opts.Modules[0].Name
	promise, err := w.iso.Import(entry, "")
	if err == nil {
		err = w.runJobs()
	}
	if err != nil {
		return fmt.Errorf("uncaught error at startup: %w", w.thrown(err))
	}
	switch promise.PromiseState() {
	case quickjs.Rejected:
		w.handled(promise)
		return fmt.Errorf("uncaught error at startup: %w", w.thrown(promise.PromiseResult().Throw()))
	case quickjs.Pending:
		return fmt.Errorf("%s: a top-level await never settles", entry)
	}
	w.exports = promise.PromiseResult().Keep()
	if err := w.buildLoopback(); err != nil {
		return err
	}
	w.reportRejections()
	return nil
}

// Interrupt ends the JavaScript that is running, if any is, with cause.
func (w *Worker) Interrupt(cause error) {
	if w.running.Load() {
		w.iso.Interrupt(cause)
	}
}

// Retire has drained called once no instance of the Worker's classes is left: at
// once, or by the one that ends last, which may be inside of JavaScript.
func (w *Worker) Retire(drained func()) {
	if w.instances == 0 {
		drained()
		return
	}
	w.drained = drained
}

// Close gives the isolate's memory back.
func (w *Worker) Close() error { return w.iso.Close() }

func (w *Worker) random() float64 {
	var p [8]byte
	w.opts.Random(p[:])
	var n uint64
	for i, b := range p {
		n |= uint64(b) << (8 * i)
	}
	return float64(n>>11) / (1 << 53)
}

func (w *Worker) currentContext() web.IOContext {
	if w.current == nil {
		return nil
	}
	return w.current
}

func (w *Worker) console(io web.IOContext, level slog.Level, text string) {
	c, _ := io.(*ioContext)
	if w.opts.Console != nil {
		w.opts.Console(c.info(), level, text)
		return
	}
	w.logger(c).Log(context.Background(), level, text)
}

// logger gives that of the object, or of the Worker in the global scope.
func (w *Worker) logger(c *ioContext) *slog.Logger {
	if c == nil {
		return w.opts.Logger
	}
	return c.Logger()
}
