package quickjs

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// The engine's array methods ask for an interrupt only where they call JavaScript. On an array with holes, or an object
// that merely says that it is four billion elements long, they would run for minutes and could not be stopped. So each of
// them is called through a guard that looks at the length first.

// guardedMethods are those of Array.prototype whose time grows with the length.
var guardedMethods = [...]string{
	"concat", "copyWithin", "every", "fill", "filter", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap", "forEach",
	"includes", "indexOf", "join", "lastIndexOf", "map", "reduce", "reduceRight", "reverse", "shift", "slice", "some", "sort", "splice",
	"toLocaleString", "toReversed", "toSorted", "toSpliced", "unshift", "with",
}

// maxGuarded is the length that takes about three seconds.
const maxGuarded = 1 << 26

// cfunction is how the engine keeps a function of C, within its object.
type cfunction struct {
	realm  uintptr
	fn     uintptr
	length uint8
	proto  uint8
	magic  int16
}

// guarded are the functions behind the guard, the same in every isolate, by their place in guardedMethods.
var (
	guardedOnce sync.Once
	guarded     [len(guardedMethods)]cfunction
	guardFn     uintptr
)

// guardArrays puts the guard in. Every isolate calls it before any script runs.
func (i *Isolate) guardArrays(global Value) error {
	proto, err := global.path("Array", "prototype")
	if err != nil {
		return err
	}
	var found [len(guardedMethods)]*cfunction
	for n, name := range guardedMethods {
		v, err := proto.Get(name)
		if err != nil {
			return err
		}
		if v.class() != lib.EJS_CLASS_C_FUNCTION {
			continue
		}
		object := (*lib.TJSObject)(pointer(v.Identity()))
		if f := (*cfunction)(unsafe.Pointer(&object.Fu)); f.proto == lib.EJS_CFUNC_generic || f.proto == lib.EJS_CFUNC_generic_magic {
			found[n] = f
		}
	}
	guardedOnce.Do(func() {
		guardFn = callback(onGuarded)
		for n, f := range found {
			if f != nil {
				guarded[n] = *f
			}
		}
	})
	for n, f := range found {
		if f != nil {
			f.fn, f.proto, f.magic = guardFn, lib.EJS_CFUNC_generic_magic, int16(n)
		}
	}
	return nil
}

// onGuarded is called in place of an array method; magic tells which.
func onGuarded(tls *libc.TLS, ctx uintptr, this lib.TJSValue, argc int32, argv uintptr, magic int32) lib.TJSValue {
	if tagOf(this) == lib.EJS_TAG_OBJECT && tooLong(tls, ctx, this) {
		i := isolateOf(ctx)
		return i.throw(RangeErrorf("Invalid array length"))
	}
	g := &guarded[magic]
	if g.proto == lib.EJS_CFUNC_generic {
		return (*(*func(*libc.TLS, uintptr, lib.TJSValue, int32, uintptr) lib.TJSValue)(unsafe.Pointer(&struct{ uintptr }{g.fn})))(tls, ctx, this, argc, argv)
	}
	return (*(*func(*libc.TLS, uintptr, lib.TJSValue, int32, uintptr, int32) lib.TJSValue)(unsafe.Pointer(&struct{ uintptr }{g.fn})))(tls, ctx, this, argc, argv, int32(g.magic))
}

// tooLong looks at the length without running code: a length that is a getter or behind a proxy counts as short.
func tooLong(tls *libc.TLS, ctx uintptr, this lib.TJSValue) bool {
	object := (*lib.TJSObject)(pointer(uintptr(payload(this))))
	if object.Fclass_id == lib.EJS_CLASS_ARRAY {
		return longLength(*(*lib.TJSValue)(pointer(object.Fprop))) // the first property of every array
	}
	desc := tls.Alloc(int(descriptorSize))
	defer tls.Free(int(descriptorSize))
	if object.Fclass_id == lib.EJS_CLASS_PROXY || lib.XJS_GetOwnProperty(tls, ctx, desc, this, lib.EJS_ATOM_length) <= 0 {
		return false
	}
	d := (*lib.TJSPropertyDescriptor)(pointer(desc))
	long := longLength(d.Fvalue)
	for _, v := range []lib.TJSValue{d.Fvalue, d.Fgetter, d.Fsetter} {
		if counted(v) {
			lib.XFreeValue(tls, ctx, v)
		}
	}
	return long
}

func longLength(v lib.TJSValue) bool {
	switch tagOf(v) {
	case lib.EJS_TAG_INT:
		return int32(payload(v)) > maxGuarded
	case lib.EJS_TAG_FLOAT64:
		bits := payload(v)
		return *(*float64)(unsafe.Pointer(&bits)) > maxGuarded
	}
	return false
}
