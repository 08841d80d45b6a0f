package migrations_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// FuzzPlan applies made-up histories step by step, in batches, and compares
// with a model that knows only what the rules say about classes: it moves
// marks between names and knows no keys. A mark stands for the objects of a
// namespace. What the model refuses has to be refused and the reverse; each
// live class has to find its mark again.
//
// Run it with -fuzzminimizetime 1s: most inputs are long, and most of the time
// would go into making them shorter.
func FuzzPlan(f *testing.F) {
	f.Add([]byte("migrations move names, never keys"))
	f.Add([]byte{1, 0, 1, 0, 9, 2, 0, 1, 0, 9, 1, 0, 1, 0, 9, 3, 1, 1})
	f.Add([]byte{2, 1, 0, 1, 1, 1, 7, 4, 2, 1, 0, 2, 3, 3, 1, 0, 0, 2, 1, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Fuzz(func(t *testing.T, data []byte) {
		w := &world{t: t, data: data, model: model{live: map[string]mark{}, undeclared: map[string]mark{}}, folders: map[string]mark{}}
		for tag := 0; len(w.data) > 0 && tag < 60; tag++ {
			step := w.step(fmt.Sprint("v", tag))
			next, ok := w.model.after(step)
			if !ok {
				w.refuses(step)
				continue
			}
			w.model = next
			w.list = append(w.list, step)
			if w.n(3) > 0 {
				w.apply()
			}
		}
		w.apply()
	})
}

// mark stands for the objects of a namespace; 0 is: none yet.
type mark int

// model is the independent view: names and marks, and no keys.
type model struct {
	live       map[string]mark
	sqlite     map[string]bool
	undeclared map[string]mark
}

// after returns the model after a step, or false if the step is impossible.
func (m model) after(s migrations.Migration) (model, bool) {
	live, sqlite := maps.Clone(m.live), map[string]bool{}
	maps.Copy(sqlite, m.sqlite)
	targets := map[string]int{}
	for _, c := range s.DeletedClasses {
		targets[c]++
		if _, ok := live[c]; !ok {
			return m, false
		}
		delete(live, c)
	}
	for _, r := range s.RenamedClasses {
		targets[r.To]++
		_, to := live[r.To]
		from, ok := live[r.From]
		if to || !ok {
			return m, false
		}
		delete(live, r.From)
		live[r.To], sqlite[r.To] = from, sqlite[r.From]
	}
	for i, c := range append(slices.Clone(s.NewClasses), s.NewSQLiteClasses...) {
		targets[c]++
		if _, ok := live[c]; ok {
			return m, false
		}
		live[c], sqlite[c] = 0, i >= len(s.NewClasses)
	}
	for _, n := range targets {
		if n > 1 {
			return m, false
		}
	}
	return model{live: live, sqlite: sqlite, undeclared: m.undeclared}, true
}

// world is one state with its history.
type world struct {
	t       *testing.T
	data    []byte
	list    []migrations.Migration
	ledger  migrations.Ledger
	folders map[string]mark // by unique key
	model   model
	last    mark
}

func (w *world) n(limit int) int {
	if len(w.data) == 0 {
		return 0
	}
	b := w.data[0]
	w.data = w.data[1:]
	return int(b) % limit
}

func (w *world) class() string { return string(rune('A' + w.n(4))) }

func (w *world) step(tag string) migrations.Migration {
	s := migrations.Migration{Tag: tag}
	for range 1 + w.n(2) {
		switch w.n(4) {
		case 0:
			s.NewClasses = append(s.NewClasses, w.class())
		case 1:
			s.NewSQLiteClasses = append(s.NewSQLiteClasses, w.class())
		case 2:
			s.RenamedClasses = append(s.RenamedClasses, migrations.RenamedClass{From: w.class(), To: w.class()})
		case 3:
			s.DeletedClasses = append(s.DeletedClasses, w.class())
		}
	}
	return s
}

// config writes the list, and a binding, as a configuration.
func (w *world) config(list []migrations.Migration, bound string) *wranglercfg.Config {
	doc := map[string]any{"name": "w", "migrations": list}
	if bound != "" {
		doc["durable_objects"] = map[string]any{"bindings": []any{map[string]string{"name": "X", "class_name": bound}}}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := wranglercfg.Parse("w.json", data)
	if err != nil {
		w.t.Fatal(err)
	}
	c, ds := f.Resolve("")
	if err := ds.Err(); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) refuses(step migrations.Migration) {
	list := append(slices.Clone(w.list), step)
	c, ds := migrations.Plan(w.ledger, w.config(list, ""))
	if ds.Err() == nil {
		w.t.Fatalf("the impossible step %+v was accepted after %+v", step, w.list)
	}
	if len(c.Steps)+len(c.Open) > 0 || !cmp.Equal(c.Ledger, w.ledger) {
		w.t.Fatalf("a refused plan has content: %+v", c)
	}
}

// apply plans the list, does the steps and compares.
func (w *world) apply() {
	bound := ""
	if w.n(4) == 3 {
		bound = w.class()
	}
	c, ds := migrations.Plan(w.ledger, w.config(w.list, bound))
	if err := ds.Err(); err != nil {
		w.t.Fatalf("a possible history was refused: %v\n%+v", err, w.list)
	}
	for _, s := range c.Steps {
		if s.Kind == migrations.Delete {
			delete(w.folders, s.UniqueKey)
		}
	}
	data, err := json.Marshal(c.Ledger)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.ledger, err = migrations.ParseLedger("ledger", data); err != nil {
		w.t.Fatalf("the ledger cannot be read again: %v\n%s", err, data)
	}
	want, ok := w.model.live, bound != ""
	for class, m := range want {
		if old := w.model.undeclared[class]; m == 0 && old != 0 {
			want[class] = old
			delete(w.model.undeclared, class)
		}
	}
	if _, live := want[bound]; ok && !live {
		want = maps.Clone(want)
		want[bound] = w.model.undeclared[bound]
	}
	w.compare(c, want)
	for _, n := range c.Open { // the Worker runs and writes
		if w.folders[n.UniqueKey] == 0 {
			w.last++
			w.folders[n.UniqueKey] = w.last
		}
		if n.Undeclared {
			w.model.undeclared[n.Class] = w.folders[n.UniqueKey]
		} else {
			w.model.live[n.Class] = w.folders[n.UniqueKey]
		}
	}
}

func (w *world) compare(c migrations.Changes, want map[string]mark) {
	got, keys := map[string]mark{}, map[string]string{}
	for _, n := range c.Open {
		got[n.Class] = w.folders[n.UniqueKey]
		if other, ok := keys[n.UniqueKey]; ok {
			w.t.Fatalf("classes %s and %s share the key %s", n.Class, other, n.UniqueKey)
		}
		keys[n.UniqueKey] = n.Class
		if !strings.HasPrefix(n.UniqueKey, "w-") {
			w.t.Fatalf("key %q is not of Worker w", n.UniqueKey)
		}
		if n.SQLite != (w.model.sqlite[n.Class] && !n.Undeclared) {
			w.t.Fatalf("class %s has the wrong backend: %+v", n.Class, n)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("objects by class (-want +got):\n%s\nhistory %+v", diff, w.list)
	}
}

// FuzzParseLedger holds that what can be read can be written and read again.
func FuzzParseLedger(f *testing.F) {
	f.Add([]byte(`{"version":1,"script":"chat","applied":[{"tag":"v1","new_sqlite_classes":["Room"]}],"namespaces":[{"class":"Room","unique_key":"chat-Room","storage":"sqlite"}]}`))
	f.Add([]byte(`{"version":1,"script":"","declarative":true,"namespaces":[{"class":"A","unique_key":"-A","storage":"legacy-kv","undeclared":true}],"given_away":["-B"]}`))
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte("{\"version\":1,\n\"scr"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := migrations.ParseLedger("ledger.json", data)
		if err != nil {
			return
		}
		again, err := json.Marshal(l)
		if err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		l2, err := migrations.ParseLedger("ledger.json", again)
		if err != nil {
			t.Fatalf("cannot be read again: %v\n%s", err, again)
		}
		third, err := json.Marshal(l2)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(again), string(third)); diff != "" {
			t.Errorf("writing is no fixed point (-first +second):\n%s", diff)
		}
	})
}
