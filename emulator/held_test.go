package emulator

import (
	"context"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// TestControlByWhoHoldsTheTurn: what would wait for itself is refused, and a
// stub from outside may be called inside with the event's context.
func TestControlByWhoHoldsTheTurn(t *testing.T) {
	var misused error
	em := openSleeper(t, t.TempDir(), OnMisuse(func(err error) { misused = err }))
	defer em.Close()
	a, b := em.Namespace("SLEEPER").GetByName("a"), em.Namespace("SLEEPER").GetByName("b")
	check := func(where string) {
		t.Helper()
		for name, control := range map[string]func() error{
			"RunIn": func() error { return RunIn(b, func(context.Context, any, *durable.State) error { return nil }) },
			"Evict": func() error { return em.EvictAll() },
			"Abort": func() error { return Abort(b, "") },
			"Reset": func() error { return em.ResetAll() },
			"Crash": func() error { return em.Crash() },
			"Advance": func() error {
				misused = nil
				em.Clock().Advance(time.Second)
				return misused
			},
		} {
			if err := control(); err == nil {
				t.Errorf("%s in %s was not refused", name, where)
			}
		}
	}
	err := RunIn(a, func(ctx context.Context, _ any, _ *durable.State) error {
		check("RunIn")
		_, err := b.Call(ctx, "setIn", 5)
		check("RunIn after a call")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	em.Clients(t.Context(), 2, func(ctx context.Context, i int) {
		check("Clients")
		if _, err := b.Call(ctx, "setIn", 5); err != nil {
			t.Error(err)
		}
		check("Clients after a call")
	})
	if err := em.Crash(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
