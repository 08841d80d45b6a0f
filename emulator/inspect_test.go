package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// inspected is a class of objects to look into.
var inspected = behaviour{
	do: func(ctx context.Context, p *probe, what string) (any, error) {
		st := p.state.Storage()
		switch what {
		case "fill":
			if _, err := st.SQL().Exec(`CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY, t TEXT, b BLOB); INSERT INTO "odd ""name" VALUES (1, 'x', x'00ff'), (2, NULL, NULL)`); err != nil {
				return nil, err
			}
			return nil, st.PutMany(map[string]any{"a": map[string]any{"n": 1, "s": []string{"x"}}, "b": time.UnixMilli(1).UTC(), "c": nil})
		case "alarm":
			return nil, st.SetAlarm(p.state.Now().Add(time.Hour))
		case "sleep":
			return nil, durable.Sleep(ctx, time.Minute)
		case "block":
			return nil, p.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error { return durable.Sleep(ctx, time.Second) })
		}
		return nil, nil
	},
	alarm: func(context.Context, *probe, durable.AlarmInfo) error { return nil },
}

// look gives what is known of a probe.
func (em *probes) look(name string) *emulator.Object {
	em.t.Helper()
	key := em.Namespaces()[0].Key
	o, err := em.Object(key, em.Namespace("PROBE").IDFromName(name).String())
	if err != nil {
		em.t.Fatal(err)
	}
	return o
}

func TestObjects(t *testing.T) {
	for _, place := range []string{"memory", "disk"} {
		t.Run(place, func(t *testing.T) {
			store := emulator.InMemory
			if place == "disk" {
				store = emulator.StateDir(filepath.Join(t.TempDir(), "state"))
			}
			em := newProbes(t, inspected, store)
			spaces := em.Namespaces()
			want := []emulator.NamespaceInfo{{Key: spaces[0].Key, Worker: "probes", Class: "Probe", Bindings: []string{"PROBE"}, SQLite: true, Language: "Go"}}
			if diff := cmp.Diff(want, spaces); diff != "" {
				t.Fatal(diff)
			}
			state := func() string {
				t.Helper()
				list, err := em.Objects(spaces[0].Key)
				if err != nil {
					t.Fatal(err)
				}
				var lines []string
				for _, o := range list {
					lines = append(lines, fmt.Sprintf("%s %s stored=%v alarm=%v", o.Name, o.State, o.Size > 0, !o.Alarm.IsZero()))
				}
				return strings.Join(lines, ", ")
			}
			expect := func(want string) {
				t.Helper()
				if got := state(); got != want {
					t.Errorf("objects are %q, want %q", got, want)
				}
			}
			expect("")
			_, _ = em.do("a", "nothing")
			expect("a idle stored=false alarm=false")
			_, _ = em.do("a", "fill")
			expect("a idle stored=true alarm=false")
			call := em.stub("a").Start("do", "sleep")
			em.Clock().Advance(time.Second)
			expect("a active stored=true alarm=false")
			em.Clock().Advance(time.Minute)
			_, _ = call.Wait(t.Context())
			em.Clock().Advance(time.Minute)
			expect("a stored stored=true alarm=false") // its record is still there
			em.Clock().Advance(time.Minute)
			expect(" stored stored=true alarm=false")
			_, _ = em.do("a", "alarm")
			em.Clock().Advance(3 * time.Minute)
			expect("a stored stored=true alarm=true")
		})
	}
}

