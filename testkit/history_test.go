package testkit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// The history of objects that keep nothing in fields is the same wherever their
// data lies and however often their instances end (rules 2.26, 2.32): one list
// of random operations, many ways to run it.
func TestEndsChangeNothing(t *testing.T) {
	nothing := func(testing.TB, *emulator.Emulator) {}
	ways := []struct {
		name    string
		between func(testing.TB, *emulator.Emulator)
		disk    bool
		opts    []emulator.Option
	}{
		{name: "disk", between: nothing, disk: true},
		{name: "evict", between: testkit.EvictAllDurableObjects},
		{name: "evict on disk", between: testkit.EvictAllDurableObjects, disk: true},
		{name: "abort", between: testkit.AbortAllDurableObjects},
		{name: "crash", between: testkit.Crash},
		{name: "crash on disk", between: testkit.Crash, disk: true},
		{name: "seed", between: nothing, opts: []emulator.Option{testkit.Seed(1)}},
		{name: "power safe", between: nothing, disk: true, opts: []emulator.Option{emulator.PowerSafe(true)}},
	}
	for seed := range uint64(4) {
		want := history(t, seed, nothing)
		for _, w := range ways {
			t.Run(fmt.Sprint(w.name, " ", seed), func(t *testing.T) {
				opts := w.opts
				if w.disk {
					opts = append(opts, testkit.StateDir(t.TempDir()))
				}
				testkit.Equal(t, want, history(t, seed, w.between, opts...))
			})
		}
	}
}

// history runs random operations on a few objects, with something in between,
// and gives all that could be seen.
func history(t *testing.T, seed uint64, between func(testing.TB, *emulator.Emulator), opts ...emulator.Option) (log []string) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	a := historyActs(random, &log)
	em, object := start(t, a, opts...)
	var names []string
	for name := range a {
		if name != "alarm" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for range 60 {
		stub := object(fmt.Sprint("object ", random.IntN(3)))
		act := names[random.IntN(len(names))]
		v, err := stub.Call(t.Context(), "do", act)
		var out any
		if derr := v.Decode(&out); derr != nil {
			t.Fatal(derr)
		}
		log = append(log, fmt.Sprint(em.Clock().Now().Format(time.TimeOnly), " ", act, " ", out, " ", err))
		between(t, em)
		if random.IntN(3) == 0 {
			em.Clock().Advance(time.Duration(random.IntN(4000)) * time.Millisecond)
			between(t, em)
		}
	}
	for _, id := range testkit.ListDurableObjectIDs(t, em.Namespace("PROBE")) {
		log = append(log, id.String())
	}
	return log
}

func historyActs(random *rand.Rand, log *[]string) acts {
	key := func() string { return fmt.Sprint("key", random.IntN(4)) }
	no := errors.New("no")
	return acts{
		"put":    func(_ context.Context, p *probe) (any, error) { return nil, p.storage.Put(key(), random.IntN(100)) },
		"delete": func(_ context.Context, p *probe) (any, error) { return p.storage.Delete(key()) },
		"list": func(_ context.Context, p *probe) (any, error) {
			entries, err := p.storage.List(durable.ListOptions{})
			var out []string
			for _, e := range entries {
				var v any
				err = errors.Join(err, e.Value.Decode(&v))
				out = append(out, fmt.Sprint(e.Key, "=", v))
			}
			return out, err
		},
		"insert": func(_ context.Context, p *probe) (any, error) {
			sql := p.storage.SQL()
			if _, err := sql.Exec("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, at INTEGER)"); err != nil {
				return nil, err
			}
			return durable.One[int](sql.Query("INSERT INTO t (at) VALUES (unixepoch()) RETURNING n"))
		},
		"rows": func(_ context.Context, p *probe) (any, error) {
			return durable.Collect[int](p.storage.SQL().Query("SELECT at FROM t ORDER BY n"))
		},
		"throw": func(_ context.Context, p *probe) (any, error) {
			return nil, errors.Join(p.storage.Put(key(), "thrown"), no)
		},
		"roll back": func(ctx context.Context, p *probe) (any, error) {
			return nil, p.storage.Transaction(ctx, func(ctx context.Context, txn *durable.Transaction) error {
				return errors.Join(txn.Put(key(), "never"), durable.Sleep(ctx, time.Millisecond), no)
			})
		},
		"set alarm": func(_ context.Context, p *probe) (any, error) {
			return nil, p.storage.SetAlarm(p.state.Now().Add(time.Duration(random.IntN(5000)) * time.Millisecond))
		},
		"get alarm": func(_ context.Context, p *probe) (any, error) {
			at, ok, err := p.storage.Alarm()
			return fmt.Sprint(at, ok), err
		},
		"delete all": func(_ context.Context, p *probe) (any, error) { return nil, p.storage.DeleteAll() },
		"alarm": func(_ context.Context, p *probe) (any, error) {
			name, _ := p.state.ID().Name()
			*log = append(*log, fmt.Sprint(p.state.Now().Format("05.000"), " alarm of ", name))
			return nil, p.storage.Put("alarmed", p.state.Now())
		},
	}
}
