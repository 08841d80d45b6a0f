package store

import sqlite3 "modernc.org/sqlite/lib"

// counters are what SQLite itself counts while a statement runs.
type counters struct {
	next    int64 // rows that a cursor was moved on to
	changes int64
	stmt    *stmt
}

// program is what the compiled form of a statement tells about its counts.
type program struct{}

func (c *conn) counters(st *stmt) counters {
	return counters{
		next: int64(sqlite3.Xsqlite3_stmt_status(c.tls, st.addr, 0, 0)) +
			int64(sqlite3.Xsqlite3_stmt_status(c.tls, st.addr, sqlite3.SQLITE_STMTSTATUS_FULLSCAN_STEP, 0)),
		changes: sqlite3.Xsqlite3_total_changes64(c.tls, c.db),
	}
}

func (k counters) since(base counters) counters {
	return counters{next: k.next - base.next, changes: k.changes - base.changes}
}

func (r *run) counts() counters {
	if r.st == nil {
		return r.final
	}
	return r.c.counters(r.st).since(r.base)
}

func (k counters) read() int64 { return k.next }

func (k counters) written() int64 { return k.changes }
