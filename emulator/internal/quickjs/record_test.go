package quickjs_test

import (
	"errors"
	"math"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestRecord(t *testing.T) {
	i := open(t, quickjs.Options{})
	r, err := i.Record("b", "10", "2", "__proto__", "b", "é")
	if err != nil {
		t.Fatal(err)
	}
	inner, err := i.List([]any{1.0, "x"})
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Object([]any{1.0, math.Copysign(0, -1), nil, "no", true, []byte{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Append(inner, 2, []any{inner, "", 1.5, 0.0, 1e9, []byte(nil)}); err != nil {
		t.Fatal(err)
	}
	show, err := i.Eval(`(o) => JSON.stringify([Object.keys(o), o.b, Object.is(o[10], -0), o[2], o.é.byteLength, Object.getPrototypeOf(o) === Object.prototype])`, "t.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v    quickjs.Value
		want string
	}{
		{v, `[["2","10","b","é"],true,true,null,2,true]`},
		{get(t, inner, "2"), `[["2","10","b","é"],1000000000,false,1.5,0,true]`},
	} {
		got, err := show.Call(quickjs.Value{}, c.v)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	r.Free()
	r.Free()
}

func get(t *testing.T, v quickjs.Value, name string) quickjs.Value {
	t.Helper()
	p, err := v.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSettled(t *testing.T) {
	handled := 0
	i := open(t, quickjs.Options{Rejection: func(_, _ quickjs.Value, done bool) {
		if !done {
			handled++
		}
	}})
	v, err := i.Settled(i.Number(1), false)
	if err != nil || v.PromiseState() != quickjs.Fulfilled || v.PromiseResult().String() != "1" {
		t.Errorf("got %v (%v), %v", v.PromiseState(), v.PromiseResult(), err)
	}
	v, err = i.Settled(i.Number(2), true)
	if err != nil || v.PromiseState() != quickjs.Rejected || v.PromiseResult().String() != "2" || handled != 1 {
		t.Errorf("got %v (%v), %v, reported %d times", v.PromiseState(), v.PromiseResult(), err, handled)
	}
	follow, err := i.Settled(v, false)
	if err != nil || follow.PromiseState() != quickjs.Pending {
		t.Errorf("one that follows a promise: %v, %v", follow.PromiseState(), err)
	}
}

// What JavaScript that was ended has queued is not run by whoever enters next,
// and takes no memory.
func TestDropJobs(t *testing.T) {
	i := open(t, quickjs.Options{})
	stop := errors.New("stop")
	end, err := i.Function("end", 0, func(*quickjs.Call) (quickjs.Value, error) { return quickjs.Value{}, quickjs.Terminate(stop) })
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Global().Set("end", end); err != nil {
		t.Fatal(err)
	}
	var before quickjs.Memory
	for n := range 50 {
		_, err := i.Eval(`globalThis.ran = []; for (let n = 0; n < 100; n++) Promise.resolve({ n }).then((v) => ran.push(v)); end()`, "t.js")
		if !errors.Is(err, stop) || !i.JobsPending() {
			t.Fatalf("got %v, pending %v", err, i.JobsPending())
		}
		i.DropJobs()
		if i.JobsPending() {
			t.Fatal("jobs are left")
		}
		i.GC()
		if n == 0 {
			before = i.Memory()
		}
	}
	if after := i.Memory(); after.Objects > before.Objects+10 {
		t.Errorf("%d objects, %d after the first time", after.Objects, before.Objects)
	}
	v, err := i.Eval(`Promise.resolve().then(() => ran.push('later')); 0`, "t.js")
	if err != nil {
		t.Fatal(v, err)
	}
	if n, err := i.RunJobs(10); n != 1 || err != nil {
		t.Errorf("ran %d, %v", n, err)
	}
	if got := get(t, i.Global(), "ran"); mustText(t, got) != "later" {
		t.Errorf("ran %s", mustText(t, got))
	}
}

func mustText(t *testing.T, v quickjs.Value) string {
	t.Helper()
	s, err := v.Text()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
