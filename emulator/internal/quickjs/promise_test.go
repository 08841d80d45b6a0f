package quickjs_test

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestPromises(t *testing.T) {
	i := open(t, quickjs.Options{})
	settle := []struct {
		name  string
		with  func(d *quickjs.Deferred) error
		state quickjs.PromiseState
		want  string
	}{
		{"resolve", func(d *quickjs.Deferred) error { return d.Resolve(i.Number(1)) }, quickjs.Fulfilled, "then 1"},
		{"resolve with a promise", func(d *quickjs.Deferred) error { return d.Resolve(eval(t, i, "Promise.resolve(2)")) }, quickjs.Fulfilled, "then 2"},
		{"reject", func(d *quickjs.Deferred) error { return d.Reject(i.Number(3)) }, quickjs.Rejected, "catch 3"},
		{"fail", func(d *quickjs.Deferred) error { return d.Fail(quickjs.TypeErrorf("four")) }, quickjs.Rejected, "catch TypeError: four"},
		{"fail with a plain error", func(d *quickjs.Deferred) error { return d.Fail(io.EOF) }, quickjs.Rejected, "catch Error: EOF"},
		{"twice", func(d *quickjs.Deferred) error { return errors.Join(d.Resolve(i.Number(5)), d.Reject(i.Null())) }, quickjs.Fulfilled, "then 5"},
	}
	for _, tt := range settle {
		t.Run(tt.name, func(t *testing.T) {
			p, d, err := i.Promise()
			if err != nil {
				t.Fatal(err)
			}
			global(t, i, "p", p)
			chained := eval(t, i, "p.then(v => 'then ' + v, e => 'catch ' + e)")
			if got := p.PromiseState(); got != quickjs.Pending || !p.PromiseResult().IsUndefined() {
				t.Errorf("before: got %v", got)
			}
			if err := tt.with(d); err != nil {
				t.Fatal(err)
			}
			v, err := i.Settle(chained, 100)
			if err != nil || v.String() != tt.want || p.PromiseState() != tt.state {
				t.Errorf("got %v, %v, %v; want %v, %s", v, err, p.PromiseState(), tt.state, tt.want)
			}
		})
	}
	if got := i.Number(1).PromiseState(); got != quickjs.NoPromise {
		t.Errorf("a number: got %v", got)
	}
	if got := eval(t, i, "({then() {}})").PromiseState(); got != quickjs.NoPromise {
		t.Errorf("a thenable: got %v", got)
	}
}

func TestSettle(t *testing.T) {
	i := open(t, quickjs.Options{})
	tests := []struct {
		name, source, want string
		err                error
	}{
		{"a value", "7", "7", nil},
		{"async", "(async () => { await null; return 8 })()", "8", nil},
		{"never", "new Promise(() => {})", "undefined", quickjs.ErrPending},
		{"for ever", "(async () => { for (;;) await null })()", "undefined", quickjs.ErrTooManyJobs},
	}
	for _, tt := range tests {
		if v, err := i.Settle(eval(t, i, tt.source), 1000); v.String() != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: got %v, %v", tt.name, v, err)
		}
	}
	_, err := i.Settle(eval(t, i, "\n(async () => { await null; throw new RangeError('late') })()"), 1000)
	if e := thrown(t, err); e.Name != "RangeError" || e.Line != 2 || e.File != "test.js" {
		t.Errorf("a rejection: got %v", err)
	}
}

func TestJobs(t *testing.T) {
	i := open(t, quickjs.Options{})
	eval(t, i, "var log = []; for (let n = 0; n < 5; n++) Promise.resolve(n).then(n => { log.push(n) })")
	if err := i.Enqueue(eval(t, i, "(a, b) => { log.push(a + b) }"), i.Number(10), i.Number(20)); err != nil {
		t.Fatal(err)
	}
	if err := i.Enqueue(eval(t, i, "() => { throw new TypeError('job') }")); err != nil {
		t.Fatal(err)
	}
	if err := i.Enqueue(eval(t, i, "() => { log.push('last') }")); err != nil {
		t.Fatal(err)
	}
	if ran, err := i.RunJobs(2); ran != 2 || err != nil || !i.JobsPending() {
		t.Errorf("bounded: got %d, %v", ran, err)
	}
	if ran, err := i.RunJobs(100); ran != 5 || err == nil || thrown(t, err).Message != "job" {
		t.Errorf("to the error: got %d, %v", ran, err)
	}
	if ran, err := i.RunJobs(100); ran != 1 || err != nil || i.JobsPending() {
		t.Errorf("the rest: got %d, %v", ran, err)
	}
	if diff := cmp.Diff("0,1,2,3,4,30,last", eval(t, i, "log.join()").String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInterruptedJob(t *testing.T) {
	late := errors.New("late")
	ask := after(10, late)
	i := open(t, quickjs.Options{Interrupt: func() (err error) {
		if err = ask(); err != nil {
			ask = func() error { return nil }
		}
		return err
	}})
	eval(t, i, "var ran = 0; const inner = (async () => { await null; for (;;) Math.abs(1) })(); (async () => { try { await inner } catch { ran++ } })()")
	_, err := i.RunJobs(100)
	if e := thrown(t, err); !errors.Is(err, late) || e.File != "test.js" || e.Line != 1 {
		t.Errorf("got %v, want %v with its place", err, late)
	}
	if got := eval(t, i, "ran").String(); got != "0" {
		t.Error("a handler ran before the error was reported")
	}
}

func TestRejections(t *testing.T) {
	var log []string
	i := open(t, quickjs.Options{Rejection: func(promise, reason quickjs.Value, handled bool) {
		if promise.PromiseState() != quickjs.Rejected {
			log = append(log, "not a rejected promise")
		}
		text := "unhandled "
		if handled {
			text = "handled "
		}
		log = append(log, text+reason.String())
	}})
	eval(t, i, `Promise.reject('handled at once').catch(() => {})
		var p = Promise.reject('later')
		Promise.reject('never')`)
	eval(t, i, "p.catch(() => {})")
	if _, err := i.RunJobs(100); err != nil {
		t.Fatal(err)
	}
	want := []string{"unhandled handled at once", "handled handled at once", "unhandled later", "unhandled never", "handled later"}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
