package durable

import (
	"context"
	"math"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Storage is an object's private database. Every call acts at once and none
// but Transaction and Sync ends the turn (rule 3.2). All writes of a turn form
// one implicit transaction, committed when the turn ends; what the turn sends
// out waits for that commit (rules 3.14, 6.1).
type Storage struct {
	obj host.Object
	st  host.Storage
	sql SQL
	kv  KV
}

func (s *Storage) init(obj host.Object) {
	s.obj, s.st = obj, obj.Storage()
	s.sql = SQL{st: s.st, info: obj.Info}
	s.kv = KV{st: s.st, info: obj.Info}
}

// SQL gives the SQL interface. Its methods fail for a class that was not
// created by new_sqlite_classes (rule 13.1).
func (s *Storage) SQL() *SQL { return &s.sql }

// KV gives the synchronous key-value interface, for SQLite-backed classes only
// (rule 13.2).
func (s *Storage) KV() *KV { return &s.kv }

// StorageOption is an option of the key-value and alarm methods. The options
// of Cloudflare's API are accepted and, as on its SQLite-backed classes, change
// nothing that can be seen (rules 5.18, 6.6, 7.14).
type StorageOption int

// The options allowConcurrency, allowUnconfirmed and noCache.
const (
	AllowConcurrency StorageOption = iota
	AllowUnconfirmed
	NoCache
)

// Get decodes the value of key into what dst points to, and reports whether
// there is one. Each call gives a fresh copy (rule 5.5).
func (s *Storage) Get(key string, dst any, opts ...StorageOption) (ok bool, err error) {
	return get(s.st, key, dst)
}

// GetMany gives the existing ones of the keys in order of their bytes
// (rule 5.6).
func (s *Storage) GetMany(keys []string, opts ...StorageOption) ([]Entry, error) {
	seen := make(map[string]bool, len(keys))
	out := make([]Entry, 0, len(keys))
	for _, key := range keys {
		if seen[key] {
			continue
		}
		seen[key] = true
		value, ok, err := s.st.Get(key)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, Entry{Key: key, Value: Value{data: value}})
		}
	}
	sortEntries(out)
	return out, nil
}

// Put stores a copy of value under key. Key and value together may have about
// 2 MB (rule 5.16).
func (s *Storage) Put(key string, value any, opts ...StorageOption) error {
	if _, undefined := value.(v8value.Undefined); undefined {
		return typeError("put() called with undefined value.")
	}
	return put(s.st, key, value)
}

// PutMany stores all entries or none (rules 5.10, 5.11).
func (s *Storage) PutMany(entries map[string]any, opts ...StorageOption) error {
	out := make([]host.Entry, 0, len(entries))
	for key, value := range entries {
		if _, undefined := value.(v8value.Undefined); undefined {
			continue
		}
		data, err := v8value.Marshal(value)
		if err != nil {
			return cloneError(err)
		}
		out = append(out, host.Entry{Key: key, Value: data})
	}
	if len(out) == 0 {
		return nil
	}
	sortHostEntries(out)
	return s.st.Put(out...)
}

// Delete removes a key and reports whether it existed (rule 5.14).
func (s *Storage) Delete(key string, opts ...StorageOption) (bool, error) {
	n, err := s.st.Delete(key)
	return n > 0, err
}

// DeleteMany removes keys and gives the number of those that existed.
func (s *Storage) DeleteMany(keys []string, opts ...StorageOption) (int, error) {
	return s.st.Delete(keys...)
}

// List gives the entries of a range in ascending order of the keys' bytes
// (rules 5.19 to 5.24).
func (s *Storage) List(o ListOptions, opts ...StorageOption) ([]Entry, error) {
	it, err := list(s.st, o)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for {
		e, ok, err := it.Next()
		if err != nil || !ok {
			return out, err
		}
		out = append(out, Entry{Key: e.Key, Value: Value{data: e.Value}})
	}
}

// SetAlarm schedules the object's one alarm, replacing an earlier one; a time
// in the past is taken as now. Fractions of a millisecond are cut off. It fails
// with a TypeError for a class without an Alarm method and for times outside
// of 1970 to 2189 (rules 7.1 to 7.10). The change is part of the turn's
// transaction.
func (s *Storage) SetAlarm(t time.Time, opts ...StorageOption) error {
	return s.st.SetAlarm(t.UnixMilli())
}

// Alarm gives the time of the alarm that is set. In the handler of an alarm
// there is none until a new one is set (rules 7.11, 7.12).
func (s *Storage) Alarm() (t time.Time, ok bool, err error) {
	ms, ok, err := s.st.Alarm()
	if err != nil || !ok {
		return time.Time{}, false, err
	}
	return time.UnixMilli(ms).UTC(), true, nil
}

