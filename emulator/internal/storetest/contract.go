package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// row is one promise. Each starts with an object of its own in an engine of its own.
type row struct {
	rule  string
	name  string
	check func(f *fixture)
}

// fixture is what a row works on. Its methods end the test at the first surprise.
type fixture struct {
	testing.TB
	engine *store.Engine
	ns     *store.Namespace
	s      *store.Store
	now    time.Time
}

// Run checks the whole contract.
func Run(t *testing.T, open Opener) {
	seen := make(map[string]bool)
	for _, rows := range [][]row{sqlRows, keyRows, transactionRows, alarmRows, deleteRows, lifeRows} {
		for _, r := range rows {
			if r.rule == "" || seen[r.name] {
				t.Fatalf("row %q needs a rule and a name of its own", r.name)
			}
			seen[r.name] = true
			t.Run(r.name, func(t *testing.T) {
				f := &fixture{TB: t, now: time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)}
				f.engine = open(t, store.Options{Now: func() time.Time { return f.now }})
				f.ns = f.engine.Namespace("worker-Obj", true)
				f.s = f.ns.Open(ID(1), "ada")
				defer func() {
					if t.Failed() {
						t.Logf("rule %s", r.rule)
					}
				}()
				r.check(f)
			})
		}
	}
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// fails wants an error with exactly this text.
func (f *fixture) fails(err error, text string) {
	f.Helper()
	if err == nil || err.Error() != text {
		f.Fatalf("got error %v, want %q", err, text)
	}
}

func (f *fixture) is(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("got error %v, want %v", err, want)
	}
}

func (f *fixture) equal(got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Fatalf("(-want +got):\n%s", diff)
	}
}

// exec runs SQL and gives all rows, cells separated by | and rows by blanks.
func (f *fixture) exec(query string, args ...any) string {
	f.Helper()
	cursor, err := f.s.Exec(query, args...)
	f.must(err)
	rows, err := drain(cursor)
	f.must(err)
	return rows
}

