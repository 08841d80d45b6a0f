package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/storetest"
)

// turns is what the sweeps repeat: each turn changes keys, a table and the alarm, in all directions that an alarm can
// go. A turn ends with a commit unless it has acted at once.
var turns = []func(s *store.Store) error{
	func(s *store.Store) error { return errors.Join(exec(s, "create table t(a)"), add(s, "1")) },
	func(s *store.Store) error { return errors.Join(add(s, "2"), s.SetAlarm(5000)) },
	func(s *store.Store) error { return errors.Join(add(s, "3"), s.SetAlarm(3000)) },
	func(s *store.Store) error { return errors.Join(add(s, "4"), s.SetAlarm(9000)) },
	func(s *store.Store) error {
		sp, err := s.Begin()
		if err != nil {
			return err
		}
		err = errors.Join(add(s, "lost"), s.SetAlarm(1))
		if rollbackErr := sp.Rollback(); err != nil || rollbackErr != nil {
			return errors.Join(err, rollbackErr)
		}
		return add(s, "5")
	},
	func(s *store.Store) error { return errors.Join(add(s, "6"), s.DeleteAlarm()) },
	func(s *store.Store) error { return errors.Join(add(s, "7"), s.SetAlarm(4000)) },
	func(s *store.Store) error { return s.DeleteAll(true) },
	func(s *store.Store) error {
		return errors.Join(exec(s, "create table t(a)"), add(s, "8"), s.SetAlarm(8000))
	},
	func(s *store.Store) error { return s.DeleteAll(false) },
	func(s *store.Store) error {
		return errors.Join(exec(s, "create table t(a)"), add(s, "9"), s.SetAlarm(7000))
	},
	func(s *store.Store) error { return replace(s, "10", 2000) },
	func(s *store.Store) error { return replace(s, "11", 9500) },
	func(s *store.Store) error { return replace(s, "12", 0) },
	func(s *store.Store) error { return replace(s, "13", 6000) },
}

// replace makes the store one that was loaded: with a row, a key, and an alarm unless ms is 0.
func replace(s *store.Store, key string, ms int64) error {
	e, err := store.New(store.Options{Now: time.Now})
	if err != nil {
		return err
	}
	defer e.Close()
	source := e.Namespace("w-Obj", true).Open(storetest.ID(1), "")
	l, err := source.Load()
	if err != nil {
		return err
	}
	table := &store.Part{Kind: "table", Name: "t", SQL: "CREATE TABLE t(a)", Columns: []string{"a"}, RowID: "rowid"}
	err = errors.Join(l.Create(table), l.Insert(table, []any{int64(7), key}), source.Put(key, []byte("v")))
	if ms != 0 {
		err = errors.Join(err, source.SetAlarm(ms))
	}
	return errors.Join(err, l.Close(), s.ReplaceBy(source))
}

func exec(s *store.Store, query string, args ...any) error {
	_, err := s.Exec(query, args...)
	return err
}

func add(s *store.Store, key string) error {
	return errors.Join(s.Put(key, []byte("v")), exec(s, "insert into t values (?)", key))
}

// state shows everything an object holds.
func state(t testing.TB, s *store.Store) string {
	t.Helper()
	entries, err := s.ListAll(store.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s ", e.Key)
	}
	b.WriteString("| ")
	if cursor, err := s.Exec("select a from t"); err == nil {
		for {
			row, ok, err := cursor.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			fmt.Fprintf(&b, "%s ", row[0])
		}
	} else if err.Error() != "no such table: t: SQLITE_ERROR" {
		t.Fatal(err)
	}
	ms, ok, err := s.Alarm()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "| %v %d", ok, ms)
	return b.String()
}

// alarmIsSafe checks that an alarm has a row that is not later than it.
func alarmIsSafe(t testing.TB, n *store.Namespace, s *store.Store) {
	t.Helper()
	records, err := n.Alarms()
	if err != nil {
		t.Fatal(err)
	}
	ms, ok, err := s.Alarm()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if ok && r.ID == s.ID() && r.Time <= ms {
			return
		}
	}
	if ok {
		t.Errorf("alarm at %d has no row that is early enough: %v", ms, records)
	}
}

// boundaries are the states between the turns when nothing goes wrong.
func boundaries(t testing.TB, open storetest.Opener) []string {
	t.Helper()
	s := open(t, store.Options{}).Namespace("w-Obj", true).Open(storetest.ID(1), "ada")
	list := []string{state(t, s)}
	for _, turn := range turns {
		if err := errors.Join(turn(s), s.Commit()); err != nil {
			t.Fatal(err)
		}
		list = append(list, state(t, s))
	}
	return list
}

