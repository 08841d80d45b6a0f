package testkit_test

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

var failing = flag.Bool("failing", false, "run the tests that fail on purpose")

// The subtests of TestFailing fail on purpose. TestFailures runs them in a
// process of their own and compares what they print with the comments: "says"
// and a regular expression for each message that belongs to the line.
func TestFailing(t *testing.T) {
	if !*failing {
		t.Skip("run by TestFailures")
	}
	t.Run("start", failingStart)
	t.Run("control", failingControl)
	t.Run("nested", failingNested)
	t.Run("report", failingReport)
	t.Run("socket", failingSocket)
	t.Run("stuck", failingStuck)
}

func failingStart(t *testing.T) {
	t.Run("New", func(t *testing.T) {
		w := probeWorker(nil)
		w.Classes = nil
		testkit.New(t, w) // says: ^testkit.New: .*probe.jsonc:4:\d+: class "Probe" is bound to PROBE, and no Go class of that name was given
		t.Error("went on")
	})
	t.Run("wrong type", func(t *testing.T) {
		_, object := start(t, nil) // says: stands at
		a := object("a")
		testkit.RunInDurableObject(t, a, func(context.Context, probe, *durable.State) {}) // says: ^testkit.RunInDurableObject: object "a" \(id [0-9a-f]{64}\): its instance is a \*testkit_test.probe and not a testkit_test.probe: change the callback's parameter$
		t.Error("went on")
	})
	t.Run("reset in the callback", func(t *testing.T) {
		_, object := start(t, nil)                                                                                                          // says: stands at
		testkit.RunInDurableObject(t, object("a"), func(_ context.Context, _ any, s *durable.State) { s.Abort("moved"); t.Error("lived") }) // says: ^testkit.RunInDurableObject: object "a" .*: moved$
		t.Error("went on")
	})
	t.Run("panic in the callback", func(t *testing.T) {
		_, object := start(t, nil, emulator.Logger(quiet))                                                                 // says: stands at
		testkit.RunInDurableObject(t, object("a"), func(context.Context, any, *durable.State) { panic(errors.New("oh")) }) // says: ^testkit.RunInDurableObject: object "a" .*: oh$
		t.Error("went on")
	})
	t.Run("fatal in the callback", func(t *testing.T) {
		_, object := start(t, nil) // says: stands at
		testkit.RunInDurableObject(t, object("a"), func(context.Context, any, *durable.State) {
			t.Fatal("enough") // says: ^enough$
		})
		t.Error("went on")
	})
}

func failingControl(t *testing.T) {
	t.Run("alarm", func(t *testing.T) {
		_, object := start(t, acts{"alarm": func(context.Context, *probe) (any, error) { return nil, errors.New("no") }}) // says: stands at
		setAlarm(t, object("a"), time.Hour)
		testkit.RunDurableObjectAlarm(t, object("a")) // says: ^testkit.RunDurableObjectAlarm: object "a" .*: no$
		t.Error("went on")
	})
	t.Run("list", func(t *testing.T) {
		em, _ := start(t, nil)                                // says: stands at
		testkit.ListDurableObjectIDs(t, em.Namespace("ROOM")) // says: ^testkit.ListDurableObjectIDs: emulator: .* has no Durable Object binding "ROOM": it has PROBE$
		t.Error("went on")
	})
	t.Run("evict", func(t *testing.T) {
		em, _ := start(t, nil) // says: stands at
		stub := em.Namespace("PROBE").Get(em.Namespace("PROBE").NewUniqueID())
		testkit.EvictDurableObject(t, stub) // says: ^testkit.EvictDurableObject: object [0-9a-f]{64}: Cannot evict Durable Object: it is not currently running.$
		t.Error("went on")
	})
	t.Run("evict all", func(t *testing.T) {
		em, object := start(t, acts{"sleep": func(ctx context.Context, _ *probe) (any, error) { return nil, durable.Sleep(ctx, time.Hour) }}) // says: testkit: the emulator's clock stands at 2026-01-01T00:00:30.000Z
		object("a").Start("do", "sleep")
		testkit.EvictAllDurableObjects(t, em) // says: ^testkit.EvictAllDurableObjects: emulator: not idle after 30s: rpc do of Probe\(a\)$
		t.Error("went on")
	})
	for _, stub := range []*durable.Stub{durable.NoNamespace(errors.New("no such binding")).GetByName("x")} {
		t.Run("abort", func(t *testing.T) {
			testkit.AbortDurableObject(t, stub, "") // says: ^testkit.AbortDurableObject: object "x" .*: no such binding$
		})
		t.Run("reset", func(t *testing.T) {
			testkit.ResetDurableObject(t, stub) // says: ^testkit.ResetDurableObject: object "x" .*: no such binding$
		})
	}
}

