package actor

import (
	"errors"
	"strconv"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// storage is one instance's access to its store; it implements [host.Storage].
// Each call checks that the code that makes it holds the object's turn.
type storage struct{ a *Actor }

// enter checks the caller; leave ends what it began.
func (st *storage) enter() error {
	a := st.a
	if err := a.holds(); err != nil {
		if broken := a.resetError(); broken != nil {
			return broken
		}
		return err
	}
	if a.object == nil || a.object.st != st || a.store == nil {
		return errStorageGone
	}
	if err := a.resetError(); err != nil {
		return err
	}
	if a.unstored != nil {
		return a.unstored
	}
	if !a.using.CompareAndSwap(false, true) {
		return durable.ErrConcurrentUse
	}
	return nil
}

func (st *storage) leave() { st.a.using.Store(false) }

// public gives an error of the store as the application sees it.
func (a *Actor) public(err error) error {
	if err == nil {
		return nil
	}
	var sql *store.Error
	if errors.As(err, &sql) && sql.Advice != "" {
		a.ns.log.Warn(sql.Error(), "class", a.ns.Class(), "id", a.id.String(), "advice", sql.Advice)
	}
	var file *store.FileError
	if errors.As(err, &file) {
		a.ns.log.Error("storage", "class", a.ns.Class(), "id", a.id.String(), "error", err)
		return err
	}
	if errors.Is(err, store.ErrListCanceled) || errors.Is(err, store.ErrListRolledBack) || errors.Is(err, store.ErrReset) {
		return a.internal(err)
	}
	return &durable.Error{Name: "Error", Message: err.Error()}
}

// internal logs a fault and gives the error by which callers learn of it.
func (a *Actor) internal(err error) *durable.Error {
	ref := a.s.reference()
	a.ns.log.Error("internal error", "class", a.ns.Class(), "id", a.id.String(), "reference", ref, "error", err)
	return internalError(ref)
}

// reference makes the 24 characters by which an internal error is found in the
// log.
func (s *Scheduler) reference() string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	var p [24]byte
	s.Random(p[:])
	for i, b := range p {
		p[i] = letters[int(b)%len(letters)]
	}
	return string(p[:])
}

// commitError gives the error with which a failed commit resets the object.
func (a *Actor) commitError(err error) *durable.Error {
	var constraint *store.ConstraintError
	if errors.As(err, &constraint) {
		return &durable.Error{Name: "Error", Message: err.Error()}
	}
	var file *store.FileError
	if errors.As(err, &file) {
		a.ns.log.Error("commit", "class", a.ns.Class(), "id", a.id.String(), "error", err)
		return &durable.Error{Name: "Error", Message: err.Error(), Reset: true}
	}
	return a.internal(err)
}

func (st *storage) Exec(query string, args []any) (host.Cursor, error) {
	if err := st.enter(); err != nil {
		return nil, err
	}
	defer st.leave()
	cur, err := st.a.store.Exec(query, args...)
	if err != nil {
		return nil, st.a.public(err)
	}
	return &cursor{cur, st}, nil
}

// cursor checks the turn for a query's rows.
type cursor struct {
	*store.Cursor
	st *storage
}

func (c *cursor) Next() ([]any, bool, error) {
	if err := c.st.enter(); err != nil {
		return nil, false, err
	}
	defer c.st.leave()
	row, ok, err := c.Cursor.Next()
	return row, ok, c.st.a.public(err)
}

func (c *cursor) Err() error { return c.st.a.public(c.Cursor.Err()) }

func (st *storage) DatabaseSize() (int64, error) {
	if err := st.enter(); err != nil {
		return 0, err
	}
	defer st.leave()
	n, err := st.a.store.DatabaseSize()
	return n, st.a.public(err)
}

func (st *storage) Get(key string) ([]byte, bool, error) {
	if err := st.enter(); err != nil {
		return nil, false, err
	}
	defer st.leave()
	v, ok, err := st.a.store.Get(key)
	return v, ok, st.a.public(err)
}

func (st *storage) Put(entries ...host.Entry) error {
	if err := st.enter(); err != nil {
		return err
	}
	defer st.leave()
	if len(entries) == 1 {
		return st.a.public(st.a.store.Put(entries[0].Key, entries[0].Value))
	}
	all := make([]store.Entry, len(entries))
	for i, e := range entries {
		all[i] = store.Entry{Key: e.Key, Value: e.Value}
	}
	return st.a.public(st.a.store.PutMany(all))
}

