package store

import (
	"sort"

	sqlite3 "modernc.org/sqlite/lib"
)

// Entry is one key with its serialized value.
type Entry struct {
	Key   string
	Value []byte
}

// The texts of the runtime's tables can be read in sqlite_master, so their blanks are the real runtime's.
const createKV = "CREATE TABLE IF NOT EXISTS _cf_KV (\n        key TEXT PRIMARY KEY,\n        value BLOB\n      ) WITHOUT ROWID"

// reader gives the connection for a read of the runtime's own tables, or nil if nothing was ever written.
func (s *Store) reader(op string) (*conn, error) {
	if err := s.fault(op); err != nil {
		return nil, err
	}
	if s.closed {
		return nil, ErrClosed
	}
	if !s.stored() {
		return nil, nil
	}
	return s.connect()
}

// writer gives the connection with the implicit transaction open.
func (s *Store) writer(op string) (*conn, error) {
	if err := s.fault(op); err != nil {
		return nil, err
	}
	c, err := s.connect()
	if err != nil {
		return nil, err
	}
	return c, s.begin(c)
}

// ownTable gives a fixed statement on one of the runtime's tables; nil if that table does not exist.
func (c *conn) ownTable(which int) (*stmt, error) {
	st, err := c.own(which)
	if isMissingTable(err) {
		return nil, nil
	}
	return st, err
}

// ownMade is ownTable after making the table if necessary.
func (c *conn) ownMade(which int, create string) (*stmt, error) {
	st, err := c.ownTable(which)
	if st != nil || err != nil {
		return st, err
	}
	if err := c.run(create); err != nil {
		return nil, err
	}
	c.altered = true
	c.settle()
	return c.own(which)
}

func isMissingTable(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Code == sqlite3.SQLITE_ERROR && len(e.Message) > 14 && e.Message[:14] == "no such table:"
}

// forgetTables drops compiled statements before a rollback that may take tables or indexes back, the runtime's own too.
func (c *conn) forgetTables() {
	if !c.schemaOpen {
		return
	}
	c.cache.expire(c)
	for _, which := range [...]int{fixedGet, fixedPut, fixedDelete, fixedAlarmGet, fixedAlarmSet, fixedBookmark,
		fixedList, fixedList + 1, fixedList + 2, fixedList + 3} {
		if st := c.fixed[which]; st != nil {
			c.fixed[which] = nil
			if st.forgotten = st.busy; !st.forgotten {
				st.finalize(c)
			}
		}
	}
}

// Get gives a fresh copy of the value of key.
func (s *Store) Get(key string) (value []byte, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("get")
	if c == nil || err != nil {
		return nil, false, err
	}
	return s.get(c, key)
}

func (s *Store) get(c *conn, key string) (value []byte, ok bool, err error) {
	st, err := c.ownTable(fixedGet)
	if st == nil || err != nil {
		return nil, false, s.explain("read", err)
	}
	if err := st.bind1(c, key); err != nil {
		return nil, false, err
	}
	defer st.release(c)
	row, err := c.step(st)
	if err != nil || !row {
		return nil, false, s.explain("read", err)
	}
	return st.bytesValue(c, 0), true, nil
}

// GetMany gives the existing ones of keys, each once, sorted by bytes (5.6).
func (s *Store) GetMany(keys []string) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("get")
	if c == nil || err != nil {
		return nil, err
	}
	sorted := append([]string(nil), keys...)
	sort.Strings(sorted)
	var entries []Entry
	for i, key := range sorted {
		if i > 0 && key == sorted[i-1] {
			continue
		}
		value, ok, err := s.get(c, key)
		if err != nil {
			return nil, err
		}
		if ok {
			entries = append(entries, Entry{key, value})
		}
	}
	return entries, nil
}

// Put stores a value in the implicit transaction.
func (s *Store) Put(key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.writer("put")
	if err != nil {
		return err
	}
	return s.put(c, key, value)
}

func (s *Store) put(c *conn, key string, value []byte) error {
	st, err := c.ownMade(fixedPut, createKV)
	if err == nil {
		err = st.bind2(c, key, value)
	}
	if err == nil {
		err = c.finish(st)
		st.release(c)
	}
	return s.wrote(c, err)
}

// wrote looks at what the error of a write did to the transaction.
func (s *Store) wrote(c *conn, err error) error {
	if err == nil {
		return nil
	}
	s.noteFailure(c, err)
	return s.explain("write", err)
}

// PutMany stores all entries or none (5.11).
func (s *Store) PutMany(entries []Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.writer("put")
	if err != nil || len(entries) == 0 {
		return err
	}
	if err := c.run("SAVEPOINT _cf_put"); err != nil {
		return s.wrote(c, err)
	}
	for _, entry := range entries {
		if err = s.put(c, entry.Key, entry.Value); err != nil {
			break
		}
	}
	end := "RELEASE _cf_put"
	if err != nil {
		c.forgetTables()
		end = "ROLLBACK TO _cf_put; RELEASE _cf_put"
	}
	if endErr := c.run(end); err == nil {
		err = s.wrote(c, endErr)
	}
	return err
}

// Delete removes a key and reports whether it existed.
func (s *Store) Delete(key string) (existed bool, err error) {
	n, err := s.DeleteMany([]string{key})
	return n > 0, err
}

// DeleteMany removes keys and gives how many existed (5.14).
func (s *Store) DeleteMany(keys []string) (removed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.writer("delete")
	if err != nil {
		return 0, err
	}
	st, err := c.ownMade(fixedDelete, createKV)
	if err != nil {
		return 0, s.wrote(c, err)
	}
	for _, key := range keys {
		err := st.bind1(c, key)
		if err == nil {
			err = c.finish(st)
			st.release(c)
		}
		if err != nil {
			return removed, s.wrote(c, err)
		}
		removed += int(sqlite3.Xsqlite3_changes64(c.tls, c.db))
	}
	return removed, nil
}

// bind1 binds one text without going through any.
func (st *stmt) bind1(c *conn, text string) error {
	st.reserve(c, len(text)+1)
	return st.bindText(c, 1, st.buf, text)
}

// bind2 binds a text and bytes.
func (st *stmt) bind2(c *conn, text string, bytes []byte) error {
	st.reserve(c, len(text)+len(bytes)+2)
	if err := st.bindText(c, 1, st.buf, text); err != nil {
		return err
	}
	at := st.buf + uintptr(len(text)+1)
	copy(view(at, len(bytes)), bytes)
	if rc := sqlite3.Xsqlite3_bind_blob64(c.tls, st.addr, 2, at, uint64(len(bytes)), sqlite3.SQLITE_STATIC); rc != sqlite3.SQLITE_OK {
		return st.bindFailed(c)
	}
	return nil
}

func (st *stmt) bindText(c *conn, n int32, at uintptr, text string) error {
	copy(view(at, len(text)), text)
	rc := sqlite3.Xsqlite3_bind_text64(c.tls, st.addr, n, at, uint64(len(text)), sqlite3.SQLITE_STATIC, sqlite3.SQLITE_UTF8)
	if rc != sqlite3.SQLITE_OK {
		return st.bindFailed(c)
	}
	return nil
}

func (st *stmt) bindFailed(c *conn) error {
	err := c.lastError(false)
	st.release(c)
	return err
}
