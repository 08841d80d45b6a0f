package quickjs_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func open(t testing.TB, opts quickjs.Options) *quickjs.Isolate {
	t.Helper()
	i, err := quickjs.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

func eval(t testing.TB, i *quickjs.Isolate, source string) quickjs.Value {
	t.Helper()
	v, err := i.Eval(source, "test.js")
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return v
}

// global makes v reachable as a global variable.
func global(t testing.TB, i *quickjs.Isolate, name string, v quickjs.Value) {
	t.Helper()
	if err := i.Global().Set(name, v); err != nil {
		t.Fatal(err)
	}
}

// function makes a host function that is a global variable.
func function(t testing.TB, i *quickjs.Isolate, name string, fn quickjs.Func) {
	t.Helper()
	global(t, i, name, must(i.Function(name, 0, fn))(t))
}

func must(v quickjs.Value, err error) func(t testing.TB) quickjs.Value {
	return func(t testing.TB) quickjs.Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// thrown gives the error that err must be.
func thrown(t testing.TB, err error) *quickjs.Error {
	t.Helper()
	var e *quickjs.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want an *Error", err)
	}
	return e
}

func TestMisusePanics(t *testing.T) {
	tests := []struct {
		name string
		use  func(t *testing.T, i, other *quickjs.Isolate)
		want string
	}{
		{"after the scope", func(t *testing.T, i, _ *quickjs.Isolate) {
			scope := i.OpenScope()
			v := eval(t, i, "({})")
			scope.Close()
			i.Number(1) // takes the same place
			v.Kind()
		}, "after its scope was closed"},
		{"of another isolate", func(t *testing.T, i, other *quickjs.Isolate) {
			_ = i.Global().Set("x", eval(t, other, "({})"))
		}, "another isolate"},
		{"as an argument, of another isolate", func(t *testing.T, i, other *quickjs.Isolate) {
			_, _ = eval(t, i, "(x => x)").Call(quickjs.Value{}, other.Null())
		}, "another isolate"},
		{"after Close", func(t *testing.T, i, _ *quickjs.Isolate) {
			v := eval(t, i, "({})")
			_ = i.Close()
			_ = v.IsFunction()
		}, "closed"},
		{"Close within a call", func(t *testing.T, i, _ *quickjs.Isolate) {
			var caught any
			function(t, i, "f", func(*quickjs.Call) (quickjs.Value, error) {
				defer func() { caught = recover() }()
				return quickjs.Value{}, i.Close()
			})
			eval(t, i, "f()")
			panic(caught)
		}, "within a call"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i, other := open(t, quickjs.Options{}), open(t, quickjs.Options{})
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, tt.want) {
					t.Errorf("got panic %q, want one with %q", got, tt.want)
				}
			}()
			tt.use(t, i, other)
		})
	}
}

func TestClosedIsolateAnswersErrClosed(t *testing.T) {
	i := open(t, quickjs.Options{})
	ref := eval(t, i, "x => x").Keep()
	_, d, err := i.Promise()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := i.Eval("1", "x.js"); !errors.Is(err, quickjs.ErrClosed) {
		t.Errorf("Eval: got %v", err)
	}
	if err := d.Resolve(quickjs.Value{}); !errors.Is(err, quickjs.ErrClosed) {
		t.Errorf("Resolve: got %v", err)
	}
	if got := ref.Value(); !got.IsUndefined() {
		t.Errorf("a ref of a closed isolate: got %v", got)
	}
	ref.Free()
}

func TestOpenRefusesLimitsOutOfRange(t *testing.T) {
	for _, opts := range []quickjs.Options{{StackLimit: 1 << 30}, {StackLimit: -1}, {MemoryLimit: -1}} {
		if i, err := quickjs.Open(opts); err == nil {
			_ = i.Close()
			t.Errorf("%+v was accepted", opts)
		}
	}
}

func TestScopes(t *testing.T) {
	i := open(t, quickjs.Options{})
	finalized := 0
	object := func() quickjs.Value { return must(i.Host(i.Null(), 1, func() { finalized++ }))(t) }
	outer := i.OpenScope()
	inner := i.OpenScope()
	object()
	kept := inner.Escape(object())
	if diff := cmp.Diff(1, finalized); diff != "" {
		t.Errorf("after Escape (-want +got):\n%s", diff)
	}
	ref := kept.Keep()
	outer.Close()
	outer.Close()
	if diff := cmp.Diff(1, finalized); diff != "" {
		t.Errorf("after Close, with a ref (-want +got):\n%s", diff)
	}
	scope := i.OpenScope()
	if v, ok := ref.Value().Host(); !ok || v != 1 {
		t.Errorf("the ref gives %v, %v", v, ok)
	}
	scope.Close()
	ref.Free()
	ref.Free()
	if diff := cmp.Diff(2, finalized); diff != "" {
		t.Errorf("after Free (-want +got):\n%s", diff)
	}
}

// TestGoroutines moves an isolate between goroutines, and uses many at once.
func TestGoroutines(t *testing.T) {
	i := open(t, quickjs.Options{})
	eval(t, i, "var n = 0; function next() { return ++n }")
	for range 20 {
		done := make(chan error)
		go func() { _, err := i.Eval("next()", "x.js"); done <- err }()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if got := eval(t, i, "n").String(); got != "20" {
		t.Errorf("got %s, want 20", got)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				i, err := quickjs.Open(quickjs.Options{Now: func() float64 { return 1 }})
				if err != nil {
					t.Error(err)
					return
				}
				if v, err := i.Eval("new Date().toISOString() + [1,2].map(x => x*2)", "x.js"); err != nil || v.String() != "1970-01-01T00:00:00.001Z2,4" {
					t.Errorf("got %v, %v", v, err)
				}
				_ = i.Close()
			}
		})
	}
	wg.Wait()
}
