package v8value

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// compound reads a value that has parts, or is an object, into v.
func (d *decoder) compound(p *plan, v reflect.Value, tag byte, start int) error {
	switch p.op {
	case opPointer:
		elem := reflect.New(p.t.Elem())
		d.pos = start
		if err := d.decode(p.elem, elem.Elem()); err != nil {
			return err
		}
		v.Set(elem)
		return nil
	case opStruct:
		if tag == TagObject {
			return d.structure(p, v)
		}
	case opBytes, opSlice, opArray:
		return d.list(p, v, tag, start)
	case opObjectMap, opMap:
		return d.mapping(p, v, tag, start)
	case opTime:
		if tag == TagDate {
			f, err := d.double()
			if err != nil {
				return err
			}
			if f = timeClip(f); f != f {
				return &TypeError{Value: "an invalid Date", Type: v.Type()}
			}
			*v.Addr().Interface().(*time.Time) = time.UnixMilli(int64(f)).UTC()
			return nil
		}
	case opBigInt:
		if tag == TagBigInt || tag == TagBigIntBox {
			n, err := d.bigInt()
			if err == nil {
				v.Set(reflect.ValueOf(n).Elem())
			}
			return err
		}
	case opTree:
		return d.intoTree(v, start)
	case opUncloneable:
		return &UncloneableError{Type: p.t, Reason: p.reason}
	}
	return d.misfit(v, tag, start)
}

// intoTree reads a node as it stands in a value of type any.
func (d *decoder) intoTree(v reflect.Value, start int) error {
	d.pos = start
	what := d.describe()
	x, err := d.any()
	if err != nil {
		return err
	}
	if r := reflect.ValueOf(x); r.IsValid() && r.Type() == v.Type() {
		v.Set(r)
		return nil
	}
	return &TypeError{Value: what, Type: v.Type()}
}

func (d *decoder) structure(p *plan, v reflect.Value) error {
	v.SetZero()
	n := 0
	next := 0 // the field that is likely to come now: writers use one order
	for ; ; n++ {
		var f *fieldPlan
		if next < len(p.fields) && len(p.fields[next].key) > 0 && bytes.HasPrefix(d.data[d.pos:], p.fields[next].key) {
			f = &p.fields[next]
			d.pos += len(f.key)
			next++
		} else {
			if d.at(TagObjectEnd) {
				return d.end(n)
			}
			i, err := d.field(p)
			if err != nil {
				return err
			}
			if i < 0 {
				if err := d.skip(nil); err != nil {
					return err
				}
				continue
			}
			f, next = &p.fields[i], i+1
		}
		var fv reflect.Value
		if f.index >= 0 {
			fv = v.Field(f.index)
		} else {
			var err error
			if fv, err = fieldAt(v, f.path); err != nil {
				return underKey(f.name, err)
			}
		}
		if err := d.decode(f.plan, fv); err != nil {
			return underKey(f.name, err)
		}
	}
}

// field reads a key and gives the number of its field, or -1.
func (d *decoder) field(p *plan) (int, error) {
	if d.pos < len(d.data) && d.data[d.pos] == TagOneByte {
		d.pos++
		b, err := d.counted()
		if err != nil {
			return 0, err
		}
		i, ok := p.byName[string(b)] // no allocation
		for _, c := range b {
			if c >= 0x80 {
				i, ok = p.byName[fromLatin1(b)]
				break
			}
		}
		if !ok {
			return -1, nil
		}
		return i, nil
	}
	key, err := d.key()
	if err != nil {
		return 0, err
	}
	if i, ok := p.byName[key]; ok {
		return i, nil
	}
	return -1, nil
}

