package testkit_test

import (
	"context"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// worker is what the examples test: a project's configuration and its classes.
var worker = emulator.Worker{
	Config: "testdata/wrangler.jsonc",
	Classes: []durable.Class{
		durable.NewClass("Counter", NewCounter),
		durable.NewClass("Reminder", NewReminder),
	},
}

// Counter counts. It keeps its total in a field and in storage.
type Counter struct {
	state   *durable.State
	storage *durable.Storage
	total   int
}

func NewCounter(_ context.Context, state *durable.State, _ *durable.Env) (*Counter, error) {
	c := &Counter{state: state, storage: state.Storage()}
	_, err := c.storage.Get("total", &c.total)
	return c, err
}

// Add is the method "add".
func (c *Counter) Add(_ context.Context, n int) (int, error) {
	c.total += n
	return c.total, c.storage.Put("total", c.total)
}

// AddSlowly is Add with a mistake: others get in between reading and writing.
func (c *Counter) AddSlowly(ctx context.Context, n int) (int, error) {
	total := c.total
	if err := durable.Sleep(ctx, time.Millisecond); err != nil {
		return 0, err
	}
	c.total = total + n
	return c.total, c.storage.Put("total", c.total)
}

// Reminder keeps a list of what to do, and once an hour lets its alarm move the
// first of it to another list.
type Reminder struct {
	state *durable.State
	Sent  []string
}

func NewReminder(_ context.Context, state *durable.State, _ *durable.Env) (*Reminder, error) {
	_, err := state.Storage().SQL().Exec("CREATE TABLE IF NOT EXISTS todo (what TEXT)")
	return &Reminder{state: state}, err
}

// Remind is the method "remind".
func (r *Reminder) Remind(_ context.Context, what string) error {
	if _, err := r.state.Storage().SQL().Exec("INSERT INTO todo VALUES (?)", what); err != nil {
		return err
	}
	return r.state.Storage().SetAlarm(r.state.Now().Add(time.Hour))
}

func (r *Reminder) Alarm(context.Context, durable.AlarmInfo) error {
	todo, err := durable.Collect[string](r.state.Storage().SQL().Query("DELETE FROM todo RETURNING what"))
	r.Sent = append(r.Sent, todo...)
	return err
}

// A whole test. In a project it is a function TestReminder(t *testing.T), and
// what it does to t is the same; the examples here print what it logs.
func Example() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		ada := em.Namespace("REMINDER").GetByName("ada")

		// Call the object as its clients do.
		if _, err := ada.Call(t.Context(), "remind", "water the plants"); err != nil {
			t.Fatal(err)
		}

		// Nothing has happened yet: look from inside.
		testkit.RunInDurableObject(t, ada, func(_ context.Context, r *Reminder, _ *durable.State) {
			testkit.Equal(t, nil, r.Sent)
		})

		// An hour later the alarm has run.
		em.Clock().Advance(time.Hour)
		testkit.RunInDurableObject(t, ada, func(_ context.Context, r *Reminder, state *durable.State) {
			testkit.Equal(t, []string{"water the plants"}, r.Sent)
			t.Log(state.Now().Format(time.TimeOnly), r.Sent)
		})
	})
	// Output:
	// 01:00:00 [water the plants]
}

// Every test starts with an emulator of its own. Options change the defaults.
func ExampleNew() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker, emulator.VirtualClock{Start: time.Date(2030, 2, 28, 12, 0, 0, 0, time.UTC)})
		visits := em.Namespace("COUNTER").GetByName("visits")
		for range 3 {
			total, err := durable.Call[int](t.Context(), visits, "add", 1)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(em.Clock().Now().Format(time.DateTime), total)
			em.Clock().Advance(12 * time.Hour)
		}
	})
	// Output:
	// 2030-02-28 12:00:00 1
	// 2030-03-01 00:00:00 2
	// 2030-03-01 12:00:00 3
}

// Prepare an object's storage before its clients come, and look at it after.
func ExampleRunInDurableObject() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		visits := em.Namespace("COUNTER").GetByName("visits")
		testkit.RunInDurableObject(t, visits, func(_ context.Context, c *Counter, _ *durable.State) {
			c.total = 41
		})
		if _, err := visits.Call(t.Context(), "add", 1); err != nil {
			t.Fatal(err)
		}
		testkit.RunInDurableObject(t, visits, func(_ context.Context, _ *Counter, state *durable.State) {
			var total int
			if _, err := state.Storage().Get("total", &total); err != nil {
				t.Fatal(err)
			}
			t.Log("stored:", total)
		})
	})
	// Output:
	// stored: 42
}

// A wrong type ends the test.
func ExampleRunInDurableObject_wrongType() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		visits := em.Namespace("COUNTER").GetByName("visits")
		testkit.RunInDurableObject(t, visits, func(context.Context, *Reminder, *durable.State) {})
		t.Log("not reached")
	})
	// Output:
	// FAIL: testkit.RunInDurableObject: object "visits" (id 3b3f35cc5a7a2be77733386565f06b89abfb8b02f7b1c7e51dcd36cc9905a91b): its instance is a *testkit_test.Counter and not a *testkit_test.Reminder: change the callback's parameter
	// testkit: the emulator's clock stands at 2026-01-01T00:00:00.000Z
}

// Run an alarm before its time.
func ExampleRunDurableObjectAlarm() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		ada := em.Namespace("REMINDER").GetByName("ada")
		t.Log(testkit.RunDurableObjectAlarm(t, ada)) // none is set

		if _, err := ada.Call(t.Context(), "remind", "water the plants"); err != nil {
			t.Fatal(err)
		}
		t.Log(testkit.RunDurableObjectAlarm(t, ada))
		testkit.RunInDurableObject(t, ada, func(_ context.Context, r *Reminder, _ *durable.State) { t.Log(r.Sent) })
	})
	// Output:
	// false
	// true
	// [water the plants]
}

// A difference fails the test and lets it go on.
func ExampleEqual() {
	run(func(t testing.TB) {
		em := testkit.New(t, worker)
		visits := em.Namespace("COUNTER").GetByName("visits")
		total, err := durable.Call[int](t.Context(), visits, "add", 3)
		if err != nil {
			t.Fatal(err)
		}
		testkit.Equal(t, 3, total)
		t.Log("failed:", t.Failed())
	})
	// Output:
	// failed: false
}
