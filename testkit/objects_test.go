package testkit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// Rule 16.6: the callback is an event of its own, on the test's goroutine, with
// the instance that answers calls.
func TestRunInDurableObject(t *testing.T) {
	_, object := start(t, nil)
	a := object("a")
	testkit.RunInDurableObject(t, a, func(ctx context.Context, p *probe, s *durable.State) {
		p.instance = 70
		if err := s.Storage().Put("key", "inside"); err != nil {
			t.Fatal(err)
		}
		if err := durable.Sleep(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		p.instance++
	})
	testkit.Equal(t, 71, call[int](t, a, "instance"))
	testkit.Equal(t, any("inside"), call[any](t, a, "get", "key"))
	testkit.RunInDurableObject(t, a, func(_ context.Context, v any, _ *durable.State) {
		if _, ok := v.(*probe); !ok {
			t.Errorf("got a %T", v)
		}
	})
	type instancer interface{ Instance(context.Context) int }
	testkit.RunInDurableObject(t, a, func(ctx context.Context, v instancer, _ *durable.State) {
		testkit.Equal(t, 71, v.Instance(ctx))
	})
}

// The test's own stubs work in the callback, with its context; as in a handler
// the call ends the turn.
func TestCallInRunIn(t *testing.T) {
	_, object := start(t, nil)
	entered := object("a").Start("put", "key", "early")
	testkit.RunInDurableObject(t, object("a"), func(ctx context.Context, p *probe, _ *durable.State) {
		if err := p.storage.Put("key", "inside"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"b", "a"} {
			if _, err := object(name).Call(ctx, "put", "key", "called"); err != nil {
				t.Fatal(err)
			}
		}
		v, err := p.Get(ctx, "key")
		if err != nil {
			t.Fatal(err)
		}
		testkit.Equal(t, any("called"), v)
	})
	if _, err := entered.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	testkit.Equal(t, any("called"), call[any](t, object("b"), "get", "key"))
}

// Rules 2.15, 2.19: what the callback writes is lost with a reset, as in every
// turn.
func TestResetInRunIn(t *testing.T) {
	_, object := start(t, nil)
	call[any](t, object("a"), "put", "key", "before")
	err := emulator.RunIn(object("a"), func(_ context.Context, _ any, s *durable.State) error {
		if err := s.Storage().Put("key", "lost"); err != nil {
			t.Error(err)
		}
		s.Abort("moved")
		return nil
	})
	wantError(t, err, &durable.Error{Name: "Error", Message: "moved", Reset: true})
	testkit.Equal(t, any("before"), call[any](t, object("a"), "get", "key"))
	testkit.Equal(t, 2, call[int](t, object("a"), "instance"))
}

// Skip and Fatal in the callback end the test, and the emulator goes on.
func TestRunInDurableObjectEndsTest(t *testing.T) {
	em, object := start(t, nil)
	ended := t.Run("ended", func(t *testing.T) {
		testkit.RunInDurableObject(t, object("a"), func(_ context.Context, _ any, s *durable.State) {
			if err := s.Storage().Put("key", "kept"); err != nil {
				t.Fatal(err)
			}
			t.SkipNow()
		})
		t.Error("the test went on")
	})
	testkit.Equal(t, true, ended)
	testkit.Equal(t, any("kept"), call[any](t, object("a"), "get", "key"))
	em.Clock().Advance(time.Minute)
}

// Rule 16.7.
func TestRunDurableObjectAlarm(t *testing.T) {
	var runs []string
	_, object := start(t, acts{"alarm": func(_ context.Context, p *probe) (any, error) {
		_, ok, err := p.storage.Alarm()
		runs = append(runs, fmt.Sprintf("at %s, alarm set: %v", p.state.Now().Format(time.TimeOnly), ok))
		return nil, err
	}})
	a := object("a")
	testkit.Equal(t, false, testkit.RunDurableObjectAlarm(t, a))
	testkit.RunInDurableObject(t, a, func(_ context.Context, _ any, s *durable.State) {
		if err := s.Storage().SetAlarm(s.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	})
	testkit.Equal(t, true, testkit.RunDurableObjectAlarm(t, a))
	testkit.Equal(t, false, testkit.RunDurableObjectAlarm(t, a))
	testkit.Equal(t, []string{"at 00:00:00, alarm set: false"}, runs)
}

// A failed run is not retried; the test that wants the error asks emulator.
func TestRunAlarmError(t *testing.T) {
	runs := 0
	em, object := start(t, acts{"alarm": func(context.Context, *probe) (any, error) {
		runs++
		return nil, errors.New("no")
	}})
	setAlarm(t, object("a"), time.Minute)
	ran, err := emulator.RunAlarm(object("a"))
	if !ran || err == nil || err.Error() != "no" {
		t.Errorf("got %v, %v; want true, no", ran, err)
	}
	em.Clock().Advance(time.Hour)
	testkit.Equal(t, 1, runs)
}

func setAlarm(tb testing.TB, stub *durable.Stub, in time.Duration) {
	tb.Helper()
	testkit.RunInDurableObject(tb, stub, func(_ context.Context, _ any, s *durable.State) {
		tb.Helper()
		if err := s.Storage().SetAlarm(s.Now().Add(in)); err != nil {
			tb.Fatal(err)
		}
	})
}

// Rules 16.8, 12.19: an object is listed from its first write on, also while no
// instance runs, and after a reset that emptied it.
func TestListDurableObjectIDs(t *testing.T) {
	for _, medium := range []string{"memory", "disk"} {
		t.Run(medium, func(t *testing.T) {
			var opts []emulator.Option
			if medium == "disk" {
				opts = append(opts, testkit.StateDir(t.TempDir()))
			}
			em, object := start(t, nil, opts...)
			list := func() (ids []string) {
				for _, id := range testkit.ListDurableObjectIDs(t, em.Namespace("PROBE")) {
					ids = append(ids, id.String())
				}
				return ids
			}
			object("never used")
			testkit.Equal(t, nil, list())
			var want []string
			for _, n := range []string{"a", "b", "c"} {
				call[any](t, object(n), "put", "key", n)
				want = append(want, object(n).ID().String())
			}
			slices.Sort(want)
			testkit.Equal(t, want, list())
			testkit.EvictAllDurableObjects(t, em)
			testkit.Equal(t, want, list())
			testkit.ResetAllDurableObjects(t, em)
			testkit.Equal(t, want, list())
		})
	}
}

// ending is what a helper does to the instance, to storage, to the alarm, to a
// call in flight and to stubs that have been used.
type ending struct {
	rule     string
	name     string
	do       func(testing.TB, *emulator.Emulator, *durable.Stub)
	stored   any
	alarms   int            // that run later
	inFlight *durable.Error // nil: it ends well
	oldStub  *durable.Error // nil: it goes on working
}

func resetWith(message string) *durable.Error {
	return &durable.Error{Name: "Error", Message: message, Reset: true}
}

var endings = []ending{
	{rule: "2.26", name: "evict", stored: "kept", alarms: 1,
		do: func(tb testing.TB, _ *emulator.Emulator, s *durable.Stub) { testkit.EvictDurableObject(tb, s) }},
	{rule: "2.26", name: "evict all", stored: "kept", alarms: 1,
		do: func(tb testing.TB, em *emulator.Emulator, _ *durable.Stub) { testkit.EvictAllDurableObjects(tb, em) }},
	{rule: "2.15", name: "abort", stored: "kept", alarms: 1,
		do:       func(tb testing.TB, _ *emulator.Emulator, s *durable.Stub) { testkit.AbortDurableObject(tb, s, "moved") },
		inFlight: resetWith("moved"), oldStub: resetWith("moved")},
	{rule: "2.17", name: "abort without a reason", stored: "kept", alarms: 1,
		do:       func(tb testing.TB, _ *emulator.Emulator, s *durable.Stub) { testkit.AbortDurableObject(tb, s, "") },
		inFlight: resetWith("Application called abort() to reset Durable Object."),
		oldStub:  resetWith("Application called abort() to reset Durable Object.")},
	{rule: "2.15", name: "abort all", stored: "kept", alarms: 1,
		do:       func(tb testing.TB, em *emulator.Emulator, _ *durable.Stub) { testkit.AbortAllDurableObjects(tb, em) },
		inFlight: resetWith("Application called abortAllDurableObjects()."),
		oldStub:  resetWith("Application called abortAllDurableObjects().")},
	{rule: "2.15", name: "reset", stored: nil, alarms: 0,
		do:       func(tb testing.TB, _ *emulator.Emulator, s *durable.Stub) { testkit.ResetDurableObject(tb, s) },
		inFlight: resetWith("Durable Object was reset by the test."), oldStub: resetWith("Durable Object was reset by the test.")},
	{rule: "2.15", name: "reset all", stored: nil, alarms: 0,
		do:       func(tb testing.TB, em *emulator.Emulator, _ *durable.Stub) { testkit.ResetAllDurableObjects(tb, em) },
		inFlight: resetWith("Application called deleteAllDurableObjects()."),
		oldStub:  resetWith("Application called deleteAllDurableObjects().")},
	{rule: "2.32", name: "crash", stored: "kept", alarms: 1,
		do:       func(tb testing.TB, em *emulator.Emulator, _ *durable.Stub) { testkit.Crash(tb, em) },
		inFlight: &durable.Error{Name: "Error", Message: "Network connection lost.", Retryable: true}},
}

func TestEndsOfInstances(t *testing.T) {
	for _, e := range endings {
		t.Run(e.name+" memory", func(t *testing.T) { e.check(t) })
		t.Run(e.name+" disk", func(t *testing.T) { e.check(t, testkit.StateDir(t.TempDir())) })
	}
}

func (e ending) check(t *testing.T, opts ...emulator.Option) {
	alarms := 0
	em, object := start(t, acts{
		"alarm": func(context.Context, *probe) (any, error) { alarms++; return nil, nil },
		"slow":  func(ctx context.Context, _ *probe) (any, error) { return nil, durable.Sleep(ctx, 3*time.Second) },
	}, opts...)
	old := object("a")
	call[any](t, old, "put", "key", "kept")
	setAlarm(t, object("a"), time.Hour)
	slow := old.Start("do", "slow")
	em.Clock().Advance(time.Second) // it is in flight

	e.do(t, em, object("a"))

	if _, err := slow.Wait(t.Context()); e.inFlight != nil {
		wantError(t, err, e.inFlight)
	} else if err != nil {
		t.Errorf("rule %s: the call in flight failed: %v", e.rule, err)
	}
	_, err := old.Call(t.Context(), "instance")
	if e.oldStub != nil {
		wantError(t, err, e.oldStub)
	} else if err != nil {
		t.Errorf("rule %s: the stub is broken: %v", e.rule, err)
	}
	testkit.Equal(t, 2, call[int](t, object("a"), "instance"))
	testkit.Equal(t, e.stored, call[any](t, object("a"), "get", "key"))
	em.Clock().Advance(time.Hour)
	testkit.Equal(t, e.alarms, alarms)
}

// Rule 16.9.
func TestEvictWaits(t *testing.T) {
	em, object := start(t, acts{"slow": func(ctx context.Context, p *probe) (any, error) {
		return p.instance, durable.Sleep(ctx, 20*time.Second)
	}})
	a := object("a")
	began := em.Clock().Now()
	slow := a.Start("do", "slow")
	testkit.EvictDurableObject(t, a)
	if waited := em.Clock().Now().Sub(began); waited < 20*time.Second || waited > 21*time.Second {
		t.Errorf("evicted after %v, want 20 s", waited)
	}
	got, err := durable.Wait[int](t.Context(), slow)
	if got != 1 || err != nil {
		t.Errorf("the call in flight: got %d, %v", got, err)
	}
	testkit.Equal(t, 2, call[int](t, a, "instance"))
}

func TestEvictRefusals(t *testing.T) {
	em, object := start(t, acts{"slow": func(ctx context.Context, _ *probe) (any, error) {
		return nil, durable.Sleep(ctx, time.Minute)
	}})
	err := emulator.Evict(object("never used"))
	if want := "Cannot evict Durable Object: it is not currently running."; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	busy := object("busy")
	slow := busy.Start("do", "slow")
	began := em.Clock().Now()
	err = emulator.Evict(busy)
	if want := "emulator: not idle after 30s: rpc do of Probe(busy)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	testkit.Equal(t, 30*time.Second, em.Clock().Now().Sub(began))
	if _, err := slow.Wait(t.Context()); err != nil {
		t.Errorf("the call that kept the object busy: %v", err)
	}
	testkit.Equal(t, 1, call[int](t, busy, "instance"))
}

// A crash loses what is not committed, and only that: the writes of an open
// transaction. The alarm that was committed runs after it (rule 7.24), once.
func TestCrashInTransaction(t *testing.T) {
	for _, medium := range []string{"memory", "disk"} {
		t.Run(medium, func(t *testing.T) {
			var opts []emulator.Option
			if medium == "disk" {
				opts = append(opts, testkit.StateDir(t.TempDir()))
			}
			alarms := []string{}
			em, object := start(t, acts{
				"alarm": func(_ context.Context, p *probe) (any, error) {
					alarms = append(alarms, fmt.Sprint("instance ", p.instance, " at ", p.state.Now().Format(time.TimeOnly)))
					return nil, nil
				},
				"transfer": func(ctx context.Context, p *probe) (any, error) {
					if err := p.storage.Put("before", 1); err != nil {
						return nil, err
					}
					return nil, p.storage.Transaction(ctx, func(ctx context.Context, txn *durable.Transaction) error {
						err := errors.Join(
							txn.Put("inside", 1),
							txn.SetAlarm(p.state.Now().Add(time.Minute)),
							durable.Sleep(ctx, 10*time.Second))
						return err
					})
				},
			}, opts...)
			a := object("a")
			setAlarm(t, a, time.Hour)
			transfer := a.Start("do", "transfer")
			em.Clock().Advance(5 * time.Second)

			testkit.Crash(t, em)

			_, err := transfer.Wait(t.Context())
			wantError(t, err, &durable.Error{Name: "Error", Message: "Network connection lost.", Retryable: true})
			testkit.Equal(t, any(1.0), call[any](t, a, "get", "before"))
			testkit.Equal(t, nil, call[any](t, a, "get", "inside"))
			em.Clock().Advance(2 * time.Hour)
			testkit.Equal(t, []string{"instance 3 at 01:00:00"}, alarms)
		})
	}
}

// An alarm that is running when everything dies runs again.
func TestCrashInAlarm(t *testing.T) {
	runs := 0
	em, object := start(t, acts{"alarm": func(ctx context.Context, _ *probe) (any, error) {
		runs++
		return nil, durable.Sleep(ctx, time.Minute)
	}})
	setAlarm(t, object("a"), time.Hour)
	em.Clock().Advance(time.Hour)
	testkit.Crash(t, em)
	em.Clock().Advance(time.Hour)
	testkit.Equal(t, 2, runs)
}
