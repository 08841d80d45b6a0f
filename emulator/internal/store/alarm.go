package store

import (
	sqlite3 "modernc.org/sqlite/lib"
)

const createMetadata = "CREATE TABLE IF NOT EXISTS _cf_METADATA (\n        key INTEGER PRIMARY KEY,\n        value BLOB\n      )"

const nanosPerMilli = 1_000_000

// alarmState is the alarm as the open transaction sees it.
type alarmState struct {
	known bool // the fields below are valid
	set   bool
	nanos int64 // since the epoch
}

// Alarm gives the alarm's time in milliseconds since the epoch.
func (s *Store) Alarm() (ms int64, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("get-alarm")
	if c == nil || err != nil {
		return 0, false, err
	}
	a, err := s.readAlarm(c)
	return a.nanos / nanosPerMilli, a.set, err
}

// SetAlarm writes the alarm's time, in milliseconds since the epoch, in the implicit transaction.
func (s *Store) SetAlarm(ms int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.writer("set-alarm")
	if err != nil {
		return err
	}
	return s.writeAlarm(c, alarmState{known: true, set: true, nanos: ms * nanosPerMilli})
}

// DeleteAlarm removes the alarm in the implicit transaction. Without an alarm it does nothing.
func (s *Store) DeleteAlarm() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("delete-alarm")
	if c == nil || err != nil {
		return err
	}
	a, err := s.readAlarm(c)
	if err != nil || !a.set {
		return err
	}
	if err := s.begin(c); err != nil {
		return err
	}
	return s.writeAlarm(c, alarmState{known: true})
}

func (s *Store) readAlarm(c *conn) (alarmState, error) {
	if s.alarm.known {
		return s.alarm, nil
	}
	a := alarmState{known: true}
	st, err := c.ownTable(fixedAlarmGet)
	if err != nil {
		return alarmState{}, s.explain("read", err)
	}
	if st != nil {
		defer c.reset(st)
		row, err := c.step(st)
		if err != nil {
			return alarmState{}, s.explain("read", err)
		}
		if row && sqlite3.Xsqlite3_column_type(c.tls, st.addr, 0) == sqlite3.SQLITE_INTEGER {
			a.set, a.nanos = true, sqlite3.Xsqlite3_column_int64(c.tls, st.addr, 0)
		}
	}
	s.alarm = a
	return a, nil
}

func (s *Store) writeAlarm(c *conn, a alarmState) error {
	s.alarmDirty = true
	st, err := c.ownMade(fixedAlarmSet, createMetadata)
	if err != nil {
		return s.wrote(c, err)
	}
	if a.set {
		sqlite3.Xsqlite3_bind_int64(c.tls, st.addr, 1, a.nanos)
	} else {
		sqlite3.Xsqlite3_bind_null(c.tls, st.addr, 1)
	}
	if err := c.finish(st); err != nil {
		s.alarm = alarmState{}
		return s.wrote(c, err)
	}
	s.alarm = a
	return nil
}

// publish makes a change durable by commit and keeps the alarm's row in the namespace's own database in step with it:
// an earlier or first alarm gets its row before, a later or deleted one after. Whenever the process dies, the row is
// not later than the alarm, so that at worst an object is woken for nothing (12.13).
func (s *Store) publish(c *conn, commit func() error) error {
	if !s.alarmDirty {
		return commit()
	}
	eng := s.ns.eng
	want, err := s.readAlarm(c)
	if err != nil {
		return err
	}
	row, have, err := s.ns.row(s.id)
	if err != nil {
		return err
	}
	early := want.set && (!have || want.nanos < row.nanos)
	if early {
		if err := s.ns.setRow(s.id, alarmRow{want.nanos, s.name}); err != nil {
			return err
		}
		eng.step("alarm row written")
	}
	if err := commit(); err != nil {
		if early {
			s.restoreRow(row, have)
		}
		return err
	}
	s.alarmDirty = false
	eng.step("committed")
	if early || want.set == have && want.nanos == row.nanos && (s.name == "" || s.name == row.name) {
		return nil
	}
	// The commit holds from here on, so a failure of the row is no failure of the commit: the row is then too early,
	// and opening the object puts it right.
	if s.ns.eng.opts.PowerSafe && s.syncLocked() != nil {
		return nil
	}
	if want.set {
		_ = s.ns.setRow(s.id, alarmRow{want.nanos, s.name})
	} else {
		_ = s.ns.deleteRow(s.id)
	}
	eng.step("alarm row updated")
	return nil
}

// restoreRow takes back a row that was written for a commit that failed. If that fails too, the row is too early.
func (s *Store) restoreRow(row alarmRow, have bool) {
	if have {
		_ = s.ns.setRow(s.id, row)
	} else {
		_ = s.ns.deleteRow(s.id)
	}
}

// reconcile puts the row right after a process died between two steps of a commit. An alarm without a row stays
// without: no commit leaves that behind, and the real runtime does not fire it either (12.13).
func (s *Store) reconcile() error {
	row, have, err := s.ns.row(s.id)
	if err != nil || !have {
		return err
	}
	a, err := s.readAlarm(s.c)
	switch {
	case err != nil:
		return err
	case !a.set:
		return s.ns.deleteRow(s.id)
	case a.nanos != row.nanos:
		return s.ns.setRow(s.id, alarmRow{a.nanos, row.name})
	}
	return nil
}