// DeleteAlarm cancels the alarm, if any, and the retries of a failed one
// (rules 7.13, 7.34, 7.35).
func (s *Storage) DeleteAlarm(opts ...StorageOption) error { return s.st.DeleteAlarm() }

// TransactionSync runs fn as a transaction inside the turn. An error or panic
// of fn undoes every change that fn made, and is passed on; the turn's other
// writes stay. Calls may nest (rules 6.11 to 6.17).
func (s *Storage) TransactionSync(fn func() error) error { return s.st.TransactionSync(fn) }

// Transaction commits what the turn has written, then runs fn in a critical
// section as a transaction that lasts over several turns: no other event of the
// object is delivered until fn returns, for 30 s at most. An error of fn rolls
// back everything written inside and is returned; the object is not reset
// (rules 6.20 to 6.32).
//
// Everything done through the Storage inside fn is part of the transaction.
func (s *Storage) Transaction(ctx context.Context, fn func(ctx context.Context, txn *Transaction) error) error {
	return s.obj.Transaction(ctx, func(ctx context.Context, t host.Txn) error {
		return fn(ctx, &Transaction{s: s, t: t})
	})
}

// DeleteAll removes all tables, keys and metadata at once: it takes no part in
// the turn's transaction and nothing undoes it. The instance lives on. The
// alarm goes too since compatibility date 2026-02-24; delete it first to be
// right under every date (rules 8.1 to 8.8).
func (s *Storage) DeleteAll(opts ...StorageOption) error { return s.st.DeleteAll() }

// Sync ends the turn and returns when its writes are committed (rule 8.12).
func (s *Storage) Sync(ctx context.Context) error { return s.obj.Sync(ctx) }

// Transaction is the handle that [Storage.Transaction] passes to its function.
// After Rollback and after the end its methods fail (rules 6.25 to 6.29).
type Transaction struct {
	s *Storage
	t host.Txn
}

// Get is [Storage.Get] inside the transaction.
func (t *Transaction) Get(key string, dst any, opts ...StorageOption) (bool, error) {
	if err := t.t.Use("get"); err != nil {
		return false, err
	}
	return t.s.Get(key, dst, opts...)
}

// Put is [Storage.Put] inside the transaction.
func (t *Transaction) Put(key string, value any, opts ...StorageOption) error {
	if err := t.t.Use("put"); err != nil {
		return err
	}
	return t.s.Put(key, value, opts...)
}

// Delete is [Storage.Delete] inside the transaction.
func (t *Transaction) Delete(key string, opts ...StorageOption) (bool, error) {
	if err := t.t.Use("delete"); err != nil {
		return false, err
	}
	return t.s.Delete(key, opts...)
}

// List is [Storage.List] inside the transaction.
func (t *Transaction) List(o ListOptions, opts ...StorageOption) ([]Entry, error) {
	if err := t.t.Use("list"); err != nil {
		return nil, err
	}
	return t.s.List(o, opts...)
}

// SetAlarm is [Storage.SetAlarm] inside the transaction.
func (t *Transaction) SetAlarm(at time.Time, opts ...StorageOption) error {
	if err := t.t.Use("setAlarm"); err != nil {
		return err
	}
	return t.s.SetAlarm(at, opts...)
}

// Alarm is [Storage.Alarm] inside the transaction.
func (t *Transaction) Alarm() (time.Time, bool, error) {
	if err := t.t.Use("getAlarm"); err != nil {
		return time.Time{}, false, err
	}
	return t.s.Alarm()
}

// DeleteAlarm is [Storage.DeleteAlarm] inside the transaction.
func (t *Transaction) DeleteAlarm(opts ...StorageOption) error {
	if err := t.t.Use("deleteAlarm"); err != nil {
		return err
	}
	return t.s.DeleteAlarm(opts...)
}

// Rollback discards what the transaction has written. Its function goes on, and
// writes made through the Storage afterwards are kept (rules 6.26, 6.27).
func (t *Transaction) Rollback() error { return t.t.Rollback() }

// maxSafe is the largest whole number up to which doubles are exact.
const maxSafe = 1 << 53

func safeInteger(n int64) (float64, bool) {
	return float64(n), n >= -maxSafe && n <= maxSafe
}

func safeUnsigned(n uint64) (float64, bool) {
	return float64(n), n <= maxSafe
}

func whole(f float64) bool { return f == math.Trunc(f) && math.Abs(f) <= maxSafe }
