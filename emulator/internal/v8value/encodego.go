package v8value

import (
	"bytes"
	"cmp"
	"encoding"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"time"
)

// encode writes v, whose type has plan p.
func (e *encoder) encode(p *plan, v reflect.Value) error {
	switch p.op {
	case opBool:
		e.bool(v.Bool())
	case opInt:
		return e.int(v.Int())
	case opUint:
		return e.uint(v.Uint())
	case opFloat:
		e.float(v.Float())
	case opString:
		e.string(v.String())
	case opTime:
		if v.CanAddr() { // no allocation
			return e.time(*v.Addr().Interface().(*time.Time))
		}
		return e.time(v.Interface().(time.Time))
	case opBigInt:
		n := v.Interface().(big.Int)
		e.tag(TagBigInt)
		e.bigInt(&n)
	case opTree:
		return e.tree(v.Interface())
	case opUncloneable:
		return &UncloneableError{Type: p.t, Reason: p.reason}
	case opStruct:
		return e.structure(p, v)
	default:
		return e.nested(p, v)
	}
	return nil
}

// nested writes what may be nil or contain itself.
func (e *encoder) nested(p *plan, v reflect.Value) error {
	if p.op != opArray && v.IsNil() {
		e.tag(TagNull)
		return nil
	}
	if p.op == opBytes {
		return e.bytes(v.Bytes())
	}
	e.depth++
	var r ref
	if e.depth > cycleDepth {
		var err error
		if r, err = e.guard(p, v); err != nil {
			return err
		}
	}
	err := e.parts(p, v)
	if r.p != nil {
		delete(e.active, r)
	}
	e.depth--
	return err
}

func (e *encoder) parts(p *plan, v reflect.Value) error {
	switch p.op {
	case opAny:
		return e.any(v.Interface())
	case opPointer:
		return e.encode(p.elem, v.Elem())
	case opObjectMap:
		return e.objectMap(p, v)
	case opMap:
		return e.realMap(p, v)
	case opArray:
		if p.t.Elem().Kind() == reflect.Uint8 {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return e.bytes(b)
		}
	}
	n := v.Len()
	e.open(TagDense)
	e.uvarint(uint64(n))
	for i := range n {
		if err := e.encode(p.elem, v.Index(i)); err != nil {
			return underIndex(i, err)
		}
	}
	e.tag(TagDenseEnd)
	e.tag(0)
	e.uvarint(uint64(n))
	return nil
}

// guard refuses a Go value that is being written already, and one that is too
// deep. It gives the value's identity, which is then marked as being written.
func (e *encoder) guard(p *plan, v reflect.Value) (r ref, err error) {
	if e.depth > maxDepth {
		return r, &UncloneableError{Type: v.Type(), Reason: fmt.Sprintf("it is more than %d levels deep", maxDepth)}
	}
	switch p.op {
	case opPointer, opMap, opObjectMap:
		r = ref{p: v.UnsafePointer(), len: -1}
	case opSlice:
		r = ref{p: v.UnsafePointer(), len: v.Len()}
	default:
		return r, nil
	}
	if e.active[r] {
		return r, &UncloneableError{Type: v.Type(), Reason: "it contains itself"}
	}
	if e.active == nil {
		e.active = map[ref]bool{}
	}
	e.active[r] = true
	return r, nil
}

func (e *encoder) structure(p *plan, v reflect.Value) error {
	e.open(TagObject)
	n := 0
	for i := range p.fields {
		f := &p.fields[i]
		var fv reflect.Value
		if f.index >= 0 {
			fv = v.Field(f.index)
		} else {
			var err error
			if fv, err = v.FieldByIndexErr(f.path); err != nil {
				continue // promoted through a nil pointer
			}
		}
		if f.omitEmpty && isEmpty(fv) || f.omitZero && f.zero(fv) {
			continue
		}
		if f.key != nil {
			e.buf = append(e.buf, f.key...)
		} else {
			e.key(f.name)
		}
		if err := e.encode(f.plan, fv); err != nil {
			return underKey(f.name, err)
		}
		n++
	}
	e.tag(TagObjectEnd)
	e.uvarint(uint64(n))
	return nil
}

func (f *fieldPlan) zero(v reflect.Value) bool {
	if f.isZero && !(v.Kind() == reflect.Pointer && v.IsNil()) && v.CanInterface() {
		if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
			return z.IsZero()
		}
	}
	return v.IsZero()
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// objectMap writes a map as an object, its keys in a fixed order.
func (e *encoder) objectMap(p *plan, v reflect.Value) error {
	type entry struct {
		key   string
		value reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		key := ""
		if !p.textKey {
			key = it.Key().String()
		} else if k := it.Key(); k.Kind() != reflect.Pointer || !k.IsNil() {
			text, err := k.Interface().(encoding.TextMarshaler).MarshalText()
			if err != nil {
				return fmt.Errorf("key of %v: %w", p.t, err)
			}
			key = string(text)
		}
		entries = append(entries, entry{key, it.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return compareKeys(a.key, b.key, true) })
	e.open(TagObject)
	for _, entry := range entries {
		e.key(entry.key)
		if err := e.encode(p.elem, entry.value); err != nil {
			return underKey(entry.key, err)
		}
	}
	e.tag(TagObjectEnd)
	e.uvarint(uint64(len(entries)))
	return nil
}

// realMap writes a map as a Map, its keys in a fixed order: by value if they are
// numbers or booleans, else by their serialized form.
func (e *encoder) realMap(p *plan, v reflect.Value) error {
	keys := v.MapKeys()
	switch p.key.op {
	case opInt:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Int(), b.Int()) })
	case opUint:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Uint(), b.Uint()) })
	case opFloat:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Float(), b.Float()) })
	case opBool:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return compareBool(a.Bool(), b.Bool()) })
	default:
		if err := e.sortKeys(p.key, keys); err != nil {
			return err
		}
	}
	e.open(TagMap)
	for _, k := range keys {
		if err := e.encode(p.key, k); err != nil {
			return under("[key]", err)
		}
		if err := e.encode(p.elem, v.MapIndex(k)); err != nil {
			return under(fmt.Sprintf("[%v]", k), err)
		}
	}
	e.tag(TagMapEnd)
	e.uvarint(uint64(2 * len(keys)))
	return nil
}

func (e *encoder) sortKeys(p *plan, keys []reflect.Value) error {
	type entry struct {
		text []byte
		key  reflect.Value
	}
	entries := make([]entry, len(keys))
	for i, k := range keys {
		scratch := encoder{exact: e.exact, wtf: e.wtf, depth: e.depth, active: e.active}
		if err := scratch.encode(p, k); err != nil {
			return under("[key]", err)
		}
		entries[i] = entry{scratch.buf, k}
	}
	slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.text, b.text) })
	for i := range entries {
		keys[i] = entries[i].key
	}
	return nil
}
