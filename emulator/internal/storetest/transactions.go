package storetest

import "github.com/dormouse-do/dormouse/emulator/internal/store"

var transactionRows = []row{
	{"6.1", "all writes of a turn are kept or none", func(f *fixture) {
		f.exec("create table t(a)")
		f.must(f.s.Commit())
		f.exec("insert into t values (1)")
		f.put("k")
		f.must(f.s.SetAlarm(5))
		f.s.Rollback()
		f.equal(f.exec("select count(*) from t")+f.get("k")+f.alarm(), "0absentnone")
		f.exec("insert into t values (1)")
		f.put("k")
		f.must(f.s.SetAlarm(5))
		f.must(f.s.Commit())
		f.s.Rollback()
		f.equal(f.exec("select count(*) from t")+f.get("k")+f.alarm(), "1vk5")
	}},
	{"6.1", "the tables of the runtime can be made again after a rollback", func(f *fixture) {
		f.put("k")
		f.must(f.s.SetAlarm(5))
		f.s.Rollback()
		f.put("k")
		f.must(f.s.SetAlarm(6))
		f.must(f.s.Commit())
		f.equal(f.get("k")+f.alarm(), "vk6")
	}},
	{"6.12", "a savepoint undoes SQL, keys and the alarm", func(f *fixture) {
		f.exec("create table t(a)")
		f.must(f.s.SetAlarm(5))
		sp := f.begin()
		f.exec("insert into t values (1); create table u(a)")
		f.put("k")
		f.must(f.s.SetAlarm(6))
		f.must(sp.Rollback())
		f.equal(f.exec("select name from sqlite_master where name in ('t', 'u')")+f.get("k")+f.alarm(), `"t"absent5`)
		f.must(f.s.Commit())
		f.equal(f.rows(), "ada:5")
	}},
	{"6.13", "savepoints nest", func(f *fixture) {
		f.exec("create table t(a)")
		outer := f.begin()
		f.exec("insert into t values (1)")
		inner := f.begin()
		f.exec("insert into t values (2)")
		f.must(inner.Rollback())
		inner = f.begin()
		f.exec("insert into t values (3)")
		f.must(inner.Release())
		f.equal(f.exec("select * from t"), "1 3")
		f.must(outer.Rollback())
		f.equal(f.exec("select * from t"), "")
	}},
	{"6.13", "an outer savepoint cannot end before an inner one", func(f *fixture) {
		outer := f.begin()
		inner := f.begin()
		f.is(outer.Release(), store.ErrSavepointOrder)
		f.must(inner.Release())
		f.must(outer.Release())
		f.is(outer.Release(), store.ErrSavepointOrder)
	}},
	{"6.16", "a finished savepoint still belongs to the turn", func(f *fixture) {
		sp := f.begin()
		f.put("k")
		f.must(sp.Release())
		f.s.Rollback()
		f.equal(f.get("k"), "absent")
	}},
	{"6.17", "a read cursor survives the rollback of its savepoint", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2), (3)")
		f.must(f.s.Commit())
		sp := f.begin()
		f.exec("insert into t values (4)")
		cursor, err := f.s.Exec("select a from t")
		f.must(err)
		f.must(sp.Rollback())
		rest, err := drain(cursor)
		f.must(err)
		f.equal(rest, "1 2 3")
	}},
	{"6.17", "a listing does not survive the rollback of a change of the schema", func(f *fixture) {
		f.put("a", "b", "c")
		f.must(f.s.Commit())
		sp := f.begin()
		f.exec("create table t(a)")
		l, err := f.s.List(store.ListOptions{})
		f.must(err)
		f.must(sp.Rollback())
		entry, _, err := l.Next() // which was read when the listing started
		f.must(err)
		f.equal(entry.Key, "a")
		_, _, err = l.Next()
		f.is(err, store.ErrListRolledBack)
		f.equal(f.keys(store.ListOptions{Reverse: true}), "c b a")
		l.Close()
		f.equal(f.keys(store.ListOptions{}), "a b c")
	}},
	{"6.21", "a commit within a savepoint waits for its end", func(f *fixture) {
		f.must(f.s.Commit())
		sp := f.begin()
		f.put("k")
		f.must(f.s.Commit())
		f.must(sp.Rollback())
		f.must(f.s.Commit())
		f.equal(f.get("k"), "absent")
	}},
	{"4.15", "SQL that ends the transaction makes its commit fail", func(f *fixture) {
		f.exec("create table t(a primary key); insert into t values (1)")
		f.must(f.s.Commit())
		f.exec("insert into t values (2)")
		f.must(f.s.SetAlarm(7))
		_, err := f.s.Exec("insert or rollback into t values (1)")
		f.fails(err, "UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)")
		f.exec("insert into t values (3)")
		f.must(f.s.SetAlarm(8))
		f.is(f.s.Commit(), store.ErrTransactionLost)
		f.must(f.s.Commit())
		f.equal(f.exec("select a from t")+" "+f.alarm()+" "+f.rows(), "1 3 8 ada:8")
	}},
	{"4.16", "a commit refused for deferred constraints", func(f *fixture) {
		f.exec("create table p(id integer primary key); create table q(p references p(id) deferrable initially deferred)")
		f.must(f.s.Commit())
		f.exec("insert into q values (7)")
		f.must(f.s.SetAlarm(8))
		f.fails(f.s.Commit(), "Durable Object was reset and rolled back to its last known good state because the application left the database in a state where constraints were violated: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)")
		f.equal(f.exec("select count(*) from q")+f.alarm()+f.rows(), "0none")
	}},
	{"4.43", "unread rows of a write block the commit", func(f *fixture) {
		f.exec("create table t(a)")
		f.must(f.s.Commit())
		cursor, err := f.s.Exec("insert into t values (1), (2) returning a")
		f.must(err)
		f.is(f.s.Commit(), store.ErrStatementsOpen)
		_, _, err = cursor.Next()
		f.is(err, store.ErrReset)
		f.equal(f.exec("select count(*) from t"), "0")
	}},
	{"4.44", "an unfinished read does not", func(f *fixture) {
		f.exec("create table t(a); insert into t values (1), (2)")
		_, err := f.s.Exec("select * from t")
		f.must(err)
		f.must(f.s.Commit())
	}},
	{"4.70", "foreign keys stay off for the instance", func(f *fixture) {
		f.exec("create table p(id integer primary key); create table q(p references p(id))")
		f.must(f.s.Commit())
		f.exec("pragma foreign_keys = off")
		f.exec("insert into q values (7)")
		f.must(f.s.Commit())
		f.must(f.ns.Open(ID(2), "").Put("k", nil)) // with one connection, this one's is closed
		f.ns.Open(ID(2), "").Rollback()
		f.exec("insert into q values (8)")
		f.must(f.s.Commit())
		f.must(f.s.Suspend())
		_, err := f.s.Exec("insert into q values (9)")
		f.fails(err, "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)")
	}},
	{"6.9", "a crash loses what was not committed", func(f *fixture) {
		f.put("a")
		f.must(f.s.SetAlarm(5))
		f.must(f.s.Commit())
		f.put("b")
		f.must(f.s.SetAlarm(4))
		f.engine.Crash()
		f.equal(f.keys(store.ListOptions{})+" "+f.alarm()+" "+f.rows(), "a 5 ada:5")
		f.put("c")
		f.must(f.s.Commit())
		f.equal(f.keys(store.ListOptions{}), "a c")
	}},
}

