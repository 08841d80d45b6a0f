package quickjs

import (
	"errors"
	"fmt"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// Errors that an isolate's limits end JavaScript with; [Error] wraps them with the place.
var (
	// ErrMemoryLimit says that JavaScript used more memory than [Options.MemoryLimit].
	ErrMemoryLimit = errors.New("JavaScript exceeded its memory limit")
	// ErrInterrupted says that [Isolate.Interrupt] was called without a cause.
	ErrInterrupted = errors.New("JavaScript was interrupted")
	// ErrStackOverflow says that calls were nested deeper than [Options.StackLimit]. JavaScript sees a RangeError.
	ErrStackOverflow = errors.New("calls are nested too deeply")
)

// quota is what an isolate's allocator knows. It lies in C memory and lists every block of the isolate, so that closing
// gives all of them back whatever state the engine is in.
type quota struct {
	first    uintptr // the newest block
	limit    uint64  // 0: none
	reserve  uint64  // how far small blocks may exceed the limit, until JavaScript has been stopped
	exceeded uint64  // not 0: the limit was hit since JavaScript was entered
	counter  uintptr // the engine's countdown to asking the interrupt callback
}

// block is the head of each allocation.
type block struct{ prev, next uintptr }

const (
	blockSize = unsafe.Sizeof(block{})
	// smallBlock may come from the reserve: the engine is not at its best when such a block is refused.
	smallBlock = 64 << 10
	// overhead is what the allocator below takes for a block, at a guess.
	overhead = 16

	offsetInterruptCounter = unsafe.Offsetof(lib.TJSContext{}.Finterrupt_counter)
)

func quotaAt(addr uintptr) *quota { return (*quota)(pointer(addr)) }

func blockAt(addr uintptr) *block { return (*block)(pointer(addr)) }

func newQuota(tls *libc.TLS, limit int) uintptr {
	addr := malloc(tls, int(unsafe.Sizeof(quota{})))
	*quotaAt(addr) = quota{limit: uint64(limit), reserve: max(uint64(limit)/8, 1<<20)}
	return addr
}

func freeQuota(tls *libc.TLS, addr uintptr) {
	for b := quotaAt(addr).first; b != 0; {
		next := blockAt(b).next
		free(tls, b)
		b = next
	}
	free(tls, addr)
}

// admit decides on n more bytes. Beyond the limit it asks for JavaScript to be stopped at once.
func (q *quota) admit(s *lib.TJSMallocState, n uint64) bool {
	if q.limit == 0 || s.Fmalloc_size+n <= q.limit {
		return true
	}
	q.exceeded = 1
	if q.counter != 0 {
		*(*int32)(pointer(q.counter)) = 0
	}
	return n <= smallBlock && s.Fmalloc_size+n <= q.limit+q.reserve
}

func (q *quota) link(addr uintptr) {
	*blockAt(addr) = block{next: q.first}
	if q.first != 0 {
		blockAt(q.first).prev = addr
	}
	q.first = addr
}

func (q *quota) unlink(addr uintptr) {
	b := blockAt(addr)
	if b.prev != 0 {
		blockAt(b.prev).next = b.next
	} else {
		q.first = b.next
	}
	if b.next != 0 {
		blockAt(b.next).prev = b.prev
	}
}

func sizeOf(tls *libc.TLS, addr uintptr) uint64 {
	return uint64(libc.Xmalloc_usable_size(tls, addr)) - uint64(blockSize)
}

func jsMalloc(tls *libc.TLS, state uintptr, size lib.Tsize_t) uintptr {
	s := (*lib.TJSMallocState)(pointer(state))
	q := quotaAt(s.Fopaque)
	if uint64(size) >= 1<<40 || !q.admit(s, uint64(size)) {
		return 0
	}
	addr := libc.Xmalloc(tls, libc.Tsize_t(uint64(size)+uint64(blockSize)))
	if addr == 0 {
		return 0
	}
	q.link(addr)
	s.Fmalloc_count++
	s.Fmalloc_size += sizeOf(tls, addr) + overhead
	return addr + blockSize
}

func jsFree(tls *libc.TLS, state, ptr uintptr) {
	if ptr == 0 {
		return
	}
	s := (*lib.TJSMallocState)(pointer(state))
	addr := ptr - blockSize
	quotaAt(s.Fopaque).unlink(addr)
	s.Fmalloc_count--
	s.Fmalloc_size -= sizeOf(tls, addr) + overhead
	free(tls, addr)
}

func jsRealloc(tls *libc.TLS, state, ptr uintptr, size lib.Tsize_t) uintptr {
	if ptr == 0 {
		if size == 0 {
			return 0
		}
		return jsMalloc(tls, state, size)
	}
	if size == 0 {
		jsFree(tls, state, ptr)
		return 0
	}
	s := (*lib.TJSMallocState)(pointer(state))
	q := quotaAt(s.Fopaque)
	addr := ptr - blockSize
	old := sizeOf(tls, addr)
	if uint64(size) >= 1<<40 || uint64(size) > old && !q.admit(s, uint64(size)-old) {
		return 0
	}
	q.unlink(addr)
	moved := libc.Xrealloc(tls, addr, libc.Tsize_t(uint64(size)+uint64(blockSize)))
	if moved == 0 {
		q.link(addr)
		return 0
	}
	q.link(moved)
	s.Fmalloc_size += sizeOf(tls, moved) - old
	return moved + blockSize
}

func jsUsableSize(tls *libc.TLS, ptr uintptr) lib.Tsize_t {
	if ptr == 0 {
		return 0
	}
	return lib.Tsize_t(sizeOf(tls, ptr-blockSize))
}

// stop is why JavaScript is being unwound, and where it was.
type stop struct {
	cause error
	// last is where the innermost function has last been seen in a call, if it was. Otherwise jump is the place that the
	// engine gives its error, which in a loop is what stands before the loop.
	last, jump *Error
}

// termination is an error that JavaScript cannot catch.
type termination struct{ err error }

func (t *termination) Error() string { return t.err.Error() }
func (t *termination) Unwrap() error { return t.err }

// Terminate wraps what a host function returns to end all JavaScript of the isolate that is running: no catch or finally
// block runs, and whoever called into the isolate gets an [*Error] that wraps err.
func Terminate(err error) error { return &termination{err} }

// Interrupt ends the JavaScript that is running, or the next to run, with an [*Error] that wraps cause; nil stands for
// [ErrInterrupted]. Any goroutine may call it. JavaScript is stopped within a few hundred microseconds, except in the
// middle of one long operation of the engine, such as sorting or joining a huge array.
func (i *Isolate) Interrupt(cause error) {
	if cause == nil {
		cause = ErrInterrupted
	}
	i.interrupt.Store(&cause)
}

// ClearInterrupt takes an interrupt back that has not ended anything yet.
func (i *Isolate) ClearInterrupt() { i.interrupt.Store(nil) }

func onInterrupt(_ *libc.TLS, _ uintptr, id uintptr) int32 {
	i := isolateByID(id)
	if i == nil || i.ctx == 0 {
		return 0
	}
	if i.stop == nil {
		if cause := i.whyStop(); cause != nil {
			i.stop = &stop{cause: cause, last: i.here()}
		}
	}
	if i.stop == nil {
		return 0
	}
	i.hurry()
	return 1
}

// hurry makes the engine ask again as soon as possible: code that was resumed after the first refusal, such as whoever
// waits for a promise, must not get far.
func (i *Isolate) hurry() { *(*int32)(pointer(i.ctx + offsetInterruptCounter)) = 1 }

func (i *Isolate) whyStop() error {
	if p := i.interrupt.Load(); p != nil && i.interrupt.CompareAndSwap(p, nil) {
		return *p
	}
	if quotaAt(i.quota).exceeded != 0 && !i.recovered() {
		return i.memoryError()
	}
	if i.opts.Interrupt != nil {
		return i.opts.Interrupt()
	}
	return nil
}

func (i *Isolate) memoryError() error {
	return fmt.Errorf("%w of %d MiB", ErrMemoryLimit, (quotaAt(i.quota).limit+1<<19)>>20)
}

// recovered collects garbage: what exceeded the limit may be cycles that nobody needs.
func (i *Isolate) recovered() bool {
	lib.XJS_RunGC(i.tls, i.rt)
	q := quotaAt(i.quota)
	if i.mallocSize() > q.limit-q.limit/16 {
		return false
	}
	q.exceeded = 0
	return true
}

func (i *Isolate) mallocSize() uint64 {
	return uint64((*lib.TJSRuntime)(pointer(i.rt)).Fmalloc_ctx.Fmalloc_state.Fmalloc_size)
}

// terminate starts unwinding JavaScript from within a host function.
func (i *Isolate) terminate(err error) lib.TJSValue {
	if i.stop == nil {
		i.stop = &stop{cause: err, last: i.here()}
	}
	i.hurry()
	lib.XJS_Throw(i.tls, i.ctx, null)
	lib.XJS_SetUncatchableException(i.tls, i.ctx, 1)
	return exception
}

// GC collects objects that refer to each other in cycles; all others are freed as soon as nobody refers to them.
func (i *Isolate) GC() {
	i.usable()
	_, _ = i.enter(func() lib.TJSValue {
		lib.XJS_RunGC(i.tls, i.rt)
		return undefined
	})
}

// Memory is what an isolate uses.
type Memory struct {
	Bytes   int64 // memory taken from the system
	Objects int64
	Strings int64
	Atoms   int64 // names and symbols
}

// Memory counts what the isolate uses; it visits every object.
func (i *Isolate) Memory() Memory {
	i.usable()
	addr := malloc(i.tls, int(unsafe.Sizeof(lib.TJSMemoryUsage{})))
	defer free(i.tls, addr)
	lib.XJS_ComputeMemoryUsage(i.tls, i.rt, addr)
	u := (*lib.TJSMemoryUsage)(pointer(addr))
	return Memory{Bytes: u.Fmalloc_size, Objects: u.Fobj_count, Strings: u.Fstr_count, Atoms: u.Fatom_count}
}
