package store

import (
	"errors"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"
)

// Exec runs the statements of query one by one, the last one up to its first row (4.2–4.10). The arguments, which are
// nil, float64, string or []byte, belong to the last one.
func (s *Store) Exec(query string, args ...any) (*Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault("exec"); err != nil {
		return nil, err
	}
	c, err := s.connect()
	if err != nil {
		return nil, err
	}
	if st := c.cache.take(query); st != nil {
		c.renew(st)
		return s.start(c, st, args)
	}
	for rest := query; ; {
		st, tail, err := c.compileUser(rest)
		if err != nil {
			return nil, s.explain("read", err)
		}
		if st == nil {
			return nil, ErrNoStatement
		}
		if c.settings != nil {
			s.remember(c)
		}
		tail = strings.TrimLeft(tail, " \t\n\v\f\r")
		if tail == "" {
			c.instrument(st)
			if len(rest) == len(query) {
				st.text = query
				c.cache.add(c, st)
			}
			return s.start(c, st, args)
		}
		if err := s.runEarly(c, st); err != nil {
			return nil, err
		}
		rest = tail
	}
}

// runEarly runs a statement that is not the last one of its text; its rows are dropped.
func (s *Store) runEarly(c *conn, st *stmt) error {
	defer c.settle()
	defer st.finalize(c)
	if st.params > 0 {
		return ErrEarlyParameters
	}
	if err := s.beginFor(c, st); err != nil {
		return err
	}
	for {
		switch rc := sqlite3.Xsqlite3_step(c.tls, st.addr); rc {
		case sqlite3.SQLITE_ROW:
		case sqlite3.SQLITE_DONE:
			return nil
		default:
			return s.failed(c, st)
		}
	}
}

// start binds and runs the last statement up to its first row.
func (s *Store) start(c *conn, st *stmt, args []any) (*Cursor, error) {
	err := st.bind(c, args)
	if err == nil {
		err = s.beginFor(c, st)
	}
	if err != nil {
		if !st.cached {
			st.finalize(c)
		}
		return nil, err
	}
	r := &run{s: s, c: c, st: st, write: !st.readonly}
	r.base = c.counters(st)
	switch rc := sqlite3.Xsqlite3_step(c.tls, st.addr); rc {
	case sqlite3.SQLITE_DONE:
		r.columns = st.names(c)
		r.complete()
		c.settle()
		if r.write && s.inTx {
			s.checkLost(c)
		}
		return &Cursor{r}, nil
	case sqlite3.SQLITE_ROW:
		r.columns = st.names(c)
		return s.track(r), nil
	}
	err = s.failed(c, st)
	if st.cached {
		st.release(c)
	} else {
		st.finalize(c)
	}
	return nil, err
}

// settle drops compiled statements after one that may have changed the schema.
func (c *conn) settle() {
	if c.altered {
		c.altered, c.schemaOpen = false, true
		c.cache.expire(c)
	}
}

// beginFor opens the implicit transaction if the statement may write.
func (s *Store) beginFor(c *conn, st *stmt) error {
	if st.readonly || st.explain {
		return nil
	}
	return s.begin(c)
}

// failed takes the error of the last step and what it did to the transaction. The statement is reset.
func (s *Store) failed(c *conn, st *stmt) error {
	err := c.lastError(false)
	sqlite3.Xsqlite3_reset(c.tls, st.addr)
	s.noteFailure(c, err)
	return s.explain("read or write", err)
}

func (s *Store) noteFailure(c *conn, err error) {
	var e *Error
	if s.inTx && errors.As(err, &e) && e.critical() {
		s.critical = err
		return
	}
	if s.inTx {
		s.checkLost(c)
	}
}

// checkLost notices that SQL has ended the implicit transaction. Later writes of the turn are then committed singly.
func (s *Store) checkLost(c *conn) {
	if s.inTx && c.autocommit() {
		s.inTx, s.lost = false, ErrTransactionLost
		s.alarm = alarmState{}
		c.forgetTables()
	}
}