// TestEveryOperationFails lets each operation of the turns fail once. What the caller then finds is the state before or
// after the turn, and no alarm is lost.
func TestEveryOperationFails(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			want := boundaries(t, kind.open)
			for n := 0; ; n++ {
				faults := storetest.FailAt(n)
				ns := kind.open(t, store.Options{Fault: faults.Hook}).Namespace("w-Obj", true)
				s := ns.Open(storetest.ID(1), "ada")
				var err error
				done := 0
				for done < len(turns) && err == nil {
					if err = turns[done](s); err == nil {
						err = s.Commit()
					}
					done++
				}
				faults.Stop()
				if !faults.Fired() {
					if err != nil || n < 30 {
						t.Errorf("without a fault after %d operations: %v", n, err)
					}
					return
				}
				s.Rollback()
				got := state(t, s)
				switch {
				case err != nil && !errors.Is(err, storetest.ErrInjected):
					t.Errorf("operation %d (%s) failed, the caller saw %v", n, faults.Op(), err)
				case err != nil && got != want[done-1] && got != want[done]:
					t.Errorf("operation %d (%s) failed in turn %d: got %q, want %q or %q", n, faults.Op(), done, got, want[done-1], want[done])
				case err == nil && faults.Op() != "alarm-row":
					t.Errorf("operation %d (%s) failed and nobody noticed", n, faults.Op())
				case err == nil && got != want[done]:
					t.Errorf("operation %d (%s) failed unnoticed: got %q, want %q", n, faults.Op(), got, want[done])
				}
				alarmIsSafe(t, ns, s)
			}
		})
	}
}

// TestIgnoredFailure: a failure inside a transaction that the application ignores still keeps the turn from being
// committed (4.17).
func TestIgnoredFailure(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			failing := false
			s := kind.open(t, store.Options{Fault: func(op string) error {
				if failing && op == "put" {
					return storetest.ErrInjected
				}
				return nil
			}}).Namespace("w-Obj", true).Open(storetest.ID(1), "")
			if err := s.Put("a", nil); err != nil {
				t.Fatal(err)
			}
			failing = true
			if err := s.Put("b", nil); !errors.Is(err, storetest.ErrInjected) {
				t.Fatalf("put: %v", err)
			}
			failing = false
			if err := s.Commit(); !errors.Is(err, storetest.ErrInjected) {
				t.Errorf("commit: got %v, want the failure", err)
			}
			if entries, err := s.ListAll(store.ListOptions{}); len(entries) > 0 || err != nil {
				t.Errorf("kept %v %v", entries, err)
			}
		})
	}
}

// TestCrashAnywhere copies the folder at every step and before every operation, as a killed process would leave it.
// Each copy opens to the state before or after the turn, with every alarm in its place.
func TestCrashAnywhere(t *testing.T) {
	for _, powerSafe := range []bool{false, true} {
		t.Run(fmt.Sprintf("power=%v", powerSafe), func(t *testing.T) {
			want := boundaries(t, onDisk)
			dir := t.TempDir()
			turn, copies := 0, 0
			check := func(at string) {
				copies++
				copied := filepath.Join(t.TempDir(), "copy")
				if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				e, err := store.New(store.Options{Dir: copied, Now: now})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = e.Close() }()
				ns := e.Namespace("w-Obj", true)
				s := ns.Open(storetest.ID(1), "ada")
				alarmIsSafe(t, ns, s)
				if got := state(t, s); got != want[turn] && got != want[min(turn+1, len(turns))] {
					t.Errorf("turn %d, %s: got %q, want %q or %q", turn, at, got, want[turn], want[turn+1])
				}
				records, err := ns.Alarms()
				ms, ok, alarmErr := s.Alarm()
				if err != nil || alarmErr != nil || ok != (len(records) == 1) || ok && records[0].Time != ms {
					t.Errorf("turn %d, %s: after opening, rows %v, alarm %v %d (%v, %v)", turn, at, records, ok, ms, err, alarmErr)
				}
			}
			e := onDisk(t, store.Options{Dir: dir, PowerSafe: powerSafe, Step: check, Fault: func(op string) error {
				if turn > 0 { // before the first turn there is no folder
					check("before " + op)
				}
				return nil
			}})
			s := e.Namespace("w-Obj", true).Open(storetest.ID(1), "ada")
			for ; turn < len(turns); turn++ {
				if err := errors.Join(turns[turn](s), s.Commit(), s.Sync()); err != nil {
					t.Fatal(err)
				}
			}
			if copies < 60 {
				t.Errorf("only %d copies were looked at", copies)
			}
		})
	}
}

