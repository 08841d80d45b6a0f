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

// FuzzPlan applies made-up histories of two Workers on one state step by step, in
// batches, and compares with a model that knows only what the rules say about
// classes: it moves marks between names and knows no keys. A mark stands for the
// objects of a namespace. What the model refuses has to be refused and the
// reverse; each live class has to find its mark again.
//
// Run it with -fuzzminimizetime 1s: most inputs are long, and most of the time
// would go into making them shorter.
func FuzzPlan(f *testing.F) {
	f.Add([]byte("migrations move names, never keys"))
	f.Add([]byte{0, 1, 0, 1, 0, 9, 0, 2, 0, 1, 0, 9, 1, 0, 1, 0, 9, 3, 1, 1})
	f.Add([]byte{2, 1, 0, 1, 1, 1, 7, 4, 2, 1, 0, 2, 3, 3, 1, 0, 0, 2, 1, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	// w creates A, v takes it as B, w renames what it gave away and takes B back as A.
	f.Add([]byte{0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 0, 4, 0, 1, 2, 0, 1, 0, 0, 0, 2, 0, 3, 2, 0, 0, 0, 0, 4, 1, 0, 2, 0})
	// w creates A, v takes it, w deletes what is left of it and creates another A, alone.
	f.Add([]byte{0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 0, 4, 0, 1, 2, 0, 1, 0, 0, 0, 3, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &state{t: t, data: data, folders: map[string]mark{}}
		w, v := newWorld(s, "w"), newWorld(s, "v")
		w.other, v.other = v, w
		for tag := 0; len(s.data) > 0 && tag < 60; tag++ {
			if s.n(4) == 1 {
				w.apply() // the other Worker finds everything done
				w = w.other
			}
			step := w.step(fmt.Sprint("v", tag))
			next, source, ok := w.model.after(step, w.other.model)
			if !ok {
				w.refuses(step)
				continue
			}
			w.model, w.other.model = next, source
			w.list = append(w.list, step)
			if s.n(3) > 0 {
				w.apply()
			}
		}
		w.apply()
		w.other.apply()
	})
}

// mark stands for the objects of a namespace; 0 is: none yet.
type mark int

// away is the mark of a class that another Worker took over. Its name is still
// in use, for nothing.
const away mark = -1

// model is the independent view of one Worker: names and marks, and no keys.
type model struct {
	live        map[string]mark
	sqlite      map[string]bool
	transferred map[string]bool // came from the other Worker
	undeclared  map[string]mark
}

func newModel() model {
	return model{live: map[string]mark{}, sqlite: map[string]bool{}, transferred: map[string]bool{}, undeclared: map[string]mark{}}
}

func (m model) clone() model {
	return model{live: maps.Clone(m.live), sqlite: maps.Clone(m.sqlite), transferred: maps.Clone(m.transferred), undeclared: m.undeclared}
}

// after returns the models of the Worker and of the other one after a step, or
// false if the step is impossible.
func (m model) after(s migrations.Migration, source model) (model, model, bool) {
	m, source = m.clone(), source.clone()
	targets := map[string]bool{}
	possible := true
	target := func(class string) { // of one directive at most
		possible = possible && !targets[class]
		targets[class] = true
	}
	vacant := func(class string) {
		_, taken := m.live[class]
		possible = possible && !taken
	}
	end := func(class string) { // wrangler's replay does not know those that were transferred
		_, live := m.live[class]
		possible = possible && live && !m.transferred[class]
		delete(m.live, class)
	}
	for _, c := range s.DeletedClasses {
		target(c)
		end(c)
	}
	for _, r := range s.RenamedClasses {
		target(r.To)
		vacant(r.To)
		from := m.live[r.From]
		end(r.From)
		m.live[r.To], m.sqlite[r.To] = from, m.sqlite[r.From]
	}
	for _, tr := range s.TransferredClasses {
		target(tr.To)
		vacant(tr.To)
		m.live[tr.To], m.sqlite[tr.To], m.transferred[tr.To] = 0, true, true
		if objects, ok := source.live[tr.From]; ok && objects != away {
			m.live[tr.To], m.sqlite[tr.To] = objects, source.sqlite[tr.From]
			source.live[tr.From] = away
		}
	}
	for i, c := range append(slices.Clone(s.NewClasses), s.NewSQLiteClasses...) {
		target(c)
		vacant(c)
		m.live[c], m.sqlite[c] = 0, i >= len(s.NewClasses)
	}
	return m, source, possible
}

// state is what two Workers share.
type state struct {
	t       *testing.T
	data    []byte
	folders map[string]mark // by unique key
	last    mark
}

func (s *state) n(limit int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % limit
}

// world is one Worker with its history.
type world struct {
	*state
	script string
	other  *world
	list   []migrations.Migration
	ledger migrations.Ledger
	model  model
}

func newWorld(s *state, script string) *world {
	return &world{state: s, script: script, model: newModel()}
}

func (w *world) class() string { return string(rune('A' + w.n(4))) }

func (w *world) step(tag string) migrations.Migration {
	s := migrations.Migration{Tag: tag}
	for range 1 + w.n(2) {
		switch w.n(5) {
		case 0:
			s.NewClasses = append(s.NewClasses, w.class())
		case 1:
			s.NewSQLiteClasses = append(s.NewSQLiteClasses, w.class())
		case 2:
			s.RenamedClasses = append(s.RenamedClasses, migrations.RenamedClass{From: w.class(), To: w.class()})
		case 3:
			s.DeletedClasses = append(s.DeletedClasses, w.class())
		case 4:
			s.TransferredClasses = append(s.TransferredClasses, migrations.TransferredClass{From: w.class(), FromScript: w.other.script, To: w.class()})
		}
	}
	return s
}

// config writes the list, and a binding, as a configuration.
func (w *world) config(list []migrations.Migration, bound string) *wranglercfg.Config {
	doc := map[string]any{"name": w.script, "migrations": list}
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
	c, ds := migrations.Plan(w.ledger, w.config(list, ""), w.other.ledger)
	if ds.Err() == nil {
		w.t.Fatalf("the impossible step %+v was accepted after %+v", step, w.list)
	}
	if len(c.Steps)+len(c.Open)+len(c.Sources) > 0 || !cmp.Equal(c.Ledger, w.ledger) {
		w.t.Fatalf("a refused plan has content: %+v", c)
	}
}

// apply plans the list, does the steps and compares.
func (w *world) apply() {
	bound := ""
	if w.n(4) == 3 {
		bound = w.class()
	}
	c, ds := migrations.Plan(w.ledger, w.config(w.list, bound), w.others()...)
	if err := ds.Err(); err != nil {
		w.t.Fatalf("a possible history was refused: %v\n%+v", err, w.list)
	}
	for _, s := range c.Steps {
		if s.Kind == migrations.Delete {
			delete(w.folders, s.UniqueKey)
		}
	}
	w.ledger = w.kept(c.Ledger)
	for _, l := range c.Sources {
		w.other.ledger = w.kept(l)
	}
	w.compare(c, w.expect(bound))
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

// others returns the ledger of the other Worker, or nothing where it is not
// needed: what was given away is in a Worker's own ledger.
func (w *world) others() []migrations.Ledger {
	pending := w.list[len(w.ledger.Applied):]
	transfers := slices.ContainsFunc(pending, func(m migrations.Migration) bool { return len(m.TransferredClasses) > 0 })
	if !transfers && w.n(2) == 1 {
		return nil
	}
	return []migrations.Ledger{w.other.ledger}
}

// kept returns a ledger as it is read again.
func (w *world) kept(l migrations.Ledger) migrations.Ledger {
	data, err := json.Marshal(l)
	if err != nil {
		w.t.Fatal(err)
	}
	again, err := migrations.ParseLedger("ledger", data)
	if err != nil {
		w.t.Fatalf("the ledger cannot be read again: %v\n%s", err, data)
	}
	return again
}

// expect returns the marks of the classes that run: those that live here, and a
// bound one that does not, without SQL and without what a class of its name had.
func (w *world) expect(bound string) map[string]mark {
	want := map[string]mark{}
	for class, m := range w.model.live {
		if old := w.model.undeclared[class]; m == 0 && old != 0 { // it is declared now
			m = old
			delete(w.model.undeclared, class)
		}
		if m != away {
			want[class] = m
		}
	}
	if _, live := want[bound]; bound != "" && !live {
		want[bound] = w.model.undeclared[bound]
	}
	return want
}

func (w *world) compare(c migrations.Changes, want map[string]mark) {
	got, keys := map[string]mark{}, map[string]string{}
	for _, n := range w.other.ledger.Namespaces {
		keys[n.UniqueKey] = n.Class + " of the other Worker"
	}
	for _, n := range c.Open {
		got[n.Class] = w.folders[n.UniqueKey]
		if other, ok := keys[n.UniqueKey]; ok {
			w.t.Fatalf("classes %s and %s share the key %s", n.Class, other, n.UniqueKey)
		}
		keys[n.UniqueKey] = n.Class
		if !strings.HasPrefix(n.UniqueKey, "w-") && !strings.HasPrefix(n.UniqueKey, "v-") {
			w.t.Fatalf("key %q is of no Worker", n.UniqueKey)
		}
		if n.SQLite != (w.model.sqlite[n.Class] && !n.Undeclared) {
			w.t.Fatalf("class %s has the wrong backend: %+v", n.Class, n)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("objects by class (-want +got):\n%s\nWorker %s: %+v\nother: %+v", diff, w.script, w.list, w.other.list)
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
