package quickjs

import (
	"errors"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// ErrPending says that a promise cannot settle: no job is left that could.
var ErrPending = errors.New("the promise is pending and no job is left to run")

// ErrTooManyJobs says that a bound on jobs was reached.
var ErrTooManyJobs = errors.New("too many jobs")

// PromiseState is what became of a promise.
type PromiseState uint8

// The states of promises.
const (
	NoPromise PromiseState = iota
	Pending
	Fulfilled
	Rejected
)

func (s PromiseState) String() string {
	return [...]string{"no promise", "pending", "fulfilled", "rejected"}[s]
}

// Deferred settles a promise from Go. It keeps what it needs until then.
type Deferred struct {
	iso             *Isolate
	resolve, reject *Ref
}

// Promise makes a promise that d settles.
func (i *Isolate) Promise() (promise Value, d *Deferred, err error) {
	var fns [2]lib.TJSValue
	promise, err = i.run(func() lib.TJSValue {
		addr := i.tls.Alloc(2 * int(valueSize))
		defer i.tls.Free(2 * int(valueSize))
		p := lib.XJS_NewPromiseCapability(i.tls, i.ctx, addr)
		if !isException(p) {
			copy(fns[:], values(addr, 2))
		}
		return p
	})
	if err != nil {
		return Value{}, nil, err
	}
	return promise, &Deferred{i, i.push(fns[0]).Keep(), i.push(fns[1]).Keep()}, nil
}

// Resolve settles the promise with v, or follows v if it is a promise. Settling twice does nothing.
func (d *Deferred) Resolve(v Value) error { return d.settle(d.resolve, v) }

// Reject rejects the promise with v.
func (d *Deferred) Reject(v Value) error { return d.settle(d.reject, v) }

// Fail rejects the promise with the value that a host function would throw for err.
func (d *Deferred) Fail(err error) error {
	if d.iso.closed {
		return ErrClosed
	}
	scope := d.iso.OpenScope()
	defer scope.Close()
	v, err := d.iso.ErrorValue(err)
	if err != nil {
		return err
	}
	return d.Reject(v)
}

func (d *Deferred) settle(with *Ref, v Value) error {
	if d.iso.closed {
		return ErrClosed
	}
	fn := with.Value()
	d.resolve.Free()
	d.reject.Free()
	if fn.IsUndefined() {
		return nil
	}
	_, err := fn.Call(Value{}, v)
	return err
}

// Settled makes a promise that is fulfilled or rejected with v already. One fulfilled with a promise or thenable follows
// it.
func (i *Isolate) Settled(v Value, rejected bool) (Value, error) {
	raw := i.raw(v)
	return i.run(func() lib.TJSValue {
		addr := i.tls.Alloc(2 * int(valueSize))
		defer i.tls.Free(2 * int(valueSize))
		p := lib.XJS_NewPromiseCapability(i.tls, i.ctx, addr)
		if isException(p) {
			return p
		}
		var fns [2]lib.TJSValue
		copy(fns[:], values(addr, 2))
		settle := fns[0]
		if rejected {
			settle = fns[1]
		}
		result := i.callRaw(settle, undefined, raw)
		i.drop(fns[0])
		i.drop(fns[1])
		if isException(result) {
			i.drop(p)
			return result
		}
		i.drop(result)
		return p
	})
}

// PromiseState tells what became of a promise.
func (v Value) PromiseState() PromiseState {
	if !v.IsObject() {
		return NoPromise
	}
	return PromiseState(lib.XJS_PromiseState(v.iso.tls, v.iso.ctx, v.iso.raw(v)) + 1)
}

// PromiseResult gives what a promise was fulfilled or rejected with, or undefined.
func (v Value) PromiseResult() Value {
	if s := v.PromiseState(); s != Fulfilled && s != Rejected {
		return Value{}
	}
	return v.iso.push(lib.XJS_PromiseResult(v.iso.tls, v.iso.ctx, v.iso.raw(v)))
}

// Settle runs jobs, at most limit of them, until v is settled and gives its result; the reason of a rejection is an
// [*Error]. What is no promise is its own result.
func (i *Isolate) Settle(v Value, limit int) (Value, error) {
	for n := 0; ; n++ {
		switch v.PromiseState() {
		case NoPromise:
			return v, nil
		case Fulfilled:
			return v.PromiseResult(), nil
		case Rejected:
			return Value{}, v.PromiseResult().Throw()
		}
		if n == limit {
			return Value{}, ErrTooManyJobs
		}
		if ran, err := i.RunJobs(1); err != nil {
			return Value{}, err
		} else if ran == 0 {
			return Value{}, ErrPending
		}
	}
}

// RunJobs runs what promises and [Isolate.Enqueue] have put into the queue, jobs queued meanwhile included, until it is
// empty or limit jobs have run. It stops at the first error; the job that failed has been taken from the queue.
func (i *Isolate) RunJobs(limit int) (ran int, err error) {
	for ran < limit && err == nil {
		var rc int32
		_, err = i.enter(func() lib.TJSValue {
			rc = lib.XJS_ExecutePendingJob(i.tls, i.rt, 0)
			return status(rc)
		})
		if rc == 0 {
			break
		}
		ran++
	}
	return ran, err
}

// JobsPending reports whether a job waits to be run.
func (i *Isolate) JobsPending() bool { return !i.closed && lib.XJS_IsJobPending(i.tls, i.rt) != 0 }

// DropJobs empties the queue of jobs without running them: what an end of JavaScript leaves there must not be run on
// behalf of whoever enters next.
func (i *Isolate) DropJobs() {
	if i.closed || i.broken != nil {
		return
	}
	list := &(*lib.TJSRuntime)(pointer(i.rt)).Fjob_list
	for i.JobsPending() {
		addr := list.Fnext
		job := (*lib.TJSJobEntry)(pointer(addr))
		(*lib.Tlist_head)(pointer(job.Flink.Fprev)).Fnext = job.Flink.Fnext
		(*lib.Tlist_head)(pointer(job.Flink.Fnext)).Fprev = job.Flink.Fprev
		for _, v := range values(addr+unsafe.Sizeof(*job), int(job.Fargc)) {
			i.drop(v)
		}
		lib.XJS_FreeContext(i.tls, job.Frealm)
		lib.Xjs_free_rt(i.tls, i.rt, addr)
	}
}

// Enqueue puts a call of fn into the queue of jobs, as queueMicrotask does.
func (i *Isolate) Enqueue(fn Value, args ...Value) error {
	all := append([]Value{fn}, args...)
	argv := i.pack(all)
	defer i.unpack(all)
	_, err := i.enter(func() lib.TJSValue {
		return status(lib.XJS_EnqueueJob(i.tls, i.ctx, jobCallback, int32(len(all)), argv))
	})
	return err
}

func onJob(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) lib.TJSValue {
	return lib.XJS_Call(tls, ctx, *(*lib.TJSValue)(pointer(argv)), undefined, argc-1, argv+valueSize)
}

func onRejection(_ *libc.TLS, ctx uintptr, promise, reason lib.TJSValue, handled int32, _ uintptr) {
	i := isolateOf(ctx)
	if i.stop != nil {
		// The promise of an async function that was ended: the engine put the place of it into the reason.
		i.stop.see(i.describe(reason))
		return
	}
	if i.opts.Rejection == nil {
		return
	}
	i.guard("the rejection tracker", func() error {
		i.opts.Rejection(i.borrow(promise), i.borrow(reason), handled != 0)
		return nil
	})
}
