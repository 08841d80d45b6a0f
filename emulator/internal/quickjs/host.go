package quickjs

import (
	"fmt"
	"runtime/debug"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// Func is a function of JavaScript that is written in Go. A zero Value is undefined. An error is thrown: an [*Error] as
// the class it names, what [Value.Throw] gave as that value, any other as an Error with its text; what [Terminate] gave
// ends JavaScript. A panic is thrown as an Error. Values made while it runs end with it, except what it returns.
//
// A Func may call into the isolate and must return before another goroutine enters it.
type Func func(c *Call) (Value, error)

// Call is one call of a Func. It is valid until the Func returns.
type Call struct {
	Isolate *Isolate
	This    Value
	Args    []Value
	// New is the constructor that new was applied to, or undefined in a plain call. A constructor gives its instances
	// the prototype that this value names.
	New Value
}

// Arg gives an argument; those not given are undefined.
func (c *Call) Arg(n int) Value {
	if n < len(c.Args) {
		return c.Args[n]
	}
	return Value{}
}

// host is what Go keeps for an object of JavaScript; the object knows its index only.
type host struct {
	used     bool
	name     string
	fn       Func
	value    any
	finalize func()
}

// What the engine needs to know once per process; prepared by prepare.
var (
	prepareOnce sync.Once

	functionClass, objectClass       lib.TJSClassID
	functionClassDef, objectClassDef uintptr

	mallocFunctions uintptr

	interruptCallback, rejectionCallback, normalizeCallback, loadCallback, syntheticCallback, jobCallback uintptr
)

// prepare asks the engine for class numbers, which it hands out without a lock.
func prepare() {
	prepareOnce.Do(func() {
		tls := libc.NewTLS()
		defer tls.Close()
		id := malloc(tls, 8)
		class := func() lib.TJSClassID {
			*(*lib.TJSClassID)(pointer(id)) = 0
			return lib.XJS_NewClassID(tls, id)
		}
		functionClass, objectClass = class(), class()
		free(tls, id)
		interruptCallback, rejectionCallback = callback(onInterrupt), callback(onRejection)
		normalizeCallback, loadCallback, syntheticCallback = callback(onNormalize), callback(onLoad), callback(onSynthetic)
		jobCallback = callback(onJob)
		functionClassDef = classDef(tls, "Function", callback(onCall))
		objectClassDef = classDef(tls, "Object", 0)
		mallocFunctions = malloc(tls, int(unsafe.Sizeof(lib.TJSMallocFunctions{})))
		*(*lib.TJSMallocFunctions)(pointer(mallocFunctions)) = lib.TJSMallocFunctions{
			Fjs_malloc: callback(jsMalloc), Fjs_free: callback(jsFree), Fjs_realloc: callback(jsRealloc), Fjs_malloc_usable_size: callback(jsUsableSize),
		}
	})
}

func classDef(tls *libc.TLS, name string, call uintptr) uintptr {
	addr := malloc(tls, int(unsafe.Sizeof(lib.TJSClassDef{})))
	*(*lib.TJSClassDef)(pointer(addr)) = lib.TJSClassDef{Fclass_name: cstring(tls, name), Ffinalizer: callback(onFinalize), Fcall: call}
	return addr
}

// Function makes a function. Its length is what JavaScript sees as such: how many arguments it expects.
func (i *Isolate) Function(name string, length int, fn Func) (Value, error) {
	return i.function(name, length, fn, false)
}

// Constructor makes a function that may also be called with new. See [Isolate.Class] for classes of host objects.
func (i *Isolate) Constructor(name string, length int, fn Func) (Value, error) {
	return i.function(name, length, fn, true)
}

func (i *Isolate) function(name string, length int, fn Func, constructor bool) (Value, error) {
	return i.run(func() lib.TJSValue {
		v := i.newHost(functionClass, (*lib.TJSContext)(pointer(i.ctx)).Ffunction_proto, host{name: name, fn: fn})
		if isException(v) {
			return v
		}
		text := i.newString(name)
		if isException(text) ||
			lib.XJS_DefinePropertyValue(i.tls, i.ctx, v, lib.EJS_ATOM_length, makeInt(int32(length)), lib.MJS_PROP_CONFIGURABLE) < 0 ||
			lib.XJS_DefinePropertyValue(i.tls, i.ctx, v, lib.EJS_ATOM_name, text, lib.MJS_PROP_CONFIGURABLE) < 0 {
			i.drop(v)
			return exception
		}
		if constructor {
			lib.XJS_SetConstructorBit(i.tls, i.ctx, v, 1)
		}
		return v
	})
}

// Host makes an object that stands for a value of Go, with proto (an object or null) as its prototype. When JavaScript
// no longer needs the object, or the isolate is closed, finalize is called if it is not nil: outside of JavaScript, on
// the goroutine that uses the isolate then.
func (i *Isolate) Host(proto Value, value any, finalize func()) (Value, error) {
	p := i.raw(proto)
	return i.run(func() lib.TJSValue { return i.newHost(objectClass, p, host{value: value, finalize: finalize}) })
}

// Host gives the value of Go that an object made by [Isolate.Host] stands for; ok is false for every other value.
func (v Value) Host() (value any, ok bool) {
	if v.iso == nil {
		return nil, false
	}
	n := lib.XJS_GetOpaque(v.iso.tls, v.iso.raw(v), objectClass)
	if n == 0 {
		return nil, false
	}
	return v.iso.hosts[n-1].value, true
}

func (i *Isolate) newHost(class lib.TJSClassID, proto lib.TJSValue, h host) lib.TJSValue {
	v := lib.XJS_NewObjectProtoClass(i.tls, i.ctx, proto, class)
	if isException(v) {
		return v
	}
	h.used = true
	var n int
	if free := len(i.free); free > 0 {
		n = int(i.free[free-1])
		i.free = i.free[:free-1]
		i.hosts[n] = h
	} else {
		n = len(i.hosts)
		i.hosts = append(i.hosts, h)
	}
	lib.XJS_SetOpaque(i.tls, v, uintptr(n+1))
	return v
}

// onFinalize is called when an object of ours is freed, in the middle of whatever the engine does.
func onFinalize(tls *libc.TLS, rt uintptr, v lib.TJSValue) {
	n := lib.XJS_GetOpaque(tls, v, lib.XJS_GetClassID(tls, v))
	i := isolateByID((*lib.TJSRuntime)(pointer(rt)).Finterrupt_opaque)
	if n == 0 || i == nil {
		return
	}
	h := &i.hosts[n-1]
	if h.finalize != nil {
		i.reaped = append(i.reaped, h.finalize)
	}
	*h = host{}
	i.free = append(i.free, int32(n-1))
}

// onCall is called by the engine for our functions.
func onCall(tls *libc.TLS, ctx uintptr, fn, this lib.TJSValue, argc int32, argv uintptr, flags int32) (result lib.TJSValue) {
	i := isolateOf(ctx)
	n := lib.XJS_GetOpaque(tls, fn, functionClass)
	h := &i.hosts[n-1]
	c := i.newCall()
	scope := Scope{i, len(i.slots)}
	defer i.endCall(scope, h.name, &result)
	c.This, c.New = Value{}, Value{}
	if flags&lib.MJS_CALL_FLAG_CONSTRUCTOR != 0 {
		c.New = i.borrow(this)
	} else if tagOf(this) != lib.EJS_TAG_UNDEFINED {
		c.This = i.borrow(this)
	}
	for _, v := range values(argv, int(argc)) {
		c.Args = append(c.Args, i.borrow(v))
	}
	v, err := h.fn(c)
	if err != nil {
		return i.throw(err)
	}
	if i.stop != nil {
		return i.terminate(i.stop.cause)
	}
	return i.dup(i.raw(v))
}

// newCall takes a Call that is used again and again: most host calls then allocate nothing.
func (i *Isolate) newCall() *Call {
	if i.running == len(i.calls) {
		i.calls = append(i.calls, &Call{Isolate: i})
	}
	c := i.calls[i.running]
	c.Args = c.Args[:0]
	i.running++
	return c
}

// endCall must be deferred itself, since it recovers.
func (i *Isolate) endCall(scope Scope, name string, result *lib.TJSValue) {
	if r := recover(); r != nil {
		stack := debug.Stack()
		*result = i.throw(fmt.Errorf("panic in %s: %v", name, r))
		if i.opts.Panicked != nil {
			i.opts.Panicked(name, r, stack)
		}
	}
	i.running--
	scope.Close()
}
