package store

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// pointer turns an address handed out by the C side into a pointer. Such memory is never part of Go's heap.
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

func readPtr(addr uintptr) uintptr { return *(*uintptr)(pointer(addr)) }

func readInt64(addr uintptr) int64 { return *(*int64)(pointer(addr)) }

// callback gives the address that the C side calls to reach fn, a function value that captures nothing.
func callback[F any](fn F) uintptr {
	holder := struct{ fn F }{fn}
	return *(*uintptr)(unsafe.Pointer(&holder))
}

// malloc panics when memory is exhausted: Go's own allocations would do the same.
func malloc(tls *libc.TLS, n int) uintptr {
	p := sqlite3.Xsqlite3_malloc64(tls, uint64(max(n, 1)))
	if p == 0 {
		panic("store: out of memory")
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

func free(tls *libc.TLS, p uintptr) {
	if p != 0 {
		sqlite3.Xsqlite3_free(tls, p)
	}
}

// constant returns a NUL-terminated text that lives as long as the process.
func constant(s string) uintptr {
	p, err := libc.CString(s)
	if err != nil {
		panic("store: out of memory")
	}
	return p
}
