package testkit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// race lets six clients read, wait and write back, twice each, and gives what
// happened in order.
func race(t *testing.T, opts ...emulator.Option) (log []string) {
	t.Helper()
	em, object := start(t, acts{"add": func(ctx context.Context, p *probe) (any, error) {
		var n int
		if _, err := p.storage.Get("n", &n); err != nil {
			return nil, err
		}
		if err := durable.Sleep(ctx, 0); err != nil { // rule 3.7: others enter here
			return nil, err
		}
		return n + 1, p.storage.Put("n", n+1)
	}}, opts...)
	testkit.Parallel(t, em, 6, func(ctx context.Context, i int) {
		for range 2 {
			n, err := durable.Call[int](ctx, object(fmt.Sprint(i%2)), "do", "add")
			log = append(log, fmt.Sprint(i, ":", n, err))
		}
	})
	return log
}

// A seed repeats its order, whatever it is, and seeds differ.
func TestSeed(t *testing.T) {
	logs := map[string]int{}
	for seed := range 10 {
		first := race(t, testkit.Seed(seed))
		for range 3 {
			testkit.Equal(t, first, race(t, testkit.Seed(seed)))
		}
		testkit.Equal(t, 12, len(first))
		logs[strings.Join(first, " ")]++
	}
	if len(logs) < 5 {
		t.Errorf("10 seeds gave %d orders, want at least 5", len(logs))
	}
	testkit.Equal(t, race(t), race(t))
}

// Of two seeds the later one counts.
func TestLaterSeedCounts(t *testing.T) {
	for seed := range 4 {
		testkit.Equal(t, race(t, testkit.Seed(seed)), race(t, testkit.Seed(seed+1), testkit.Seed(seed)))
	}
}

// Without a seed clients go in order, and wait for each other only where they
// call.
func TestParallelOrder(t *testing.T) {
	em, object := start(t, nil)
	var log []string
	testkit.Parallel(t, em, 3, func(ctx context.Context, i int) {
		log = append(log, fmt.Sprint("begin ", i))
		if err := durable.Sleep(ctx, time.Duration(3-i)*time.Second); err != nil {
			t.Error(err)
		}
		if _, err := object("a").Call(ctx, "put", "key", i); err != nil {
			t.Error(err)
		}
		log = append(log, fmt.Sprint("end ", i, " at ", em.Clock().Now().Format("05")))
	})
	testkit.Equal(t, []string{"begin 0", "begin 1", "begin 2", "end 2 at 01", "end 1 at 02", "end 0 at 03"}, log)
	testkit.Parallel(t, em, 0, func(context.Context, int) { t.Error("no client was asked for") })
}

// A client that ends the test does so when all have ended.
func TestParallelEndsTest(t *testing.T) {
	ends := 0
	t.Run("ended", func(t *testing.T) {
		em, object := start(t, nil)
		testkit.Parallel(t, em, 4, func(ctx context.Context, i int) {
			defer func() { ends++ }()
			if _, err := object("a").Call(ctx, "put", "key", i); err != nil {
				t.Error(err)
			}
			if i == 1 {
				t.SkipNow()
			}
			if _, err := object("a").Call(ctx, "put", "key", i); err != nil {
				t.Error(err)
			}
		})
		t.Error("the test went on")
	})
	testkit.Equal(t, 4, ends)
}

func TestParallelInBubble(t *testing.T) {
	for name, opts := range map[string][]emulator.Option{"virtual": {testkit.Seed(4)}, "real": {testkit.Seed(4), testkit.RealClock{}}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testkit.Equal(t, 12, len(race(t, opts...))) })
		})
	}
}

// Storage that a goroutine of the class's own touches refuses it.
func TestStrict(t *testing.T) {
	_, object := start(t, acts{"go": func(_ context.Context, p *probe) (any, error) {
		err := make(chan error)
		go func() { err <- p.storage.Put("key", "from a goroutine") }()
		return nil, <-err
	}}, testkit.Strict(true))
	_, err := object("a").Call(t.Context(), "do", "go")
	if err == nil || err.Error() != durable.ErrNoTurn.Error() {
		t.Errorf("got %v, want %v", err, durable.ErrNoTurn)
	}
	testkit.Equal(t, nil, call[any](t, object("a"), "get", "key"))
}

