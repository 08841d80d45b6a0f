package bundle

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// began is when the process started. In a bubble of testing/synctest it is
// earlier than that, unless the bubble lets 25 years pass.
var began = time.Now()

// outside calls f where a goroutine that it leaves behind does no harm. After
// each build esbuild has one sleep for a quarter of a second, and a bubble in
// which that happens cannot end.
func outside(f func()) {
	if !time.Now().Before(began) {
		f()
		return
	}
	// What the garbage collector calls is outside of every bubble, as synctest
	// promises. A mutex is what a bubble can wait for without taking the wait for
	// the end of all activity.
	var started atomic.Bool
	var done sync.Mutex
	done.Lock()
	leave(func() {
		started.Store(true)
		go func() {
			defer done.Unlock()
			f()
		}()
	})
	for !started.Load() {
		runtime.GC()
		runtime.Gosched()
	}
	done.Lock()
}

// leave has the garbage collector call f. It is a function of its own so that
// nothing on the stack of its caller keeps the garbage alive.
//
//go:noinline
func leave(f func()) {
	type garbage struct{ _ *byte } // small values without a pointer share memory, and may live on
	runtime.AddCleanup(&garbage{}, func(f func()) { f() }, f)
}
