package testkit_test

import (
	"context"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// scope is a testing.TB whose cleanups run at the end of each iteration.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Cleanup(fn func()) { s.cleanups = append(s.cleanups, fn) }

func (s *scope) end() {
	for _, fn := range s.cleanups {
		fn()
	}
	s.cleanups = s.cleanups[:0]
}

// BenchmarkNewFirstCall measures what a test costs before it does anything of
// its own. The parts are there to be subtracted: do=New does not call,
// do=config only reads the configuration, as New does.
func BenchmarkNewFirstCall(b *testing.B) {
	b.Run("do=config", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			file, err := wranglercfg.Load(worker.Config)
			if err != nil {
				b.Fatal(err)
			}
			if _, ds := file.Resolve(""); ds.Err() != nil {
				b.Fatal(ds.Err())
			}
		}
	})
	bench := func(name string, each func(b *testing.B, em *emulator.Emulator)) {
		b.Run("do="+name, func(b *testing.B) {
			b.ReportAllocs()
			s := &scope{TB: b}
			for b.Loop() {
				each(b, testkit.New(s, worker))
				s.end()
			}
		})
	}
	bench("New", func(*testing.B, *emulator.Emulator) {})
	bench("call", func(b *testing.B, em *emulator.Emulator) {
		if _, err := em.Namespace("REMINDER").GetByName("ada").Call(b.Context(), "remind", "water the plants"); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkHelpers measures the helpers of which a test may use many.
func BenchmarkHelpers(b *testing.B) {
	em := testkit.New(b, worker)
	ada := em.Namespace("REMINDER").GetByName("ada")
	if _, err := ada.Call(b.Context(), "remind", "water the plants"); err != nil {
		b.Fatal(err)
	}
	bench := func(name string, do func()) {
		b.Run("do="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do()
			}
		})
	}
	bench("RunInDurableObject", func() {
		testkit.RunInDurableObject(b, ada, func(_ context.Context, r *Reminder, _ *durable.State) { r.Sent = nil })
	})
	bench("RunDurableObjectAlarm", func() { testkit.RunDurableObjectAlarm(b, ada) })
	bench("ListDurableObjectIDs", func() { testkit.ListDurableObjectIDs(b, em.Namespace("REMINDER")) })
	bench("Parallel", func() { testkit.Parallel(b, em, 4, func(context.Context, int) {}) })
	bench("Crash", func() { testkit.Crash(b, em) })
}