// FuzzOperations compares random operations in memory and on disk with a model.
func FuzzOperations(f *testing.F) {
	f.Add([]byte("\x00\x10\x08\x00\x20\x09\x0a"))
	f.Add([]byte("\x01\x02\x03\x08\x05\x00\x11\x06\x08\x0a\x0b\x0c\x08"))
	f.Add([]byte("\x05\x00\x05\x01\x07\x06\x08\x0d\x33\x08\x0e\x0a"))
	f.Add([]byte("\x0d\x08\x0f\x0a\x0d\x05\x0e\x07\x08\x09"))
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 200 {
			program = program[:200]
		}
		for _, kind := range kinds {
			e := kind.open(t, store.Options{})
			runModel(t, e, kind.name, program)
		}
	})
}

// model is one object: a map for keys, the alarm, and copies for what can be rolled back to.
type model struct {
	keys  map[string]string
	alarm int64
}

func (m model) clone() model {
	c := model{keys: make(map[string]string), alarm: m.alarm}
	for k, v := range m.keys {
		c.keys[k] = v
	}
	return c
}

func (m model) String() string {
	return fmt.Sprint(m.keys, m.alarm)
}

func runModel(t *testing.T, e *store.Engine, kind string, program []byte) {
	ns := e.Namespace("w-Obj", true)
	s := ns.Open(storetest.ID(1), "ada")
	now, committed := model{keys: map[string]string{}}, model{keys: map[string]string{}}
	var stack []model
	var points []*store.Savepoint
	drop := func() { stack, points = nil, nil }
	for i, b := range program {
		key := string('a' + rune(b>>4&7))
		var err error
		switch b & 15 {
		case 0, 1, 2:
			now.keys[key] = fmt.Sprint(i)
			err = s.Put(key, []byte(fmt.Sprint(i)))
		case 3, 4:
			_, had := now.keys[key]
			delete(now.keys, key)
			existed, deleteErr := s.Delete(key)
			if err = deleteErr; existed != had {
				t.Errorf("%s, step %d: delete said %v", kind, i, existed)
			}
		case 5:
			stack = append(stack, now.clone())
			sp, beginErr := s.Begin()
			err, points = beginErr, append(points, sp)
		case 6, 7:
			if len(points) == 0 {
				continue
			}
			last := len(points) - 1
			if b&15 == 6 {
				err = points[last].Release()
			} else {
				now = stack[last]
				err = points[last].Rollback()
			}
			stack, points = stack[:last], points[:last]
		case 8:
			if err = s.Commit(); len(points) == 0 {
				committed = now.clone()
			}
		case 9:
			s.Rollback()
			now = committed.clone()
			drop()
		case 10:
			e.Crash()
			now = committed.clone()
			drop()
		case 11:
			keep := b&16 != 0
			now = model{keys: map[string]string{}, alarm: now.alarm}
			if !keep {
				now.alarm = 0
			}
			err = s.DeleteAll(keep)
			committed = now.clone()
			drop()
		case 12:
			if s.Dirty() {
				continue
			}
			err = s.Suspend()
		case 13:
			now.alarm = int64(b) + 1
			err = s.SetAlarm(now.alarm)
		case 14:
			now.alarm = 0
			err = s.DeleteAlarm()
		case 15:
			s.Close()
			s = ns.Open(storetest.ID(1), "ada")
			now = committed.clone()
			drop()
		}
		if err != nil {
			t.Fatalf("%s, step %d (%d): %v", kind, i, b&15, err)
		}
		if got := modelOf(t, s); got.String() != now.String() {
			t.Fatalf("%s, step %d (%d): got %v, want %v", kind, i, b&15, got, now)
		}
	}
	s.Rollback()
	alarmIsSafe(t, ns, s)
}

func modelOf(t *testing.T, s *store.Store) model {
	t.Helper()
	m := model{keys: map[string]string{}}
	entries, err := s.ListAll(store.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		m.keys[e.Key] = string(e.Value)
	}
	if m.alarm, _, err = s.Alarm(); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestCloseWithFullTextTable: a full-text table has statements of its own, which it finalizes itself.
func TestCloseWithFullTextTable(t *testing.T) {
	e, err := store.New(store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s := e.Namespace("k", true).Open(strings.Repeat("0", 64), "")
	for _, query := range []string{
		"CREATE VIRTUAL TABLE docs USING fts5(body)", "INSERT INTO docs VALUES ('one two'), ('three')",
		"SELECT count(*) FROM docs", "SELECT * FROM docs WHERE docs MATCH 'two'",
	} {
		cursor, err := s.Exec(query)
		if err != nil {
			t.Fatal(err)
		}
		cursor.Close()
	}
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := s.Suspend(); err != nil {
		t.Fatal(err)
	}
}
