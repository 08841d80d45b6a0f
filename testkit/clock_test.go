package testkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// clocks runs a test on each kind of clock. pass lets time pass; on the real
// clock the test is in a synctest bubble.
func clocks(t *testing.T, test func(t *testing.T, pass func(*emulator.Emulator, time.Duration), opts ...emulator.Option)) {
	advance := func(em *emulator.Emulator, d time.Duration) { em.Clock().Advance(d) }
	t.Run("virtual", func(t *testing.T) { test(t, advance) })
	t.Run("virtual in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, advance) })
	})
	t.Run("real in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			test(t, func(_ *emulator.Emulator, d time.Duration) {
				time.Sleep(d)
				synctest.Wait()
			}, testkit.RealClock{})
		})
	})
}

// Rule 2.41: Go, SQL and the alarm tell one time.
func TestOneClock(t *testing.T) {
	clocks(t, func(t *testing.T, pass func(*emulator.Emulator, time.Duration), opts ...emulator.Option) {
		type times struct {
			Unix int64
			Text string
			Go   string `json:"-"`
		}
		ask := func(p *probe) (v times, err error) {
			v, err = durable.One[times](p.storage.SQL().Query("SELECT unixepoch() AS unix, CURRENT_TIMESTAMP AS text"))
			v.Go = p.state.Now().UTC().Format(time.DateTime)
			return v, err
		}
		var atAlarm times
		em, object := start(t, acts{"alarm": func(_ context.Context, p *probe) (_ any, err error) {
			atAlarm, err = ask(p)
			return nil, err
		}}, opts...)
		begin := em.Clock().Now()
		want := func(at time.Time) times {
			text := at.UTC().Format(time.DateTime)
			return times{Unix: at.Unix(), Text: text, Go: text}
		}
		check := func(now, alarm times) {
			t.Helper()
			testkit.RunInDurableObject(t, object("a"), func(_ context.Context, p *probe, _ *durable.State) {
				t.Helper()
				v, err := ask(p)
				if err != nil {
					t.Fatal(err)
				}
				testkit.Equal(t, now, v)
				testkit.Equal(t, alarm, atAlarm)
			})
		}
		setAlarm(t, object("a"), 24*time.Hour)
		check(want(begin), times{})
		pass(em, 24*time.Hour-time.Second)
		check(want(begin.Add(24*time.Hour-time.Second)), times{})
		pass(em, 2*time.Second)
		check(want(begin.Add(24*time.Hour+time.Second)), want(begin.Add(24*time.Hour)))
		pass(em, 24*time.Hour)
		check(want(begin.Add(48*time.Hour+time.Second)), want(begin.Add(24*time.Hour)))
	})
}

// Rule 2.22: after 10 s without activity the instance is gone, and not before.
func TestIdleEviction(t *testing.T) {
	clocks(t, func(t *testing.T, pass func(*emulator.Emulator, time.Duration), opts ...emulator.Option) {
		em, object := start(t, nil, opts...)
		a := object("a")
		call[any](t, a, "put", "key", "kept")
		pass(em, 9*time.Second)
		testkit.Equal(t, 1, call[int](t, a, "instance"))
		pass(em, 9*time.Second) // the last call counts
		testkit.Equal(t, 1, call[int](t, a, "instance"))
		pass(em, 12*time.Second)
		testkit.Equal(t, 2, call[int](t, a, "instance"))
		testkit.Equal(t, any("kept"), call[any](t, a, "get", "key"))
	})
}

// Rules 2.23 and 2.24: what keeps an instance past the ten seconds, and what
// does not.
func TestWhatHoldsAnInstance(t *testing.T) {
	minute := func(ctx context.Context) error { return durable.Sleep(ctx, time.Minute) }
	tests := []struct {
		rule string
		name string
		act  func(ctx context.Context, p *probe) (any, error)
		want int // the instance after 12 s
	}{
		{"2.22", "nothing", func(context.Context, *probe) (any, error) { return nil, nil }, 2},
		{"2.23", "an unfinished event", func(ctx context.Context, _ *probe) (any, error) { return nil, minute(ctx) }, 1},
		{"2.23", "a timer", func(_ context.Context, p *probe) (any, error) {
			p.state.AfterFunc(time.Minute, func(context.Context) {})
			return nil, nil
		}, 1},
		{"2.23", "a stopped timer", func(_ context.Context, p *probe) (any, error) {
			p.state.AfterFunc(time.Minute, func(context.Context) {})()
			return nil, nil
		}, 2},
		{"2.23", "background work", func(_ context.Context, p *probe) (any, error) {
			p.state.WaitUntil(minute)
			return nil, nil
		}, 1},
		{"2.23", "a task", func(_ context.Context, p *probe) (any, error) {
			p.state.Go(minute)
			return nil, nil
		}, 1},
		{"2.23", "a call in progress", func(ctx context.Context, p *probe) (any, error) {
			return p.env.Namespace("PROBE").GetByName("slow").Call(ctx, "do", "sleep")
		}, 1},
		{"2.24", "a scheduled alarm", func(_ context.Context, p *probe) (any, error) {
			return nil, p.storage.SetAlarm(p.state.Now().Add(time.Minute))
		}, 2},
		{"2.23", "a running alarm", func(_ context.Context, p *probe) (any, error) {
			return nil, p.storage.SetAlarm(p.state.Now())
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clocks(t, func(t *testing.T, pass func(*emulator.Emulator, time.Duration), opts ...emulator.Option) {
				sleep := func(ctx context.Context, _ *probe) (any, error) { return nil, minute(ctx) }
				em, object := start(t, acts{"act": tt.act, "sleep": sleep, "alarm": sleep}, opts...)
				object("a").Start("do", "act")
				pass(em, 12*time.Second)
				// What the callee of the call in progress counts is not the question.
				got := make(chan int, 1)
				testkit.RunInDurableObject(t, object("a"), func(_ context.Context, p *probe, _ *durable.State) { got <- p.instance })
				if n := <-got; n != tt.want {
					t.Errorf("rule %s: after 12 s it is instance %d, want %d", tt.rule, n, tt.want)
				}
			})
		})
	}
}

