package emulator

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// RunIn runs fn inside the object of stub, as an event of its own on the
// calling goroutine, with the instance and its state (rule 16.6). The instance
// of a JavaScript class is a [*JSObject]. RunIn gives fn's error as it is.
func RunIn(stub *durable.Stub, fn func(ctx context.Context, instance any, state *durable.State) error) error {
	st, err := stub.Host()
	if err != nil {
		return err
	}
	return actor.RunIn(st, func(ctx context.Context, instance any, obj host.Object) error {
		return fn(ctx, instanceOf(ctx, instance), durable.NewState(obj))
	})
}

// RunAlarm runs the object's alarm at once and reports whether one was set; it
// is removed first. An error of the handler is returned and not retried
// (rule 16.7).
func RunAlarm(stub *durable.Stub) (ran bool, err error) {
	st, err := stub.Host()
	if err != nil {
		return false, err
	}
	return actor.RunAlarm(st)
}

// Evict waits until the object is idle, for 30 s of the emulator's clock at
// most, and destroys its instance; storage stays (rule 16.9).
func Evict(stub *durable.Stub) error {
	st, err := stub.Host()
	if err != nil {
		return err
	}
	return actor.Evict(st)
}

// EvictAll evicts every object that runs.
func (em *Emulator) EvictAll() error { return em.sched.EvictAll() }

// Abort resets the object as State.Abort does, with the same default for an
// empty reason. An object that does not run is left alone.
func Abort(stub *durable.Stub, reason string) error { return abort(stub, reason, false) }

// Reset resets the object and deletes everything that it has stored, its alarm
// included.
func Reset(stub *durable.Stub) error {
	return abort(stub, "Durable Object was reset by the test.", true)
}

func abort(stub *durable.Stub, reason string, wipe bool) error {
	st, err := stub.Host()
	if err != nil {
		return err
	}
	return actor.Abort(st, reason, wipe)
}

// AbortAll resets every object; storage stays.
func (em *Emulator) AbortAll() error {
	return em.sched.AbortAll("Application called abortAllDurableObjects().", false)
}

// ResetAll resets every object and deletes all that is stored.
func (em *Emulator) ResetAll() error {
	return em.sched.AbortAll("Application called deleteAllDurableObjects().", true)
}

// Crash does to the objects what the death of the process would do: what is not
// committed is lost, calls in flight fail with a lost connection, alarms are
// read anew. Stubs from outside stay usable: they stand for clients of the next
// process.
func (em *Emulator) Crash() error { return em.sched.Crash(em.engine.Crash) }

// ListIDs gives the ids of all objects of a namespace that have storage, in
// order (rule 16.8).
func ListIDs(ns *durable.Namespace) ([]durable.ID, error) {
	hn, err := ns.Host()
	if err != nil {
		return nil, err
	}
	texts, err := actor.StoredIDs(hn)
	if err != nil {
		return nil, err
	}
	ids := make([]durable.ID, 0, len(texts))
	for _, text := range texts {
		id, err := ns.IDFromString(text)
		if err != nil {
			continue // a file of some other origin
		}
		ids = append(ids, id)
	}
	return ids, nil
}
