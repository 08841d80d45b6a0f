package actor

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// Scheduled runs the cron handler of a Worker's entry, of which hs reaches an
// object, and waits for it.
func Scheduled(ctx context.Context, hs host.Stub, info host.ScheduledInfo) (noRetry bool, err error) {
	st, err := outsideStub(hs)
	if err != nil {
		return false, err
	}
	m := control{name: "scheduled", fn: func(a *Actor, ev *event) (res result) {
		inst, ok := a.inst.(host.ScheduledInstance)
		if !ok {
			return result{}
		}
		noRetry, err := inst.Scheduled(ev.context(), info)
		return result{value: noRetry, err: err}
	}}
	p, err := send(ctx, st, m)
	if err != nil {
		return false, err
	}
	r, err := p.waitOutside(ctx)
	if err != nil {
		return false, err
	}
	noRetry, _ = r.value.(bool)
	return noRetry, r.err
}
