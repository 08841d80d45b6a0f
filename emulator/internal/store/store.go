package store

import (
	"errors"
	"sync"
	"sync/atomic"

	sqlite3 "modernc.org/sqlite/lib"
)

// Store is the storage of one object. It belongs to the holder of the object's turn; its mutex only keeps the engine,
// which closes idle connections, out of a call.
type Store struct {
	ns   *Namespace
	id   string
	used atomic.Int64 // the engine's clock at the last use

	mu      sync.Mutex // guards the fields below
	name    string
	c       *conn       // nil while no connection is needed
	pages   []byte      // in memory: the database while c is nil
	written atomic.Bool // in memory: the store holds something
	closed  bool

	inTx     bool              // the implicit transaction is open
	lost     error             // SQL ended it under us (4.15)
	critical error             // a disk error hit it (4.17)
	depth    int               // open savepoints
	unsynced bool              // commits that only the operating system has
	entered  bool              // the files' entries in their folder are durable
	unlogged bool              // the log is still to be begun
	fixed    bool              // read-only: nobody had the file open when it was
	settings map[string]string // the instance's pragmas by name

	alarm      alarmState // what the open transaction sees
	alarmDirty bool       // the alarm was written since the last commit

	runs      *run // cursors that are open, most recent first
	listing   *Listing
	abandoned atomic.Bool // some open cursor has become unreachable
}

// ID is the object's id, 64 lower-case hex digits.
func (s *Store) ID() string { return s.id }

func (s *Store) inMemory() bool { return s.ns.dir == "" }

// stored reports whether there is anything to read. A store that never was written opens no connection for reads.
func (s *Store) stored() bool {
	if s.c != nil {
		return true
	}
	if s.inMemory() {
		return s.pages != nil
	}
	return fileExists(s.ns.path(s.id))
}

// connect gives the connection, opening it if needed.
func (s *Store) connect() (*conn, error) {
	s.used.Store(s.ns.eng.clock.Add(1))
	if s.c != nil {
		if s.abandoned.Load() {
			s.sweep()
		}
		return s.c, nil
	}
	if s.closed {
		return nil, ErrClosed
	}
	if s.ns.invalid != nil {
		return nil, s.ns.invalid
	}
	eng := s.ns.eng
	if eng.opts.ReadOnly && !s.stored() {
		return nil, ErrReadOnly
	}
	if err := eng.fault("open"); err != nil {
		return nil, err
	}
	if err := eng.admit(s); err != nil {
		return nil, err
	}
	c, err := s.open()
	if err != nil {
		eng.dismiss(s)
		return nil, err
	}
	s.c = c
	if !s.inMemory() && !eng.opts.ReadOnly {
		if err := s.reconcile(); err != nil {
			s.disconnect()
			return nil, err
		}
	}
	return c, nil
}

func (s *Store) open() (*conn, error) {
	eng := s.ns.eng
	if eng.opts.ReadOnly && !s.inMemory() {
		return s.openSnapshot()
	}
	path, wal := "", true
	if !s.inMemory() {
		path = s.ns.path(s.id)
		var err error
		if wal, err = prepareFile(s.ns.dir, path); err != nil {
			return nil, err
		}
	}
	c, err := openConn(eng.vfs, path)
	if err != nil {
		return nil, s.explain("open", err)
	}
	c.restrict()
	c.allowUserVersion = eng.opts.AllowUserVersion
	c.rand = eng.opts.Rand
	if c.rand != nil {
		c.replaceRandom()
	}
	switch {
	case s.inMemory() && s.pages != nil:
		if err := c.deserialize(s.pages); err != nil {
			c.close()
			return nil, err
		}
		s.pages = nil
	case !s.inMemory():
		setup := "PRAGMA synchronous=NORMAL"
		if !wal {
			setup = "PRAGMA journal_mode=WAL; " + setup
		} else if s.unlogged = !fileExists(path + "-wal"); s.unlogged {
			setup = "PRAGMA synchronous=OFF"
			sqlite3.Xsqlite3_wal_autocheckpoint(c.tls, c.db, 0)
		}
		if err := c.run(setup); err != nil {
			c.close()
			return nil, s.explain("open", err)
		}
	}
	for _, setting := range s.settings {
		if err := c.run(setting); err != nil {
			c.close()
			return nil, s.explain("open", err)
		}
	}
	s.written.Store(true)
	return c, nil
}

// logBegun ends the time in which the first write of a fresh log need not wait for its header to be durable. That order
// matters only where an older log could be mistaken for the new one, and here there is none.
func (s *Store) logBegun(c *conn) {
	if !s.unlogged {
		return
	}
	s.unlogged = false
	sqlite3.Xsqlite3_wal_autocheckpoint(c.tls, c.db, walPages)
	_ = c.run("PRAGMA synchronous=NORMAL") // cannot fail outside a transaction
}

