package storetest

import (
	"errors"
	"fmt"
)

// ErrInjected is the cause of every injected failure.
var ErrInjected = errors.New("injected failure")

// Faults lets the n-th storage operation fail.
type Faults struct {
	n     int
	count int
	op    string
	off   bool
}

// FailAt makes operation n, counted from 0, fail. A negative n only counts.
func FailAt(n int) *Faults { return &Faults{n: n} }

// Hook is for store.Options.Fault.
func (f *Faults) Hook(op string) error {
	if f.off {
		return nil
	}
	n := f.count
	f.count++
	if n != f.n {
		return nil
	}
	f.op = op
	return fmt.Errorf("operation %d (%s): %w", n, op, ErrInjected)
}

// Fired reports whether the failure happened.
func (f *Faults) Fired() bool { return f.op != "" }

// Op is the operation that failed.
func (f *Faults) Op() string { return f.op }

// Stop lets everything succeed from now on.
func (f *Faults) Stop() { f.off = true }
