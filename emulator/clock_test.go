package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// TestAdvanceTies: deadlines of one moment fire in the order in which they were
// set, and what one of them makes ready runs before the next one.
func TestAdvanceTies(t *testing.T) {
	var log events
	em := newProbes(t, behaviour{do: func(_ context.Context, p *probe, what string) (any, error) {
		for i := range 3 {
			p.state.AfterFunc(time.Second, func(ctx context.Context) {
				log.add("%s %d", p.name(), i)
				p.state.Go(func(context.Context) error {
					log.add("%s %d more", p.name(), i)
					return nil
				})
			})
		}
		return nil, nil
	}})
	for _, name := range []string{"b", "a"} {
		if _, err := em.do(name, ""); err != nil {
			t.Fatal(err)
		}
	}
	em.Clock().Advance(time.Second - 1)
	if early := log.take(); len(early) > 0 {
		t.Errorf("fired before the time: %v", early)
	}
	em.Clock().Advance(1)
	want := []string{"b 0", "b 0 more", "b 1", "b 1 more", "b 2", "b 2 more", "a 0", "a 0 more", "a 1", "a 1 more", "a 2", "a 2 more"}
	if diff := cmp.Diff(want, log.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDueAtOnce: what is due now needs no time to pass (rules 7.3, 3.3).
func TestDueAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var log events
		em := newProbes(t, behaviour{
			do: func(ctx context.Context, p *probe, _ string) (any, error) {
				p.state.AfterFunc(0, func(context.Context) { log.add("timer") })
				return nil, p.state.Storage().SetAlarm(p.state.Now().Add(-time.Hour))
			},
			alarm: func(context.Context, *probe, durable.AlarmInfo) error {
				log.add("alarm")
				return nil
			},
		})
		before := em.Clock().Now()
		if _, err := em.do("a", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"timer", "alarm"}, log.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if now := em.Clock().Now(); now != before {
			t.Errorf("the clock moved by %v", now.Sub(before))
		}
	})
}

// TestNothingCanHappen: a call that can never return fails at once and tells who
// waits for what.
func TestNothingCanHappen(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		em := newProbes(t, behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
			switch what {
			case "relay":
				return nil, ignore(p.other("b").Call(ctx, "do", "wait"))
			case "held":
				return nil, nil
			}
			p.other("c").Start("do", "held")
			return nil, waitForNothing(ctx, p)
		}})
		before := em.Clock().Now()
		_, err := em.do("a", "relay")
		want := "emulator: rpc do can never return: nothing is ready to run and no deadline is left:\n" +
			"\trpc do of Probe(a) waits for rpc do of Probe(b)\n" +
			"\trpc do of Probe(b) waits for a task\n" +
			"\ttask of Probe(b) waits for a task"
		if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if now := em.Clock().Now(); now != before {
			t.Errorf("the clock moved by %v", now.Sub(before))
		}
	})
}

func ignore(_ durable.Value, err error) error { return err }

// TestAbandonedWaitsLeaveNoDeadline: what a reset object had waited for does not
// make time pass.
func TestAbandonedWaitsLeaveNoDeadline(t *testing.T) {
	die := func(p *probe) {
		p.state.Go(func(context.Context) error {
			p.state.Abort("boom")
			return nil
		})
	}
	for _, tt := range []struct {
		name string
		wait func(ctx context.Context, p *probe) error
	}{
		{"Sleep", func(ctx context.Context, p *probe) error {
			die(p)
			return durable.Sleep(ctx, time.Hour)
		}},
		{"BlockConcurrencyWhile", func(ctx context.Context, p *probe) error {
			return p.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error {
				die(p)
				return durable.Sleep(ctx, 20*time.Second)
			})
		}},
		{"AfterFunc", func(ctx context.Context, p *probe) error {
			p.state.AfterFunc(time.Hour, func(context.Context) {})
			die(p)
			return waitForNothing(ctx, p)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				em := newProbes(t, behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
					if what == "wait" {
						return nil, tt.wait(ctx, p)
					}
					return nil, waitForNothing(ctx, p)
				}})
				before := em.Clock().Now()
				if _, err := em.do("a", "wait"); err == nil || err.Error() != "boom" {
					t.Fatalf("got %v, want boom", err)
				}
				if _, err := em.do("b", ""); err == nil || !strings.Contains(err.Error(), "can never return") {
					t.Errorf("got %v, want that the call can never return", err)
				}
				if d := em.Clock().Now().Sub(before); d != 0 {
					t.Errorf("the clock moved by %v", d)
				}
			})
		})
	}
}

