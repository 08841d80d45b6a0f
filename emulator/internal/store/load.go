package store

import (
	"errors"
	"fmt"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"
)

// Loader writes what [Store.Schema] and [Store.Scan] have given into the empty store of an engine in memory. Its SQL has
// the application's restrictions, as if the application had made all of it. It belongs to one goroutine.
type Loader struct {
	s      *Store
	c      *conn
	insert *stmt
	into   string
}

// Load begins to fill the store; [Loader.Close] ends it.
func (s *Store) Load() (*Loader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.inMemory() {
		return nil, errors.New("store: only a store in memory is loaded")
	}
	c, err := s.connect()
	if err != nil {
		return nil, err
	}
	// Rows come table by table, were checked once, and are one value longer than what the application can bind.
	c.configure(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY, false)
	sqlite3.Xsqlite3_limit(c.tls, c.db, sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limitColumns+1)
	if err := c.run("PRAGMA ignore_check_constraints = 1"); err != nil {
		return nil, err
	}
	return &Loader{s: s, c: c}, s.begin(c)
}

// limitColumns is rule 4.80.
const limitColumns = 100

// Create makes a part of the schema. Tables that belong to a virtual one come with it, and are emptied.
func (l *Loader) Create(p *Part) error {
	l.endInsert()
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	err := l.create(p)
	if err != nil {
		return partError(p.Kind, p.Name, err)
	}
	return nil
}

func (l *Loader) create(p *Part) error {
	switch {
	case protected(p.Name):
		return errors.New("the name belongs to the runtime")
	case p.Kind == "shadow" || strings.HasPrefix(p.Name, "sqlite_"):
		if p.Name == "sqlite_stat1" {
			if err := l.c.run("ANALYZE sqlite_schema"); err != nil {
				return err
			}
		}
		if err := l.owned(p); err != nil {
			return err
		}
		return l.unguarded(func() error { return l.c.run("DELETE FROM " + quoteName(p.Name)) })
	}
	st, tail, err := l.c.compileUser(p.SQL)
	if err != nil {
		return err
	}
	if st == nil {
		return ErrNoStatement
	}
	defer st.finalize(l.c)
	switch {
	case strings.TrimSpace(tail) != "":
		return errors.New("there is more than one statement")
	case !l.c.altered || !strings.EqualFold(firstWord(st.text), "create"):
		return errors.New("the statement makes nothing")
	}
	if err := l.c.finishUser(st); err != nil {
		return err
	}
	l.c.settle()
	rows, err := l.c.all("SELECT sql FROM sqlite_schema WHERE name = " + quoteText(p.Name))
	if err == nil && (len(rows) != 1 || rows[0][0] != p.SQL) {
		err = errors.New("the statement does not make that, or says it otherwise")
	}
	return err
}

// owned refuses what is no table of SQLite's own or of a virtual table.
func (l *Loader) owned(p *Part) error {
	if p.Name == "sqlite_sequence" || p.Name == "sqlite_stat1" {
		return nil
	}
	rows, err := l.c.all("SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow' AND name = " + quoteText(p.Name))
	if err == nil && len(rows) == 0 {
		err = errors.New("it belongs to no virtual table")
	}
	return err
}

// finishUser steps a statement of the application's to its end.
func (c *conn) finishUser(st *stmt) error {
	for {
		switch sqlite3.Xsqlite3_step(c.tls, st.addr) {
		case sqlite3.SQLITE_ROW:
		case sqlite3.SQLITE_DONE:
			sqlite3.Xsqlite3_reset(c.tls, st.addr)
			return nil
		default:
			err := c.lastError(false)
			sqlite3.Xsqlite3_reset(c.tls, st.addr)
			return err
		}
	}
}

// unguarded runs fn while tables of virtual ones can be written.
func (l *Loader) unguarded(fn func() error) error {
	l.c.configure(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, false)
	defer l.c.configure(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, true)
	return fn()
}

// Insert adds a row to a part that was created: a value for each of its Names.
func (l *Loader) Insert(p *Part, row []any) error {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.insert == nil || l.into != p.Name {
		if err := l.prepare(p); err != nil {
			return partError(p.Kind, p.Name, err)
		}
	}
	if len(row) != l.insert.params {
		return partError(p.Kind, p.Name, fmt.Errorf("a row has %d values, want %d", len(row), l.insert.params))
	}
	write := func() error { return l.c.finishUser(l.insert) }
	err := l.insert.bind(l.c, row)
	if err == nil && p.Kind == "shadow" {
		err = l.unguarded(write)
	} else if err == nil {
		err = write()
	}
	if err != nil {
		return partError(p.Kind, p.Name, err)
	}
	return nil
}

func (l *Loader) prepare(p *Part) error {
	l.endInsertLocked()
	names := p.Names()
	if len(names) == 0 || p.Kind == "virtual" {
		return errors.New("it takes no rows")
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quoteName(name)
	}
	query := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", quoteName(p.Name), strings.Join(quoted, ", "), strings.Repeat(", ?", len(names)-1))
	var st *stmt
	var err error
	if p.Kind == "shadow" {
		if err = l.owned(p); err == nil {
			err = l.unguarded(func() error { st, _, err = l.c.compileTrusted(query, 0); return err })
		}
	} else {
		st, _, err = l.c.compileUser(query)
	}
	if err != nil {
		return err
	}
	l.insert, l.into = st, p.Name
	return nil
}

func (l *Loader) endInsert() {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.endInsertLocked()
}

func (l *Loader) endInsertLocked() {
	if l.insert != nil {
		l.insert.finalize(l.c)
		l.insert, l.into = nil, ""
	}
}

// SetBookmark sets the counter of bookmarks.
func (l *Loader) SetBookmark(n int64) error {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.c.run(createMetadata + fmt.Sprintf("; INSERT INTO _cf_METADATA VALUES (2, %d)", n))
}

// Close ends the loading: what was loaded is kept if the whole of it is in order, and nothing if not.
func (l *Loader) Close() error {
	l.endInsert()
	l.s.mu.Lock()
	rows, err := l.c.all("PRAGMA quick_check(1)")
	if err == nil && (len(rows) != 1 || rows[0][0] != "ok") {
		err = fmt.Errorf("the database is not in order: %v", rows)
	}
	l.s.mu.Unlock()
	if err != nil {
		l.s.Rollback()
		return err
	}
	return l.s.Commit()
}

// ReplaceBy makes everything in the store that of another one, which is in memory, in one transaction: tables, keys,
// alarm and all.
func (s *Store) ReplaceBy(source *Store) error {
	ms, set, err := source.Alarm()
	if err != nil {
		return err
	}
	source.mu.Lock()
	defer source.mu.Unlock()
	from, err := source.connect()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ns.eng.opts.ReadOnly {
		return ErrReadOnly
	}
	c, err := s.connect()
	if err != nil {
		return err
	}
	s.endRuns(ErrReset)
	s.rollback()
	c.schemaOpen = true
	s.alarm, s.alarmDirty = alarmState{known: true, set: set, nanos: ms * nanosPerMilli}, true
	err = s.publish(c, func() error {
		if err := s.ns.eng.fault("replace"); err != nil {
			return err
		}
		return c.copyFrom(from)
	})
	c.forgetTables()
	if err != nil {
		s.alarm, s.alarmDirty = alarmState{}, false
		return s.explain("write", err)
	}
	s.unsynced, c.schemaOpen = true, false
	s.logBegun(c)
	return nil
}
