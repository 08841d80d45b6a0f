package store

import (
	"runtime"
	"sync/atomic"

	sqlite3 "modernc.org/sqlite/lib"
)

// Cursor gives the rows of one statement. It is part of its store: whoever uses it holds the turn. One that becomes
// unreachable before its end is closed by the store, unless it is a write, whose unread rows must block the commit (4.43).
type Cursor struct{ run *run }

// run is a statement being run. The store knows it, so it must not know the Cursor.
type run struct {
	s       *Store
	c       *conn
	st      *stmt // nil once ended
	columns []string
	err     error // why it ended before its last row
	write   bool
	base    counters // at the start
	final   counts   // what the run did, once ended

	abandoned  atomic.Bool
	tracked    bool
	prev, next *run
}

// track makes a cursor for a run that has a row.
func (s *Store) track(r *run) *Cursor {
	r.st.busy, r.tracked = true, true
	r.next = s.runs
	if s.runs != nil {
		s.runs.prev = r
	}
	s.runs = r
	cursor := &Cursor{r}
	if !r.write {
		runtime.AddCleanup(cursor, abandon, r)
	}
	return cursor
}

// abandon runs on a goroutine of Go's runtime: it may only leave a note.
func abandon(r *run) {
	r.abandoned.Store(true)
	r.s.abandoned.Store(true)
}

// sweep ends the runs whose cursors are unreachable.
func (s *Store) sweep() {
	s.abandoned.Store(false)
	for r := s.runs; r != nil; {
		next := r.next
		if r.abandoned.Load() {
			r.end(nil)
		}
		r = next
	}
}

// endRuns ends all cursors and the key listing; what they are asked later fails with err.
func (s *Store) endRuns(err error) {
	for s.runs != nil {
		s.runs.end(err)
	}
	if s.listing != nil {
		s.listing.end(err)
	}
}

// end stops the run and gives the statement back.
func (r *run) end(err error) {
	if r.st == nil {
		return
	}
	r.err = err
	r.complete()
}

// complete records the counts and gives the statement back.
func (r *run) complete() {
	st := r.st
	r.final = r.c.since(st, r.base)
	r.st = nil
	st.busy = false
	if st.cached {
		st.release(r.c)
	} else {
		st.finalize(r.c)
	}
	if !r.tracked {
		return
	}
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		r.s.runs = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	}
	r.prev, r.next, r.tracked = nil, nil, false
}

// Columns gives the columns' names, at any time; none for a statement without a result (4.37).
func (cu *Cursor) Columns() []string { return cu.run.columns }

// Next gives the next row and fetches the one after it (4.38). ok is false after the last row, for ever.
func (cu *Cursor) Next() (row []any, ok bool, err error) {
	r := cu.run
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.st == nil {
		return nil, false, r.err
	}
	if err := s.fault("next"); err != nil {
		return nil, false, err
	}
	row = r.st.row(r.c)
	switch rc := sqlite3.Xsqlite3_step(r.c.tls, r.st.addr); rc {
	case sqlite3.SQLITE_ROW:
	case sqlite3.SQLITE_DONE:
		r.complete()
	default:
		err := s.failed(r.c, r.st)
		r.end(err)
		return nil, false, err
	}
	return row, true, nil
}

// Err reports why the cursor ended before its last row, or nil.
func (cu *Cursor) Err() error {
	r := cu.run
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.err
}

// Done reports whether Next has no row to give.
func (cu *Cursor) Done() bool {
	r := cu.run
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.st == nil
}

// Close ends the cursor; it has no more rows then. Closing twice is fine.
func (cu *Cursor) Close() {
	r := cu.run
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.end(nil)
}

// RowsRead is how many rows the engine has visited so far, rule 4.48.
func (cu *Cursor) RowsRead() int64 {
	r := cu.run
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.counts().read
}

// RowsWritten is how many rows and index entries were written so far (4.49).
func (cu *Cursor) RowsWritten() int64 {
	r := cu.run
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.counts().written
}