// TestFailedConstructorLeavesNoDeadline: neither does the limit of a constructor
// that has failed.
func TestFailedConstructorLeavesNoDeadline(t *testing.T) {
	em := newProbes(t, behaviour{
		construct: func(_ context.Context, p *probe) error {
			if p.name() == "a" {
				return errors.New("no")
			}
			return nil
		},
		do: func(ctx context.Context, p *probe, _ string) (any, error) { return nil, waitForNothing(ctx, p) },
	})
	before := em.Clock().Now()
	for _, name := range []string{"a", "b"} {
		if _, err := em.do(name, ""); err == nil {
			t.Errorf("%s did not fail", name)
		}
	}
	if d := em.Clock().Now().Sub(before); d != 0 {
		t.Errorf("the clock moved by %v", d)
	}
}

// TestLimitsOfVirtualTime: a call that needs too much of it fails and names what
// it waited for.
func TestLimitsOfVirtualTime(t *testing.T) {
	t.Run("a day", func(t *testing.T) {
		em := newProbes(t, behaviour{do: func(ctx context.Context, _ *probe, _ string) (any, error) {
			if err := durable.Sleep(ctx, 20*time.Hour); err != nil {
				return nil, err
			}
			return nil, durable.Sleep(ctx, 5*time.Hour)
		}})
		before := em.Clock().Now()
		_, err := em.do("a", "")
		want := "emulator: rpc do needed more than 24h0m0s or 10000 deadlines of virtual time; the last were: Sleep in rpc do of Probe(a)"
		if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if d := em.Clock().Now().Sub(before); d != 20*time.Hour {
			t.Errorf("the clock moved by %v, want 20h: the deadline that was too late did not fire", d)
		}
	})
	t.Run("deadlines", func(t *testing.T) {
		n := 0
		em := newProbes(t, behaviour{do: func(ctx context.Context, _ *probe, _ string) (any, error) {
			for {
				n++
				if err := durable.Sleep(ctx, time.Millisecond); err != nil {
					return nil, err
				}
			}
		}})
		_, err := em.do("a", "")
		if err == nil || !strings.Contains(err.Error(), "Sleep in rpc do of Probe(a)") {
			t.Errorf("got %v, want an error that names the sleeper", err)
		}
		if n < 10_000 || n > 10_002 {
			t.Errorf("slept %d times, want 10000", n)
		}
	})
}

// TestEndlessMoment: deadlines that follow each other without time passing end
// with an error and not with a hang.
func TestEndlessMoment(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var misuse []error
		em := newProbes(t, behaviour{
			do: func(_ context.Context, p *probe, _ string) (any, error) {
				return nil, p.state.Storage().SetAlarm(p.state.Now().Add(time.Second))
			},
			alarm: func(_ context.Context, p *probe, _ durable.AlarmInfo) error {
				return p.state.Storage().SetAlarm(p.state.Now())
			},
		}, emulator.OnMisuse(func(err error) { misuse = append(misuse, err) }))
		if _, err := em.do("a", ""); err != nil {
			t.Fatal(err)
		}
		em.Clock().Advance(time.Minute)
		if len(misuse) != 1 || !strings.Contains(misuse[0].Error(), "alarm of Probe(a)") {
			t.Errorf("got %v, want one error that names the alarm", misuse)
		}
	})
}

// TestClockMisuse: what the clock cannot do is told, and changes nothing.
func TestClockMisuse(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []emulator.Option
		d    time.Duration
		want string
	}{
		{"backwards", nil, -time.Second, "emulator: the clock cannot go back by 1s"},
		{"the real one", []emulator.Option{realClock}, time.Second, "emulator: the real clock cannot be advanced"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var got []string
				em := newProbes(t, behaviour{}, append(tt.opts, emulator.OnMisuse(func(err error) { got = append(got, err.Error()) }))...)
				before := em.Clock().Now()
				em.Clock().Advance(tt.d)
				if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if now := em.Clock().Now(); !now.Equal(before) {
					t.Errorf("the clock moved from %v to %v", before, now)
				}
			})
		})
	}
}

// TestStuckTurn: a turn that blocks is told after a second, with what it is and
// what to do. In a bubble the second costs nothing.
func TestStuckTurn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		release := make(chan struct{})
		var mu sync.Mutex
		var reports []string
		var helds []time.Duration
		em := newProbes(t, behaviour{do: func(context.Context, *probe, string) (any, error) {
			<-release
			return nil, nil
		}}, emulator.OnStuck(func(held time.Duration, report string) {
			mu.Lock()
			defer mu.Unlock()
			helds, reports = append(helds, held), append(reports, report)
			if held == 10*time.Second {
				close(release)
			}
		}))
		if _, err := em.do("a", ""); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff([]time.Duration{time.Second, 10 * time.Second}, helds); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
		for _, part := range []string{"rpc do of Probe(a), id ", "has held the turn for 1s", "durable.Await", "TestStuckTurn"} {
			if !strings.Contains(reports[0], part) {
				t.Errorf("the report lacks %q:\n%s", part, reports[0])
			}
		}
	})
}