func TestObjectData(t *testing.T) {
	em := newProbes(t, inspected)
	o := em.look("a")
	if _, err := o.Query(t.Context(), "SELECT 1", 10); !errors.Is(err, emulator.ErrNotStored) {
		t.Errorf("a query of nothing: %v", err)
	}
	_, _ = em.do("a", "fill")
	for _, tt := range []struct {
		query string
		limit int
		want  string // rows, or the error
	}{
		{`SELECT * FROM "odd ""name" ORDER BY id`, 10, "[[1 x [0 255]] [2 <nil> <nil>]] more=false"},
		{`SELECT id FROM "odd ""name" ORDER BY id`, 1, "[[1]] more=true"},
		{`INSERT INTO "odd ""name" (t) VALUES ('new')`, 10, "[] more=false"},
		{`INSERT INTO "odd ""name" (id) VALUES (77); INSERT INTO "odd ""name" (id) VALUES (1)`, 10, "UNIQUE constraint failed"},
		{`SELECT count(*), max(id) FROM "odd ""name"`, 10, "[[3 3]] more=false"}, // the failed one left nothing
		{`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\_cf\_%' ESCAPE '\'`, 10, `[[odd "name]] more=false`},
		{"SELECT * FROM _cf_KV", 10, "prohibited"},
		{"BEGIN", 10, "transaction"},
		{"PRAGMA user_version", 10, "not authorized"},
		{"SELEC 1", 10, "syntax error"},
		{"", 10, "SQL code did not contain a statement"},
	} {
		res, err := o.Query(t.Context(), tt.query, tt.limit)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprintf("%v more=%v", res.Rows, res.More)
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s, want %s", tt.query, got, tt.want)
		}
	}
	list, more, err := o.ListKV("", "", 2)
	if diff := cmp.Diff([]emulator.KVEntry{
		{Key: "a", Size: list[0].Size, Text: `{ n: 1, s: [ "x" ] }`, JSON: `{"n":1,"s":["x"]}`},
		{Key: "b", Size: list[1].Size, Text: "Date(1970-01-01T00:00:00.001Z)"},
	}, list); diff != "" || !more || err != nil {
		t.Errorf("list: more %v, %v, %s", more, err, diff)
	}
	if list, more, err = o.ListKV("", "b", 2); len(list) != 1 || list[0].JSON != "null" || more || err != nil {
		t.Errorf("second page: %v, %v, %v", list, more, err)
	}
	if err := o.PutKV("a", `{"n":`); err == nil {
		t.Error("no JSON is written")
	}
	if err := o.PutKV("a", `{"z":[1,null]}`); err != nil {
		t.Error(err)
	}
	if e, ok, err := o.GetKV("a"); e.JSON != `{"z":[1,null]}` || !ok || err != nil {
		t.Errorf("a is %v, %v, %v", e, ok, err)
	}
	for _, want := range []bool{true, false} {
		if existed, err := o.DeleteKV("a"); existed != want || err != nil {
			t.Errorf("delete: %v, %v, want %v", existed, err, want)
		}
	}
}

