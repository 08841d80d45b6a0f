package js

import (
	"context"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// scheduledController is the first argument of scheduled().
type scheduledController struct{ noRetry *bool }

func (w *Worker) installScheduledController() (err error) {
	if w.natives.scheduledController, err = w.class("ScheduledController"); err != nil {
		return err
	}
	return quickjs.Method(w.natives.scheduledController, "noRetry", 0, func(c scheduledController, _ *quickjs.Call) (quickjs.Value, error) {
		*c.noRetry = true
		return quickjs.Value{}, nil
	})
}

// errNotScheduled is what the runtime says of an entry without the handler.
var errNotScheduled = &durable.Error{
	Name: "Error",
	Message: "Received a ScheduledEvent but we lack a handler for ScheduledEvents (a.k.a. Cron Triggers). " +
		"Did you remember to export a scheduled() function?",
}

// Scheduled calls scheduled(controller, env, ctx), also of a class. It lasts
// until all that waitUntil was given is settled, and fails if any of that does.
func (r *request) Scheduled(ctx context.Context, info host.ScheduledInfo) (noRetry bool, err error) {
	err = r.Await(ctx, func() (quickjs.Value, error) {
		target, execution, err := r.target()
		if err != nil {
			return target, err
		}
		fn, err := target.Get("scheduled")
		if err != nil {
			return fn, err
		}
		if !fn.IsFunction() {
			noRetry = true
			return fn, r.w.throw(errNotScheduled)
		}
		controller, err := r.newScheduledController(info, &noRetry)
		if err != nil {
			return controller, err
		}
		return fn.Call(target, controller, r.w.env.Value(), execution)
	}, nil)
	if err != nil {
		return noRetry, r.boundary("scheduled", err)
	}
	return noRetry, r.settleBackground(ctx)
}

func (r *request) newScheduledController(info host.ScheduledInfo, noRetry *bool) (quickjs.Value, error) {
	v, err := r.w.natives.scheduledController.New(scheduledController{noRetry}, nil)
	if err != nil {
		return v, err
	}
	cron, err := r.w.iso.String(info.Cron)
	if err != nil {
		return v, err
	}
	define := func(name string, value quickjs.Value) error {
		return v.Define(name, quickjs.Property{Value: value, Enumerable: true, Configurable: true})
	}
	return v, errors.Join(define("cron", cron), define("scheduledTime", r.w.iso.Number(float64(info.Time.UnixMilli()))))
}

// background is the work of one context that waitUntil was given.
type background struct {
	open   int
	failed error      // the first failure
	idle   host.Latch // opens when none is open any more, if somebody waits
}

func (b *background) settled(err error) {
	if b.open--; b.failed == nil {
		b.failed = err
	}
	if b.open == 0 && b.idle != nil {
		b.idle.Open()
	}
}

// settleBackground waits for what waitUntil was given, and for what that gives
// to it, and returns the first failure.
func (c *ioContext) settleBackground(ctx context.Context) error {
	for c.background.open > 0 {
		c.background.idle = c.obj.Latch("what waitUntil was given")
		if err := c.background.idle.Wait(ctx); err != nil {
			return err
		}
	}
	return c.background.failed
}
