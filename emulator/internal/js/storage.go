package js

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// storage is ctx.storage, or the txn of one of its transactions. It belongs to
// its context like all I/O.
type storage struct {
	io    *ioContext
	st    host.Storage
	class string   // for messages
	txn   host.Txn // nil: not in a transaction's own handle
}

// storageClasses are the classes of storage and the functions that they share.
type storageClasses struct {
	storage, transaction, sql, cursor, statement, rows, raw, kv, listing, alarmInfo, facets *quickjs.Class

	reflect *quickjs.Ref
	next    *quickjs.Record // of an iterator
}

//go:embed runtime/storage.js
var storageScript string

var storageCode = sync.OnceValues(func() (*quickjs.Code, error) {
	return quickjs.Compile(storageScript, "dormouse:storage", quickjs.ScriptCode)
})

func (w *Worker) installStorage() error {
	code, err := storageCode()
	if err != nil {
		return err
	}
	helpers, err := w.iso.Run(code)
	if err != nil {
		return err
	}
	n := &w.natives
	reflect, err := helpers.Get("reflect")
	if err != nil {
		return err
	}
	n.reflect = reflect.Keep()
	if n.next, err = w.iso.Record("done", "value"); err != nil {
		return err
	}
	for name, class := range map[string]**quickjs.Class{
		"DurableObjectStorage": &n.storage, "DurableObjectTransaction": &n.transaction, "SqlStorage": &n.sql, "Cursor": &n.cursor,
		"Statement": &n.statement, "RowIterator": &n.rows, "RawIterator": &n.raw, "SyncKvStorage": &n.kv, "ListIterator": &n.listing,
		"AlarmInvocationInfo": &n.alarmInfo,
	} {
		if *class, err = w.iso.Class(name, 0, nil); err != nil {
			return err
		}
	}
	return errors.Join(
		w.installKeyValues(n.storage), w.installKeyValues(n.transaction),
		w.installTransactions(), w.installSQL(helpers), w.installKV(helpers),
	)
}

// iterable makes the instances of a class iterators like those of the language.
func (w *Worker) iterable(class *quickjs.Class, helpers quickjs.Value) error {
	proto, err := helpers.Get("iterator")
	if err != nil {
		return err
	}
	symbol, err := helpers.Get("symbolIterator")
	if err != nil {
		return err
	}
	self, err := helpers.Get("self")
	if err != nil {
		return err
	}
	return errors.Join(class.Prototype().SetPrototype(proto),
		class.Prototype().DefineKey(symbol, quickjs.Property{Value: self, Writable: true, Configurable: true}))
}

// newStorage makes ctx.storage with its own properties.
func (c *ioContext) newStorage() (quickjs.Value, error) {
	n := &c.w.natives
	s := &storage{io: c, st: c.obj.Storage(), class: "DurableObjectStorage"}
	v, err := n.storage.New(s, nil)
	if err != nil {
		return v, err
	}
	noKV, noSQL := c.refused()
	kv, err := n.kv.New(&syncKV{io: c, st: s.st, refused: noKV}, nil)
	if err != nil {
		return v, err
	}
	sql, err := n.sql.New(&sqlStorage{io: c, st: s.st, refused: noSQL}, nil)
	if err != nil {
		return v, err
	}
	return v, errors.Join(v.Set("kv", kv), v.Set("sql", sql))
}

// refused gives the errors of what a class that is not SQLite-backed may not use
// (rules 13.1, 13.2), in the words that Go classes get.
func (c *ioContext) refused() (kv, sql error) {
	if c.obj.Info().SQL {
		return nil, nil
	}
	st := durable.NewState(c.obj).Storage()
	_, kv = st.KV().Get("", nil)
	_, sql = st.SQL().DatabaseSize()
	return kv, sql
}

// use checks that the storage may be used for the named operation.
func (s *storage) use(op string) error {
	if err := s.io.own(storageKind); err != nil {
		return err
	}
	if s.txn != nil {
		return s.txn.Use(op)
	}
	return nil
}

// params converts the arguments of one of its methods.
func (s *storage) params(call *quickjs.Call, method string) *params {
	return s.io.w.params(call, s.class, method)
}

// Names of the boolean options.
var (
	getFlags = []string{"allowConcurrency", "noCache"}
	putFlags = []string{"allowConcurrency", "allowUnconfirmed", "noCache"}
)