// fieldAt gives a promoted field and makes the embedded structs on the way.
func fieldAt(v reflect.Value, path []int) (reflect.Value, error) {
	for i, x := range path {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return v, &TypeError{Value: "a property", Type: v.Type(), Hint: "the embedded struct is not exported"}
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v, nil
}

// list reads a value with elements into a slice or array.
func (d *decoder) list(p *plan, v reflect.Value, tag byte, start int) error {
	switch tag {
	case TagBuffer, TagResizable:
		b, err := d.buffer(tag)
		if err != nil {
			return err
		}
		if d.at(TagView) {
			return d.intoView(p, v, &b)
		}
		return setView(p, v, View{Kind: Uint8Array, Buffer: &b, Length: uint32(len(b.Data))})
	case TagDense:
		return d.dense(p, v)
	case TagSparse:
		return d.sparseInto(p, v)
	case TagSet:
		n := 0
		v.SetZero()
		for ; !d.at(TagSetEnd); n++ {
			if err := d.element(p, v, n); err != nil {
				return err
			}
		}
		if v.Kind() == reflect.Slice && n == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		return d.end(n)
	}
	return d.misfit(v, tag, start)
}

// room makes v, a slice or array, hold n elements.
func room(v reflect.Value, n int) error {
	switch {
	case n <= v.Len():
	case v.Kind() == reflect.Array:
		return &TypeError{Value: fmt.Sprintf("an Array of %d or more elements", n), Type: v.Type()}
	default:
		if n > v.Cap() {
			v.Grow(n - v.Len())
		}
		v.SetLen(n)
	}
	return nil
}

func (d *decoder) element(p *plan, v reflect.Value, i int) error {
	if err := room(v, i+1); err != nil {
		return err
	}
	if err := d.decode(p.elem, v.Index(i)); err != nil {
		return underIndex(i, err)
	}
	return nil
}

func (d *decoder) dense(p *plan, v reflect.Value) error {
	n, err := d.length()
	if err != nil {
		return err
	}
	v.SetZero()
	if v.Kind() == reflect.Array {
		if int(n) > v.Len() {
			return room(v, int(n))
		}
	} else if n == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	} else {
		v.Grow(d.reserve(n))
	}
	for i := range int(n) {
		if d.at(TagHole) {
			if err := room(v, i+1); err != nil {
				return err
			}
			continue
		}
		if err := d.element(p, v, i); err != nil {
			return err
		}
	}
	if err := d.skipProps(TagDenseEnd, nil); err != nil {
		return err
	}
	return d.end(int(n))
}

func (d *decoder) sparseInto(p *plan, v reflect.Value) error {
	at := d.pos
	length, err := d.uint32()
	if err != nil {
		return err
	}
	if err := d.sparse(at, length); err != nil {
		return err
	}
	v.SetZero()
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), int(length), int(length)))
	} else if err := room(v, int(length)); err != nil {
		return err
	}
	n := 0
	for ; !d.at(TagSparseEnd); n++ {
		key, err := d.key()
		if err != nil {
			return err
		}
		if i, ok := index(key); !ok || i >= length {
			err = d.skip(nil)
		} else if err = d.decode(p.elem, v.Index(int(i))); err != nil {
			err = underIndex(int(i), err)
		}
		if err != nil {
			return err
		}
	}
	if err := d.end(n); err != nil {
		return err
	}
	return d.end(int(length))
}

// intoView reads the rest of a view and sets v to its elements.
func (d *decoder) intoView(p *plan, v reflect.Value, b *ArrayBuffer) error {
	view, err := d.view(b)
	if err != nil {
		return err
	}
	for p.op == opPointer { // behind a reference
		v.Set(reflect.New(p.t.Elem()))
		p, v = p.elem, v.Elem()
	}
	return setView(p, v, view)
}

func setView(p *plan, v reflect.Value, view View) error {
	b := view.Bytes()
	isBytes := p.op == opBytes || p.op == opArray && p.elem.op == opUint && p.t.Elem().Kind() == reflect.Uint8
	size := int(view.Kind.size())
	switch {
	case isBytes && (view.Kind == Uint8Array || view.Kind == Uint8ClampedArray || view.Kind == DataView):
		if p.op == opBytes {
			v.SetBytes(copyBytes(b))
			return nil
		}
		v.SetZero()
		if err := room(v, len(b)); err != nil {
			return err
		}
		reflect.Copy(v, reflect.ValueOf(b))
		return nil
	case p.op != opBytes && p.op != opSlice && p.op != opArray || view.Kind == DataView || view.Kind == Float16Array:
		return &TypeError{Value: view.Kind.String(), Type: v.Type()}
	}
	n := len(b) / size
	v.SetZero()
	if p.op == opArray {
		if err := room(v, n); err != nil {
			return err
		}
	} else {
		v.Set(reflect.MakeSlice(v.Type(), n, n))
	}
	for i := range n {
		f, ok := view.number(b[i*size:])
		if !ok || !setNumber(p.elem.op, v.Index(i), f) {
			return &TypeError{Value: view.Kind.String(), Type: v.Type()}
		}
	}
	return nil
}

