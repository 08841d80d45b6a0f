package testkit_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// run runs a test in an example, where there is no *testing.T: it prints what
// the test logs, what it fails with, and nothing else.
func run(test func(t testing.TB)) {
	r := &recorder{name: "TestExample"}
	var cancel context.CancelFunc
	r.ctx, cancel = context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { // which FailNow may end, as it does a test's
		defer close(done)
		defer r.finish()
		defer cancel()
		test(r)
	}()
	<-done
}

// recorder is a testing.TB that prints. It stands for what emulators and
// helpers use; the rest of the embedded interface is nil.
type recorder struct {
	testing.TB
	name     string
	ctx      context.Context
	cleanups []func()
	failed   bool
}

func (r *recorder) Name() string             { return r.name }
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Cleanup(fn func())        { r.cleanups = append(r.cleanups, fn) }
func (r *recorder) Helper()                  {}
func (r *recorder) Failed() bool             { return r.failed }
func (r *recorder) Skipped() bool            { return false }
func (r *recorder) Fail()                    { r.failed = true }
func (r *recorder) FailNow()                 { r.failed = true; runtime.Goexit() }

func (r *recorder) TempDir() string {
	dir, err := os.MkdirTemp("", "testkit")
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			r.Error(err)
		}
	})
	return dir
}

func (r *recorder) Log(args ...any)                 { fmt.Print(fmt.Sprintln(args...)) }
func (r *recorder) Logf(format string, args ...any) { r.Log(fmt.Sprintf(format, args...)) }
func (r *recorder) Error(args ...any) {
	r.failed = true
	r.Log("FAIL: " + strings.TrimSpace(fmt.Sprintln(args...)))
}
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.Error(args...); r.FailNow() }
func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

func (r *recorder) finish() {
	for _, fn := range slices.Backward(r.cleanups) {
		fn()
	}
}
