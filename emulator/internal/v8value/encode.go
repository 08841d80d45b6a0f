package v8value

import (
	"encoding/binary"
	"math"
	"math/big"
	"reflect"
	"slices"
	"time"
	"unsafe"
)

// Marshal gives the serialized form of a Go value, by the package's table.
func Marshal(v any) ([]byte, error) { return Append(make([]byte, 0, 64), v) }

// Append appends the serialized form of a Go value to dst. If it fails, dst may
// have been written to beyond its length.
func Append(dst []byte, v any) ([]byte, error) {
	e := encoder{buf: dst, base: len(dst)}
	e.header()
	if err := e.any(v); err != nil {
		return nil, under("value", err)
	}
	return e.buf, nil
}

// MarshalValue is [Marshal] for a [reflect.Value]; the zero Value is null.
func MarshalValue(v reflect.Value) ([]byte, error) {
	e := encoder{buf: make([]byte, 0, 64)}
	e.header()
	if !v.IsValid() {
		e.tag(TagNull)
		return e.buf, nil
	}
	if err := e.encode(planOf(v.Type()), v); err != nil {
		return nil, under("value", err)
	}
	return e.buf, nil
}

// MarshalArgs gives the arguments of a call as one Array with as many elements,
// so that their number is kept. [UnmarshalArgs] reads it.
func MarshalArgs(args []any) ([]byte, error) {
	e := encoder{buf: make([]byte, 0, 64)}
	e.header()
	e.open(TagDense)
	e.uvarint(uint64(len(args)))
	for i, v := range args {
		if err := e.any(v); err != nil {
			return nil, under("args", underIndex(i, err))
		}
	}
	e.tag(TagDenseEnd)
	e.uvarint(0)
	e.uvarint(uint64(len(args)))
	return e.buf, nil
}

// Encode gives the serialized form of a tree. Unlike [Marshal] it keeps the
// spelling of numbers and lone surrogates, so that a tree made by [Decode] gives
// the bytes that V8 would write.
func Encode(v Value) ([]byte, error) {
	e := encoder{exact: true, wtf: true}
	e.header()
	if err := e.any(v); err != nil {
		return nil, under("value", err)
	}
	return e.buf, nil
}

type encoder struct {
	buf   []byte
	base  int  // where the value begins; texts are aligned relative to it
	exact bool // for trees: keep the spelling of numbers
	wtf   bool // keep lone surrogates

	depth  int
	next   uint32         // number of the next object
	ids    map[any]uint32 // numbers of the nodes of trees
	active map[ref]bool   // Go pointers, maps and slices being written, below cycleDepth
}

// ref is the identity of a Go value that can contain itself.
type ref struct {
	p   unsafe.Pointer
	len int
}

// cycleDepth is where the search for cycles among Go values begins; values of
// ordinary depth do not pay for it.
const cycleDepth = 100

func (e *encoder) tag(t byte) { e.buf = append(e.buf, t) }

// open writes the tag of an object, which takes the next number.
func (e *encoder) open(t byte) {
	e.next++
	e.buf = append(e.buf, t)
}

func (e *encoder) header() { e.buf = append(e.buf, TagVersion, writeVersion) }

func (e *encoder) uvarint(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }

func (e *encoder) bool(b bool) {
	if b {
		e.tag(TagTrue)
	} else {
		e.tag(TagFalse)
	}
}

func (e *encoder) int32(n int32) {
	e.tag(TagInt32)
	e.uvarint(uint64(uint32(n<<1) ^ uint32(n>>31)))
}

func (e *encoder) int(n int64) error {
	switch {
	case minSmall <= n && n <= maxSmall:
		e.int32(int32(n))
	case -maxSafe <= n && n <= maxSafe:
		e.tag(TagDouble)
		e.double(float64(n))
	default:
		return &RangeError{Msg: big.NewInt(n).String() + " is not a safe integer"}
	}
	return nil
}

func (e *encoder) uint(n uint64) error {
	if n > maxSafe {
		return &RangeError{Msg: new(big.Int).SetUint64(n).String() + " is not a safe integer"}
	}
	return e.int(int64(n))
}

func (e *encoder) float(f float64) {
	if !e.exact && minSmall <= f && f <= maxSmall {
		if n := int32(f); float64(n) == f && (n != 0 || !math.Signbit(f)) {
			e.int32(n)
			return
		}
	}
	e.tag(TagDouble)
	e.double(f)
}

