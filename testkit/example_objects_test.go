package testkit_test

import (
	"context"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

func ExampleListDurableObjectIDs() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		counters := em.Namespace("COUNTER")
		counters.GetByName("never called")
		for _, name := range []string{"visits", "likes"} {
			if _, err := counters.GetByName(name).Call(t.Context(), "add", len(name)); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range testkit.ListDurableObjectIDs(t, counters) {
			total, err := durable.Call[int](t.Context(), counters.Get(id), "add", 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(id.String()[:8], total)
		}
	})
	// Output:
	// 3b3f35cc 6
	// ed4a5abd 5
}

// An eviction is what a deployment or ten idle seconds do to an object: what it
// kept only in fields is lost.
func ExampleEvictDurableObject() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		ada := em.Namespace("REMINDER").GetByName("ada")
		sent := func(_ context.Context, r *Reminder, _ *durable.State) { t.Log("sent:", r.Sent) }
		if _, err := ada.Call(t.Context(), "remind", "water the plants"); err != nil {
			t.Fatal(err)
		}
		testkit.RunDurableObjectAlarm(t, ada)
		testkit.RunInDurableObject(t, ada, sent)
		testkit.EvictDurableObject(t, ada)
		testkit.RunInDurableObject(t, ada, sent)
	})
	// Output:
	// sent: [water the plants]
	// sent: []
}

func ExampleEvictAllDurableObjects() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		visits := em.Namespace("COUNTER").GetByName("visits")
		if _, err := visits.Call(t.Context(), "add", 5); err != nil {
			t.Fatal(err)
		}
		testkit.EvictAllDurableObjects(t, em)
		testkit.RunInDurableObject(t, visits, func(_ context.Context, c *Counter, _ *durable.State) { t.Log("read from storage:", c.total) })
	})
	// Output:
	// read from storage: 5
}

// A stub that has been used does not survive a reset: make a new one.
func ExampleAbortDurableObject() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		counters := em.Namespace("COUNTER")
		visits := counters.GetByName("visits")
		if _, err := visits.Call(t.Context(), "add", 5); err != nil {
			t.Fatal(err)
		}
		testkit.AbortDurableObject(t, visits, "the machine is going down")
		_, err := visits.Call(t.Context(), "add", 1)
		t.Log("old stub:", err)
		total, err := durable.Call[int](t.Context(), counters.GetByName("visits"), "add", 1)
		t.Log("new stub:", total, err)
	})
	// Output:
	// old stub: the machine is going down
	// new stub: 6 <nil>
}

// A call in flight fails when its object is reset.
func ExampleAbortAllDurableObjects() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		call := em.Namespace("COUNTER").GetByName("visits").Start("addSlowly", 1)
		testkit.AbortAllDurableObjects(t, em)
		_, err := call.Wait(t.Context())
		t.Log(err)
	})
	// Output:
	// Application called abortAllDurableObjects().
}

func ExampleResetDurableObject() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		counters := em.Namespace("COUNTER")
		for _, name := range []string{"visits", "likes"} {
			if _, err := counters.GetByName(name).Call(t.Context(), "add", 5); err != nil {
				t.Fatal(err)
			}
		}
		testkit.ResetDurableObject(t, counters.GetByName("visits"))
		for _, name := range []string{"visits", "likes"} {
			total, err := durable.Call[int](t.Context(), counters.GetByName(name), "add", 1)
			t.Log(name, total, err)
		}
	})
	// Output:
	// visits 1 <nil>
	// likes 6 <nil>
}

// Cases of a table may share an emulator when each begins with a reset.
func ExampleResetAllDurableObjects() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		for _, n := range []int{1, 2} {
			testkit.ResetAllDurableObjects(t, em)
			total, err := durable.Call[int](t.Context(), em.Namespace("COUNTER").GetByName("visits"), "add", n)
			t.Log(total, err)
		}
	})
	// Output:
	// 1 <nil>
	// 2 <nil>
}

// What was confirmed survives the death of the process, and so do alarms; stubs
// of clients go on working.
func ExampleCrash() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		ada := em.Namespace("REMINDER").GetByName("ada")
		if _, err := ada.Call(t.Context(), "remind", "water the plants"); err != nil {
			t.Fatal(err)
		}
		testkit.Crash(t, em)
		em.Clock().Advance(time.Hour)
		testkit.RunInDurableObject(t, ada, func(_ context.Context, r *Reminder, _ *durable.State) { t.Log(r.Sent) })
	})
	// Output:
	// [water the plants]
}
