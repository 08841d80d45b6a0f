package store

import (
	"errors"
	"net/url"
	"path/filepath"

	sqlite3 "modernc.org/sqlite/lib"
)

// openSnapshot opens the object of another process for reading. What its transaction reads first fixes what it sees.
//
// Without a log nobody has the file open. SQLite would then make one, and leave it; so it is told that the file is not
// changed, which Changed checks.
func (s *Store) openSnapshot() (*conn, error) {
	path := s.ns.path(s.id)
	s.fixed = !exists(path + "-wal")
	c, err := openReading(s.ns.eng.vfs, path, s.fixed)
	if err != nil {
		return nil, s.explain("open", err)
	}
	c.restrict()
	c.rand = s.ns.eng.opts.Rand
	if c.rand != nil {
		c.replaceRandom()
	}
	err = c.run("BEGIN; PRAGMA schema_version")
	if err != nil {
		c.close()
		return nil, readingError(s.explain("open", err))
	}
	return c, nil
}

// readingError says what to do about a log that cannot be read: SQLite needs a file beside it for its index.
func readingError(err error) error {
	var f *FileError
	var e *Error
	if errors.As(err, &f) && errors.As(err, &e) && e.Code&0xff == sqlite3.SQLITE_CANTOPEN {
		f.Hint = "there is a log, and reading it takes a folder that is writable: copy the state, and read the copy"
	}
	return err
}

// Changed reports whether another process has opened the file since this one began to read it without its locks: what
// was read may then be no snapshot, and is to be read again.
func (s *Store) Changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.c != nil && s.fixed && exists(s.ns.path(s.id)+"-wal")
}

// openReading opens a file that may be another process's. fixed says that nobody changes it.
func openReading(v *vfs, path string, fixed bool) (*conn, error) {
	if !fixed {
		return openMode(v, path, sqlite3.SQLITE_OPEN_READONLY)
	}
	uri := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "immutable=1"}
	if filepath.VolumeName(path) != "" {
		uri.Path = "/" + uri.Path
	}
	return openMode(v, uri.String(), sqlite3.SQLITE_OPEN_READONLY|sqlite3.SQLITE_OPEN_URI)
}

// loadSnapshotLocked reads the rows of another process's metadata.sqlite.
func (n *Namespace) loadSnapshotLocked() error {
	c, err := openReading(n.eng.vfs, n.metaPath(), !exists(n.metaPath()+"-wal"))
	if err != nil {
		return n.explain("open", err)
	}
	defer c.close()
	err = n.readRowsLocked(c, "SELECT actor_id, scheduled_time, actor_name FROM _cf_ALARM")
	var e *Error
	if errors.As(err, &e) && e.Code == sqlite3.SQLITE_ERROR {
		err = n.readRowsLocked(c, "SELECT actor_id, scheduled_time, NULL FROM _cf_ALARM") // an older file (12.12)
	}
	if errors.As(err, &e) && e.Code == sqlite3.SQLITE_ERROR { // nobody has set an alarm
		n.rows = map[string]alarmRow{}
		return nil
	}
	return readingError(err)
}
