package v8value

import (
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Decode reads a serialized value as a tree. Bytes behind the value are ignored,
// as V8 does.
func Decode(data []byte) (Value, error) {
	d, err := newDecoder(data)
	if err != nil {
		return nil, err
	}
	d.exact = true
	v, err := d.any()
	if err != nil && d.retry13(err) {
		v, err = d.any()
	}
	return v, err
}

// retry13 reports whether data of version 13 that could not be read may be of
// the release of V8 that wrote flags of views under that version, and begins
// anew to read it so. V8 itself tries in this order.
func (d *decoder) retry13(err error) bool {
	if _, ok := err.(*SyntaxError); !ok || d.version != 13 || d.flags13 {
		return false
	}
	exact, data := d.exact, d.data
	if d.whole != nil {
		data = d.whole
	}
	*d, _ = newDecoder(data) // succeeded before
	d.exact, d.flags13 = exact, true
	return true
}

// object gives v the next number, in a tree.
func (d *decoder) object(v any) (id int) {
	if d.exact {
		d.objects = append(d.objects, v)
	}
	return len(d.objects) - 1
}

// known completes an object whose number was taken before it could be made.
func (d *decoder) known(id int, v any) {
	if d.exact {
		d.objects[id] = v
	}
}

// any reads a value as a node of a tree, or, if not exact, by the table for
// destinations of type any.
func (d *decoder) any() (any, error) {
	start := d.pos
	tag, err := d.tag()
	if err != nil {
		return nil, err
	}
	switch tag {
	case TagNull:
		return nil, nil
	case TagUndefined:
		return Undefined{}, nil
	case TagTrue:
		return true, nil
	case TagFalse:
		return false, nil
	case TagInt32:
		n, err := d.int32()
		if d.exact {
			return n, err
		}
		return float64(n), err
	case TagUint32, TagDouble:
		f, _, err := d.number(tag)
		if n := int32(f); d.exact && tag == TagUint32 && float64(n) == f {
			return n, err
		}
		if f != f {
			f = math.NaN()
		}
		return f, err
	case TagOneByte, TagTwoByte, TagUTF8:
		s, _, err := d.string(tag)
		return s, err
	case TagBigInt:
		return d.bigInt()
	case TagObjectCount:
		if _, err := d.uint32(); err != nil {
			return nil, err
		}
	case TagReference:
		return d.anyReference(start)
	case TagBuffer, TagResizable:
		return d.anyBuffer(tag)
	}
	if err := d.enter(); err != nil {
		return nil, err
	}
	defer d.leave()
	if tag == TagObjectCount {
		return d.any()
	}
	return d.node(tag, start)
}

func (d *decoder) node(tag byte, start int) (any, error) {
	switch tag {
	case TagObject:
		if !d.exact {
			return d.anyMap()
		}
		o := &Object{}
		d.object(o)
		var err error
		o.Props, err = d.props(TagObjectEnd)
		return o, err
	case TagDense, TagSparse:
		return d.anyArray(tag)
	case TagMap:
		return d.anyEntries()
	case TagSet:
		s := &Set{}
		d.object(s)
		for !d.at(TagSetEnd) {
			v, err := d.any()
			if err != nil {
				return nil, underIndex(len(s.Values), err)
			}
			s.Values = append(s.Values, v)
		}
		return s, d.end(len(s.Values))
	case TagDate:
		f, err := d.double()
		date := &Date{timeClip(f)}
		d.object(date)
		if f := date.Millis; !d.exact && f == f {
			return time.UnixMilli(int64(f)).UTC(), err
		}
		return date, err
	case TagTrueBox, TagFalseBox, TagNumberBox, TagStringBox, TagBigIntBox:
		return d.boxed(tag)
	case TagRegExp:
		return d.regexp()
	case TagError:
		return d.plainError(d.object(nil))
	case TagHost:
		host, err := d.hostType(start)
		if err != nil {
			return nil, err
		}
		id := d.object(nil)
		if host == HostError {
			return d.hostError(id)
		}
		h := &Host{Type: host}
		d.known(id, h)
		b, err := d.hostData(host)
		h.Data = copyBytes(b)
		return h, err
	}
	return nil, d.unknown(tag, start)
}

// props reads properties and what ends them. Two of one name are refused.
func (d *decoder) props(end byte) ([]Property, error) {
	var props []Property
	var seen map[string]bool // of many properties
	for !d.at(end) {
		at := d.pos
		key, err := d.key()
		if err != nil {
			return nil, err
		}
		if len(props) == 8 {
			seen = make(map[string]bool)
			for _, p := range props {
				seen[p.Key] = true
			}
		}
		if seen == nil && slices.ContainsFunc(props, func(p Property) bool { return p.Key == key }) || seen[key] {
			return nil, d.syntax(at, "there are two properties %q", key)
		}
		if seen != nil {
			seen[key] = true
		}
		v, err := d.any()
		if err != nil {
			return nil, underKey(key, err)
		}
		props = append(props, Property{key, v})
	}
	return props, d.end(len(props))
}

// anyArray reads an array; into any its properties are dropped, and its holes
// become undefined.
func (d *decoder) anyArray(tag byte) (any, error) {
	a := &Array{Sparse: tag == TagSparse}
	d.object(a)
	if a.Sparse {
		return d.anySparse(a)
	}
	n, err := d.length()
	if err != nil {
		return nil, err
	}
	a.Elems = make([]Value, 0, d.reserve(n))
	for i := range n {
		if d.at(TagHole) {
			a.Elems = append(a.Elems, d.hole())
			continue
		}
		v, err := d.any()
		if err != nil {
			return nil, underIndex(int(i), err)
		}
		a.Elems = append(a.Elems, v)
	}
	if !d.exact {
		if err := d.skipProps(TagDenseEnd, nil); err != nil {
			return nil, err
		}
		return a.Elems, d.end(int(n))
	}
	if a.Props, err = d.props(TagDenseEnd); err != nil {
		return nil, err
	}
	return a, d.end(int(n))
}

func (d *decoder) hole() any {
	if d.exact {
		return Hole{}
	}
	return Undefined{}
}

func (d *decoder) anySparse(a *Array) (any, error) {
	at := d.pos
	var err error
	if a.Length, err = d.uint32(); err != nil {
		return nil, err
	}
	if a.Props, err = d.props(TagSparseEnd); err != nil {
		return nil, err
	}
	if err := d.end(int(a.Length)); err != nil || d.exact {
		return a, err
	}
	if err := d.sparse(at, a.Length); err != nil {
		return nil, err
	}
	out := make([]any, a.Length)
	for i := range out {
		out[i] = Undefined{}
	}
	for _, p := range a.Props {
		if i, ok := index(p.Key); ok && i < a.Length {
			out[i] = p.Value
		}
	}
	return out, nil
}

// sparse admits the holes of a sparse array into a Go slice.
func (d *decoder) sparse(at int, length uint32) error {
	if uint64(length) > uint64(d.holes) {
		return d.syntax(at, "a sparse array of length %d is too long for a Go slice", length)
	}
	d.holes -= int(length)
	return nil
}

func (d *decoder) anyMap() (any, error) {
	m := map[string]any{}
	n := 0
	for ; !d.at(TagObjectEnd); n++ {
		key, err := d.key()
		if err != nil {
			return nil, err
		}
		if m[key], err = d.any(); err != nil {
			return nil, underKey(key, err)
		}
	}
	return m, d.end(n)
}

// anyEntries reads a Map; into any, as a Go map if all its keys can be keys of
// one.
func (d *decoder) anyEntries() (any, error) {
	m := &Map{}
	d.object(m)
	plain := !d.exact
	for !d.at(TagMapEnd) {
		key, err := d.any()
		if err != nil {
			return nil, under("[key]", err)
		}
		v, err := d.any()
		if err != nil {
			return nil, underIndex(len(m.Entries), err)
		}
		m.Entries = append(m.Entries, Entry{key, v})
		plain = plain && (key == nil || reflect.TypeOf(key).Kind() != reflect.Pointer && reflect.TypeOf(key).Comparable())
	}
	if err := d.end(2 * len(m.Entries)); err != nil || !plain {
		return m, err
	}
	out := make(map[any]any, len(m.Entries))
	for _, e := range m.Entries {
		out[e.Key] = e.Value
	}
	return out, nil
}

func (d *decoder) boxed(tag byte) (*Boxed, error) {
	b := &Boxed{}
	d.object(b)
	var err error
	switch tag {
	case TagTrueBox, TagFalseBox:
		b.Value = tag == TagTrueBox
	case TagNumberBox:
		f, e := d.double()
		if f != f {
			f = math.NaN()
		}
		b.Value, err = f, e
	case TagStringBox:
		b.Value, err = d.text("the value of a String object")
	case TagBigIntBox:
		var n *big.Int
		n, err = d.bigInt()
		b.Value = n
	}
	return b, err
}

func (d *decoder) regexp() (*RegExp, error) {
	r := &RegExp{}
	d.object(r)
	var err error
	if r.Source, err = d.text("the source of a RegExp"); err != nil {
		return nil, err
	}
	at := d.pos
	bits, err := d.uint32()
	if err != nil {
		return nil, err
	}
	var flags strings.Builder
	for _, c := range sortedFlags {
		if bit := strings.IndexRune(regexpFlags, c); bits&(1<<bit) != 0 {
			bits &^= 1 << bit
			flags.WriteRune(c)
		}
	}
	r.Flags = flags.String()
	if bits != 0 || strings.Contains(r.Flags, "u") && strings.Contains(r.Flags, "v") {
		return nil, d.syntax(at, "invalid flags of a RegExp")
	}
	return r, nil
}

// anyBuffer reads an ArrayBuffer and the view on it that may follow.
func (d *decoder) anyBuffer(tag byte) (any, error) {
	b, err := d.buffer(tag)
	if err != nil {
		return nil, err
	}
	d.object(&b)
	if d.exact {
		b.Data = copyBytes(b.Data)
	}
	if d.at(TagView) {
		return d.anyView(&b)
	}
	if !d.exact {
		b.Data = copyBytes(b.Data)
	}
	if !d.exact && !b.Resizable {
		return b.Data, nil
	}
	return &b, nil
}

func (d *decoder) anyView(b *ArrayBuffer) (any, error) {
	v, err := d.view(b)
	if err != nil {
		return nil, err
	}
	d.object(&v)
	if !d.exact && v.Kind == Uint8Array {
		return copyBytes(v.Bytes()), nil
	}
	if !d.exact {
		b.Data = copyBytes(b.Data)
	}
	return &v, nil
}

// copyBytes gives a copy that is not nil.
func copyBytes(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }
