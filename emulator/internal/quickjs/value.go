package quickjs

import (
	"math"
	"math/big"

	lib "modernc.org/libquickjs"
)

// Kind is the type of a value, as the language tells them apart.
type Kind uint8

// The kinds of values. Functions and arrays are objects.
const (
	Undefined Kind = iota
	Null
	Bool
	Number
	BigInt
	String
	Symbol
	Object
)

func (k Kind) String() string {
	return [...]string{"undefined", "null", "boolean", "number", "bigint", "string", "symbol", "object"}[k]
}

// Undefined gives the value undefined, as the zero Value does.
func (i *Isolate) Undefined() Value { return Value{} }

// Null gives the value null.
func (i *Isolate) Null() Value { return i.constant(null) }

// Bool gives true or false.
func (i *Isolate) Bool(b bool) Value { return i.constant(makeBool(b)) }

// Number gives a number.
func (i *Isolate) Number(f float64) Value {
	if n := int32(f); float64(n) == f && (n != 0 || !math.Signbit(f)) {
		return i.constant(makeInt(n))
	}
	return i.constant(makeFloat(f))
}

func (i *Isolate) constant(v lib.TJSValue) Value {
	i.usable()
	return i.borrow(v)
}

// String gives a string. The bytes of s are WTF-8: UTF-8 in which a lone surrogate stands as its three bytes; anything
// else that is not UTF-8 becomes U+FFFD. It fails only for want of memory.
func (i *Isolate) String(s string) (Value, error) {
	return i.run(func() lib.TJSValue { return i.newString(s) })
}

func (i *Isolate) newString(s string) lib.TJSValue {
	p := i.cstring(s)
	defer i.release(p)
	return lib.XJS_NewStringLen(i.tls, i.ctx, p, uint64(len(s)))
}

// BigInt gives a BigInt.
func (i *Isolate) BigInt(n *big.Int) (Value, error) {
	return i.run(func() lib.TJSValue {
		if n.IsInt64() {
			return lib.XJS_NewBigInt64(i.tls, i.ctx, n.Int64())
		}
		// Hexadecimal is read in linear time, but takes no sign.
		digits := n.Text(10)
		if n.Sign() > 0 {
			digits = "0x" + n.Text(16)
		}
		text := i.newString(digits)
		if isException(text) {
			return exception
		}
		defer i.drop(text)
		return i.callRaw(i.bigint, undefined, text)
	})
}

// Symbol gives a new symbol.
func (i *Isolate) Symbol(description string) (Value, error) {
	ctor, err := i.Global().Get("Symbol")
	if err != nil {
		return Value{}, err
	}
	text, err := i.String(description)
	if err != nil {
		return Value{}, err
	}
	return ctor.Call(Value{}, text)
}

// Object gives a new object.
func (i *Isolate) Object() (Value, error) {
	return i.run(func() lib.TJSValue { return lib.XJS_NewObject(i.tls, i.ctx) })
}

// ObjectWith gives a new object whose prototype is proto: an object or null.
func (i *Isolate) ObjectWith(proto Value) (Value, error) {
	p := i.raw(proto)
	return i.run(func() lib.TJSValue { return lib.XJS_NewObjectProto(i.tls, i.ctx, p) })
}

// Array gives a new array.
func (i *Isolate) Array(elements ...Value) (Value, error) {
	raws := make([]lib.TJSValue, len(elements))
	for n, v := range elements {
		raws[n] = i.raw(v)
	}
	return i.run(func() lib.TJSValue {
		array := lib.XJS_NewArray(i.tls, i.ctx)
		for n, v := range raws {
			if isException(array) {
				break
			}
			if lib.XJS_DefinePropertyValueUint32(i.tls, i.ctx, array, uint32(n), i.dup(v), lib.MJS_PROP_C_W_E) < 0 {
				i.drop(array)
				array = exception
			}
		}
		return array
	})
}

// Global gives the global object.
func (i *Isolate) Global() Value {
	i.usable()
	return i.push(lib.XJS_GetGlobalObject(i.tls, i.ctx))
}

// Kind tells what v is.
func (v Value) Kind() Kind {
	if v.iso == nil {
		return Undefined
	}
	switch tagOf(v.iso.raw(v)) {
	case lib.EJS_TAG_NULL:
		return Null
	case lib.EJS_TAG_BOOL:
		return Bool
	case lib.EJS_TAG_INT, lib.EJS_TAG_FLOAT64:
		return Number
	case lib.EJS_TAG_BIG_INT, lib.EJS_TAG_SHORT_BIG_INT:
		return BigInt
	case lib.EJS_TAG_STRING, lib.EJS_TAG_STRING_ROPE:
		return String
	case lib.EJS_TAG_SYMBOL:
		return Symbol
	case lib.EJS_TAG_OBJECT:
		return Object
	}
	return Undefined
}

