package quickjs

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// Options says what an isolate takes from its owner. The zero value works: no limits but the engine's own, the engine's
// clock and random numbers, no modules.
type Options struct {
	// MemoryLimit is how many bytes JavaScript may use before it is stopped with [ErrMemoryLimit]. 0: no limit.
	MemoryLimit int
	// StackLimit is how many frames of the engine may be open before a RangeError is thrown, which a script may catch.
	// A plain call takes one, a call through a getter, callback or proxy up to nine. 0: 5000. At most 20000.
	StackLimit int
	// Interrupt is asked every few hundred microseconds while JavaScript runs; an error ends it (see [Terminate]).
	Interrupt func() error
	// Now is the time in milliseconds since 1970 that Date shows. Nil: the machine's clock.
	Now func() float64
	// Random gives the numbers in [0, 1) that Math.random returns. Nil: the engine's own generator.
	Random func() float64
	// Resolve turns an import's specifier, written in the module referrer, into the name of a module. Nil: the
	// specifier is the name.
	Resolve func(specifier, referrer string) (string, error)
	// Load provides a module that is imported for the first time. Nil: every import fails.
	Load func(i *Isolate, name string, attributes map[string]string) (Module, error)
	// Meta fills a module's import.meta, which has the module's name as url.
	Meta func(name string, meta Value) error
	// Rejection is told about each promise that is rejected while nobody handles it, and again, with handled true, if
	// somebody does later. It runs in the middle of JavaScript and must not call any.
	Rejection func(promise, reason Value, handled bool)
	// Panicked is told about each Go panic in a host function, which JavaScript sees as an error.
	Panicked func(function string, value any, stack []byte)
}

// maxStack keeps the goroutine's stack far below the gigabyte at which Go ends the process.
const maxStack = 20000

// Isolate is one JavaScript runtime with one global object.
//
// Its owner is whichever goroutine uses it: one at a time, any goroutine, and all that entered must have returned before
// another enters. [Isolate.Interrupt] alone may be called from anywhere. Methods panic when a value is used that belongs
// to another isolate or whose scope has been closed; within a host function that panic is an error in JavaScript.
type Isolate struct {
	opts Options

	// Owned by the goroutine that uses the isolate.
	tls     *libc.TLS
	rt, ctx uintptr
	id      int
	quota   uintptr
	depth   int   // how many calls from Go into C are open
	broken  error // the engine failed in a way that leaves its memory in doubt
	stop    *stop // JavaScript is being unwound
	closed  bool
	slots   []slot
	serial  uint32
	refs    *Ref // all that are held
	hosts   []host
	free    []int32 // indices of hosts that can be used again
	reaped  []func()
	calls   []*Call // one for each depth of host functions, used again
	running int     // how many of calls are in use
	atoms   map[string]lib.TJSAtom
	names   map[lib.TJSAtom]string   // the same the other way round
	pending map[uintptr][]heldExport // exports of synthetic modules, until these are linked
	last    lastThrown

	scratch     uintptr
	scratchUsed bool
	array       uintptr // two values: for results through pointers

	errorCtor, bigint lib.TJSValue
	own               intrinsics

	interrupt atomic.Pointer[error] // set by any goroutine
}

// isolates finds the isolate of a callback. Reading takes no lock: it is on the path of every host call.
var isolates struct {
	table atomic.Pointer[[]atomic.Pointer[Isolate]]

	mu   sync.Mutex // guards the fields below and changes of the table
	free []int
	used int
}

func register(i *Isolate) {
	isolates.mu.Lock()
	defer isolates.mu.Unlock()
	if n := len(isolates.free); n > 0 {
		i.id = isolates.free[n-1]
		isolates.free = isolates.free[:n-1]
	} else {
		isolates.used++
		i.id = isolates.used
	}
	table := isolates.table.Load()
	if table == nil || i.id >= len(*table) {
		grown := make([]atomic.Pointer[Isolate], 2*i.id+16)
		if table != nil {
			for k := range *table {
				grown[k].Store((*table)[k].Load())
			}
		}
		table = &grown
		isolates.table.Store(table)
	}
	(*table)[i.id].Store(i)
}

func unregister(i *Isolate) {
	isolates.mu.Lock()
	defer isolates.mu.Unlock()
	(*isolates.table.Load())[i.id].Store(nil)
	isolates.free = append(isolates.free, i.id)
}

func isolateByID(id uintptr) *Isolate { return (*isolates.table.Load())[id].Load() }

func isolateOf(ctx uintptr) *Isolate {
	return isolateByID((*lib.TJSContext)(pointer(ctx)).Fuser_opaque)
}

// ErrClosed is what a closed isolate answers.
var ErrClosed = errors.New("the isolate is closed")

// Open makes an isolate. The caller must close it: its memory is not Go's.
func Open(opts Options) (*Isolate, error) {
	if opts.StackLimit > maxStack || opts.StackLimit < 0 || opts.MemoryLimit < 0 {
		return nil, fmt.Errorf("quickjs: limits out of range: stack %d, memory %d", opts.StackLimit, opts.MemoryLimit)
	}
	prepare()
	i := &Isolate{opts: opts, tls: libc.NewTLS(), slots: make([]slot, 0, 64)}
	register(i)
	i.scratch = malloc(i.tls, scratchSize)
	i.array = malloc(i.tls, 4*int(valueSize))
	i.quota = newQuota(i.tls, opts.MemoryLimit)
	if err := i.start(); err != nil {
		_ = i.Close()
		return nil, err
	}
	return i, nil
}

