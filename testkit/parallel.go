package testkit

import (
	"context"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

// Parallel runs n clients that call objects at the same time, and returns when
// all have ended. Their order is the emulator's decision: that of arrival, or
// the choice of [Seed]; so it repeats, and fn may write to variables that the
// clients share. i counts the clients from 0.
//
// fn must make its calls with ctx. Helpers that control objects and the clock
// are refused in it. Like a turn, a client lets others go on only when it calls,
// sleeps with [durable.Sleep] or ends.
//
// If fn ends its client by FailNow, Fatal or Skip, the other clients run to
// their ends, and then the test ends in that way.
func Parallel(tb testing.TB, em *emulator.Emulator, n int, fn func(ctx context.Context, i int)) {
	tb.Helper()
	ended := make([]bool, n)
	em.Clients(tb.Context(), n, func(ctx context.Context, i int) {
		fn(ctx, i)
		ended[i] = true
	})
	for _, ok := range ended {
		switch {
		case ok:
		case tb.Skipped() && !tb.Failed():
			tb.SkipNow()
		default:
			tb.FailNow()
		}
	}
}
