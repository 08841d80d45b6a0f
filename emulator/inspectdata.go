package emulator

import (
	"context"
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Errors of [Object].
var (
	// ErrBusy: the object is in a critical section or a transaction.
	ErrBusy = actor.ErrBusy
	// ErrNotStored: there is no storage to read.
	ErrNotStored = actor.ErrNotStored
	// ErrNoSocket: the WebSocket is closed, or is none of the object's.
	ErrNoSocket = actor.ErrNoSocket
)

// QueryResult is what the last statement of a query gave.
type QueryResult struct {
	Columns []string
	Rows    [][]any // of nil, float64, string and []byte
	More    bool    // there were more rows than asked for
	// As SQL in the object counts them.
	RowsRead, RowsWritten int64
}

// Query runs SQL with the restrictions that the object's own code has
// (rules 4.57 to 4.77), and commits it; an error leaves nothing behind. Of the
// rows it gives limit at most. A class without SQLite has no SQL. No object runs
// meanwhile: a query that still runs when ctx ends fails, with the cause of that.
func (o *Object) Query(ctx context.Context, query string, limit int) (*QueryResult, error) {
	if !o.ns.SQL() {
		return nil, fmt.Errorf("the class %s is not SQLite-backed: it has no SQL", o.ns.Class())
	}
	out := &QueryResult{}
	err := o.ns.Peek(o.id, false, func(st *store.Store) error {
		stop, err := st.Until(ctx)
		if err != nil {
			return err
		}
		defer stop()
		cursor, err := st.Exec(query)
		if err != nil {
			return err
		}
		defer cursor.Close()
		out.Columns = cursor.Columns()
		for {
			row, ok, err := cursor.Next()
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			if len(out.Rows) == limit {
				out.More = true
				break
			}
			out.Rows = append(out.Rows, row)
		}
		out.RowsRead, out.RowsWritten = cursor.RowsRead(), cursor.RowsWritten()
		return nil
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
	case err != nil:
		return nil, err
	}
	return out, nil
}

// KVEntry is a key of the object's key-value storage.
type KVEntry struct {
	Key  string
	Size int    // of the value as it is stored, in bytes
	Text string // the value for people
	JSON string // the value, if JSON says all of it; else empty
}

// maxText is how much of a value is shown.
const maxText = 64 << 10

func kvEntry(key string, data []byte) KVEntry {
	e := KVEntry{Key: key, Size: len(data)}
	v, err := v8value.Decode(data)
	if err != nil {
		e.Text = "not readable: " + err.Error()
		return e
	}
	e.Text = v8value.Text(v, maxText)
	if text, ok := v8value.JSON(v); ok {
		e.JSON = string(text)
	}
	return e
}

// ListKV gives the entries of the object's key-value storage whose keys begin
// with prefix and come behind after, limit at most, in the order of their keys.
func (o *Object) ListKV(prefix, after string, limit int) (out []KVEntry, more bool, err error) {
	err = o.ns.Peek(o.id, false, func(st *store.Store) error {
		opts := store.ListOptions{Prefix: prefix, Limit: limit + 1}
		if after != "" {
			opts.StartAfter = &after
		}
		entries, err := st.ListAll(opts)
		if err != nil {
			return err
		}
		if more = len(entries) > limit; more {
			entries = entries[:limit]
		}
		for _, e := range entries {
			out = append(out, kvEntry(e.Key, e.Value))
		}
		return nil
	})
	return out, more, err
}

// GetKV gives one entry; ok is false if there is none.
func (o *Object) GetKV(key string) (e KVEntry, ok bool, err error) {
	err = o.ns.Peek(o.id, false, func(st *store.Store) error {
		var data []byte
		data, ok, err = st.Get(key)
		if ok {
			e = kvEntry(key, data)
		}
		return err
	})
	return e, ok, err
}

// PutKV writes a value that is given as JSON.
func (o *Object) PutKV(key, json string) error {
	v, err := v8value.FromJSON([]byte(json))
	if err != nil {
		return err
	}
	data, err := v8value.Encode(v)
	if err != nil {
		return err
	}
	return o.ns.Peek(o.id, true, func(st *store.Store) error { return st.Put(key, data) })
}

// DeleteKV deletes an entry and reports whether there was one.
func (o *Object) DeleteKV(key string) (existed bool, err error) {
	err = o.ns.Peek(o.id, false, func(st *store.Store) error {
		existed, err = st.Delete(key)
		return err
	})
	return existed, err
}