// installKeyValues adds the methods that storage and its transactions share
// (rules 5.1, 6.25).
func (w *Worker) installKeyValues(class *quickjs.Class) error {
	return errors.Join(
		asyncMethod(w, class, "get", (*storage).get),
		asyncMethod(w, class, "list", (*storage).list),
		asyncMethod(w, class, "put", (*storage).put),
		quickjs.Method(class, "delete", 0, func(s *storage, call *quickjs.Call) (quickjs.Value, error) {
			v, err := s.delete(call)
			if err != nil {
				return v, w.jsError(err) // and not a rejection, as recorded
			}
			return w.promised(v, nil)
		}),
		asyncMethod(w, class, "getAlarm", (*storage).getAlarm),
		asyncMethod(w, class, "setAlarm", (*storage).setAlarm),
		asyncMethod(w, class, "deleteAlarm", (*storage).deleteAlarm),
	)
}

// keys converts the first argument of get and delete: a key, or an array of
// them.
func (p *params) keys() (keys []string, many bool) {
	v := p.call.Arg(0)
	if !v.IsArray() {
		return []string{p.text(1, "string or Array")}, false
	}
	length, err := v.Get("length")
	if err != nil {
		p.err = err
		return nil, true
	}
	n, _ := length.Float()
	for i := range int(n) {
		e, err := v.GetIndex(i)
		if err == nil {
			var key string
			key, err = text(e)
			keys = append(keys, key)
		}
		if err != nil {
			p.err = err
			return nil, true
		}
	}
	return keys, true
}

func (s *storage) get(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "get")
	keys, many := p.keys()
	p.flags(2, "GetOptions", getFlags...)
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("get"); err != nil {
		return quickjs.Value{}, err
	}
	if !many {
		return s.io.stored(s.st, keys[0])
	}
	slices.Sort(keys)
	m, err := s.io.w.entries()
	if err != nil {
		return m.out, err
	}
	for _, key := range slices.Compact(keys) {
		data, ok, err := s.st.Get(key)
		if err == nil && ok {
			err = m.add(key, data)
		}
		if err != nil {
			return m.out, err
		}
	}
	return m.out, nil
}

// stored reads a value, undefined if there is none.
func (c *ioContext) stored(st host.Storage, key string) (quickjs.Value, error) {
	data, ok, err := st.Get(key)
	if err != nil || !ok {
		return quickjs.Value{}, err
	}
	return c.w.unmarshalStored(data)
}

// entries fills a Map with keys and stored values.
type entries struct {
	w   *Worker
	out quickjs.Value
}

func (w *Worker) entries() (entries, error) {
	m, err := w.iso.Map()
	return entries{w, m}, err
}

func (e entries) add(key string, data []byte) error {
	scope := e.w.iso.OpenScope()
	k, err := e.w.iso.String(replaceSurrogates(key))
	if err != nil {
		return err
	}
	v, err := e.w.unmarshalStored(data)
	if err != nil {
		return err // its scope stays open for what was thrown
	}
	defer scope.Close()
	return e.out.MapSet(k, v)
}

var (
	errPutUndefined = quickjs.TypeErrorf("put() called with undefined value.")
	errPutForms     = quickjs.TypeErrorf("put() may only be called with a single key-value pair and optional options as " +
		"put(key, value, options) or with multiple key-value pairs and optional options as put(entries, options)")
)

func (s *storage) put(call *quickjs.Call) (quickjs.Value, error) {
	first, value := call.Arg(0), call.Arg(1)
	p := s.params(call, "put")
	if first.IsObject() && !first.IsArray() {
		return quickjs.Value{}, s.putEntries(p, first, value)
	}
	key := p.text(1, "string or object")
	p.flags(3, "PutOptions", putFlags...)
	switch {
	case p.err != nil:
		return quickjs.Value{}, p.err
	case value.IsUndefined():
		return quickjs.Value{}, errPutUndefined
	}
	return quickjs.Value{}, s.putValues([]host.Entry{{Key: key}}, []quickjs.Value{value})
}

// putEntries stores all enumerable own properties of an object or none of them
// (rules 5.10, 5.11).
func (s *storage) putEntries(p *params, entries, options quickjs.Value) error {
	var list []host.Entry
	var values []quickjs.Value
	names, err := entries.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		v, err := entries.Get(name)
		if err != nil {
			return err
		}
		if !v.IsUndefined() {
			list, values = append(list, host.Entry{Key: name}), append(values, v)
		}
	}
	if !options.IsNullish() && !options.IsObject() {
		return errPutForms
	}
	if p.flags(2, "PutOptions", putFlags...); p.err != nil {
		return p.err
	}
	return s.putValues(list, values)
}

