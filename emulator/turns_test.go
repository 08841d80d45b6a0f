package emulator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// TestWaitingForOneOfSeveralCalls: a caller goes on when the call that it waits
// for has returned, whatever others it has sent are doing (rule 3.11).
func TestWaitingForOneOfSeveralCalls(t *testing.T) {
	em := newProbes(t, behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
		switch what {
		case "short":
			return nil, durable.Sleep(ctx, time.Second)
		case "long":
			return nil, durable.Sleep(ctx, time.Hour)
		}
		begun := p.state.Now()
		short := p.other("b").Start("do", "short")
		if err := durable.Sleep(ctx, 0); err != nil { // short is on its way
			return nil, err
		}
		p.other("c").Start("do", "long")
		_, err := short.Wait(ctx)
		return p.state.Now().Sub(begun).Seconds(), err
	}})
	if took, err := em.do("a", ""); took != 1.0 || err != nil {
		t.Errorf("waited %v s, %v, want 1", took, err)
	}
}

// TestResetTellsCallersInOrder: the callers of an object that is reset learn of
// it in the order of their calls, in every run (rule 2.15).
func TestResetTellsCallersInOrder(t *testing.T) {
	const callers = 12
	var want []string
	for i := range callers {
		want = append(want, fmt.Sprintf("caller %d: boom", i))
	}
	for range 10 {
		var log events
		em := newProbes(t, behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
			switch what {
			case "die":
				p.state.Abort("boom")
			case "sleep":
				return nil, durable.Sleep(ctx, time.Hour)
			}
			_, err := p.other("victim").Call(ctx, "do", "sleep")
			log.add("%s: %v", p.name(), err)
			return nil, nil
		}})
		em.Clients(t.Context(), callers+1, func(ctx context.Context, i int) {
			if i < callers {
				if _, err := em.stub(fmt.Sprint("caller ", i)).Call(ctx, "do", "call"); err != nil {
					t.Error(err)
				}
				return
			}
			if err := durable.Sleep(ctx, time.Second); err != nil {
				t.Error(err)
			}
			if _, err := em.stub("victim").Call(ctx, "do", "die"); err == nil {
				t.Error("the object did not abort")
			}
		})
		if diff := cmp.Diff(want, log.take()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// TestCallersInCircles: objects that call each other back are served while
// they wait (rule 3.13), on as many stacks as it takes.
func TestCallersInCircles(t *testing.T) {
	const depth = 200
	for _, seed := range []emulator.Option{quiet, emulator.Seed(3)} {
		em := newProbes(t, behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
			var n int
			if _, err := fmt.Sscan(what, &n); err != nil || n == 0 {
				return 0, err
			}
			next := map[string]string{"a": "b", "b": "c", "c": "a"}[p.name()]
			got, err := durable.Call[int](ctx, p.other(next), "do", fmt.Sprint(n-1))
			return got + 1, err
		}}, seed)
		if got, err := em.do("a", fmt.Sprint(depth)); got != float64(depth) || err != nil {
			t.Errorf("got %v, %v, want %d", got, err, depth)
		}
	}
}

// TestAlarmLimit: a run of more than 15 minutes fails and is repeated
// (rules 7.25, 7.27).
func TestAlarmLimit(t *testing.T) {
	var log events
	em := newProbes(t, behaviour{
		do: func(_ context.Context, p *probe, _ string) (any, error) {
			return nil, p.state.Storage().SetAlarm(p.state.Now().Add(time.Minute))
		},
		alarm: func(ctx context.Context, p *probe, info durable.AlarmInfo) error {
			log.add("run %d", info.RetryCount)
			if info.RetryCount > 0 {
				return nil
			}
			defer log.add("unwound")
			return durable.Sleep(ctx, 20*time.Minute)
		},
	})
	if _, err := em.do("a", ""); err != nil {
		t.Fatal(err)
	}
	em.Clock().Advance(time.Hour)
	if diff := cmp.Diff([]string{"run 0", "unwound", "run 1"}, log.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestResetWithdrawsCalls: calls that were not let in when their caller is reset
// are dropped; one that has begun runs to its end. Recorded beside 2.15 with the
// callee in a critical section and in its constructor.
func TestResetWithdrawsCalls(t *testing.T) {
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"section", []string{"callee ready", "section begun", "section over"}},
		{"constructor", []string{"callee ready"}},
		{"handler", []string{"callee ready", "late begun", "late over"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log events
			slow := func(ctx context.Context, what string) error {
				log.add("%s begun", what)
				if err := durable.Sleep(ctx, time.Second); err != nil {
					return err
				}
				log.add("%s over", what)
				return nil
			}
			em := newProbes(t, behaviour{
				construct: func(ctx context.Context, p *probe) error {
					if p.name() != "callee" {
						return nil
					}
					if tt.name == "constructor" {
						if err := durable.Sleep(ctx, time.Second); err != nil {
							return err
						}
					}
					log.add("callee ready")
					return nil
				},
				do: func(ctx context.Context, p *probe, what string) (any, error) {
					switch what {
					case "call":
						return nil, ignore(p.other("callee").Call(ctx, "do", "late"))
					case "die":
						p.state.Abort("boom")
					case "section":
						return nil, p.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error { return slow(ctx, what) })
					}
					return nil, slow(ctx, what)
				},
			})
			em.Clients(t.Context(), 1, func(ctx context.Context, _ int) {
				if tt.name == "section" {
					em.stub("callee").Start("do", "section")
				}
				call := em.stub("caller").Start("do", "call")
				if err := durable.Sleep(ctx, 100*time.Millisecond); err != nil {
					t.Error(err)
				}
				em.stub("caller").Start("do", "die")
				if _, err := call.Wait(ctx); err == nil || err.Error() != "boom" {
					t.Errorf("the call that was under way gave %v, want boom", err)
				}
			})
			em.Clock().Advance(time.Minute)
			if diff := cmp.Diff(tt.want, log.take()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestErrorsOfOthersResetAsTheyAre: an error that came from another object says
// so when a critical section fails with it (rule 3.23).
func TestErrorsOfOthersResetAsTheyAre(t *testing.T) {
	em := newProbes(t, behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
		if what == "fail" {
			return nil, &durable.Error{Name: "TypeError", Message: "no"}
		}
		return nil, p.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error {
			return ignore(p.other("b").Call(ctx, "do", "fail"))
		})
	}})
	_, err := em.do("a", "")
	want := &durable.Error{Name: "TypeError", Message: "no", Remote: true, Reset: true}
	if diff := cmp.Diff(want, durable.AsError(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