// TestObjectWithoutWaking: looking into an object constructs nothing.
func TestObjectWithoutWaking(t *testing.T) {
	b, made := inspected, 0
	b.construct = func(context.Context, *probe) error { made++; return nil }
	em := newProbes(t, b)
	_, _ = em.do("a", "fill")
	em.Clock().Advance(5 * time.Minute)
	o := em.look("a")
	if _, err := o.Query(t.Context(), "SELECT 1", 1); err != nil {
		t.Error(err)
	}
	if err := o.PutKV("k", "1"); err != nil {
		t.Error(err)
	}
	if err := o.SetAlarm(em.Clock().Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if info, _ := o.Info(); info.State != emulator.Stored || info.Alarm.IsZero() || info.Size == 0 || made != 1 {
		t.Errorf("%+v, %d instances", info, made)
	}
	em.Clock().Advance(2 * time.Hour)
	if info, _ := o.Info(); !info.Alarm.IsZero() || made != 2 {
		t.Errorf("behind the alarm: %+v, %d instances", info, made)
	}
	if err := o.SetAlarm(em.Clock().Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if err := o.SetAlarm(time.Time{}); err != nil {
		t.Error(err)
	}
	em.Clock().Advance(2 * time.Hour)
	if info, _ := o.Info(); !info.Alarm.IsZero() || made != 2 {
		t.Errorf("behind a cancelled alarm: %+v, %d instances", info, made)
	}
}

// TestQueryEnds: a query without end stops with its context, and so does what it
// has written.
func TestQueryEnds(t *testing.T) {
	for _, query := range []string{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
		`INSERT INTO "odd ""name" (t) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' FROM n WHERE i < 10 OR i % 1000000 = -1`,
	} {
		em := newProbes(t, inspected)
		_, _ = em.do("a", "fill")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("it took too long"))
		defer cancel()
		if _, err := em.look("a").Query(ctx, query, 10); err == nil || !strings.Contains(err.Error(), "it took too long: ") {
			t.Errorf("%s: %v", query, err)
		}
		if res, err := em.look("a").Query(t.Context(), `SELECT count(*) FROM "odd ""name"`, 1); err != nil || res.Rows[0][0] != 2.0 {
			t.Errorf("behind %s: %v, %v", query, res, err)
		}
	}
}

func TestObjectBusy(t *testing.T) {
	em := newProbes(t, inspected)
	_, _ = em.do("a", "fill")
	call := em.stub("a").Start("do", "block")
	em.Clock().Advance(time.Millisecond)
	if _, err := em.look("a").Query(t.Context(), "SELECT 1", 1); !errors.Is(err, emulator.ErrBusy) {
		t.Errorf("in a critical section: %v", err)
	}
	em.Clock().Advance(time.Minute)
	_, _ = call.Wait(t.Context())
	if _, err := em.look("a").Query(t.Context(), "SELECT 1", 1); err != nil {
		t.Errorf("behind it: %v", err)
	}
}

func TestObjectSockets(t *testing.T) {
	b := &sockets{}
	em := newSockets(t, b)
	client := em.dial("a?tag=blue")
	o := em.look("a")
	list := o.Sockets()
	want := []emulator.SocketInfo{{Number: 1, Hibernatable: true, Peer: "code outside", State: "open", Tags: []string{"blue"}}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Fatal(diff)
	}
	em.Clock().Advance(time.Minute)
	if info, ok := o.Info(); info.State != emulator.Hibernated || info.Sockets != 1 || !ok {
		t.Errorf("%+v, %v, want hibernated", info, ok)
	}
	if err := o.SendText(1, "to the client", emulator.ToPeer); err != nil || next(t, client) != "to the client" {
		t.Errorf("to the client: %v", err)
	}
	if b.made != 1 {
		t.Errorf("%d instances: sending woke the object", b.made)
	}
	if err := o.SendText(1, "to the object", emulator.ToObject); err != nil || next(t, client) != "echo to the object" {
		t.Errorf("to the object: %v", err)
	}
	if err := o.SendText(2, "x", emulator.ToPeer); !errors.Is(err, emulator.ErrNoSocket) {
		t.Errorf("an unknown socket: %v", err)
	}
	if err := o.CloseSocket(1, 99, "", emulator.ToPeer); err == nil {
		t.Error("closed with code 99")
	}
	if err := o.CloseSocket(1, 4000, "by hand", emulator.ToPeer); err != nil {
		t.Error(err)
	}
	if got := next(t, client); got != `close 4000 "by hand" true` {
		t.Errorf("the client got %s", got)
	}
	if err := o.SendText(1, "x", emulator.ToPeer); !errors.Is(err, emulator.ErrNoSocket) {
		t.Errorf("behind the close frame: %v", err)
	}
}

func TestObjectRefuses(t *testing.T) {
	em := newProbes(t, inspected)
	key := em.Namespaces()[0].Key
	for _, id := range []string{"", "abc", strings.Repeat("g", 64), strings.Repeat("0", 65)} {
		if _, err := em.Object(key, id); err == nil {
			t.Errorf("%q is an id", id)
		}
	}
	if _, err := em.Object("nothing", strings.Repeat("0", 64)); err == nil {
		t.Error("there is a namespace called nothing")
	}
	if _, err := em.Objects("_entry.probes.default"); err == nil {
		t.Error("the entry is a namespace")
	}
}
