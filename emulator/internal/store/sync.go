package store

import (
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// Sync makes all commits so far survive power loss if the engine is PowerSafe, else it does nothing. It may be called
// by a goroutine that does not hold the turn, while the object goes on.
func (s *Store) Sync() error {
	if !s.ns.eng.opts.PowerSafe || s.inMemory() {
		return nil
	}
	s.mu.Lock()
	needed, entered := s.unsynced, s.entered
	s.unsynced = false
	s.mu.Unlock()
	if !needed {
		return nil
	}
	err := s.syncFiles(entered)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.unsynced = true
		return err
	}
	s.entered = true
	return nil
}

// syncLocked is Sync for the holder of the store's mutex, of a commit that has just been made.
func (s *Store) syncLocked() error {
	if s.inMemory() {
		return nil
	}
	err := s.syncFiles(s.entered)
	s.unsynced, s.entered = err != nil, err == nil
	return err
}

// syncFiles needs the log only: SQLite itself syncs both files before it moves pages from one to the other.
func (s *Store) syncFiles(entered bool) error {
	if err := s.ns.eng.fault("sync"); err != nil {
		return err
	}
	path := s.ns.path(s.id) + "-wal"
	if !fileExists(path) {
		path = s.ns.path(s.id)
	}
	if err := syncFile(path); err != nil || entered {
		return err
	}
	// The object's file may be new, and so may its folder.
	for _, name := range []string{s.ns.path(s.id), s.ns.dir, s.ns.eng.opts.Dir} {
		if err := syncFile(name); err != nil {
			return err
		}
	}
	return nil
}

// NextBookmark gives the object's bookmark counter, 0 the first time, and counts it up in the implicit transaction (8.14).
func (s *Store) NextBookmark() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.writer("bookmark")
	if err != nil {
		return 0, err
	}
	st, err := c.ownMade(fixedBookmark, createMetadata)
	if err != nil {
		return 0, s.wrote(c, err)
	}
	row, err := c.step(st)
	if err != nil {
		return 0, s.wrote(c, err)
	}
	if !row {
		c.reset(st)
		return 0, fmt.Errorf("bookmark counter of %s cannot be read", s.id)
	}
	counter := sqlite3.Xsqlite3_column_int64(c.tls, st.addr, 0)
	return counter, s.wrote(c, c.finish(st))
}
