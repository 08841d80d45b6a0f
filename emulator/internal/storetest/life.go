package storetest

import (
	"fmt"
	"runtime"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

var deleteRows = []row{
	{"8.1", "everything goes", func(f *fixture) {
		f.exec("create table t(a); create index i on t(a); create view v as select 1; insert into t values (1)")
		f.put("k")
		f.must(f.s.SetAlarm(5))
		f.must(f.s.Commit())
		f.must(f.s.DeleteAll(false))
		size, err := f.s.DatabaseSize()
		f.must(err)
		f.equal(size, int64(4096))
		f.equal(f.exec("select count(*) from sqlite_master")+f.keys(store.ListOptions{})+f.alarm()+f.rows(), "0none")
		f.must(f.s.DeleteAll(false))
		f.exec("create table t(b)")
		f.put("k")
		f.must(f.s.Commit())
		f.equal(f.get("k"), "vk")
	}},
	{"8.2", "it is not undone, earlier writes of the turn go too", func(f *fixture) {
		f.put("a")
		f.must(f.s.Commit())
		f.put("b")
		f.must(f.s.DeleteAll(false))
		f.put("c")
		f.s.Rollback()
		f.equal(f.keys(store.ListOptions{}), "")
	}},
	{"8.4", "an untouched object", func(f *fixture) {
		f.must(f.s.DeleteAll(false))
		f.equal(f.keys(store.ListOptions{}), "")
	}},
	{"8.5", "the alarm may stay", func(f *fixture) {
		f.must(f.s.SetAlarm(5))
		f.must(f.s.Commit())
		f.put("k")
		f.must(f.s.DeleteAll(true))
		f.equal(f.alarm()+" "+f.rows()+f.keys(store.ListOptions{}), "5 ada:5")
	}},
	{"8.8", "an alarm set in the same turn may stay", func(f *fixture) {
		f.must(f.s.SetAlarm(5))
		f.must(f.s.DeleteAll(true))
		f.equal(f.alarm()+" "+f.rows(), "5 ada:5")
	}},
	{"8.9", "open cursors and listings fail", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2), (3)")
		f.put("a", "b")
		cursor, err := f.s.Exec("select * from t")
		f.must(err)
		l, err := f.s.List(store.ListOptions{})
		f.must(err)
		f.must(f.s.DeleteAll(false))
		_, _, err = cursor.Next()
		f.fails(err, "SQLite query was canceled because the database was deleted.")
		_, _, err = l.Next()
		f.is(err, store.ErrListCanceled)
		_, err = f.s.Exec("select * from t")
		f.fails(err, "no such table: t: SQLITE_ERROR")
	}},
	{"6.19", "within a savepoint", func(f *fixture) {
		sp := f.begin()
		f.put("a")
		f.must(f.s.DeleteAll(false))
		f.is(sp.Release(), store.ErrSavepointOrder)
		f.must(f.s.Commit())
		f.equal(f.keys(store.ListOptions{}), "")
	}},
}

var lifeRows = []row{
	{"2", "a hibernated object has its data", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1)")
		f.put("k")
		f.must(f.s.SetAlarm(5))
		f.must(f.s.Commit())
		for range 3 {
			f.must(f.s.Suspend())
			f.equal(f.exec("select a from t")+f.get("k")+f.alarm(), "1vk5")
			f.put("k")
			f.must(f.s.Commit())
		}
	}},
	{"2", "an object with uncommitted writes does not hibernate", func(f *fixture) {
		f.put("k")
		if err := f.s.Suspend(); err == nil {
			f.Fatal("hibernated")
		}
		f.must(f.s.Commit())
		f.equal(f.get("k"), "vk")
	}},
	{"2", "a closed and reopened object has what was committed", func(f *fixture) {
		f.put("a")
		f.must(f.s.Commit())
		f.put("b")
		f.s.Close()
		f.s.Close()
		_, _, err := f.s.Get("a")
		f.is(err, store.ErrClosed)
		f.s = f.ns.Open(ID(1), "ada")
		f.equal(f.keys(store.ListOptions{}), "a")
		ids, err := f.ns.IDs()
		f.must(err)
		f.equal(ids, []string{ID(1)})
	}},
	{"1.8", "objects and namespaces do not share data", func(f *fixture) {
		f.put("a")
		f.must(f.s.Commit())
		f.s = f.ns.Open(ID(2), "")
		f.equal(f.get("a"), "absent")
		f.s = f.engine.Namespace("worker-Other", true).Open(ID(1), "")
		f.equal(f.get("a"), "absent")
	}},
	{"12.14", "reading a never written object leaves nothing", func(f *fixture) {
		f.equal(f.get("k")+f.alarm()+f.keys(store.ListOptions{}), "absentnone")
		f.must(f.s.DeleteAlarm())
		ids, err := f.ns.IDs()
		f.must(err)
		f.equal(ids, []string{})
	}},
	{"4.41", "forgotten cursors are closed in time", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2), (3)")
		f.must(f.s.Commit())
		for range 50 {
			_, err := f.s.Exec("select * from t")
			f.must(err)
		}
		for range 100 {
			runtime.GC()
			if _, err := f.s.Exec("drop table t"); err == nil {
				return
			}
		}
		f.Fatal("the table is still locked")
	}},
	{"4.87", "many objects", func(f *fixture) {
		for i := range 60 {
			s := f.ns.Open(ID(i), "")
			f.must(s.Put("k", []byte(fmt.Sprint(i))))
			f.must(s.Commit())
		}
		for i := range 60 {
			f.s = f.ns.Open(ID(i), "")
			f.equal(f.get("k"), fmt.Sprint(i))
		}
	}},
}