func (i *Isolate) start() error {
	i.rt = lib.XJS_NewRuntime2(i.tls, mallocFunctions, i.quota)
	if i.rt == 0 {
		return ErrMemoryLimit
	}
	i.hideTraces()
	lib.XJS_SetMaxStackSize(i.tls, i.rt, uint64(i.opts.StackLimit))
	lib.XJS_SetInterruptHandler(i.tls, i.rt, interruptCallback, uintptr(i.id))
	lib.XJS_SetModuleLoaderFunc2(i.tls, i.rt, normalizeCallback, loadCallback, 0, uintptr(i.id))
	if i.opts.Rejection != nil {
		lib.XJS_SetHostPromiseRejectionTracker(i.tls, i.rt, rejectionCallback, uintptr(i.id))
	}
	i.ctx = lib.XJS_NewContext(i.tls, i.rt)
	if i.ctx == 0 {
		return ErrMemoryLimit
	}
	lib.XJS_SetContextOpaque(i.tls, i.ctx, uintptr(i.id))
	quotaAt(i.quota).counter = i.ctx + offsetInterruptCounter
	if lib.XJS_NewClass(i.tls, i.rt, functionClass, functionClassDef) < 0 || lib.XJS_NewClass(i.tls, i.rt, objectClass, objectClassDef) < 0 {
		return ErrMemoryLimit
	}
	return i.prepareGlobals()
}

// Close gives all memory back, ends every value and runs the finalizers of all host objects. Calling it twice is fine;
// calling it while JavaScript of the isolate runs is a mistake that panics.
func (i *Isolate) Close() error {
	if i.closed {
		return nil
	}
	if i.depth > 0 {
		panic("quickjs: Close within a call of the isolate")
	}
	i.closed = true
	unregister(i)
	for k := range i.hosts {
		if f := i.hosts[k].finalize; f != nil {
			i.reaped = append(i.reaped, f)
		}
	}
	for r := i.refs; r != nil; r = r.next {
		r.iso = nil
	}
	// The engine's own teardown would visit every object, only to free memory that is listed in the quota anyway.
	freeQuota(i.tls, i.quota)
	free(i.tls, i.array)
	free(i.tls, i.scratch)
	i.tls.Close()
	i.rt, i.ctx, i.slots, i.refs, i.hosts, i.atoms, i.names, i.pending = 0, 0, nil, nil, nil, nil, nil, nil
	i.reap()
	return nil
}

// usable panics with a clear message instead of touching memory that is gone.
func (i *Isolate) usable() {
	if i.closed {
		panic("quickjs: " + ErrClosed.Error())
	}
}

// run calls into C, where JavaScript may run, and turns its result into a value or an error. A fault of the engine is an
// error too, after which the isolate can only be closed.
func (i *Isolate) run(fn func() lib.TJSValue) (Value, error) {
	result, err := i.enter(fn)
	if err != nil {
		return Value{}, err
	}
	return i.push(result), nil
}

// enter is run without making a handle of the result, which the caller owns.
func (i *Isolate) enter(fn func() lib.TJSValue) (result lib.TJSValue, err error) {
	if i.closed {
		return undefined, ErrClosed
	}
	if i.broken != nil {
		return undefined, i.broken
	}
	defer i.leave((*lib.TJSRuntime)(pointer(i.rt)).Fcurrent_stack_frame, i.tls.StackSlots(), i.running, &err)
	if i.depth == 0 {
		// An address outside Go's heap that faults would otherwise end the process.
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	}
	i.depth++
	result = fn()
	if isException(result) {
		err = i.caught()
		result = undefined
	} else if i.stop != nil {
		err = i.stopped(nil)
		i.drop(result)
		result = undefined
	}
	return result, err
}

// leave restores what enter changed, also when Go unwinds the stack of C through a panic or runtime.Goexit.
func (i *Isolate) leave(frame uintptr, slots, running int, err *error) {
	i.depth--
	i.running = running
	if i.closed {
		return
	}
	if r := recover(); r != nil {
		i.broken = fmt.Errorf("the JavaScript engine failed: %v", r)
		*err = i.broken
	}
	if i.broken != nil {
		return
	}
	if (*lib.TJSRuntime)(pointer(i.rt)).Fcurrent_stack_frame != frame {
		(*lib.TJSRuntime)(pointer(i.rt)).Fcurrent_stack_frame = frame
	}
	if i.depth == 0 {
		i.stop = nil
		quotaAt(i.quota).exceeded = 0
		if len(i.reaped) > 0 {
			i.reap()
		}
	}
}

// reap runs the finalizers of what was collected, outside of the engine.
func (i *Isolate) reap() {
	for len(i.reaped) > 0 {
		list := i.reaped
		i.reaped = nil
		for _, finalize := range list {
			finalize()
		}
	}
}