func drain(cursor *store.Cursor) (string, error) {
	var rows []string
	for {
		row, ok, err := cursor.Next()
		if err != nil || !ok {
			return strings.Join(rows, " "), err
		}
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = show(cell)
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
}

func (f *fixture) keys(o store.ListOptions) string {
	f.Helper()
	entries, err := f.s.ListAll(o)
	f.must(err)
	keys := make([]string, len(entries))
	for i, entry := range entries {
		keys[i] = entry.Key
	}
	return strings.Join(keys, " ")
}

func (f *fixture) put(keys ...string) {
	f.Helper()
	for _, key := range keys {
		f.must(f.s.Put(key, []byte("v"+key)))
	}
}

func (f *fixture) get(key string) string {
	f.Helper()
	value, ok, err := f.s.Get(key)
	f.must(err)
	if !ok {
		return "absent"
	}
	return string(value)
}

// alarm is "none" or the time in milliseconds.
func (f *fixture) alarm() string {
	f.Helper()
	ms, ok, err := f.s.Alarm()
	f.must(err)
	if !ok {
		return "none"
	}
	return fmt.Sprint(ms)
}

// rows shows the namespace's alarms.
func (f *fixture) rows() string {
	f.Helper()
	records, err := f.ns.Alarms()
	f.must(err)
	var list []string
	for _, r := range records {
		list = append(list, fmt.Sprintf("%s:%d", r.Name, r.Time))
	}
	return strings.Join(list, " ")
}

func (f *fixture) begin() *store.Savepoint {
	f.Helper()
	sp, err := f.s.Begin()
	f.must(err)
	return sp
}

func text(s string) *string { return &s }

var sqlRows = []row{
	{"4.2", "a write is complete when Exec returns", func(f *fixture) {
		f.exec("create table t(a)")
		_, err := f.s.Exec("insert into t values (1)")
		f.must(err)
		f.equal(f.exec("select * from t"), "1")
	}},
	{"4.7", "the same text runs again", func(f *fixture) {
		f.exec("create table t(a)")
		for range 3 {
			f.exec("insert into t values (1); insert into t values (2)")
		}
		f.equal(f.exec("select count(*) from t"), "6")
	}},
	{"4.30", "after the last row there is none for ever", func(f *fixture) {
		cursor, err := f.s.Exec("select 1")
		f.must(err)
		for i := range 3 {
			_, ok, err := cursor.Next()
			f.must(err)
			f.equal(ok, i == 0)
		}
	}},
	{"4.38", "the row after the current one is fetched ahead", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2), (3)")
		cursor, err := f.s.Exec("select a from t")
		f.must(err)
		_, _, err = cursor.Next()
		f.must(err)
		f.exec("delete from t where a in (2, 3)")
		rest, err := drain(cursor)
		f.must(err)
		f.equal(rest, "2")
	}},
	{"4.40", "a table with an open cursor cannot be dropped", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2), (3)")
		_, err := f.s.Exec("select a from t")
		f.must(err)
		_, err = f.s.Exec("drop table t")
		f.fails(err, "database table is locked: SQLITE_LOCKED")
	}},
	{"4.41", "a cursor outlives its turn and sees later changes", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2), (3)")
		cursor, err := f.s.Exec("select a from t")
		f.must(err)
		f.must(f.s.Commit())
		f.exec("insert into t values (4)")
		f.must(f.s.Commit())
		all, err := drain(cursor)
		f.must(err)
		f.equal(all, "1 2 3 4")
	}},
	{"4.42", "cursors of one text are independent", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2), (3)")
		a, err := f.s.Exec("select a from t")
		f.must(err)
		b, err := f.s.Exec("select a from t")
		f.must(err)
		_, _, err = a.Next()
		f.must(err)
		all, err := drain(b)
		f.must(err)
		rest, err := drain(a)
		f.must(err)
		f.equal(all+" / "+rest, "1 2 3 / 2 3")
	}},
	{"4.47", "columns follow the schema although the statement is cached", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1)")
		f.exec("select * from t")
		f.exec("alter table t add column b default 7")
		cursor, err := f.s.Exec("select * from t")
		f.must(err)
		f.equal(cursor.Columns(), []string{"a", "b"})
	}},
	{"4.54", "size of an untouched and of a small database", func(f *fixture) {
		size, err := f.s.DatabaseSize()
		f.must(err)
		f.equal(size, int64(4096))
		f.exec("create table t(a)")
		size, err = f.s.DatabaseSize()
		f.must(err)
		f.equal(size, int64(8192))
	}},
	{"4.68", "user_version is refused with advice", func(f *fixture) {
		_, err := f.s.Exec("pragma user_version")
		var e *store.Error
		if !errors.As(err, &e) || e.Advice == "" {
			f.Fatalf("got %#v, want an error with advice", err)
		}
		f.fails(err, "not authorized: SQLITE_AUTH")
	}},
	{"4.25", "a value of another type is no binding", func(f *fixture) {
		_, err := f.s.Exec("select ?", true)
		var e *store.BindingError
		if !errors.As(err, &e) {
			f.Fatalf("got %v, want a *BindingError", err)
		}
	}},
	{"4.57", "protected tables cannot be read or written", func(f *fixture) {
		f.put("k")
		for query, want := range map[string]string{
			"select * from _cf_KV":                                                      "access to _cf_KV.key is prohibited: SQLITE_AUTH",
			"insert into _cf_KV values ('a', 'b')":                                      "not authorized: SQLITE_AUTH",
			"update _cf_KV set value = 1":                                               "not authorized: SQLITE_AUTH",
			"delete from _CF_kv":                                                        "not authorized: SQLITE_AUTH",
			"drop table _cf_KV":                                                         "not authorized: SQLITE_AUTH",
			"alter table _cf_KV rename to kv":                                           "not authorized: SQLITE_AUTH",
			"create index i on _cf_KV(value)":                                           "not authorized: SQLITE_AUTH",
			"create table if not exists t(a); alter table t rename to \"_cf_\"":         "not authorized: SQLITE_AUTH",
			"create table if not exists t(a);; alter table t rename to _CF_y; select 1": "not authorized: SQLITE_AUTH",
		} {
			_, err := f.s.Exec(query)
			f.fails(err, want)
		}
		f.equal(f.exec("select name from sqlite_master where name = '_cf_KV'"), `"_cf_KV"`)
	}},
	{"4.58", "a trigger on a protected table fails when it fires", func(f *fixture) {
		f.put("k")
		f.exec("create table t(a); create trigger tr after insert on t begin delete from _cf_KV; end")
		_, err := f.s.Exec("insert into t values (1)")
		f.fails(err, "not authorized: SQLITE_AUTH")
	}},
	{"4.78", "too long values are refused, bound or not", func(f *fixture) {
		_, err := f.s.Exec("select length(?)", strings.Repeat("x", 2_200_001))
		f.fails(err, "string or blob too big: SQLITE_TOOBIG")
		f.equal(f.exec("select length(?)", strings.Repeat("x", 2_200_000)), "2.2e+06")
	}},
	{"4.79", "too long SQL is refused", func(f *fixture) {
		_, err := f.s.Exec("select 1" + strings.Repeat(" ", 100_000))
		f.fails(err, "statement too long: SQLITE_TOOBIG")
	}},
	{"time", "SQL sees the engine's clock", func(f *fixture) {
		const query = "select datetime('now'), unixepoch(), current_timestamp, strftime('%f', 'now'), round(julianday('now'), 3)"
		f.equal(f.exec(query), `"2031-01-02 03:04:05"|1.925089445e+09|"2031-01-02 03:04:05"|"05.000"|2.462868628e+06`)
		f.exec("create table t(a, at text default current_timestamp)")
		f.now = f.now.AddDate(0, 0, 1)
		f.exec("insert into t(a) values (1)")
		f.equal(f.exec("select at from t"), `"2031-01-03 03:04:05"`)
		f.equal(f.exec("select datetime('now')"), `"2031-01-03 03:04:05"`)
	}},
}
