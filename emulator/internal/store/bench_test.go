package store_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/storetest"
)

// kinds are the two homes of an engine.
var kinds = []struct {
	name string
	open storetest.Opener
}{{"memory", inMemory}, {"disk", onDisk}}

func mustExec(b testing.TB, s *store.Store, query string, args ...any) *store.Cursor {
	b.Helper()
	cursor, err := s.Exec(query, args...)
	if err != nil {
		b.Fatalf("%s: %v", query, err)
	}
	return cursor
}

func mustCommit(b testing.TB, s *store.Store) {
	b.Helper()
	if err := s.Commit(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkInsert is the prepared insert within one turn: at most 3 µs.
func BenchmarkInsert(b *testing.B) {
	for _, kind := range kinds {
		b.Run("home="+kind.name, func(b *testing.B) {
			s := kind.open(b, store.Options{}).Namespace("b-Obj", true).Open(storetest.ID(1), "")
			mustExec(b, s, "create table t(a integer primary key, b, c)")
			var text any = "some text"
			b.ReportAllocs()
			for b.Loop() {
				mustExec(b, s, "insert into t(b, c) values (?, ?)", text, 5.0)
			}
			mustCommit(b, s)
		})
	}
}

// BenchmarkCommit is one insert and its commit: at most 30 µs on disk.
func BenchmarkCommit(b *testing.B) {
	for _, kind := range kinds {
		b.Run("home="+kind.name, func(b *testing.B) {
			s := kind.open(b, store.Options{}).Namespace("b-Obj", true).Open(storetest.ID(1), "")
			mustExec(b, s, "create table t(a integer primary key, b, c)")
			mustCommit(b, s)
			b.ReportAllocs()
			for b.Loop() {
				mustExec(b, s, "insert into t(b, c) values (?, ?)", "some text", 5.0)
				mustCommit(b, s)
			}
		})
	}
	b.Run("home=disk,power=safe", func(b *testing.B) {
		s := onDisk(b, store.Options{PowerSafe: true}).Namespace("b-Obj", true).Open(storetest.ID(1), "")
		mustExec(b, s, "create table t(a integer primary key, b, c)")
		mustCommit(b, s)
		for b.Loop() {
			mustExec(b, s, "insert into t(b, c) values (?, ?)", "some text", 5.0)
			mustCommit(b, s)
			if err := s.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkNewObject is table, index and first row: at most 0.3 ms in memory, 0.6 ms on disk.
func BenchmarkNewObject(b *testing.B) {
	for _, kind := range kinds {
		b.Run("home="+kind.name, func(b *testing.B) {
			n := kind.open(b, store.Options{}).Namespace("b-Obj", true)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				s := n.Open(storetest.ID(i), "")
				mustExec(b, s, "create table t(a integer primary key, b, c)")
				mustExec(b, s, "create index t_b on t(b)")
				mustExec(b, s, "insert into t(b, c) values (?, ?)", "some text", 5.0)
				mustCommit(b, s)
			}
		})
	}
}

func BenchmarkSelectRow(b *testing.B) {
	s := inMemory(b, store.Options{}).Namespace("b-Obj", true).Open(storetest.ID(1), "")
	mustExec(b, s, "create table t(a integer primary key, b, c); insert into t values (1, 'x', 2), (2, 'y', 3)")
	b.ReportAllocs()
	for b.Loop() {
		cursor := mustExec(b, s, "select * from t where a = ?", 2.0)
		if _, ok, err := cursor.Next(); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkKV(b *testing.B) {
	for _, kind := range kinds {
		s := kind.open(b, store.Options{}).Namespace("b-Obj", true).Open(storetest.ID(1), "")
		value := []byte("a small value")
		b.Run("home="+kind.name+",op=put", func(b *testing.B) {
			for b.Loop() {
				if err := s.Put("key", value); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("home="+kind.name+",op=get", func(b *testing.B) {
			for b.Loop() {
				if _, ok, err := s.Get("key"); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
		b.Run("home="+kind.name+",op=list", func(b *testing.B) {
			for b.Loop() {
				if _, err := s.ListAll(store.ListOptions{Prefix: "k", Limit: 10}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("home="+kind.name+",op=savepoint", func(b *testing.B) {
			for b.Loop() {
				sp, err := s.Begin()
				if err == nil {
					err = sp.Release()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		mustCommit(b, s)
	}
}

// BenchmarkHibernate is one way to pages and back again.
func BenchmarkHibernate(b *testing.B) {
	for _, kind := range kinds {
		b.Run("home="+kind.name, func(b *testing.B) {
			s := kind.open(b, store.Options{}).Namespace("b-Obj", true).Open(storetest.ID(1), "")
			mustExec(b, s, "create table t(a integer primary key, b, c); create index i on t(b); insert into t values (1, 2, 3)")
			mustCommit(b, s)
			for b.Loop() {
				if err := s.Suspend(); err != nil {
					b.Fatal(err)
				}
				mustExec(b, s, "select 1 from t")
			}
		})
	}
}

// BenchmarkOpenMemory reports what an open object costs beside its Go values.
func BenchmarkOpenMemory(b *testing.B) {
	for _, kind := range kinds {
		b.Run("home="+kind.name, func(b *testing.B) {
			n := kind.open(b, store.Options{MaxOpen: 1000}).Namespace("b-Obj", true)
			for b.Loop() {
				before := residentBytes(b)
				const objects = 200
				stores := make([]*store.Store, objects)
				for i := range stores {
					stores[i] = n.Open(storetest.ID(i), "")
					mustExec(b, stores[i], "create table if not exists t(a integer primary key, b, c); create index if not exists i on t(b)")
					mustExec(b, stores[i], "insert into t(b) values (?)", 5.0)
					mustCommit(b, stores[i])
				}
				runtime.GC()
				b.ReportMetric(float64(residentBytes(b)-before)/objects/1024, "KiB/object")
				for _, s := range stores {
					s.Close()
				}
			}
		})
	}
}

func residentBytes(b testing.TB) int64 {
	b.Helper()
	var pages, resident int64
	statm := mustRead(b, "/proc/self/statm")
	if _, err := fmt.Sscan(string(statm), &pages, &resident); err != nil {
		b.Skip("no /proc")
	}
	return resident * 4096
}