// Rule 2.23: a request on its way out holds the instance. Virtual time stands
// still meanwhile, so this is a test of the real clock.
func TestRequestHoldsInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := roundTripper(func(*http.Request) string { time.Sleep(time.Minute); return "late" })
		_, object := start(t, acts{"get": func(ctx context.Context, p *probe) (any, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://example.com/", nil)
			if err != nil {
				return nil, err
			}
			_, err = p.env.HTTPClient().Do(req)
			return nil, err
		}}, testkit.RealClock{}, emulator.Outbound(slow))
		object("a").Start("do", "get")
		time.Sleep(12 * time.Second)
		testkit.Equal(t, 1, call[int](t, object("a"), "instance"))
		time.Sleep(time.Minute)
		testkit.Equal(t, 2, call[int](t, object("a"), "instance"))
	})
}

// A handler that sleeps takes no real time, and its call needs no Advance.
func TestTimePassesForCalls(t *testing.T) {
	em, object := start(t, acts{
		"back off": func(ctx context.Context, _ *probe) (any, error) {
			for d := time.Second; d < time.Hour; d *= 2 {
				if err := durable.Sleep(ctx, d); err != nil {
					return nil, err
				}
			}
			return "done", nil
		},
		"forever": func(ctx context.Context, p *probe) (any, error) {
			for {
				if err := durable.Sleep(ctx, 10*time.Minute); err != nil {
					return nil, err
				}
			}
		},
		"wait for oneself": func(ctx context.Context, p *probe) (any, error) {
			return nil, p.storage.Transaction(ctx, func(ctx context.Context, _ *durable.Transaction) error {
				_, err := p.env.Namespace("PROBE").GetByName("a").Call(ctx, "instance")
				return err
			})
		},
	})
	began := em.Clock().Now()
	testkit.Equal(t, any("done"), call[any](t, object("a"), "do", "back off"))
	testkit.Equal(t, 4095*time.Second, em.Clock().Now().Sub(began))

	_, err := object("a").Call(t.Context(), "do", "forever")
	if err == nil || !strings.Contains(err.Error(), "rpc do needed more than 24h0m0s") || !strings.Contains(err.Error(), "Sleep in rpc do of Probe(a)") {
		t.Errorf("an endless loop of sleeps: got %v", err)
	}
	testkit.AbortDurableObject(t, object("a"), "")

	_, err = object("a").Call(t.Context(), "do", "wait for oneself") // rule 3.27
	var e *durable.Error
	if !errors.As(err, &e) || !e.Overloaded || !e.Reset {
		t.Errorf("a call that waits for itself: got %v", err)
	}
}

// What waits for nothing that can happen fails at once and says why.
func TestNothingLeftToHappen(t *testing.T) {
	em, object := start(t, acts{
		"meet": func(ctx context.Context, p *probe) (any, error) {
			task := p.state.Go(func(ctx context.Context) error {
				_, err := p.env.Namespace("PROBE").GetByName("b").Call(ctx, "do", "wait")
				return err
			})
			return nil, task.Wait(ctx)
		},
		"wait": func(ctx context.Context, p *probe) (any, error) {
			// A task that waits for itself.
			var task *durable.Task
			task = p.state.Go(func(ctx context.Context) error { return task.Wait(ctx) })
			return nil, task.Wait(ctx)
		},
	})
	began := em.Clock().Now()
	_, err := object("a").Call(t.Context(), "do", "meet")
	for _, want := range []string{"rpc do can never return", "task of Probe(a) waits for rpc do of Probe(b)", "rpc do of Probe(b) waits for a task", "task of Probe(b) waits for a task"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if d := em.Clock().Now().Sub(began); d > 70*time.Second {
		t.Errorf("it took %v of virtual time to find out", d)
	}
}

// Deadlines on the way of one Advance run in order, and what they cause too.
func TestAdvanceRunsInOrder(t *testing.T) {
	var log []string
	em, object := start(t, acts{"alarm": func(ctx context.Context, p *probe) (any, error) {
		name, _ := p.state.ID().Name()
		log = append(log, fmt.Sprint(p.state.Now().Format("05.000"), " ", name))
		if name != "a" {
			return nil, nil
		}
		return nil, p.storage.SetAlarm(p.state.Now().Add(2 * time.Second))
	}})
	setAlarm(t, object("a"), time.Second)
	setAlarm(t, object("b"), 2500*time.Millisecond)
	setAlarm(t, object("c"), time.Minute)
	em.Clock().Advance(5 * time.Second)
	testkit.Equal(t, []string{"01.000 a", "02.500 b", "03.000 a", "05.000 a"}, log)
}

// Nothing happens where nothing should: asserted when all goroutines of the
// bubble have come to rest.
func TestDeletedAlarmInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		_, object := start(t, acts{
			"alarm":  func(context.Context, *probe) (any, error) { runs++; return nil, nil },
			"cancel": func(_ context.Context, p *probe) (any, error) { return nil, p.storage.DeleteAlarm() },
		}, testkit.RealClock{})
		setAlarm(t, object("a"), time.Hour)
		time.Sleep(time.Hour - time.Millisecond)
		call[any](t, object("a"), "do", "cancel")
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		testkit.Equal(t, 0, runs)
	})
}