// disconnect closes the connection; what is uncommitted is lost.
func (s *Store) disconnect() {
	if s.c == nil {
		return
	}
	s.endRuns(ErrReset)
	s.c.close()
	s.c = nil
	s.inTx, s.lost, s.critical, s.depth = false, nil, nil, 0
	s.alarm, s.alarmDirty = alarmState{}, false
	s.ns.eng.dismiss(s)
}

// idle reports whether the connection may be closed without anyone noticing.
func (s *Store) idle() bool {
	if s.abandoned.Load() {
		s.sweep()
	}
	return s.c != nil && !s.inTx && s.lost == nil && s.depth == 0 && s.runs == nil && s.listing == nil
}

// hibernate closes the connection of an idle store and keeps its pages; the engine's list is the caller's business.
func (s *Store) hibernate() error {
	if s.inMemory() {
		pages, err := s.c.serialize()
		if err != nil {
			return err
		}
		s.pages = pages
	}
	s.c.close()
	s.c = nil
	s.alarm = alarmState{}
	return nil
}

// Suspend gives back the connection of an object that hibernates. Open cursors and iterators end. Uncommitted writes
// are an error, and nothing is changed then.
func (s *Store) Suspend() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		return nil
	}
	if s.inTx || s.depth > 0 || s.lost != nil {
		return errors.New("object cannot hibernate with uncommitted writes")
	}
	s.endRuns(ErrReset)
	s.settings = nil
	if err := s.hibernate(); err != nil {
		return err
	}
	s.ns.eng.dismiss(s)
	return nil
}

// Close drops what is uncommitted and gives everything back. In memory the committed data stays with the namespace.
// Calling it twice is fine.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.c != nil {
		s.rollback()
		if s.inMemory() {
			if pages, err := s.c.serialize(); err == nil {
				s.pages = pages
			}
		}
		s.disconnect()
	}
	s.closed = true
	s.ns.mu.Lock()
	defer s.ns.mu.Unlock()
	delete(s.ns.stores, s.id)
	if s.pages != nil && s.ns.images != nil {
		s.ns.images[s.id] = s.pages
	}
	s.pages = nil
}

func (s *Store) crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		return
	}
	s.settings = nil
	if s.inMemory() {
		s.rollback()
		if pages, err := s.c.serialize(); err == nil {
			s.pages = pages
		}
	}
	s.disconnect()
}

// DatabaseSize is the size of the pages in use, in bytes (4.54).
func (s *Store) DatabaseSize() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stored() {
		return pageSize, nil
	}
	c, err := s.connect()
	if err != nil {
		return 0, err
	}
	pages, err := c.number(fixedPages)
	if err != nil {
		return 0, s.explain("read", err)
	}
	unused, err := c.number(fixedFree)
	if err != nil {
		return 0, s.explain("read", err)
	}
	return max(pages-unused, 1) * pageSize, nil
}

// explain turns SQLite's error about the file into one that names the file and a cure.
func (s *Store) explain(op string, err error) error {
	var e *Error
	if s.inMemory() || !errors.As(err, &e) {
		return err
	}
	return explainFile(op, s.ns.path(s.id), e)
}

// serialize copies the database's pages; nil if there are none.
func (c *conn) serialize() ([]byte, error) {
	c.trusted = true // both this and its counterpart run SQL of their own
	defer func() { c.trusted = false }()
	p := sqlite3.Xsqlite3_serialize(c.tls, c.db, mainSchema, c.scratch, 0)
	size := readInt64(c.scratch)
	if size == 0 {
		return nil, nil
	}
	if p == 0 || size < 0 {
		return nil, c.lastError(false)
	}
	pages := append([]byte(nil), view(p, int(size))...)
	free(c.tls, p)
	return pages, nil
}

// deserialize makes pages the content of a fresh connection in memory.
func (c *conn) deserialize(pages []byte) error {
	c.trusted = true
	defer func() { c.trusted = false }()
	size := len(pages)
	p := malloc(c.tls, size)
	copy(view(p, size), pages)
	rc := sqlite3.Xsqlite3_deserialize(c.tls, c.db, mainSchema, p, int64(size), int64(size),
		sqlite3.SQLITE_DESERIALIZE_FREEONCLOSE|sqlite3.SQLITE_DESERIALIZE_RESIZEABLE)
	if rc != sqlite3.SQLITE_OK {
		return c.lastError(false) // SQLite has freed p
	}
	return nil
}
