package js

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// syncKV is ctx.storage.kv (rules 5.25 to 5.32).
type syncKV struct {
	io      *ioContext
	st      host.Storage
	refused error // for every use, or nil
}

func (w *Worker) installKV(helpers quickjs.Value) error {
	class, listing := w.natives.kv, w.natives.listing
	return errors.Join(
		method(w, class, "get", (*syncKV).get),
		method(w, class, "list", (*syncKV).list),
		method(w, class, "put", (*syncKV).put),
		method(w, class, "delete", (*syncKV).delete),
		method(w, listing, "next", (*kvListing).next),
		w.iterable(listing, helpers),
	)
}

func (k *syncKV) use() error {
	if err := k.io.own(storageKind); err != nil {
		return err
	}
	return k.refused
}

func (k *syncKV) params(call *quickjs.Call, method string) *params {
	return k.io.w.params(call, "SyncKvStorage", method)
}

func (k *syncKV) get(call *quickjs.Call) (quickjs.Value, error) {
	p := k.params(call, "get")
	key := p.text(1, "string")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := k.use(); err != nil {
		return quickjs.Value{}, err
	}
	return k.io.stored(k.st, key)
}

// put stores undefined as well (rule 5.26).
func (k *syncKV) put(call *quickjs.Call) (quickjs.Value, error) {
	p := k.params(call, "put")
	key := p.text(1, "string")
	if p.missing(2) {
		p.refuse(2, "JsValue")
	}
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := k.use(); err != nil {
		return quickjs.Value{}, err
	}
	data, err := k.io.w.marshalStored(call.Arg(1))
	if err != nil {
		return quickjs.Value{}, err
	}
	return quickjs.Value{}, k.st.Put(host.Entry{Key: key, Value: data})
}

func (k *syncKV) delete(call *quickjs.Call) (quickjs.Value, error) {
	p := k.params(call, "delete")
	key := p.text(1, "string")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := k.use(); err != nil {
		return quickjs.Value{}, err
	}
	n, err := k.st.Delete(key)
	return k.io.w.iso.Bool(n > 0), err
}

func (k *syncKV) list(call *quickjs.Call) (quickjs.Value, error) {
	p := k.params(call, "list")
	o := p.listOptions()
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := k.use(); err != nil {
		return quickjs.Value{}, err
	}
	it, err := k.st.List(o)
	if err != nil {
		return quickjs.Value{}, err
	}
	return k.io.w.natives.listing.New(&kvListing{io: k.io, it: it}, nil)
}

// kvListing is the iterator that kv.list gives.
type kvListing struct {
	io *ioContext
	it host.Iterator
}

func (l *kvListing) next(*quickjs.Call) (quickjs.Value, error) {
	if err := l.io.own(listingKind); err != nil {
		return quickjs.Value{}, err
	}
	w := l.io.w
	e, ok, err := l.it.Next()
	if err != nil {
		return quickjs.Value{}, err
	}
	if !ok {
		return w.done()
	}
	v, err := w.unmarshalStored(e.Value)
	if err != nil {
		return v, err
	}
	pair, err := w.iso.List([]any{replaceSurrogates(e.Key), v})
	if err != nil {
		return pair, err
	}
	return w.natives.next.Object([]any{false, pair})
}

// done is the result of an iterator at its end.
func (w *Worker) done() (quickjs.Value, error) {
	return w.natives.next.Object([]any{true, quickjs.Value{}})
}

// marshalStored gives a value as storage keeps it (rules 5.33 to 5.38).
func (w *Worker) marshalStored(v quickjs.Value) ([]byte, error) {
	data, err := clone.Marshal(v, w.platform.CloneOptions())
	return data, w.cloneError(err)
}

// unmarshalStored makes a fresh copy of a stored value. One that cannot be read
// is an internal error (rule 5.39).
func (w *Worker) unmarshalStored(data []byte) (quickjs.Value, error) {
	v, err := clone.Unmarshal(w.iso, data, w.platform.CloneOptions())
	var thrown *quickjs.Error
	if err != nil && !errors.As(err, &thrown) {
		return v, w.internal("a stored value cannot be read", err)
	}
	return v, err
}

// internal logs a fault and gives the error by which JavaScript learns of it.
func (w *Worker) internal(what string, err error) error {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	var p [24]byte
	w.opts.Random(p[:])
	for i, b := range p {
		p[i] = letters[int(b)%len(letters)]
	}
	reference := string(p[:])
	w.logger(w.current).Error("internal error: "+what, "reference", reference, "error", err)
	return &durable.Error{Name: "Error", Message: "internal error; reference = " + reference}
}

// refuseClone refuses what belongs to the runtime itself, for structuredClone and
// storage alike (rule 5.37).
func (w *Worker) refuseClone(_ *clone.Writer, v quickjs.Value) (bool, error) {
	if n, ok := v.Host(); ok {
		if _, ok := n.(*stub); ok {
			return false, &clone.Error{Message: "ServiceStub cannot be serialized in this context."}
		}
		return false, nil
	}
	if v.ObjectKind() != quickjs.PlainObject {
		return false, nil
	}
	target, err := w.rpc.isTarget.Value().Call(quickjs.Value{}, v)
	if err != nil || !target.Truthy() {
		return false, err
	}
	return false, &clone.Error{Message: "Remote RPC references can only be serialized for RPC."}
}
