package store

import (
	"errors"

	sqlite3 "modernc.org/sqlite/lib"
)

// ListOptions is a range of keys in the order of their bytes. Nil bounds are absent.
type ListOptions struct {
	Start      *string // inclusive
	StartAfter *string // exclusive
	End        *string // exclusive
	Prefix     string
	Reverse    bool
	Limit      int // 0: all
}

// bounds gives the range as lower (inclusive) and upper (exclusive); open means that there is no upper bound.
func (o *ListOptions) bounds() (lower, upper string, open bool) {
	lower, open = o.Prefix, true
	if end, ok := afterPrefix(o.Prefix); ok {
		upper, open = end, false
	}
	if o.Start != nil {
		lower = max(lower, *o.Start)
	}
	if o.StartAfter != nil {
		lower = max(lower, *o.StartAfter+"\x00")
	}
	if o.End != nil && (open || *o.End < upper) {
		upper, open = *o.End, false
	}
	return lower, upper, open
}

// afterPrefix is the first text after all that begin with prefix; there is none for the empty prefix.
func afterPrefix(prefix string) (string, bool) {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return string(b[:i+1]), true
		}
	}
	return "", false
}

// Listing gives entries one by one. Only the newest listing of a store lives (5.31).
type Listing struct {
	s   *Store
	c   *conn
	st  *stmt // nil once ended
	err error

	// The first entry is read when the listing starts, all others when they are asked for.
	first Entry
	ahead bool // first was not given yet
	over  bool // there is no entry behind what was read
}

// List starts a lazy listing, which sees changes ahead of its position (5.30–5.32).
func (s *Store) List(o ListOptions) (*Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list(o)
}

// ListAll gives the whole range at once. It ends an earlier listing as well.
func (s *Store) ListAll(o ListOptions) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.list(o)
	if err != nil {
		return nil, err
	}
	defer l.end(nil)
	var entries []Entry
	for {
		entry, ok, err := l.next()
		if err != nil || !ok {
			return entries, err
		}
		entries = append(entries, entry)
	}
}

func (s *Store) list(o ListOptions) (*Listing, error) {
	c, err := s.reader("list")
	if err != nil {
		return nil, err
	}
	if s.listing != nil {
		s.listing.end(ErrListInvalidated)
	}
	l := &Listing{s: s, c: c}
	if c == nil {
		return l, nil
	}
	lower, upper, open := o.bounds()
	which := fixedList
	if open {
		which++
	}
	if o.Reverse {
		which += 2
	}
	st, err := c.ownTable(which)
	if st == nil || err != nil {
		return l, s.explain("read", err)
	}
	limit := int64(-1)
	if o.Limit > 0 {
		limit = int64(o.Limit)
	}
	args := []any{lower, limit, upper}
	if err := st.bind(c, args[:st.params]); err != nil {
		return nil, err
	}
	st.busy = true
	l.st = st
	s.listing = l
	if l.first, l.ahead, err = l.step(); err != nil {
		return nil, err
	}
	l.over = !l.ahead
	return l, nil
}

// Next gives the next entry. ok is false after the last one.
func (l *Listing) Next() (entry Entry, ok bool, err error) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.next()
}

func (l *Listing) next() (entry Entry, ok bool, err error) {
	if l.st == nil {
		return Entry{}, false, l.err
	}
	if err := l.s.fault("next"); err != nil {
		return Entry{}, false, err
	}
	if l.ahead {
		l.ahead = false
		return l.first, true, nil
	}
	if !l.over {
		if entry, ok, err = l.step(); ok || err != nil {
			return entry, ok, err
		}
	}
	l.end(nil)
	return Entry{}, false, nil
}

// step reads the next entry; an error ends the listing.
func (l *Listing) step() (entry Entry, ok bool, err error) {
	row, err := l.c.step(l.st)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == sqlite3.SQLITE_ABORT_ROLLBACK {
			err = ErrListRolledBack
		}
		err = l.s.explain("read", err)
		l.end(err)
		return Entry{}, false, err
	}
	if !row {
		return Entry{}, false, nil
	}
	return Entry{l.st.textValue(l.c, 0), l.st.bytesValue(l.c, 1)}, true, nil
}

// Close ends the listing. Closing twice is fine.
func (l *Listing) Close() {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.end(nil)
}

func (l *Listing) end(err error) {
	if l.s.listing == l {
		l.s.listing = nil
	}
	if l.st == nil {
		return
	}
	l.err = err
	if l.st.busy = false; l.st.forgotten {
		l.st.finalize(l.c)
	} else {
		l.st.release(l.c)
	}
	l.st = nil
}
