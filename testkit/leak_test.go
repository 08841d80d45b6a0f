package testkit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// Whatever objects are doing when the test ends, no goroutine is left of it: a
// bubble that ends with one left is an error of package synctest.
func TestNothingIsLeft(t *testing.T) {
	busy := acts{
		"sleep": func(ctx context.Context, _ *probe) (any, error) { return nil, durable.Sleep(ctx, time.Hour) },
		"await": func(ctx context.Context, _ *probe) (any, error) {
			return durable.Await(ctx, func(ctx context.Context) (any, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
		},
		"task": func(_ context.Context, p *probe) (any, error) {
			p.state.Go(func(ctx context.Context) error { return durable.Sleep(ctx, time.Hour) })
			return nil, nil
		},
		"timer": func(_ context.Context, p *probe) (any, error) {
			p.state.AfterFunc(time.Hour, func(context.Context) {})
			return nil, nil
		},
		"section": func(ctx context.Context, p *probe) (any, error) {
			return nil, p.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error { return durable.Sleep(ctx, time.Minute) })
		},
		"transaction": func(ctx context.Context, p *probe) (any, error) {
			return nil, p.storage.Transaction(ctx, func(ctx context.Context, txn *durable.Transaction) error {
				if err := txn.Put("key", 1); err != nil {
					return err
				}
				return durable.Sleep(ctx, time.Minute)
			})
		},
		"call": func(ctx context.Context, p *probe) (any, error) {
			return p.env.Namespace("PROBE").GetByName("callee").Call(ctx, "do", "sleep")
		},
		"alarm": func(ctx context.Context, _ *probe) (any, error) { return nil, durable.Sleep(ctx, time.Hour) },
	}
	for name, opts := range map[string][]emulator.Option{
		"virtual": nil,
		"seeded":  {testkit.Seed(1)},
		"real":    {testkit.RealClock{}},
		"disk":    {testkit.StateDir(t.TempDir())},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, object := start(t, busy, opts...)
				for act := range busy {
					object(act).Start("do", act)
				}
				setAlarm(t, object("with an alarm"), 0)
				testkit.RunInDurableObject(t, object("inside"), func(ctx context.Context, _ any, s *durable.State) {
					s.WaitUntil(func(ctx context.Context) error { return durable.Sleep(ctx, time.Hour) })
				})
				synctest.Wait()
			})
		})
	}
}