func (st *storage) Delete(keys ...string) (int, error) {
	if err := st.enter(); err != nil {
		return 0, err
	}
	defer st.leave()
	n, err := st.a.store.DeleteMany(keys)
	return n, st.a.public(err)
}

func (st *storage) List(o host.ListOptions) (host.Iterator, error) {
	if err := st.enter(); err != nil {
		return nil, err
	}
	defer st.leave()
	it, err := st.a.store.List(bounds(o))
	if err != nil {
		return nil, st.a.public(err)
	}
	return &iterator{it, st}, nil
}

func bounds(o host.ListOptions) store.ListOptions {
	out := store.ListOptions{Prefix: o.Prefix, Reverse: o.Reverse, Limit: o.Limit}
	if o.HasStart {
		out.Start = &o.Start
	}
	if o.HasStartAfter {
		out.StartAfter = &o.StartAfter
	}
	if o.HasEnd {
		out.End = &o.End
	}
	return out
}

// iterator checks the turn for a listing's entries.
type iterator struct {
	it *store.Listing
	st *storage
}

func (i *iterator) Next() (host.Entry, bool, error) {
	if err := i.st.enter(); err != nil {
		return host.Entry{}, false, err
	}
	defer i.st.leave()
	e, ok, err := i.it.Next()
	return host.Entry(e), ok, i.st.a.public(err)
}

// Alarm gives the alarm as the application sees it: none in a run of the
// handler until a new one is set (rule 7.11).
func (st *storage) Alarm() (int64, bool, error) {
	if err := st.enter(); err != nil {
		return 0, false, err
	}
	defer st.leave()
	if run := st.a.alarm; run != nil && !run.changed {
		return 0, false, nil
	}
	ms, ok, err := st.a.store.Alarm()
	return ms, ok, st.a.public(err)
}

// maxAlarm is the last time that an alarm can be set to (rule 7.7).
const maxAlarm = 9223372036854

func (st *storage) SetAlarm(ms int64) error {
	a := st.a
	switch {
	case ms <= 0:
		return typeError("setAlarm() cannot be called with an alarm time <= 0")
	case ms > maxAlarm:
		return typeError("This API doesn't support dates after 2189.")
	case !a.making && !a.ns.class.HandlesAlarm():
		return typeError("Your Durable Object class must have an alarm() handler in order to call setAlarm()")
	}
	return st.changeAlarm(func() error { return a.store.SetAlarm(max(ms, a.s.Now().UnixMilli())) })
}

func (st *storage) DeleteAlarm() error {
	return st.changeAlarm(st.a.deleteAlarm)
}

func (a *Actor) deleteAlarm() error { return a.store.DeleteAlarm() }

func (st *storage) changeAlarm(change func() error) error {
	if err := st.enter(); err != nil {
		return err
	}
	defer st.leave()
	st.a.alarmDirty = true
	if err := change(); err != nil {
		return st.a.public(err)
	}
	if st.a.alarm != nil {
		st.a.alarm.changed = true
	}
	return nil
}

func (st *storage) DeleteAll() error {
	if err := st.enter(); err != nil {
		return err
	}
	defer st.leave()
	a := st.a
	if a.txns > 0 || a.syncs > 0 {
		// In transactionSync the runtime loses the data and answers with an
		// internal error (6.19); refusing keeps it.
		return &durable.Error{Name: "Error", Message: "Cannot call deleteAll() within a transaction"}
	}
	if err := a.store.DeleteAll(a.ns.keepAlarm); err != nil {
		return a.public(err)
	}
	if !a.ns.keepAlarm {
		a.alarmDirty = true
		if a.alarm != nil {
			a.alarm.changed = true
		}
	}
	return nil
}

func (st *storage) NextBookmark() (int64, error) {
	if err := st.enter(); err != nil {
		return 0, err
	}
	defer st.leave()
	n, err := st.a.store.NextBookmark()
	return n, st.a.public(err)
}

func typeError(message string) error {
	return &durable.Error{Name: "TypeError", Message: message}
}

func parseID(s string) (id ID, err error) {
	if len(s) != 2*len(id) {
		return id, strconv.ErrSyntax
	}
	for i := range id {
		b, err := strconv.ParseUint(s[2*i:2*i+2], 16, 8)
		if err != nil {
			return id, err
		}
		id[i] = byte(b)
	}
	return id, nil
}
