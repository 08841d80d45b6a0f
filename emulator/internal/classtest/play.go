package classtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// player plays one script with Go classes, in a synctest bubble of its own: a
// hang is a deadlock of the bubble and a forgotten goroutine fails it.
type player struct {
	t    *testing.T
	em   *emulator.Emulator
	real bool         // the clock is the bubble's
	in   *interpreter // the client
	f    *frame

	pending []pending      // calls of the client that nobody has waited for
	beside  sync.WaitGroup // clients that do what cannot be sent without waiting
	busy    bool           // there are some
}

type pending struct {
	key  string
	call *durable.Pending
}

// playGo plays a script with a Go class, and a client outside of all objects.
func playGo(t *testing.T, s *workerd.Script, m Mode) (answer workerd.Answer) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := &run{script: s, lines: []string{}, results: map[string]workerd.Outcome{}}
		em := start(t, dir, s.CompatibilityDate, []durable.Class{r.class()}, m.options(dir)...)
		p := &player{t: t, em: em, real: m.Real, f: newFrame(map[string]any{}), in: &interpreter{
			party: "client", run: r, env: em.Env(), stubs: map[string]*durable.Stub{}, fields: map[string]float64{},
		}}
		p.client(s.Client)
		p.settle(s)
		r.freeze()
		answer = workerd.Answer{Log: r.lines, Results: r.results, Storage: p.storage(s)}
		if err := em.Close(); err != nil {
			t.Errorf("closing the emulator: %v", err)
		}
	})
	if s.Order == workerd.OrderParty {
		answer.Log = byParty(answer.Log)
	}
	return answer
}

// start starts an emulator with the classes bound by their names in upper case.
// On disk it uses dir.
func start(t *testing.T, dir, date string, classes []durable.Class, opts ...emulator.Option) *emulator.Emulator {
	t.Helper()
	config := fmt.Sprintf("name = %q\ncompatibility_date = %q\n", "classtest", date)
	var names []string
	for _, c := range classes {
		config += fmt.Sprintf("[[durable_objects.bindings]]\nname = %q\nclass_name = %q\n", strings.ToUpper(c.Name()), c.Name())
		names = append(names, fmt.Sprintf("%q", c.Name()))
	}
	config += fmt.Sprintf("[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [%s]\n", strings.Join(names, ", "))
	return startConfig(t, dir, config, classes, opts...)
}

// startMain starts an emulator with a Worker in JavaScript; the configuration is
// JSON.
func startMain(t *testing.T, dir, config string, opts ...emulator.Option) *emulator.Emulator {
	t.Helper()
	return startFile(t, filepath.Join(dir, "wrangler.json"), config, nil, opts...)
}

func startConfig(t *testing.T, dir, config string, classes []durable.Class, opts ...emulator.Option) *emulator.Emulator {
	t.Helper()
	return startFile(t, filepath.Join(dir, "wrangler.toml"), config, classes, opts...)
}