// putValues stores values under the keys of the entries. What cannot be cloned is
// refused before the state of a transaction counts, as recorded.
func (s *storage) putValues(list []host.Entry, values []quickjs.Value) (err error) {
	if err := s.io.own(storageKind); err != nil {
		return err
	}
	for i, v := range values {
		if list[i].Value, err = s.io.w.marshalStored(v); err != nil {
			return err
		}
	}
	if err := s.use("put"); err != nil {
		return err
	}
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b host.Entry) int { return cmp.Compare(a.Key, b.Key) })
	}
	return s.st.Put(list...)
}

func (s *storage) delete(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "delete")
	keys, many := p.keys()
	p.flags(2, "PutOptions", putFlags...)
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("delete"); err != nil {
		return quickjs.Value{}, err
	}
	n, err := s.st.Delete(keys...)
	switch {
	case err != nil:
		return quickjs.Value{}, err
	case many:
		return s.io.w.iso.Number(float64(n)), nil
	}
	return s.io.w.iso.Bool(n > 0), nil
}

// listOptions converts the argument of list (rules 5.20 to 5.24).
func (p *params) listOptions() (o host.ListOptions) {
	v, ok := p.object(1, "ListOptions")
	if !ok {
		return o
	}
	o.Start, o.HasStart = p.textOption(v, "start")
	o.StartAfter, o.HasStartAfter = p.textOption(v, "startAfter")
	o.End, o.HasEnd = p.textOption(v, "end")
	o.Prefix, _ = p.textOption(v, "prefix")
	if reverse, ok := p.option(v, "reverse"); ok {
		o.Reverse = reverse.Truthy()
	}
	limit, limited := p.intOption(v, "limit")
	if p.err != nil {
		return o
	}
	switch o.Limit = limit; {
	case o.HasStart && o.HasStartAfter:
		p.err = quickjs.TypeErrorf("list() cannot be called with both start and startAfter values.")
	case limited && limit <= 0:
		p.err = quickjs.TypeErrorf("List limit must be positive.")
	}
	return o
}

func (s *storage) list(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "list")
	o := p.listOptions()
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("list"); err != nil {
		return quickjs.Value{}, err
	}
	it, err := s.st.List(o)
	if err != nil {
		return quickjs.Value{}, err
	}
	m, err := s.io.w.entries()
	if err != nil {
		return m.out, err
	}
	for {
		e, ok, err := it.Next()
		if err != nil || !ok {
			return m.out, err
		}
		if err := m.add(e.Key, e.Value); err != nil {
			return m.out, err
		}
	}
}

// deleteAll acts at once and cannot be undone (rules 8.1, 8.2).
func (s *storage) deleteAll(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "deleteAll")
	p.flags(1, "PutOptions", putFlags...)
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("deleteAll"); err != nil {
		return quickjs.Value{}, err
	}
	return quickjs.Value{}, s.st.DeleteAll()
}

// sync ends the turn and is settled when its writes are committed (rule 8.12).
func (s *storage) sync(*quickjs.Call) (quickjs.Value, error) {
	if err := s.use("sync"); err != nil {
		return quickjs.Value{}, err
	}
	return s.io.promise("sync", func(ctx context.Context) (func() (quickjs.Value, error), error) {
		return nil, s.io.obj.Sync(ctx)
	})
}

// currentBookmark counts up and ends the turn (rules 3.3, 8.14).
func (s *storage) currentBookmark(*quickjs.Call) (quickjs.Value, error) {
	if err := s.use("getCurrentBookmark"); err != nil {
		return quickjs.Value{}, err
	}
	n, err := s.st.NextBookmark()
	if err != nil {
		return quickjs.Value{}, err
	}
	return s.io.promise("getCurrentBookmark", func(ctx context.Context) (func() (quickjs.Value, error), error) {
		if err := s.io.obj.Sync(ctx); err != nil {
			return nil, err
		}
		return func() (quickjs.Value, error) {
			return s.io.w.iso.String(fmt.Sprintf("%08x-%08x-%08x-%032x", 0, n, 0, 0))
		}, nil
	})
}

// errNoRecovery is what local workerd answers (rule 8.15).
var errNoRecovery = &durable.Error{
	Name: "Error", Message: "This Durable Object's storage back-end does not implement point-in-time recovery.",
}

func (s *storage) bookmarkForTime(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "getBookmarkForTime")
	p.date(1)
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	return quickjs.Value{}, errNoRecovery
}

func (s *storage) restoreBookmark(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "onNextSessionRestoreBookmark")
	p.text(1, "string")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	return quickjs.Value{}, errNoRecovery
}
