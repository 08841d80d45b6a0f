package durable

import (
	"cmp"
	"iter"
	"slices"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// KV is the synchronous key-value interface of SQLite-backed classes. It and
// the methods of [Storage] are one store (rule 5.2).
type KV struct {
	st   host.Storage
	info func() host.Info
}

func (k *KV) check() error {
	if k.info().SQL {
		return nil
	}
	return &Error{Name: "Error", Message: "The storage.kv (synchronous KV) API is only available for SQLite-backed Durable Objects, " +
		"but this object's namespace is not declared to use SQLite. You can use the older, asyncronous interface via methods of " +
		"`storage` itself (e.g. `storage.get()`). Alternatively, to enable SQLite, change `new_classes` to `new_sqlite_classes` " +
		"within the 'migrations' field in your wrangler.jsonc or wrangler.toml file. If using workerd directly, set `enableSql = true` " +
		"in your workerd config for the class. Note that this change cannot be made after the class is already deployed to production."}
}

// Get decodes the value of key into what dst points to, and reports whether
// there is one.
func (k *KV) Get(key string, dst any) (ok bool, err error) {
	if err := k.check(); err != nil {
		return false, err
	}
	return get(k.st, key, dst)
}

// Put stores a copy of value under key; unlike [Storage.Put] it also stores
// undefined (rule 5.26).
func (k *KV) Put(key string, value any) error {
	if err := k.check(); err != nil {
		return err
	}
	return put(k.st, key, value)
}

// Delete removes a key and reports whether it existed.
func (k *KV) Delete(key string) (bool, error) {
	if err := k.check(); err != nil {
		return false, err
	}
	n, err := k.st.Delete(key)
	return n > 0, err
}

// List walks over a range. Keys may be read, written and deleted meanwhile. One
// such walk lives at a time: starting another, or [Storage.List], ends the older
// one with an error (rules 5.30 to 5.32).
func (k *KV) List(o ListOptions) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := k.check(); err != nil {
			yield(Entry{}, err)
			return
		}
		it, err := list(k.st, o)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for {
			e, ok, err := it.Next()
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !ok || !yield(Entry{Key: e.Key, Value: Value{data: e.Value}}, nil) {
				return
			}
		}
	}
}

// Entry is a key with its value.
type Entry struct {
	Key   string
	Value Value
}

// ListOptions selects a range of keys; the zero value selects all of them.
// Keys are compared as bytes of UTF-8. An empty Start, StartAfter, End or Prefix
// means no such bound.
type ListOptions struct {
	Start      string // the first key
	StartAfter string // the key before the first; not together with Start
	End        string // the key behind the last
	Prefix     string
	Reverse    bool // from the last to the first
	Limit      int  // at most so many; 0 means no limit
}

func list(st host.Storage, o ListOptions) (host.Iterator, error) {
	if o.Start != "" && o.StartAfter != "" {
		return nil, typeError("list() cannot be called with both start and startAfter values.")
	}
	if o.Limit < 0 {
		return nil, typeError("List limit must be positive.")
	}
	return st.List(host.ListOptions{
		Start: o.Start, HasStart: o.Start != "",
		StartAfter: o.StartAfter, HasStartAfter: o.StartAfter != "",
		End: o.End, HasEnd: o.End != "",
		Prefix:  o.Prefix,
		Reverse: o.Reverse, Limit: o.Limit,
	})
}

func get(st host.Storage, key string, dst any) (bool, error) {
	data, ok, err := st.Get(key)
	if err != nil || !ok {
		return false, err
	}
	return true, v8value.Unmarshal(data, dst)
}

func put(st host.Storage, key string, value any) error {
	data, err := v8value.Marshal(value)
	if err != nil {
		return cloneError(err)
	}
	return st.Put(host.Entry{Key: key, Value: data})
}

func sortEntries(e []Entry) {
	slices.SortFunc(e, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
}

func sortHostEntries(e []host.Entry) {
	slices.SortFunc(e, func(a, b host.Entry) int { return cmp.Compare(a.Key, b.Key) })
}
