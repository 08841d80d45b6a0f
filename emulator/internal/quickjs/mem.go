package quickjs

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// valueSize is the room that one JavaScript value takes in C memory.
const valueSize = unsafe.Sizeof(lib.TJSValue{})

// pointer turns an address of C memory into a pointer. Go's collector never sees that memory.
func pointer(addr uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&addr))
}

// view is the n bytes at addr without copying them; it is valid as long as the C side keeps them.
func view(addr uintptr, n int) []byte {
	if addr == 0 || n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(addr)), n)
}

// values is the n JavaScript values at addr, in place.
func values(addr uintptr, n int) []lib.TJSValue {
	if addr == 0 || n == 0 {
		return nil
	}
	return unsafe.Slice((*lib.TJSValue)(pointer(addr)), n)
}

// callback is the address of a package-level function, as the C side calls it. Closures have no such address.
func callback[F any](fn F) uintptr {
	holder := struct{ fn F }{fn}
	return *(*uintptr)(unsafe.Pointer(&holder))
}

// malloc panics when memory is exhausted: Go's own allocations would do the same.
func malloc(tls *libc.TLS, n int) uintptr {
	p := libc.Xmalloc(tls, libc.Tsize_t(max(n, 1)))
	if p == 0 {
		panic("quickjs: out of memory")
	}
	return p
}

// cstring copies s with a closing NUL; the caller frees it.
func cstring(tls *libc.TLS, s string) uintptr {
	p := malloc(tls, len(s)+1)
	b := view(p, len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return p
}

func free(tls *libc.TLS, p uintptr) { libc.Xfree(tls, p) }

// scratchSize holds nearly every name and short string that crosses.
const scratchSize = 4096

// cstring lends a copy of s with a closing NUL, until release is called with it. Calls may nest: the first of them takes
// the isolate's own scratch memory.
func (i *Isolate) cstring(s string) uintptr {
	if len(s) >= scratchSize || i.scratchUsed {
		return cstring(i.tls, s)
	}
	i.scratchUsed = true
	b := view(i.scratch, len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return i.scratch
}

func (i *Isolate) release(addr uintptr) {
	if addr == i.scratch {
		i.scratchUsed = false
		return
	}
	free(i.tls, addr)
}

func makeInt(n int32) lib.TJSValue {
	v := lib.TJSValue{Ftag: lib.EJS_TAG_INT}
	*(*uint64)(unsafe.Pointer(&v)) = uint64(uint32(n))
	return v
}

func makeFloat(f float64) lib.TJSValue {
	v := lib.TJSValue{Ftag: lib.EJS_TAG_FLOAT64}
	*(*float64)(unsafe.Pointer(&v)) = f
	return v
}

func makeBool(b bool) lib.TJSValue {
	v := lib.TJSValue{Ftag: lib.EJS_TAG_BOOL}
	if b {
		*(*uint64)(unsafe.Pointer(&v)) = 1
	}
	return v
}

var (
	undefined = lib.TJSValue{Ftag: lib.EJS_TAG_UNDEFINED}
	null      = lib.TJSValue{Ftag: lib.EJS_TAG_NULL}
	exception = lib.TJSValue{Ftag: lib.EJS_TAG_EXCEPTION}
)

// payload is the first word of a value: its pointer, integer or float.
func payload(v lib.TJSValue) uint64 { return *(*uint64)(unsafe.Pointer(&v)) }

func tagOf(v lib.TJSValue) int32 { return int32(v.Ftag) }

func isException(v lib.TJSValue) bool { return int32(v.Ftag) == lib.EJS_TAG_EXCEPTION }

// counted reports whether a value is a reference that must be given back.
func counted(v lib.TJSValue) bool { return int32(v.Ftag) < 0 }
