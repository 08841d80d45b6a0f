package v8value

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"
)

// decoder reads one value. It never reserves more memory than a fixed multiple
// of its input, whatever that says about lengths.
type decoder struct {
	data    []byte
	pos     int
	start   int // of the value, behind the header
	version uint32
	flags13 bool // version 13 with the flags of views, as one release of V8 wrote it

	exact   bool  // make a tree and share its nodes
	objects []any // of a tree, by number; nil for one that is not complete
	spans   []span
	whole   []byte // the data, once a reference was read

	depth  int
	spare  int // elements that may still be reserved before they are read
	holes  int // elements that may still be left out of arrays
	reread int // bytes that references may still have read again
}

// A Go value has no shared parts, so references are read again. These bounds
// keep a small input with references to references from filling the memory.
const (
	minHoles  = 1 << 16
	minReread = 4 << 20
	perByte   = 64
)

func newDecoder(data []byte) (decoder, error) {
	d := decoder{
		data: data, version: headerless, spare: len(data),
		holes: minHoles + perByte*len(data), reread: minReread + perByte*len(data),
	}
	if len(data) > 0 && data[0] == TagVersion {
		d.pos = 1
		version, err := d.uint32()
		if err != nil {
			return d, err
		}
		if version < oldestVersion || version > newestVersion {
			return d, &SyntaxError{1, fmt.Sprintf("version %d of the format is not supported, only %d to %d", version, oldestVersion, newestVersion)}
		}
		d.version = version
	}
	d.start = d.pos
	return d, nil
}

func (d *decoder) syntax(at int, format string, args ...any) error {
	return &SyntaxError{at, fmt.Sprintf(format, args...)}
}

func (d *decoder) short() error { return &SyntaxError{len(d.data), "unexpected end"} }

// tag reads the next tag.
func (d *decoder) tag() (byte, error) {
	for d.pos < len(d.data) {
		c := d.data[d.pos]
		d.pos++
		if c != TagPadding {
			return c, nil
		}
	}
	return 0, d.short()
}

// peek gives the next tag without reading it, or 0 at the end.
func (d *decoder) peek() byte {
	for i := d.pos; i < len(d.data); i++ {
		if c := d.data[i]; c != TagPadding {
			return c
		}
	}
	return 0
}

// at reads the next tag if it is c.
func (d *decoder) at(c byte) bool {
	if d.peek() != c {
		return false
	}
	_, err := d.tag()
	return err == nil
}

func (d *decoder) uint32() (uint32, error) {
	if d.pos < len(d.data) && d.data[d.pos] < 0x80 {
		d.pos++
		return uint32(d.data[d.pos-1]), nil
	}
	var n uint32
	for shift := 0; shift < 35; shift += 7 { // V8 drops what exceeds 32 bits or five bytes
		if d.pos == len(d.data) {
			return 0, d.short()
		}
		c := d.data[d.pos]
		d.pos++
		n |= uint32(c&0x7F) << shift
		if c < 0x80 {
			break
		}
	}
	return n, nil
}

func (d *decoder) int32() (int32, error) {
	n, err := d.uint32()
	return int32(n>>1) ^ -int32(n&1), err
}

func (d *decoder) double() (float64, error) {
	if len(d.data)-d.pos < 8 {
		return 0, d.short()
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(d.data[d.pos:]))
	d.pos += 8
	return f, nil
}

