package quickjs

import (
	"fmt"
	"math"

	lib "modernc.org/libquickjs"
)

// Record makes plain objects that all have the same properties: the rows of a result. It keeps the engine's numbers of
// their names until it is freed.
type Record struct {
	iso   *Isolate
	atoms []lib.TJSAtom
}

// protoName is no property that a plain assignment makes.
const protoName = "__proto__"

// Record prepares objects with properties of these names, in this order. Of equal names the last value stays, and
// __proto__ is left out, as if the properties were assigned one by one.
func (i *Isolate) Record(names ...string) (*Record, error) {
	r := &Record{iso: i, atoms: make([]lib.TJSAtom, len(names))}
	_, err := i.enter(func() lib.TJSValue {
		for n, name := range names {
			if name == protoName {
				continue
			}
			p := i.cstring(name)
			r.atoms[n] = lib.XJS_NewAtomLen(i.tls, i.ctx, p, uint64(len(name)))
			i.release(p)
			if r.atoms[n] == 0 {
				return exception
			}
		}
		return undefined
	})
	if err != nil {
		r.Free()
		return nil, err
	}
	return r, nil
}

// Free gives the names back. Calling it twice, or after the isolate was closed, is fine.
func (r *Record) Free() {
	if r == nil || r.iso == nil {
		return
	}
	i := r.iso
	r.iso = nil
	if i.closed || i.broken != nil {
		return
	}
	for _, a := range r.atoms {
		if a != 0 {
			lib.XJS_FreeAtom(i.tls, i.ctx, a)
		}
	}
}

// Object makes an object with these values, one for each name: nil (null), bool, float64, string, []byte (an
// ArrayBuffer) or Value.
func (r *Record) Object(values []any) (Value, error) {
	return r.iso.run(func() lib.TJSValue { return r.object(values) })
}

// Append makes an object as Object does, and makes it the n-th element of an array.
func (r *Record) Append(array Value, n int, values []any) error {
	i := r.iso
	raw := i.raw(array)
	_, err := i.enter(func() lib.TJSValue {
		v := r.object(values)
		if isException(v) {
			return v
		}
		return status(lib.XJS_DefinePropertyValueUint32(i.tls, i.ctx, raw, uint32(n), v, lib.MJS_PROP_C_W_E))
	})
	return err
}

func (r *Record) object(values []any) lib.TJSValue {
	i := r.iso
	object := lib.XJS_NewObject(i.tls, i.ctx)
	for n, a := range r.atoms {
		if a == 0 || isException(object) {
			continue
		}
		v := i.newPlain(values[n])
		if isException(v) || lib.XJS_DefinePropertyValue(i.tls, i.ctx, object, a, v, lib.MJS_PROP_C_W_E) < 0 {
			i.drop(object)
			object = exception
		}
	}
	return object
}

// List makes an array of these values; see [Record.Object] for their types.
func (i *Isolate) List(values []any) (Value, error) {
	return i.run(func() lib.TJSValue {
		array := lib.XJS_NewArray(i.tls, i.ctx)
		for n, value := range values {
			if isException(array) {
				break
			}
			v := i.newPlain(value)
			if isException(v) || lib.XJS_DefinePropertyValueUint32(i.tls, i.ctx, array, uint32(n), v, lib.MJS_PROP_C_W_E) < 0 {
				i.drop(array)
				array = exception
			}
		}
		return array
	})
}

// newPlain makes the value for one of the types that Record takes.
func (i *Isolate) newPlain(value any) lib.TJSValue {
	switch v := value.(type) {
	case nil:
		return null
	case float64:
		if n := int32(v); float64(n) == v && (n != 0 || !math.Signbit(v)) {
			return makeInt(n)
		}
		return makeFloat(v)
	case string:
		return i.newString(v)
	case []byte:
		return i.newBuffer(v)
	case bool:
		return makeBool(v)
	case Value:
		return i.dup(i.raw(v))
	}
	panic(fmt.Sprintf("quickjs: %T is no value of a record", value))
}
