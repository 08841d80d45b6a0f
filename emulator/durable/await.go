package durable

import (
	"context"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// Await runs fn without the object's turn and gives its result: the place for
// everything that blocks, such as a database driver or a channel. Other events
// of the object run meanwhile, so fn must not touch the object.
//
// The context passed to fn ends when the object is reset.
func Await[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	var out T
	obj, ok := host.FromContext(ctx)
	if !ok {
		return out, ErrNoEvent
	}
	err := obj.Await(ctx, func(ctx context.Context) (err error) {
		out, err = fn(ctx)
		return err
	})
	return out, err
}

// Sleep ends the turn for at least d, on the emulator's clock. Like setTimeout
// it lets other events in even for 0 (rule 3.3). In a Worker's entry, with the
// request's context, it waits without a turn.
func Sleep(ctx context.Context, d time.Duration) error {
	if obj, ok := host.FromContext(ctx); ok {
		return obj.Sleep(ctx, d)
	}
	if sleep, ok := host.SleepFrom(ctx); ok {
		return sleep(ctx, d)
	}
	return ErrNoEvent
}