func startFile(t *testing.T, path, config string, classes []durable.Class, opts ...emulator.Option) *emulator.Emulator {
	t.Helper()
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	all := []emulator.Option{
		emulator.Logger(slog.New(slog.NewTextHandler(io.Discard, nil))),
		// Without this a turn that is never given back would let the bubble's
		// time run on for ever.
		emulator.OnStuck(func(_ time.Duration, report string) { panic(report) }),
	}
	em, err := emulator.New(emulator.Worker{Config: path, Classes: classes}, append(all, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return em
}

// client runs the client's steps. All that it does between two waits is sent
// before anything of it is answered, since a client keeps the others from
// running until it waits.
func (p *player) client(steps []workerd.Step) {
	for len(steps) > 0 {
		p.em.Clients(p.t.Context(), 1, func(ctx context.Context, _ int) {
			n, err := p.turns(ctx, steps)
			if err != nil {
				p.in.run.log("client", "ended with "+brief(err))
				n = len(steps)
			}
			steps = steps[n:]
		})
		p.beside.Wait()
		p.busy = false
		synctest.Wait()
	}
	if len(p.pending) > 0 {
		p.t.Error("the client does not wait for all its calls: not supported")
	}
}

// turns runs steps until the client has to wait for clients beside it, or to
// the end. It gives how many it has run.
func (p *player) turns(ctx context.Context, steps []workerd.Step) (n int, err error) {
	for n < len(steps) {
		switch st := &steps[n]; st.Do {
		case "start":
			sent := leadingStarts(steps[n:])
			p.start(sent)
			n += len(sent)
			continue
		case "spawn":
			p.spawn(func(ctx context.Context) {
				if _, err := p.in.body(ctx, st.Body, p.f); err != nil {
					p.t.Errorf("task %s of the client: %v", st.As, err)
				}
			})
		case "joinAll":
			p.wait(ctx)
			if p.busy {
				return n + 1, nil
			}
		default:
			if _, _, err := p.in.steps(ctx, steps[n:n+1], p.f); err != nil {
				return n + 1, err
			}
		}
		n++
	}
	return n, nil
}

func leadingStarts(steps []workerd.Step) []workerd.Step {
	n := slices.IndexFunc(steps, func(st workerd.Step) bool { return st.Do != "start" })
	if n < 0 {
		return steps
	}
	return steps[:n]
}

// start sends the calls of one turn. A request can only be sent by who waits for
// its answer, so calls among which there is one are sent by a client each.
func (p *player) start(calls []workerd.Step) {
	fetches := slices.ContainsFunc(calls, func(st workerd.Step) bool { return st.Via == "fetch" })
	for i := range calls {
		st := &calls[i]
		stub := p.in.stub(st)
		if !fetches {
			p.pending = append(p.pending, pending{st.As, stub.Start("run", arguments(st, p.f)...)})
			continue
		}
		p.spawn(func(ctx context.Context) {
			v, err := send(ctx, stub, st, p.f)
			p.in.run.keep(st.As, v, err)
		})
	}
}

// spawn runs fn as another client, whose turn comes when this one waits. Once
// everything in the bubble is blocked it has its place in the queue.
func (p *player) spawn(fn func(ctx context.Context)) {
	p.busy = true
	p.beside.Add(1)
	go func() {
		defer p.beside.Done()
		p.em.Clients(p.t.Context(), 1, func(ctx context.Context, _ int) { fn(ctx) })
	}()
	synctest.Wait()
}

func (p *player) wait(ctx context.Context) {
	for _, c := range p.pending {
		v, err := decoded(c.call.Wait(ctx))
		p.in.run.keep(c.key, v, err)
	}
	p.pending = nil
}

// settle gives what the script has left running its time.
func (p *player) settle(s *workerd.Script) {
	d := time.Duration(s.SettleMS) * time.Millisecond
	if d == 0 {
		d = 60 * time.Millisecond
	}
	if p.real {
		time.Sleep(d)
		synctest.Wait()
		return
	}
	p.em.Clock().Advance(d)
}

// storage reads what the objects have stored in the end.
func (p *player) storage(s *workerd.Script) map[string]workerd.Storage {
	out := map[string]workerd.Storage{}
	for name := range s.Objects {
		text, err := durable.Call[string](p.t.Context(), p.em.Namespace("OBJ").GetByName(name), "dump")
		var st workerd.Storage
		if err == nil {
			err = json.Unmarshal([]byte(text), &st)
		}
		if err != nil {
			p.t.Errorf("storage of %s: %v", name, err)
		}
		out[name] = st
	}
	return out
}

// byParty sorts a log by party and keeps each party's order.
func byParty(log []string) []string {
	party := func(line string) string { before, _, _ := strings.Cut(line, ":"); return before }
	out := slices.Clone(log)
	slices.SortStableFunc(out, func(a, b string) int { return strings.Compare(party(a), party(b)) })
	return out
}