func (e *encoder) double(f float64) {
	bits := math.Float64bits(f)
	if f != f {
		bits = canonicalNaN
	}
	e.buf = binary.LittleEndian.AppendUint64(e.buf, bits)
}

func (e *encoder) string(s string) {
	if isASCII(s) {
		e.tag(TagOneByte)
		e.uvarint(uint64(len(s)))
		e.buf = append(e.buf, s...)
		return
	}
	units, latin1 := measure(s, e.wtf)
	if latin1 {
		e.tag(TagOneByte)
		e.uvarint(uint64(units))
		e.buf = appendLatin1(e.buf, s)
		return
	}
	if (len(e.buf)-e.base+1+varintLen(uint64(2*units)))%2 != 0 {
		e.tag(TagPadding)
	}
	e.tag(TagTwoByte)
	e.uvarint(uint64(2 * units))
	e.buf = appendUTF16(e.buf, s, e.wtf)
}

func varintLen(n uint64) int {
	l := 1
	for ; n >= 0x80; n >>= 7 {
		l++
	}
	return l
}

// key writes the name of a property.
func (e *encoder) key(s string) {
	switch n, ok := index(s); {
	case !ok:
		e.string(s)
	case n <= maxSmall:
		e.int32(int32(n))
	default:
		e.tag(TagDouble)
		e.double(float64(n))
	}
}

func (e *encoder) bigInt(n *big.Int) {
	size := (n.BitLen() + 63) / 64 * 8
	bits := uint64(size) << 1
	if n.Sign() < 0 {
		bits |= 1
	}
	e.uvarint(bits)
	at := len(e.buf)
	e.buf = append(e.buf, make([]byte, size)...)
	digits := n.FillBytes(e.buf[at:])
	for i, j := 0, len(digits)-1; i < j; i, j = i+1, j-1 {
		digits[i], digits[j] = digits[j], digits[i]
	}
}

// bytes writes a Uint8Array with a buffer of its own.
func (e *encoder) bytes(b []byte) error {
	if len(b) > math.MaxUint32 {
		return &RangeError{Msg: "more than 4 GiB"}
	}
	e.open(TagBuffer)
	e.uvarint(uint64(len(b)))
	e.buf = append(e.buf, b...)
	e.open(TagView)
	e.buf = append(e.buf, byte(Uint8Array), 0)
	e.uvarint(uint64(len(b)))
	e.tag(0)
	return nil
}

func (e *encoder) time(t time.Time) error {
	// Beyond the range of UnixMilli the product of its steps would wrap.
	if s := t.Unix(); s < -maxTime/1000 || s > maxTime/1000 || math.Abs(float64(t.UnixMilli())) > maxTime {
		return &RangeError{Msg: "year " + big.NewInt(int64(t.Year())).String() + " is outside the range of Date"}
	}
	e.open(TagDate)
	e.double(float64(t.UnixMilli()))
	return nil
}

// any writes a value of any type; the common ones without reflection.
func (e *encoder) any(v any) error {
	switch v := v.(type) {
	case nil:
		e.tag(TagNull)
	case string:
		e.string(v)
	case bool:
		e.bool(v)
	case int:
		return e.int(int64(v))
	case int64:
		return e.int(v)
	case int32:
		if !e.exact {
			return e.int(int64(v))
		}
		e.int32(v)
	case float64:
		e.float(v)
	case map[string]any:
		if v != nil && e.depth < cycleDepth { // deeper down the search for cycles begins
			return e.anyMap(v)
		}
		return e.reflected(v)
	default:
		return e.reflected(v)
	}
	return nil
}

func (e *encoder) reflected(v any) error {
	r := reflect.ValueOf(v)
	return e.encode(planOf(r.Type()), r)
}

func (e *encoder) anyMap(m map[string]any) error {
	e.depth++
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return compareKeys(a, b, true) })
	e.open(TagObject)
	for _, k := range keys {
		e.key(k)
		if err := e.any(m[k]); err != nil {
			return underKey(k, err)
		}
	}
	e.tag(TagObjectEnd)
	e.uvarint(uint64(len(m)))
	e.depth--
	return nil
}
