package testkit

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// RunInDurableObject runs fn inside the object, as an event of its own, with the
// instance and its state (rule 16.6). T is the type that the class's constructor
// returns, or any.
//
// fn runs on the calling goroutine, so it may end the test. It holds the
// object's turn and must not block; the context is that of the event, and calls
// that wait, also those of the test's stubs, need it. Helpers that control
// objects and the clock are refused, since they would wait for that very turn.
// What fn writes is committed when it returns. If the object is reset meanwhile,
// fn panics or its writes cannot be committed, the test ends with that error.
func RunInDurableObject[T any](tb testing.TB, stub *durable.Stub, fn func(ctx context.Context, instance T, state *durable.State)) {
	tb.Helper()
	err := emulator.RunIn(stub, func(ctx context.Context, v any, state *durable.State) error {
		instance, ok := v.(T)
		if !ok {
			return fmt.Errorf("its instance is a %T and not a %v: change the callback's parameter", v, reflect.TypeFor[T]())
		}
		fn(ctx, instance, state)
		return nil
	})
	if err != nil {
		tb.Fatalf("testkit.RunInDurableObject: %s: %v", name(stub), err)
	}
}

// RunDurableObjectAlarm runs the object's alarm now, whatever its time, and
// reports whether one was set. The alarm is removed first and is not retried
// (rule 16.7). An error of the handler ends the test; a test that wants it calls
// [emulator.RunAlarm].
func RunDurableObjectAlarm(tb testing.TB, stub *durable.Stub) (ran bool) {
	tb.Helper()
	ran, err := emulator.RunAlarm(stub)
	if err != nil {
		tb.Fatalf("testkit.RunDurableObjectAlarm: %s: %v", name(stub), err)
	}
	return ran
}

// ListDurableObjectIDs gives the ids of all objects of the namespace that have
// storage, in ascending order; a stub that was never used leaves no trace
// (rule 16.8).
func ListDurableObjectIDs(tb testing.TB, ns *durable.Namespace) []durable.ID {
	tb.Helper()
	ids, err := emulator.ListIDs(ns)
	if err != nil {
		tb.Fatalf("testkit.ListDurableObjectIDs: %v", err)
	}
	return ids
}

// EvictDurableObject waits until the object is idle, for 30 s of the emulator's
// clock at most, and destroys its instance: fields are gone, storage stays, and
// the next event makes a new instance (rules 2.26, 16.9). An object that does
// not run ends the test, as does one that does not become idle.
func EvictDurableObject(tb testing.TB, stub *durable.Stub) {
	tb.Helper()
	if err := emulator.Evict(stub); err != nil {
		tb.Fatalf("testkit.EvictDurableObject: %s: %v", name(stub), err)
	}
}

// EvictAllDurableObjects evicts every object that runs, as
// [EvictDurableObject] does.
func EvictAllDurableObjects(tb testing.TB, em *emulator.Emulator) {
	tb.Helper()
	if err := em.EvictAll(); err != nil {
		tb.Fatalf("testkit.EvictAllDurableObjects: %v", err)
	}
}

// AbortDurableObject resets the object as [durable.State.Abort] does: calls in
// flight fail with reason, what is not committed is lost, and stubs that have
// been used are broken (rules 1.42, 2.15). An object that does not run is left
// alone.
func AbortDurableObject(tb testing.TB, stub *durable.Stub, reason string) {
	tb.Helper()
	if err := emulator.Abort(stub, reason); err != nil {
		tb.Fatalf("testkit.AbortDurableObject: %s: %v", name(stub), err)
	}
}

// AbortAllDurableObjects resets every object; storage stays.
func AbortAllDurableObjects(tb testing.TB, em *emulator.Emulator) {
	tb.Helper()
	if err := em.AbortAll(); err != nil {
		tb.Fatalf("testkit.AbortAllDurableObjects: %v", err)
	}
}

// ResetDurableObject resets the object and deletes everything that it has
// stored, its alarm included. As after deleteAll its id stays listed.
func ResetDurableObject(tb testing.TB, stub *durable.Stub) {
	tb.Helper()
	if err := emulator.Reset(stub); err != nil {
		tb.Fatalf("testkit.ResetDurableObject: %s: %v", name(stub), err)
	}
}

// ResetAllDurableObjects resets every object and deletes all that is stored. Ids
// stay listed, and the clock stays where it is.
func ResetAllDurableObjects(tb testing.TB, em *emulator.Emulator) {
	tb.Helper()
	if err := em.ResetAll(); err != nil {
		tb.Fatalf("testkit.ResetAllDurableObjects: %v", err)
	}
}

// Crash does to the objects what the death of the process would do: what is not
// committed is lost, calls in flight fail with a lost connection, and alarms are
// read anew from storage. Stubs stay usable; they stand for clients of the next
// process.
func Crash(tb testing.TB, em *emulator.Emulator) {
	tb.Helper()
	if err := em.Crash(); err != nil {
		tb.Fatalf("testkit.Crash: %v", err)
	}
}

// name says which object a stub reaches.
func name(stub *durable.Stub) string {
	if n, ok := stub.Name(); ok {
		return fmt.Sprintf("object %q (id %s)", n, stub.ID())
	}
	return fmt.Sprintf("object %s", stub.ID())
}
