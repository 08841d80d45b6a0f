package emulator_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// probe is a class whose behaviour a test gives.
type probe struct {
	state *durable.State
	env   *durable.Env
	b     behaviour
}

type behaviour struct {
	construct func(ctx context.Context, p *probe) error
	do        func(ctx context.Context, p *probe, what string) (any, error)
	serve     func(p *probe, w http.ResponseWriter, req *http.Request)
	alarm     func(ctx context.Context, p *probe, info durable.AlarmInfo) error
}

// Do is the one method of a probe.
func (p *probe) Do(ctx context.Context, what string) (any, error) { return p.b.do(ctx, p, what) }

func (p *probe) ServeHTTP(w http.ResponseWriter, req *http.Request) { p.b.serve(p, w, req) }

func (p *probe) Alarm(ctx context.Context, info durable.AlarmInfo) error {
	return p.b.alarm(ctx, p, info)
}

func (p *probe) name() string {
	name, _ := p.state.ID().Name()
	return name
}

func (p *probe) other(name string) *durable.Stub { return p.env.Namespace("PROBE").GetByName(name) }

func (b behaviour) class() durable.Class {
	return durable.NewClass("Probe", func(ctx context.Context, state *durable.State, env *durable.Env) (*probe, error) {
		p := &probe{state, env, b}
		if b.construct != nil {
			return p, b.construct(ctx, p)
		}
		return p, nil
	})
}

const probeConfig = `name = "probes"
compatibility_date = "2026-07-01"
[[durable_objects.bindings]]
name = "PROBE"
class_name = "Probe"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Probe"]
`

// config writes a configuration and gives its path.
func config(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wrangler.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var quiet = emulator.Logger(slog.New(slog.NewTextHandler(io.Discard, nil)))

// probes is an emulator with probes.
type probes struct {
	*emulator.Emulator
	t testing.TB
}

func (em *probes) stub(name string) *durable.Stub { return em.Namespace("PROBE").GetByName(name) }

// do calls a probe from outside.
func (em *probes) do(name, what string) (any, error) {
	return durable.Call[any](em.t.Context(), em.stub(name), "do", what)
}

var realClock = emulator.RealClock{}

// newProbes starts an emulator with probes, in memory and on the virtual clock
// unless opts say otherwise.
func newProbes(t testing.TB, b behaviour, opts ...emulator.Option) *probes {
	t.Helper()
	opts = append([]emulator.Option{emulator.InMemory, emulator.VirtualClock{}, quiet}, opts...)
	em, err := emulator.New(emulator.Worker{Config: config(t, probeConfig), Classes: []durable.Class{b.class()}}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	})
	return &probes{em, t}
}

// inBubble runs a test in a synctest bubble: real time costs nothing, and a
// hang fails at once.
func inBubble(t *testing.T, fn func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, fn)
}

// events collects what happens, in order.
type events struct {
	mu   sync.Mutex
	list []string
}

func (e *events) add(format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, fmt.Sprintf(format, args...))
}

// take gives what has happened since the last time.
func (e *events) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.list
	e.list = nil
	return list
}
