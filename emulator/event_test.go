package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// recorder keeps the events that are over.
type recorder struct {
	mu     sync.Mutex // guards all below
	begun  map[uint64]bool
	events []emulator.Event
}

func (r *recorder) take(e emulator.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.End.IsZero() {
		r.begun[e.Seq] = true
		return
	}
	r.events = append(r.events, e)
}

// lines tells of each event, the last one to end last; causes are by label.
func (r *recorder) lines() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	labels := map[uint64]string{}
	for _, e := range r.events {
		labels[e.Seq] = e.Label + " of " + e.Name
	}
	for _, e := range r.events {
		line := fmt.Sprintf("%s: %s of %s", e.Kind, e.Label, e.Name)
		if e.Cause != 0 {
			line += " by " + labels[e.Cause]
		}
		if d := e.End.Sub(e.Start); d > 0 {
			line += fmt.Sprintf(", %v", d)
		}
		if e.Gate > 0 {
			line += fmt.Sprintf(", gate %v", e.Gate)
		}
		for _, c := range e.Commits {
			line += fmt.Sprintf(", commit wrote=%v messages=%d", c.Wrote, c.Messages)
		}
		if e.Err != nil {
			line += ", " + e.Err.Error()
		}
		if !r.begun[e.Seq] {
			line += ", never begun"
		}
		out = append(out, line)
	}
	return out
}

// traced is a class whose events are looked at.
type traced struct {
	state *durable.State
	env   *durable.Env
}

func newTraced(_ context.Context, state *durable.State, env *durable.Env) (*traced, error) {
	return &traced{state, env}, nil
}

func (o *traced) Write(context.Context) error { return o.state.Storage().Put("k", 1) }

func (o *traced) Ask(ctx context.Context, name string) error {
	if err := o.state.Storage().Put("asked", name); err != nil {
		return err
	}
	_, err := o.env.Namespace("COUNTER").GetByName(name).Call(ctx, "write")
	return err
}

func (o *traced) Fail(context.Context) error { return errors.New("boom") }

func (o *traced) Crash(context.Context) error {
	o.state.Abort("crashed")
	return nil
}

func (o *traced) Block(ctx context.Context) error {
	return o.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error { return durable.Sleep(ctx, time.Second) })
}

func (o *traced) Later(ctx context.Context) error {
	o.state.AfterFunc(time.Second, func(context.Context) {})
	o.state.WaitUntil(func(ctx context.Context) error { return durable.Sleep(ctx, time.Minute) })
	return o.state.Storage().SetAlarm(o.state.Now().Add(2 * time.Second))
}

func (o *traced) Alarm(context.Context, durable.AlarmInfo) error { return nil }

func TestOnEvent(t *testing.T) {
	for name, tt := range map[string]struct {
		run  func(em *emulator.Emulator, stub *durable.Stub)
		want []string
	}{
		"a write": {
			run: func(_ *emulator.Emulator, stub *durable.Stub) { _, _ = stub.Call(t.Context(), "write") },
			want: []string{
				"constructor: constructor of Counter of a by rpc write of a",
				"rpc: rpc write of a, commit wrote=true messages=0",
			},
		},
		"a call of another object": {
			run: func(_ *emulator.Emulator, stub *durable.Stub) { _, _ = stub.Call(t.Context(), "ask", "b") },
			want: []string{
				"constructor: constructor of Counter of a by rpc ask of a",
				"constructor: constructor of Counter of b by rpc write of b",
				"rpc: rpc write of b by rpc ask of a, commit wrote=true messages=0",
				"rpc: rpc ask of a, commit wrote=true messages=1",
			},
		},
		"an error": {
			run: func(_ *emulator.Emulator, stub *durable.Stub) { _, _ = stub.Call(t.Context(), "fail") },
			want: []string{
				"constructor: constructor of Counter of a by rpc fail of a",
				"rpc: rpc fail of a, boom",
			},
		},
		"a reset": {
			run: func(_ *emulator.Emulator, stub *durable.Stub) { _, _ = stub.Call(t.Context(), "crash") },
			want: []string{
				"constructor: constructor of Counter of a by rpc crash of a",
				"rpc: rpc crash of a, crashed",
			},
		},
		"the input gate": {
			run: func(em *emulator.Emulator, stub *durable.Stub) {
				first, second := stub.Start("block"), stub.Start("write")
				em.Clock().Advance(2 * time.Second)
				_, _ = first.Wait(t.Context())
				_, _ = second.Wait(t.Context())
			},
			want: []string{
				"constructor: constructor of Counter of a by rpc block of a",
				"rpc: rpc block of a, 1s",
				"rpc: rpc write of a, gate 1s, commit wrote=true messages=0",
			},
		},
		"what comes later": {
			run: func(em *emulator.Emulator, stub *durable.Stub) {
				_, _ = stub.Call(t.Context(), "later")
				em.Clock().Advance(2 * time.Minute)
			},
			want: []string{
				"constructor: constructor of Counter of a by rpc later of a",
				"rpc: rpc later of a, commit wrote=true messages=0",
				"timer: timer of a by rpc later of a",
				"alarm: alarm of a, commit wrote=true messages=0",
				"task: waitUntil of a by rpc later of a, 1m0s",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{begun: map[uint64]bool{}}
			em, err := emulator.New(emulator.Worker{Config: writeConfig(t), Classes: []durable.Class{durable.NewClass("Counter", newTraced)}},
				emulator.InMemory, emulator.VirtualClock{}, emulator.OnEvent(r.take))
			if err != nil {
				t.Fatal(err)
			}
			defer em.Close()
			tt.run(em, em.Namespace("COUNTER").GetByName("a"))
			if diff := cmp.Diff(strings.Join(tt.want, "\n"), strings.Join(r.lines(), "\n")); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// BenchmarkRPCWithOnEvent is BenchmarkRPCFromOutside with a hook that does
// nothing: the difference is what telling of events costs.
func BenchmarkRPCWithOnEvent(b *testing.B) {
	em := newBench(b, emulator.InMemory, emulator.OnEvent(func(emulator.Event) {}))
	stub := em.Namespace("COUNTER").GetByName("a")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := durable.Call[string](b.Context(), stub, "echo", "ada", "hello"); err != nil {
			b.Fatal(err)
		}
	}
}