// number gives the first element of b, if the view has numbers.
func (v *View) number(b []byte) (float64, bool) {
	switch v.Kind {
	case Int8Array:
		return float64(int8(b[0])), true
	case Uint8Array, Uint8ClampedArray:
		return float64(b[0]), true
	case Int16Array:
		return float64(int16(binary.LittleEndian.Uint16(b))), true
	case Uint16Array:
		return float64(binary.LittleEndian.Uint16(b)), true
	case Int32Array:
		return float64(int32(binary.LittleEndian.Uint32(b))), true
	case Uint32Array:
		return float64(binary.LittleEndian.Uint32(b)), true
	case Float32Array:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), true
	case Float64Array:
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), true
	}
	return 0, false
}

// mapping reads an object or Map into a map.
func (d *decoder) mapping(p *plan, v reflect.Value, tag byte, start int) error {
	end, isMap := byte(TagObjectEnd), tag == TagMap
	switch {
	case isMap:
		end = TagMapEnd
	case tag != TagObject:
		return d.misfit(v, tag, start)
	case p.op == opMap:
		return &TypeError{Value: "object", Type: v.Type(), Hint: "only a Map has keys of this type"}
	}
	m := reflect.MakeMap(v.Type())
	key := reflect.New(v.Type().Key()).Elem()
	elem := reflect.New(v.Type().Elem()).Elem()
	n := 0
	for ; !d.at(end); n++ {
		if isMap && !p.textKey {
			if err := d.decode(p.key, key); err != nil {
				return under("[key]", err)
			}
		} else if err := d.textKey(p, key); err != nil {
			return err
		}
		if !key.Comparable() {
			return &TypeError{Path: "[key]", Value: "a value that Go cannot compare", Type: v.Type()}
		}
		elem.SetZero()
		if err := d.decode(p.elem, elem); err != nil {
			if key.Kind() == reflect.String {
				return underKey(key.String(), err)
			}
			return under(fmt.Sprintf("[%v]", key), err)
		}
		m.SetMapIndex(key, elem)
	}
	if isMap {
		n *= 2
	}
	if err := d.end(n); err != nil {
		return err
	}
	v.Set(m)
	return nil
}

// textKey reads the key of an object into the key of a map.
func (d *decoder) textKey(p *plan, key reflect.Value) error {
	s, err := d.key()
	if err != nil {
		return err
	}
	if !p.textKey {
		key.SetString(s)
		return nil
	}
	if !p.textRead {
		return &TypeError{Value: strconv.Quote(s), Type: key.Type(), Hint: "it has no UnmarshalText"}
	}
	key.SetZero()
	if err := key.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		return fmt.Errorf("key %q of a map: %w", s, err)
	}
	return nil
}

// misfit is the error for a value that begins at start and does not fit v.
func (d *decoder) misfit(v reflect.Value, tag byte, start int) error {
	d.pos = start
	if err := d.skip(nil); err != nil {
		return err
	}
	d.pos = start
	return &TypeError{Value: d.describe(), Type: v.Type()}
}

// describe names the value at the current place for an error.
func (d *decoder) describe() string {
	c := *d
	tag, _ := c.tag()
	if f, ok, _ := c.number(tag); ok && tag != TagNumberBox {
		return formatNumber(f)
	}
	if s, ok, _ := c.string(tag); ok {
		if utf8.RuneCountInString(s) > 40 {
			s = string([]rune(s)[:40]) + "…"
		}
		return "string " + strconv.Quote(s)
	}
	switch tag {
	case TagTrue, TagFalse:
		return "boolean"
	case TagObject:
		return "object"
	case TagDense, TagSparse:
		return "Array"
	case TagMap:
		return "Map"
	case TagSet:
		return "Set"
	case TagDate:
		return "Date"
	case TagRegExp:
		return "RegExp"
	case TagBigInt:
		if n, err := c.bigInt(); err == nil && n.BitLen() <= 256 {
			return "BigInt " + n.String()
		}
		return "BigInt"
	case TagBuffer, TagResizable:
		if b, err := c.buffer(tag); err == nil && c.at(TagView) {
			if v, err := c.view(&b); err == nil {
				return v.Kind.String()
			}
		}
		return "ArrayBuffer"
	case TagError:
		return "Error"
	case TagHost:
		if n, err := c.uint32(); err == nil && n == HostError {
			return "Error"
		}
		return "an object of the runtime"
	case TagTrueBox, TagFalseBox, TagNumberBox, TagStringBox, TagBigIntBox:
		return "an object around a primitive"
	}
	return "a value"
}