// take gives the next n bytes, which stay part of the input.
func (d *decoder) take(n uint32) ([]byte, error) {
	if uint64(n) > uint64(len(d.data)-d.pos) {
		return nil, d.short()
	}
	b := d.data[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return b, nil
}

// counted reads a length and as many bytes.
func (d *decoder) counted() ([]byte, error) {
	n, err := d.uint32()
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

// text reads a string with its tag; what names what it is for errors.
func (d *decoder) text(what string) (string, error) {
	at := d.pos
	tag, err := d.tag()
	if err != nil {
		return "", err
	}
	if s, ok, err := d.string(tag); ok || err != nil {
		return s, err
	}
	return "", d.syntax(at, "%s is not a string", what)
}

// string reads the rest of a string if tag begins one.
func (d *decoder) string(tag byte) (s string, ok bool, err error) {
	switch tag {
	case TagOneByte:
		b, err := d.counted()
		return fromLatin1(b), true, err
	case TagTwoByte:
		at := d.pos
		b, err := d.counted()
		if err == nil && len(b)%2 != 0 {
			err = d.syntax(at, "a string of 16-bit units has %d bytes", len(b))
		}
		return fromUTF16(b, d.exact), true, err
	case TagUTF8:
		b, err := d.counted()
		if !utf8.Valid(b) {
			b = []byte(string([]rune(string(b))))
		}
		return string(b), true, err
	}
	return "", false, nil
}

// number reads the rest of a number if tag begins one, boxed or not.
func (d *decoder) number(tag byte) (f float64, ok bool, err error) {
	switch tag {
	case TagInt32:
		n, err := d.int32()
		return float64(n), true, err
	case TagUint32:
		n, err := d.uint32()
		return float64(n), true, err
	case TagDouble, TagNumberBox:
		f, err := d.double()
		return f, true, err
	}
	return 0, false, nil
}

func (d *decoder) bigInt() (*big.Int, error) {
	bits, err := d.uint32()
	if err != nil {
		return nil, err
	}
	digits, err := d.take(bits >> 1 & (1<<30 - 1))
	if err != nil {
		return nil, err
	}
	if bits == 1 {
		return nil, d.syntax(d.pos, "a BigInt is -0")
	}
	b := make([]byte, len(digits))
	for i, c := range digits {
		b[len(b)-1-i] = c
	}
	n := new(big.Int).SetBytes(b)
	if bits&1 != 0 {
		n.Neg(n)
	}
	return n, nil
}

// buffer reads the rest of an ArrayBuffer. Its bytes stay part of the input.
func (d *decoder) buffer(tag byte) (ArrayBuffer, error) {
	var b ArrayBuffer
	at := d.pos
	n, err := d.uint32()
	if err != nil {
		return b, err
	}
	if tag == TagResizable {
		b.Resizable = true
		if b.MaxLength, err = d.uint32(); err != nil {
			return b, err
		}
		if n > b.MaxLength {
			return b, d.syntax(at, "a buffer of %d bytes is longer than its greatest length %d", n, b.MaxLength)
		}
	}
	b.Data, err = d.take(n)
	return b, err
}

// view reads the rest of a view on a buffer.
func (d *decoder) view(b *ArrayBuffer) (View, error) {
	at := d.pos
	v := View{Buffer: b}
	kind, err := d.uint32()
	if err != nil {
		return v, err
	}
	if v.Offset, err = d.uint32(); err != nil {
		return v, err
	}
	if v.Length, err = d.uint32(); err != nil {
		return v, err
	}
	var flags uint32
	if d.version > 13 || d.flags13 {
		if flags, err = d.uint32(); err != nil {
			return v, err
		}
	}
	if kind < 0x80 {
		v.Kind = ViewKind(kind)
	}
	size := v.Kind.size()
	if v.Tracking = flags&viewTracking != 0; v.Tracking && size > 0 && uint64(v.Offset) <= uint64(len(b.Data)) {
		v.Length = (uint32(len(b.Data)) - v.Offset) / size * size
	}
	switch {
	case size == 0:
		return v, d.syntax(at, "%d is no kind of view", kind)
	case uint64(v.Offset)+uint64(v.Length) > uint64(len(b.Data)):
		return v, d.syntax(at, "a view of bytes %d to %d reaches beyond its buffer of %d", v.Offset, uint64(v.Offset)+uint64(v.Length), len(b.Data))
	case v.Offset%size != 0 || v.Length%size != 0:
		return v, d.syntax(at, "the bounds of a view are no multiples of its element size %d", size)
	case flags&viewResizable != 0 != b.Resizable || v.Tracking && !b.Resizable:
		return v, d.syntax(at, "the flags %d of a view do not fit its buffer", flags)
	}
	return v, nil
}

// key reads the key of a property.
func (d *decoder) key() (string, error) {
	at := d.pos
	tag, err := d.tag()
	if err != nil {
		return "", err
	}
	if s, ok, err := d.string(tag); ok || err != nil {
		return s, err
	}
	if f, ok, err := d.number(tag); ok && tag != TagNumberBox || err != nil {
		return formatNumber(f), err
	}
	return "", d.syntax(at, "the key of a property is neither a string nor a number")
}

// end reads the number behind the last of n members and compares.
func (d *decoder) end(n int) error {
	at := d.pos
	got, err := d.uint32()
	if err == nil && uint64(got) != uint64(n) {
		err = d.syntax(at, "%d members are announced as %d", n, got)
	}
	return err
}

func (d *decoder) enter() error {
	if d.depth++; d.depth > maxDepth {
		return d.syntax(d.pos, "more than %d levels deep", maxDepth)
	}
	return nil
}

func (d *decoder) leave() { d.depth-- }

// reserve gives how many of n elements to make room for. In valid data all
// lengths together are below the size of the data.
func (d *decoder) reserve(n uint32) int {
	c := min(int(n), max(d.spare, 4))
	d.spare = max(0, d.spare-c)
	return c
}
