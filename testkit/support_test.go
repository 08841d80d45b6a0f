package testkit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// probe is an object that does what the test says: each act is the body of a
// method.
type probe struct {
	state    *durable.State
	env      *durable.Env
	storage  *durable.Storage
	instance int // counts the instances of the class, from 1
	acts     acts
}

type acts map[string]func(ctx context.Context, p *probe) (any, error)

// Do is the method "do".
func (p *probe) Do(ctx context.Context, act string) (any, error) {
	fn, ok := p.acts[act]
	if !ok {
		return nil, fmt.Errorf("no act %q", act)
	}
	return fn(ctx, p)
}

// Instance is the method "instance".
func (p *probe) Instance(context.Context) int { return p.instance }

func (p *probe) Alarm(ctx context.Context, _ durable.AlarmInfo) error {
	if p.acts["alarm"] == nil {
		return nil
	}
	_, err := p.Do(ctx, "alarm")
	return err
}

// Put is the method "put".
func (p *probe) Put(_ context.Context, key string, value any) error { return p.storage.Put(key, value) }

// Get is the method "get"; it gives nil for a key that is not there.
func (p *probe) Get(_ context.Context, key string) (v any, err error) {
	_, err = p.storage.Get(key, &v)
	return v, err
}

func probeWorker(a acts) emulator.Worker {
	made := 0
	class := durable.NewClass("Probe", func(_ context.Context, state *durable.State, env *durable.Env) (*probe, error) {
		made++
		return &probe{state: state, env: env, storage: state.Storage(), instance: made, acts: a}, nil
	})
	return emulator.Worker{Config: "testdata/probe.jsonc", Classes: []durable.Class{class}}
}

// start gives an emulator with probes, and a maker of stubs by name.
func start(tb testing.TB, a acts, opts ...emulator.Option) (*emulator.Emulator, func(name string) *durable.Stub) {
	tb.Helper()
	em := testkit.New(tb, probeWorker(a), opts...)
	return em, func(name string) *durable.Stub { return em.Namespace("PROBE").GetByName(name) }
}

// call calls a method that must work.
func call[T any](tb testing.TB, stub *durable.Stub, method string, args ...any) T {
	tb.Helper()
	v, err := durable.Call[T](tb.Context(), stub, method, args...)
	if err != nil {
		tb.Fatalf("%s: %v", method, err)
	}
	return v
}

// wantError checks the properties that callers branch on.
func wantError(tb testing.TB, err error, want *durable.Error) {
	tb.Helper()
	var got *durable.Error
	if !errors.As(err, &got) {
		tb.Errorf("got error %v, want %v", err, want)
		return
	}
	testkit.Equal(tb, want, got)
}
