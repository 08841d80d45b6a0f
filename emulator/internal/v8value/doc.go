// Package v8value holds structured clone values: what a call passes and what
// key-value storage keeps. It reads and writes them in V8's serialization
// format, from and to Go values and as trees.
//
// Start with [Marshal] and [Unmarshal], and with [MarshalArgs] and
// [UnmarshalArgs] for the arguments of a call. [Decode] and [Encode] are for
// tools and engines that need every detail of a value; [Value] lists what a tree
// is made of. [Name] and [Fields] give the names under which JavaScript and SQL
// see Go's methods and fields.
//
// # Values
//
// Go values and JavaScript values correspond by this table.
//
//	Go                              JavaScript
//	nil, nil pointer, slice, map    null
//	bool                            boolean
//	int…int64, uint…uint64          number
//	float32, float64                number, NaN and infinities included
//	string                          string
//	[]byte, [n]byte                 Uint8Array
//	time.Time                       Date, in whole milliseconds
//	big.Int, *big.Int               BigInt
//	other slices and arrays         Array
//	struct                          object
//	map with string keys            object, also for types derived from string
//	map with text keys              object, for keys with a MarshalText
//	other maps                      Map
//	pointer, interface              what it holds
//	Undefined{}                     undefined
//	*Map, *Set, *RegExp, *Error …   the same: nodes of a tree stand anywhere
//
// Properties of a struct are its exported fields, in their order and with the
// json tag of encoding/json: a name, omitempty, omitzero, "-". A field without a
// name in its tag has its Go name with the leading run of capitals in lower
// case, see [Name]. Embedded structs are promoted as encoding/json does it.
// Other methods of encoding/json and package encoding are not called, because
// two sides of a call would then depend on text; keys of maps are text anyway.
// Keys of maps are written in a fixed order, array indices first.
//
// Every number is a double. A Go integer beyond ±2^53 is a [RangeError] and not
// rounded. A number is read into an integer type only if it is whole, in the
// type's range and within ±2^53, else it is a [TypeError].
//
// A string that is not valid UTF-8 gets U+FFFD for each invalid byte, and a lone
// surrogate is read as U+FFFD. A time before or behind the range of Date is a
// [RangeError]; the zero Time is a Date of the year 1 and comes back as the zero
// Time. Times are read as UTC.
//
// Null, undefined and what is absent are read as the zero value. A slice or map
// that is read is never nil unless it was null. What a variable held before it
// is read into is lost, and nothing that is read shares memory with the input.
//
// Into a variable of type any come
//
//	null                  nil
//	undefined             Undefined{}; as an argument of a call nil
//	boolean, string       bool, string
//	number                float64
//	BigInt                *big.Int
//	Date                  time.Time; *Date if it is invalid
//	object                map[string]any
//	Array                 []any, with Undefined{} for a hole
//	Map                   map[any]any; *Map if Go cannot compare its keys
//	Uint8Array            []byte
//	ArrayBuffer           []byte
//	the rest              *Set, *RegExp, *Error, *View, *Boxed, *ArrayBuffer, *Host
//
// Where it is not ambiguous, other forms are read as well: numbers from boxed
// numbers, slices from a Set or a typed array, bytes from an Array of numbers or
// an ArrayBuffer, a map with string keys from a Map with such keys, arrays from
// shorter Arrays. Properties without a field are skipped, and so are extra
// properties of an Array.
//
// A Go value has no shared parts: one pointer in two places is written twice,
// and a reference in the data is read as a copy. A Go value that contains itself
// is an [UncloneableError], as are functions, channels, complex numbers, types
// of package sync, and structs that have unexported fields only. Data that
// contains itself is an error into Go, and fine as a tree.
//
// # Promises
//
//   - What V8 writes is read as V8 reads it, versions 13 to 16 and headerless
//     (rules 5.33 to 5.35, 5.40 to 5.49). Version 15 is written.
//   - A tree that was read is written as the bytes that V8 wrote.
//   - A Go value is written as the bytes that V8 writes for a value of the same
//     meaning, up to what depends on V8's memory: it may write a whole number as
//     a double because of its neighbours, and an Array as sparse. Integers are
//     those of 31 bits, as in the real runtime; beyond them numbers are doubles.
//   - Errors are kept in both of the runtime's forms (rules 5.38, 5.49).
//   - Errors of this package name the place: of a value as a path such as
//     args[0].seats[3].price, of data as the offset of a byte.
//   - Data may be hostile: nothing panics, memory stays in proportion to the
//     data, and nesting ends at 10,000 levels.
//
// # Limits
//
// Regular expressions are not parsed. Headers, Blob and DOMException are kept as
// bytes, other objects of the runtime only if they are the whole value. Shared
// and transferred buffers and WebAssembly are refused, as in storage. Two equal
// keys of a Map in the data are both kept, which V8 never writes.
//
// The package knows nothing of calls, storage and their limits of size, and
// imports nothing of this module.
package v8value
