package v8value

import "slices"

// Value is a structured clone value as a tree. It holds one of
//
//	nil                 null
//	Undefined           undefined
//	bool                a boolean
//	int32, float64      a number; int32 where the format says integer
//	string              a string, lone surrogates as three bytes (WTF-8)
//	*big.Int            a BigInt
//	*Object, *Array, *Map, *Set, *Date, *RegExp, *Boxed,
//	*ArrayBuffer, *View, *Error, *Host
//
// Nodes that are pointers have an identity: a tree that holds one pointer twice,
// or inside itself, is written with references, and a reference is read as the
// pointer to the earlier node.
type Value = any

// Undefined is JavaScript's undefined.
type Undefined struct{}

// Hole is the value of an element that a dense array lacks.
type Hole struct{}

// Property is one property of an object. A key that is an array index in
// decimal, up to 4294967294, is a number in the format.
type Property struct {
	Key   string
	Value Value
}

// Object is a plain object; its properties keep their order.
type Object struct{ Props []Property }

// Get gives the value of the first property called key.
func (o *Object) Get(key string) (Value, bool) { return get(o.Props, key) }

func get(props []Property, key string) (Value, bool) {
	i := slices.IndexFunc(props, func(p Property) bool { return p.Key == key })
	if i < 0 {
		return nil, false
	}
	return props[i].Value, true
}

// Array is an array in one of the format's two forms. V8 chooses by its own
// memory layout: an array that ever had a hole is sparse (rule 5.45).
type Array struct {
	// Elems are the elements of a dense array, with [Hole] for a missing one.
	Elems []Value

	// Sparse arrays have a length, and their elements are properties.
	Sparse bool
	Length uint32

	// Props are the properties that are no elements, and all of a sparse array.
	Props []Property
}

// Entry is a key of a [Map] with its value.
type Entry struct{ Key, Value Value }

// Map is a Map; its entries keep their order.
type Map struct{ Entries []Entry }

// Set is a Set; its values keep their order.
type Set struct{ Values []Value }

// Date is a Date as milliseconds since 1970; NaN is an invalid date.
type Date struct{ Millis float64 }

// RegExp is a regular expression; Flags are letters, in the order of
// JavaScript's flags property.
type RegExp struct{ Source, Flags string }

// Boxed is an object around a primitive, as new Number(1) makes it. Value is a
// bool, float64, string or *big.Int.
type Boxed struct{ Value Value }

// ArrayBuffer is a buffer of bytes. MaxLength counts for resizable ones only.
type ArrayBuffer struct {
	Data      []byte
	Resizable bool
	MaxLength uint32
}

// View is a typed array or DataView on a buffer, which is stored as a whole
// (rule 5.34).
type View struct {
	Kind           ViewKind
	Buffer         *ArrayBuffer
	Offset, Length uint32 // in bytes
	Tracking       bool   // reaches to the end of a resizable buffer, whatever its length
}

// Bytes are the bytes that the view shows.
func (v *View) Bytes() []byte { return v.Buffer.Data[v.Offset : v.Offset+v.Length] }

// ViewKind tells the kinds of views apart.
type ViewKind byte

// The kinds of views, by their tags in the format.
const (
	Int8Array         ViewKind = 'b'
	Uint8Array        ViewKind = 'B'
	Uint8ClampedArray ViewKind = 'C'
	Int16Array        ViewKind = 'w'
	Uint16Array       ViewKind = 'W'
	Int32Array        ViewKind = 'd'
	Uint32Array       ViewKind = 'D'
	Float16Array      ViewKind = 'h'
	Float32Array      ViewKind = 'f'
	Float64Array      ViewKind = 'F'
	BigInt64Array     ViewKind = 'q'
	BigUint64Array    ViewKind = 'Q'
	DataView          ViewKind = '?'
)

// size is the size of one element, or 0 for what is no kind.
func (k ViewKind) size() uint32 {
	switch k {
	case Int8Array, Uint8Array, Uint8ClampedArray, DataView:
		return 1
	case Int16Array, Uint16Array, Float16Array:
		return 2
	case Int32Array, Uint32Array, Float32Array:
		return 4
	case Float64Array, BigInt64Array, BigUint64Array:
		return 8
	}
	return 0
}

// String is the name of the kind's constructor.
func (k ViewKind) String() string {
	switch k {
	case Int8Array:
		return "Int8Array"
	case Uint8Array:
		return "Uint8Array"
	case Uint8ClampedArray:
		return "Uint8ClampedArray"
	case Int16Array:
		return "Int16Array"
	case Uint16Array:
		return "Uint16Array"
	case Int32Array:
		return "Int32Array"
	case Uint32Array:
		return "Uint32Array"
	case Float16Array:
		return "Float16Array"
	case Float32Array:
		return "Float32Array"
	case Float64Array:
		return "Float64Array"
	case BigInt64Array:
		return "BigInt64Array"
	case BigUint64Array:
		return "BigUint64Array"
	case DataView:
		return "DataView"
	}
	return "view"
}

// Error is an Error object. The format has two forms: the runtime's own, with
// all own properties, and V8's older one, which keeps the seven standard names
// and the properties stack and cause (rules 5.38, 5.49).
type Error struct {
	Name    string // "Error" (also if empty), "TypeError" or another
	Message string
	Props   []Property // own properties besides name and message: stack, cause …

	Plain     bool // V8's older form
	NoMessage bool // in the older form: without an own message
}

// Get gives the value of an own property besides name and message.
func (e *Error) Get(key string) (Value, bool) { return get(e.Props, key) }

// Host is an object of the runtime, whose bytes are kept as they are. Their
// length is known for Headers, DOMException and Blob; of any other type a Host
// cannot be part of another value.
type Host struct {
	Type uint32 // the runtime's number for the type; 4 is Headers
	Data []byte
}
