package testkit_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// Many clients at once: none of them may lose what it added.
func ExampleParallel() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		totals := make([]int, 5)
		testkit.Parallel(t, em, len(totals), func(ctx context.Context, i int) {
			var err error
			totals[i], err = durable.Call[int](ctx, em.Namespace("COUNTER").GetByName("visits"), "add", 1)
			if err != nil {
				t.Fatalf("client %d: %v", i, err)
			}
		})
		t.Log(totals)
	})
	// Output:
	// [1 2 3 4 5]
}

// Each seed is another order of the same clients, and always the same one.
func ExampleSeed() {
	orders := map[string]bool{}
	for seed := range testkit.Seed(20) {
		run(func(t testing.TB) { // in a test: t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			em := testkit.New(t, worker, seed)
			var order []int
			testkit.Parallel(t, em, 3, func(ctx context.Context, i int) {
				if _, err := em.Namespace("COUNTER").GetByName("visits").Call(ctx, "addSlowly", 1); err != nil {
					t.Fatalf("client %d: %v", i, err)
				}
				order = append(order, i)
			})
			orders[fmt.Sprint(order)] = true
		})
	}
	fmt.Println(len(orders), "orders, such as the last first:", orders["[2 1 0]"])
	// Output:
	// 6 orders, such as the last first: true
}

// Let each storage operation of a scenario fail once. Whatever fails, the caller
// is told, and what was confirmed before is kept.
func ExampleFailAt() {
	untold := 0
	for n := 0; ; n++ {
		fault := testkit.FailAt(n)
		run(func(t testing.TB) { // in a test: t.Run(fmt.Sprint("operation ", n), func(t *testing.T) {
			em := testkit.New(t, worker, fault, emulator.Logger(slog.New(slog.DiscardHandler)))
			confirmed, failed := 0, 0
			for range 3 {
				total, err := durable.Call[int](t.Context(), em.Namespace("COUNTER").GetByName("visits"), "add", 1)
				if err != nil {
					failed++
					continue
				}
				if total <= confirmed {
					t.Errorf("%d was confirmed before %d", confirmed, total)
				}
				confirmed = total
			}
			if fault.Fired() && failed == 0 {
				untold++
			}
		})
		if !fault.Fired() {
			break // every operation of the scenario has failed once
		}
	}
	fmt.Println("faults that nobody was told of:", untold)
	// Output:
	// faults that nobody was told of: 0
}

// A goroutine of the class's own may not touch the object.
func ExampleStrict() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker, testkit.Strict(true))
		testkit.RunInDurableObject(t, em.Namespace("COUNTER").GetByName("visits"), func(_ context.Context, _ *Counter, state *durable.State) {
			done := make(chan error)
			go func() { done <- state.Storage().Put("total", 1) }()
			t.Log(<-done)
		})
	})
	// Output:
	// durable: used outside of the object's turn: do the work in the handler, or start it with State.Go, State.WaitUntil or State.AfterFunc
}

// On the real clock a handler's sleep takes its time. Inside a synctest bubble
// it is the bubble's, and takes none.
func ExampleRealClock() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker, testkit.RealClock{})
		began := time.Now()
		if _, err := em.Namespace("COUNTER").GetByName("visits").Call(t.Context(), "addSlowly", 1); err != nil {
			t.Fatal(err)
		}
		t.Log(time.Since(began) >= time.Millisecond)
	})
	// Output:
	// true
}

// A directory outlives the emulator: here it is the next process that reads it.
func ExampleStateDir() {
	run(func(t testing.TB) {
		dir := testkit.StateDir(t.TempDir())
		for range 2 {
			em := testkit.New(t, worker, dir)
			total, err := durable.Call[int](t.Context(), em.Namespace("COUNTER").GetByName("visits"), "add", 1)
			t.Log(total, err)
			if err := em.Close(); err != nil { // which the end of the test would do as well
				t.Fatal(err)
			}
		}
	})
	// Output:
	// 1 <nil>
	// 2 <nil>
}