var alarmRows = []row{
	{"7.1", "there is at most one alarm", func(f *fixture) {
		f.equal(f.alarm(), "none")
		f.must(f.s.SetAlarm(5000))
		f.must(f.s.SetAlarm(4000))
		f.must(f.s.Commit())
		f.equal(f.alarm()+" "+f.rows(), "4000 ada:4000")
		f.must(f.s.SetAlarm(6000))
		f.must(f.s.Commit())
		f.equal(f.alarm()+" "+f.rows(), "6000 ada:6000")
	}},
	{"7.7", "the latest alarm", func(f *fixture) {
		f.must(f.s.SetAlarm(9223372036854))
		f.must(f.s.Commit())
		f.equal(f.alarm()+" "+f.rows(), "9223372036854 ada:9223372036854")
	}},
	{"7.13", "a deleted alarm is gone", func(f *fixture) {
		f.must(f.s.DeleteAlarm())
		f.must(f.s.SetAlarm(5))
		f.must(f.s.Commit())
		f.must(f.s.DeleteAlarm())
		f.must(f.s.DeleteAlarm())
		f.equal(f.alarm()+" "+f.rows(), "none ada:5")
		f.must(f.s.Commit())
		f.equal(f.rows(), "")
	}},
	{"12.10", "alarms are listed by time", func(f *fixture) {
		for i := range 3 {
			s := f.ns.Open(ID(10+i), "")
			f.must(s.SetAlarm(int64(100 - i)))
			f.must(s.Commit())
		}
		records, err := f.ns.Alarms()
		f.must(err)
		f.equal(records, []store.AlarmRecord{{ID: ID(12), Time: 98}, {ID: ID(11), Time: 99}, {ID: ID(10), Time: 100}})
	}},
	{"8.14", "bookmarks count up", func(f *fixture) {
		for want := range int64(3) {
			n, err := f.s.NextBookmark()
			f.must(err)
			f.equal(n, want)
		}
		f.must(f.s.SetAlarm(5))
		f.must(f.s.Commit())
		f.must(f.s.DeleteAll(true))
		n, err := f.s.NextBookmark()
		f.must(err)
		f.equal(n, int64(0))
	}},
}
