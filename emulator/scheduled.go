package emulator

import (
	"context"
	"errors"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// Scheduled is one run of a cron trigger.
type Scheduled struct {
	Cron string    // as the handler sees it
	Time time.Time // for which it was planned; zero is now
}

// ErrNotScheduled is the error of [Emulator.RunScheduled] for a Worker whose
// entry is not JavaScript: it has no cron triggers.
var ErrNotScheduled = errors.New("emulator: the first Worker has no entry in JavaScript, and so no scheduled handler")

// RunScheduled calls scheduled(controller, env, ctx) of the first Worker's main,
// as a cron trigger does, and waits for it and for all that it gave to waitUntil.
// noRetry tells that it called controller.noRetry, or that main has no such
// handler, which is an error like any that it throws; nothing is retried.
// Cloudflare's own time limits of cron triggers are not applied.
func (em *Emulator) RunScheduled(ctx context.Context, s Scheduled) (noRetry bool, err error) {
	e, ok := em.live.Load().handler.(*entrypoint)
	if !ok {
		return false, ErrNotScheduled
	}
	if s.Time.IsZero() {
		s.Time = em.sched.Now()
	}
	return actor.Scheduled(em.sched.Context(ctx), e.stub(nil, nil), host.ScheduledInfo{Cron: s.Cron, Time: s.Time})
}