// failingNested has controls in code that holds the turn, which they would wait
// for.
func failingNested(t *testing.T) {
	t.Run("helper", func(t *testing.T) {
		em, object := start(t, nil) // says: stands at
		testkit.RunInDurableObject(t, object("a"), func(context.Context, any, *durable.State) {
			em.Clock().Advance(time.Hour)                                                                             // says: ^emulator: called by code that holds the turn
			testkit.RunInDurableObject(t, object("b"), func(context.Context, any, *durable.State) { t.Error("ran") }) // says: ^testkit.RunInDurableObject: object "b" .*: emulator: called by code that holds the turn
			t.Error("went on")
		})
		t.Error("went on")
	})
	t.Run("client", func(t *testing.T) {
		em, object := start(t, nil) // says: stands at
		testkit.Parallel(t, em, 1, func(ctx context.Context, _ int) {
			if _, err := object("a").Call(ctx, "instance"); err != nil {
				t.Error(err)
			}
			testkit.EvictDurableObject(t, object("a")) // says: ^testkit.EvictDurableObject: object "a" .*: emulator: called by code that holds the turn
			t.Error("went on")
		})
		t.Error("went on")
	})
}

func failingReport(t *testing.T) {
	t.Run("equal", func(t *testing.T) {
		testkit.Equal(t, []int{1, 2}, []int{1, 3})     // says: ^\(-want \+got\):\n[^-]*-[^+]*2[^+]*\+[^+]*3
		testkit.Equal[error](t, nil, errors.New("oh")) // says: ^\(-want \+got\):\n
		testkit.Equal(t, errors.New("oh"), errors.New("oh"))
		t.Error("went on") // says: ^went on$
	})
	t.Run("misuse", func(t *testing.T) {
		em, _ := start(t, nil) // says: stands at
		em.Clock().Advance(-1) // says: ^emulator: the clock cannot go back by 1ns$
		t.Error("went on")     // says: ^went on$
	})
	t.Run("client", func(t *testing.T) {
		em, object := start(t, nil) // says: stands at
		testkit.Parallel(t, em, 3, func(ctx context.Context, i int) {
			if i == 1 {
				t.Fatal("enough") // says: ^enough$
			}
			if _, err := object("a").Call(ctx, "instance"); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
		t.Error("went on")
	})
	for seed := range 2 {
		t.Run("seed/"+string(rune('a'+seed))+".b", func(t *testing.T) {
			start(t, nil, testkit.Seed(9), testkit.Seed(seed)) // says: stands at [^\n]*\n\s*its order of events is the choice of testkit.Seed\([01]\), an option of testkit.New; to repeat it:\n\s*go test -run '\^TestFailing\$/\^report\$/\^seed\$/\^[ab]\\.b\$' github.com/dormouse-do/dormouse/testkit$
			t.Fail()
		})
	}
}

// failingStuck has what takes time: in a bubble it passes at once.
func failingSocket(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		w := live()
		w.Handler = func(*durable.Env) http.Handler { return http.NotFoundHandler() }
		em := testkit.New(t, w)                 // says: stands at
		testkit.DialWebSocket(t, em, "/nobody") // says: ^testkit.DialWebSocket: http://localhost/nobody: the Worker answered with status 404 Not Found and no WebSocket: 404 page not found
		t.Error("went on")
	})
	t.Run("nothing comes", func(t *testing.T) {
		ws := testkit.DialWebSocket(t, testkit.New(t, live()), "/visits") // says: stands at
		ws.Next()                                                         // says: ^testkit: Socket.Next: no message: emulator: Receive of a WebSocket can never return
		t.Error("went on")
	})
	t.Run("not closed", func(t *testing.T) {
		ws := testkit.DialWebSocket(t, testkit.New(t, live()), "/visits") // says: stands at
		ws.Send("1")
		ws.Closed() // says: ^testkit: Socket.Closed: a message came: "1"$
		t.Error("went on")
	})
	t.Run("closed", func(t *testing.T) {
		ws := testkit.DialWebSocket(t, testkit.New(t, live()), "/visits") // says: stands at
		ws.Close(4000, "bye")
		ws.Next() // says: ^testkit: Socket.Next: no message: WebSocket closed with code 4000 "bye"$
		t.Error("went on")
	})
	t.Run("bad code", func(t *testing.T) {
		ws := testkit.DialWebSocket(t, testkit.New(t, live()), "/visits") // says: stands at
		ws.Close(1, "")                                                   // says: ^testkit: Socket.Close: InvalidAccessError: Invalid WebSocket close code: 1\.$
		t.Error("went on")
	})
	t.Run("send behind close", func(t *testing.T) {
		ws := testkit.DialWebSocket(t, testkit.New(t, live()), "/visits") // says: stands at
		ws.Close(0, "")
		ws.SendBinary(nil) // says: ^testkit: Socket.SendBinary: TypeError: Can't call WebSocket send\(\) after close\(\)\.$
		t.Error("went on")
	})
}

func failingStuck(t *testing.T) {
	t.Run("turn", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			hold := make(chan bool)
			t.Cleanup(func() { close(hold) })
			_, object := start(t, acts{"block": func(context.Context, *probe) (any, error) { <-hold; return nil, nil }})
			_, err := object("a").Call(t.Context(), "do", "block")
			t.Error(err) // says: ^testkit: given up, since a turn has been held for 10s: see the report in the test's log$
		})
	})
	t.Run("await", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			hold := make(chan bool)
			t.Cleanup(func() { close(hold); synctest.Wait() })
			_, object := start(t, acts{"block": func(ctx context.Context, p *probe) (any, error) {
				log := p.state.Logger()
				return durable.Await(ctx, func(context.Context) (any, error) {
					<-hold
					log.Info("late")
					return nil, nil
				})
			}})
			object("a").Start("do", "block")
			synctest.Wait()
		})
	})
}
