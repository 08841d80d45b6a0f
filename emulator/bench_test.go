package emulator_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// counter is the class of the benchmarks.
type counter struct {
	state *durable.State
	env   *durable.Env
}

func newCounter(_ context.Context, state *durable.State, env *durable.Env) (*counter, error) {
	return &counter{state, env}, nil
}

func (c *counter) Ping(context.Context) error { return nil }

func (c *counter) Echo(_ context.Context, user, text string) (string, error) { return user + text, nil }

func (c *counter) Create(context.Context) error {
	_, err := c.state.Storage().SQL().Exec(`CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, name TEXT, at INTEGER);
		CREATE INDEX IF NOT EXISTS items_by_name ON items (name);`)
	return err
}

func (c *counter) Insert(context.Context) error {
	_, err := c.state.Storage().SQL().Exec("INSERT INTO items (name, at) VALUES (?, ?)", "somebody", 1)
	return err
}

func (c *counter) InsertMany(_ context.Context, n int) error {
	sql := c.state.Storage().SQL()
	for range n {
		if _, err := sql.Exec("INSERT INTO items (name, at) VALUES (?, ?)", "somebody", 1); err != nil {
			return err
		}
	}
	return nil
}

func (c *counter) PingOther(ctx context.Context, n int) error {
	other := c.env.Namespace("COUNTER").GetByName("other")
	for range n {
		if _, err := other.Call(ctx, "ping"); err != nil {
			return err
		}
	}
	return nil
}

func writeConfig(b testing.TB) string {
	path := filepath.Join(b.TempDir(), "wrangler.toml")
	const config = `
name = "bench"
compatibility_date = "2026-07-01"
[[durable_objects.bindings]]
name = "COUNTER"
class_name = "Counter"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Counter"]
`
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func newBench(b testing.TB, opts ...emulator.Option) *emulator.Emulator {
	em, err := emulator.New(emulator.Worker{Config: writeConfig(b), Classes: []durable.Class{durable.NewClass("Counter", newCounter)}}, opts...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := em.Close(); err != nil {
			b.Error(err)
		}
	})
	return em
}

func call(b testing.TB, stub *durable.Stub, method string, args ...any) {
	if _, err := stub.Call(b.Context(), method, args...); err != nil {
		b.Fatal(err)
	}
}

// places are the three kinds of storage that figures are given for.
func places(b *testing.B, fn func(b *testing.B, opts ...emulator.Option)) {
	b.Run("storage=memory", func(b *testing.B) { fn(b, emulator.InMemory) })
	b.Run("storage=disk", func(b *testing.B) { fn(b, emulator.StateDir(b.TempDir())) })
	b.Run("storage=powersafe", func(b *testing.B) { fn(b, emulator.StateDir(b.TempDir()), emulator.PowerSafe(true)) })
}

// BenchmarkStart goes from nothing to the first response of the Worker, whose
// entry asks an object on disk.
func BenchmarkStart(b *testing.B) {
	path := writeConfig(b)
	w := emulator.Worker{
		Config:  path,
		Classes: []durable.Class{durable.NewClass("Counter", newCounter)},
		Handler: func(env *durable.Env) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if _, err := env.Namespace("COUNTER").GetByName("a").Call(req.Context(), "create"); err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
				}
			})
		},
	}
	b.ReportAllocs()
	for b.Loop() {
		em, err := emulator.New(w, emulator.StateDir(b.TempDir()))
		if err != nil {
			b.Fatal(err)
		}
		res := httptest.NewRecorder()
		em.Handler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/", nil))
		if res.Code != http.StatusOK {
			b.Fatal(res.Body)
		}
		b.StopTimer()
		if err := em.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func BenchmarkRPCFromOutside(b *testing.B) {
	em := newBench(b, emulator.InMemory)
	stub := em.Namespace("COUNTER").GetByName("a")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := durable.Call[string](b.Context(), stub, "echo", "ada", "hello"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRPCBetweenObjects(b *testing.B) {
	em := newBench(b, emulator.InMemory)
	stub := em.Namespace("COUNTER").GetByName("a")
	call(b, stub, "pingOther", 1)
	b.ReportAllocs()
	b.ResetTimer()
	call(b, stub, "pingOther", b.N)
}

func BenchmarkSQLInsertInOneEvent(b *testing.B) {
	places(b, func(b *testing.B, opts ...emulator.Option) {
		stub := newBench(b, opts...).Namespace("COUNTER").GetByName("a")
		call(b, stub, "create")
		b.ReportAllocs()
		b.ResetTimer()
		call(b, stub, "insertMany", b.N)
	})
}

func BenchmarkRPCInsertCommit(b *testing.B) {
	places(b, func(b *testing.B, opts ...emulator.Option) {
		stub := newBench(b, opts...).Namespace("COUNTER").GetByName("a")
		call(b, stub, "create")
		b.ReportAllocs()
		for b.Loop() {
			call(b, stub, "insert")
		}
	})
}

func BenchmarkNewObject(b *testing.B) {
	places(b, func(b *testing.B, opts ...emulator.Option) {
		ns := newBench(b, opts...).Namespace("COUNTER")
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			stub := ns.GetByName(fmt.Sprint(i))
			call(b, stub, "create")
			call(b, stub, "insert")
		}
	})
}

// BenchmarkManyObjects is 1,000 objects under 100 clients.
func BenchmarkManyObjects(b *testing.B) {
	places(b, func(b *testing.B, opts ...emulator.Option) {
		const objects, clients = 1000, 100
		ns := newBench(b, opts...).Namespace("COUNTER")
		stubs := make([]*durable.Stub, objects)
		for i := range stubs {
			stubs[i] = ns.GetByName(fmt.Sprint(i))
			call(b, stubs[i], "create")
		}
		took := make([][]time.Duration, clients)
		b.ResetTimer()
		var wg sync.WaitGroup
		for c := range clients {
			wg.Go(func() {
				for i := c; i < b.N; i += clients {
					start := time.Now()
					call(b, stubs[(i*7919)%objects], "insert")
					took[c] = append(took[c], time.Since(start))
				}
			})
		}
		wg.Wait()
		b.StopTimer()
		all := slices.Concat(took...)
		slices.Sort(all)
		b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
	})
}

// BenchmarkHibernated gives the memory of an object that has no instance.
func BenchmarkHibernated(b *testing.B) {
	for _, c := range []struct {
		name    string
		objects int
		place   emulator.Option
	}{
		{"storage=disk/objects=100000", 100_000, emulator.StateDir(b.TempDir())},
		{"storage=memory/objects=10000", 10_000, emulator.InMemory},
	} {
		b.Run(c.name, func(b *testing.B) {
			em := newBench(b, c.place, emulator.VirtualClock{})
			ns := em.Namespace("COUNTER")
			before := heap()
			for i := range c.objects {
				stub := ns.GetByName(fmt.Sprint(i))
				call(b, stub, "create")
				call(b, stub, "insert")
				if i%1000 == 999 {
					em.Clock().Advance(11 * time.Second) // hibernate them
				}
			}
			em.Clock().Advance(11 * time.Second)
			after := heap()
			for b.Loop() { // the figure is the memory, once
			}
			b.ReportMetric(float64(after-before)/float64(c.objects), "B/object")
			runtime.KeepAlive(em)
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
