package store

import (
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// DeleteAll empties the database at once, outside any transaction; what the turn has written before goes with the rest
// (8.1–8.9). With keepAlarm the alarm stays, also one that the turn has set. Open savepoints are gone.
func (s *Store) DeleteAll(keepAlarm bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("delete-all")
	if c == nil || err != nil {
		return err
	}
	a := alarmState{known: true}
	if keepAlarm {
		if a, err = s.readAlarm(c); err != nil {
			return err
		}
	}
	for s.runs != nil {
		s.runs.end(ErrCursorCanceled)
	}
	if s.listing != nil {
		s.listing.end(ErrListCanceled)
	}
	c.schemaOpen = true
	s.rollback()
	s.alarm, s.alarmDirty = a, true
	err = s.publish(c, func() error { return s.replace(a) })
	if err != nil {
		s.alarm, s.alarmDirty = alarmState{}, false
		return s.explain("empty", err)
	}
	s.unsynced = true
	return nil
}

// replace makes the database one that holds nothing but the alarm. On disk that is one transaction.
func (s *Store) replace(a alarmState) error {
	if err := s.ns.eng.fault("replace"); err != nil {
		return err
	}
	fresh, err := openConn(s.ns.eng.vfs, "")
	if err != nil {
		return err
	}
	if a.set {
		err = fresh.run(fmt.Sprintf("%s; INSERT INTO _cf_METADATA VALUES (1, %d)", createMetadata, a.nanos))
	}
	if err == nil {
		err = s.c.copyFrom(fresh)
	}
	fresh.close()
	return err
}

// copyFrom replaces the content of the database by that of another, in one transaction.
func (c *conn) copyFrom(source *conn) error {
	backup := sqlite3.Xsqlite3_backup_init(c.tls, c.db, mainSchema, source.db, mainSchema)
	if backup == 0 {
		return c.lastError(false)
	}
	step := sqlite3.Xsqlite3_backup_step(c.tls, backup, -1)
	if rc := sqlite3.Xsqlite3_backup_finish(c.tls, backup); rc != sqlite3.SQLITE_OK || step != sqlite3.SQLITE_DONE {
		if rc == sqlite3.SQLITE_OK {
			return &Error{Message: "database could not be emptied", Code: int(step), Offset: -1}
		}
		return c.lastError(false)
	}
	return nil
}