// Isolate is the isolate that v belongs to, or nil for a zero Value.
func (v Value) Isolate() *Isolate { return v.iso }

// IsUndefined reports whether v is undefined.
func (v Value) IsUndefined() bool { return v.Kind() == Undefined }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.Kind() == Null }

// IsNullish reports whether v is undefined or null.
func (v Value) IsNullish() bool { return v.Kind() <= Null }

// IsObject reports whether v is an object, array or function.
func (v Value) IsObject() bool { return v.Kind() == Object }

// IsFunction reports whether v can be called.
func (v Value) IsFunction() bool {
	return v.IsObject() && lib.XJS_IsFunction(v.iso.tls, v.iso.ctx, v.iso.raw(v)) != 0
}

// IsArray reports whether v is an array; a proxy of one is none.
func (v Value) IsArray() bool { return v.class() == lib.EJS_CLASS_ARRAY }

// IsError reports whether v was made by Error or one of its subclasses.
func (v Value) IsError() bool { return v.class() == lib.EJS_CLASS_ERROR }

// IsDate reports whether v is a Date.
func (v Value) IsDate() bool { return v.class() == lib.EJS_CLASS_DATE }

// IsProxy reports whether v is a Proxy.
func (v Value) IsProxy() bool { return v.class() == lib.EJS_CLASS_PROXY }

// class is the engine's class of an object, 0 for other values.
func (v Value) class() lib.TJSClassID {
	if v.iso == nil {
		return 0
	}
	return lib.XJS_GetClassID(v.iso.tls, v.iso.raw(v))
}

// Truthy is what an if statement makes of v.
func (v Value) Truthy() bool {
	return v.iso != nil && lib.XJS_ToBool(v.iso.tls, v.iso.ctx, v.iso.raw(v)) != 0
}

// Float converts v to a number as the language does; objects may run code.
func (v Value) Float() (float64, error) {
	if v.iso == nil {
		return math.NaN(), nil
	}
	i, raw := v.iso, v.iso.raw(v)
	switch tagOf(raw) {
	case lib.EJS_TAG_INT:
		return float64(int32(payload(raw))), nil
	case lib.EJS_TAG_FLOAT64:
		return math.Float64frombits(payload(raw)), nil
	}
	_, err := i.enter(func() lib.TJSValue { return status(lib.XJS_ToFloat64(i.tls, i.ctx, i.array, raw)) })
	if err != nil {
		return 0, err
	}
	return *(*float64)(pointer(i.array)), nil
}

// Text converts v to a string as the language does; objects may run code, symbols fail. Lone surrogates stay, as WTF-8.
func (v Value) Text() (string, error) {
	if v.iso == nil {
		return "undefined", nil
	}
	var text string
	i, raw := v.iso, v.iso.raw(v)
	_, err := i.enter(func() lib.TJSValue {
		p := lib.XJS_ToCStringLen2(i.tls, i.ctx, i.array, raw, 0)
		if p == 0 {
			return exception
		}
		text = string(view(p, int(*(*uint64)(pointer(i.array)))))
		lib.XJS_FreeCString(i.tls, i.ctx, p)
		return undefined
	})
	return text, err
}

// String describes v for people: the text of a string, a number or an error, "object" for other objects. It runs no
// code of JavaScript.
func (v Value) String() string {
	switch k := v.Kind(); k {
	case Undefined, Null:
		return k.String()
	case Bool, Number, BigInt, String:
		if s, err := v.Text(); err == nil {
			return s
		}
		return k.String()
	default:
		return k.String()
	}
}

// BigInt gives the value of a BigInt; ok is false for other kinds.
func (v Value) BigInt() (n *big.Int, ok bool) {
	if v.Kind() != BigInt {
		return nil, false
	}
	if raw := v.iso.raw(v); tagOf(raw) == lib.EJS_TAG_SHORT_BIG_INT {
		return big.NewInt(int64(int32(payload(raw)))), true
	}
	text, err := v.Text()
	if err != nil {
		return nil, false
	}
	return new(big.Int).SetString(text, 10)
}

// Is reports whether v and w are the same value, as Object.is does.
func (v Value) Is(w Value) bool {
	i := v.iso
	if i == nil {
		if i = w.iso; i == nil {
			return true
		}
	}
	return lib.XJS_SameValue(i.tls, i.ctx, i.raw(v), i.raw(w)) != 0
}

// Identity is a number that no other object of the isolate has for as long as v's object is alive; 0 if v is no object.
func (v Value) Identity() uintptr {
	if !v.IsObject() {
		return 0
	}
	return uintptr(payload(v.iso.raw(v)))
}

// status turns the result of a function of C that is negative on failure into a value that enter understands.
func status(rc int32) lib.TJSValue {
	if rc < 0 {
		return exception
	}
	return undefined
}