// Let every storage operation of a scenario fail once: what a caller was told is
// kept is kept, and nobody is told of a success that was none.
func TestFailAt(t *testing.T) {
	for _, medium := range []string{"memory", "disk"} {
		t.Run(medium, func(t *testing.T) {
			last := 0
			for n := 0; ; n++ {
				fault := testkit.FailAt(n)
				t.Run(fmt.Sprint("operation ", n), func(t *testing.T) {
					opts := []emulator.Option{fault}
					if medium == "disk" {
						opts = append(opts, testkit.StateDir(t.TempDir()))
					}
					keepNotes(t, fault, opts...)
				})
				if !fault.Fired() || t.Failed() {
					last = n
					break
				}
			}
			if last < 20 {
				t.Errorf("the scenario has only %d operations", last)
			}
		})
	}
}

// noteActs are a class that keeps notes, and reminds of the last one by alarm.
func noteActs(reminded map[int]bool) acts {
	return acts{
		"note": func(_ context.Context, p *probe) (any, error) {
			sql := p.storage.SQL()
			if _, err := sql.Exec("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, at INTEGER)"); err != nil {
				return nil, err
			}
			id, err := durable.One[int](sql.Query("INSERT INTO notes (at) VALUES (unixepoch()) RETURNING id"))
			if err != nil {
				return nil, err
			}
			return id, errors.Join(p.storage.Put("last", id), p.storage.SetAlarm(p.state.Now().Add(time.Second)))
		},
		"ids": func(_ context.Context, p *probe) (any, error) {
			return durable.Collect[int](p.storage.SQL().Query("SELECT id FROM notes ORDER BY id"))
		},
		"alarm": func(_ context.Context, p *probe) (any, error) {
			var last int
			_, err := p.storage.Get("last", &last)
			if err == nil {
				reminded[last] = true
			}
			return nil, err
		},
	}
}

// keepNotes writes notes as a careful client does: it takes a new stub for each
// and goes on after an error.
func keepNotes(t *testing.T, fault *testkit.Fault, opts ...emulator.Option) {
	t.Helper()
	reminded := map[int]bool{}
	em, object := start(t, noteActs(reminded), opts...)
	var told []int
	failures := 0
	for range 4 {
		id, err := durable.Call[int](t.Context(), object("a"), "do", "note")
		if err != nil {
			failures++
			if !strings.Contains(err.Error(), "injected fault") && !strings.Contains(err.Error(), "internal error") {
				t.Errorf("the caller saw %v", err)
			}
			continue
		}
		told = append(told, id)
		em.Clock().Advance(2 * time.Second)
	}
	em.Clock().Advance(time.Minute) // a failed alarm runs again
	kept, err := durable.Call[[]int](t.Context(), object("a"), "do", "ids")
	if err != nil {
		failures++
		kept, err = durable.Call[[]int](t.Context(), object("a"), "do", "ids")
	}
	if err != nil {
		t.Fatalf("reading twice: %v", err)
	}
	for _, id := range told {
		if !slices.Contains(kept, id) {
			t.Errorf("note %d was confirmed and is lost: kept %v", id, kept)
		}
	}
	if len(told) == 0 {
		t.Fatal("no note was confirmed")
	}
	if last := told[len(told)-1]; !reminded[last] {
		t.Errorf("note %d was confirmed and its alarm never ran: %v", last, reminded)
	}
	if len(kept) > len(told) {
		t.Errorf("%d notes are kept, though only %d were confirmed: a commit that failed was none", len(kept), len(told))
	}
	if !fault.Fired() && failures > 0 {
		t.Errorf("%d calls failed without a fault", failures)
	}
}
