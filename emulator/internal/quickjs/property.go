package quickjs

import (
	"fmt"
	"strings"
	"unsafe"

	lib "modernc.org/libquickjs"
)

// keptAtoms bounds the names that an isolate remembers; names from data would otherwise stay for ever.
const keptAtoms = 512

// atom gives the engine's number of a name and whether the caller must free it. 0: an exception is pending.
func (i *Isolate) atom(name string) (a lib.TJSAtom, owned bool) {
	if a, ok := i.atoms[name]; ok {
		return a, false
	}
	p := i.cstring(name)
	a = lib.XJS_NewAtomLen(i.tls, i.ctx, p, uint64(len(name)))
	i.release(p)
	if a != 0 && len(i.atoms) < keptAtoms && len(name) <= 64 {
		i.remember(a, strings.Clone(name))
		return a, false
	}
	return a, true
}

// withAtom calls fn with the number of a name.
func (i *Isolate) withAtom(name string, fn func(a lib.TJSAtom) lib.TJSValue) lib.TJSValue {
	a, owned := i.atom(name)
	if a == 0 {
		return exception
	}
	v := fn(a)
	if owned {
		lib.XJS_FreeAtom(i.tls, i.ctx, a)
	}
	return v
}

// withKey is withAtom for a key that is a value.
func (i *Isolate) withKey(key lib.TJSValue, fn func(a lib.TJSAtom) lib.TJSValue) lib.TJSValue {
	a := lib.XJS_ValueToAtom(i.tls, i.ctx, key)
	if a == 0 {
		return exception
	}
	v := fn(a)
	lib.XJS_FreeAtom(i.tls, i.ctx, a)
	return v
}

// target gives the isolate and raw form of v; a zero Value has neither, and no properties. The name is for the error.
func (v Value) target(name string) (*Isolate, lib.TJSValue, error) {
	if v.iso == nil {
		return nil, undefined, &Error{Name: "TypeError", Message: fmt.Sprintf("Cannot use property '%s' of undefined", name)}
	}
	return v.iso, v.iso.raw(v), nil
}

// Get reads a property; getters and proxies run code. A property that is not there is undefined.
func (v Value) Get(name string) (Value, error) {
	i, raw, err := v.target(name)
	if err != nil {
		return Value{}, err
	}
	return i.run(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue {
			return lib.XJS_GetPropertyInternal(i.tls, i.ctx, raw, a, raw, 0)
		})
	})
}

// GetIndex reads an element.
func (v Value) GetIndex(n int) (Value, error) {
	i, raw, err := v.target("[]")
	if err != nil {
		return Value{}, err
	}
	return i.run(func() lib.TJSValue { return lib.XJS_GetPropertyUint32(i.tls, i.ctx, raw, uint32(n)) })
}

// GetKey reads the property whose key is a value, such as a symbol.
func (v Value) GetKey(key Value) (Value, error) {
	i, raw, err := v.target("[]")
	if err != nil {
		return Value{}, err
	}
	k := i.raw(key)
	return i.run(func() lib.TJSValue {
		return i.withKey(k, func(a lib.TJSAtom) lib.TJSValue {
			return lib.XJS_GetPropertyInternal(i.tls, i.ctx, raw, a, raw, 0)
		})
	})
}

// Set writes a property as strict code does: setters run, and what cannot be written is a TypeError.
func (v Value) Set(name string, to Value) error {
	i, raw, err := v.target(name)
	if err != nil {
		return err
	}
	t := i.raw(to)
	_, err = i.enter(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue { return i.setRaw(raw, a, t) })
	})
	return err
}

// SetIndex writes an element.
func (v Value) SetIndex(n int, to Value) error {
	i, raw, err := v.target("[]")
	if err != nil {
		return err
	}
	t := i.raw(to)
	_, err = i.enter(func() lib.TJSValue {
		return status(lib.XJS_SetPropertyUint32(i.tls, i.ctx, raw, uint32(n), i.dup(t)))
	})
	return err
}

// SetKey writes the property whose key is a value.
func (v Value) SetKey(key, to Value) error {
	i, raw, err := v.target("[]")
	if err != nil {
		return err
	}
	k, t := i.raw(key), i.raw(to)
	_, err = i.enter(func() lib.TJSValue {
		return i.withKey(k, func(a lib.TJSAtom) lib.TJSValue { return i.setRaw(raw, a, t) })
	})
	return err
}

func (i *Isolate) setRaw(raw lib.TJSValue, a lib.TJSAtom, to lib.TJSValue) lib.TJSValue {
	return status(lib.XJS_SetPropertyInternal(i.tls, i.ctx, raw, a, i.dup(to), raw, lib.MJS_PROP_THROW))
}

// Has reports whether v or its prototypes have a property.
func (v Value) Has(name string) (bool, error) {
	i, raw, err := v.target(name)
	if err != nil {
		return false, err
	}
	var has bool
	_, err = i.enter(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue {
			rc := lib.XJS_HasProperty(i.tls, i.ctx, raw, a)
			has = rc > 0
			return status(rc)
		})
	})
	return has, err
}

// Delete removes a property; what cannot be removed is a TypeError.
func (v Value) Delete(name string) error {
	i, raw, err := v.target(name)
	if err != nil {
		return err
	}
	_, err = i.enter(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue {
			return status(lib.XJS_DeleteProperty(i.tls, i.ctx, raw, a, lib.MJS_PROP_THROW))
		})
	})
	return err
}

// Property describes a property to define. With Get or Set it is an accessor, and Value and Writable have no meaning.
type Property struct {
	Value    Value
	Get, Set Value // functions, or undefined

	Writable, Enumerable, Configurable bool
}

// Define defines a property of v, whatever was there, if it may be redefined.
func (v Value) Define(name string, p Property) error {
	i, raw, err := v.target(name)
	if err != nil {
		return err
	}
	_, err = i.enter(i.define(raw, p, func(fn func(lib.TJSAtom) lib.TJSValue) lib.TJSValue { return i.withAtom(name, fn) }))
	return err
}

// DefineKey is Define for a key that is a value, such as a symbol.
func (v Value) DefineKey(key Value, p Property) error {
	i, raw, err := v.target("[]")
	if err != nil {
		return err
	}
	k := i.raw(key)
	_, err = i.enter(i.define(raw, p, func(fn func(lib.TJSAtom) lib.TJSValue) lib.TJSValue { return i.withKey(k, fn) }))
	return err
}

func (i *Isolate) define(raw lib.TJSValue, p Property, with func(func(lib.TJSAtom) lib.TJSValue) lib.TJSValue) func() lib.TJSValue {
	value, get, set := i.raw(p.Value), i.raw(p.Get), i.raw(p.Set)
	flags := int32(lib.MJS_PROP_HAS_ENUMERABLE | lib.MJS_PROP_HAS_CONFIGURABLE | lib.MJS_PROP_THROW)
	if p.Enumerable {
		flags |= lib.MJS_PROP_ENUMERABLE
	}
	if p.Configurable {
		flags |= lib.MJS_PROP_CONFIGURABLE
	}
	if tagOf(get) != lib.EJS_TAG_UNDEFINED || tagOf(set) != lib.EJS_TAG_UNDEFINED {
		flags |= lib.MJS_PROP_HAS_GET | lib.MJS_PROP_HAS_SET
	} else {
		flags |= lib.MJS_PROP_HAS_VALUE | lib.MJS_PROP_HAS_WRITABLE
		if p.Writable {
			flags |= lib.MJS_PROP_WRITABLE
		}
	}
	return func() lib.TJSValue {
		return with(func(a lib.TJSAtom) lib.TJSValue {
			return status(lib.XJS_DefineProperty(i.tls, i.ctx, raw, a, value, get, set, flags))
		})
	}
}

// KeySet chooses among the own keys of an object.
type KeySet uint8

// Sets of keys; they add up.
const (
	StringKeys KeySet = 1 << iota
	SymbolKeys
	OnlyEnumerable
)

// Keys lists own keys in the order of the language: integers, strings, symbols.
func (v Value) Keys(which KeySet) ([]Value, error) {
	var keys []Value
	err := v.keys(which, func(i *Isolate, a lib.TJSAtom) bool {
		k := lib.XJS_AtomToValue(i.tls, i.ctx, a)
		keys = append(keys, i.push(k))
		return !isException(k)
	})
	return keys, err
}

// Names lists the own enumerable keys that are strings, as Object.keys does.
func (v Value) Names() ([]string, error) {
	var names []string
	err := v.keys(StringKeys|OnlyEnumerable, func(i *Isolate, a lib.TJSAtom) bool {
		p := lib.XJS_AtomToCStringLen(i.tls, i.ctx, i.array+16, a)
		if p == 0 {
			return false
		}
		names = append(names, string(view(p, int(*(*uint64)(pointer(i.array + 16))))))
		lib.XJS_FreeCString(i.tls, i.ctx, p)
		return true
	})
	return names, err
}

func (v Value) keys(which KeySet, each func(i *Isolate, a lib.TJSAtom) bool) error {
	i, raw, err := v.target("keys")
	if err != nil {
		return err
	}
	var flags int32
	for k, flag := range map[KeySet]int32{StringKeys: lib.MJS_GPN_STRING_MASK, SymbolKeys: lib.MJS_GPN_SYMBOL_MASK, OnlyEnumerable: lib.MJS_GPN_ENUM_ONLY} {
		if which&k != 0 {
			flags |= flag
		}
	}
	_, err = i.enter(func() lib.TJSValue {
		if lib.XJS_GetOwnPropertyNames(i.tls, i.ctx, i.array, i.array+8, raw, flags) < 0 {
			return exception
		}
		table, n := *(*uintptr)(pointer(i.array)), *(*uint32)(pointer(i.array + 8))
		defer lib.XJS_FreePropertyEnum(i.tls, i.ctx, table, n)
		for k := range n {
			e := (*lib.TJSPropertyEnum)(pointer(table + uintptr(k)*unsafe.Sizeof(lib.TJSPropertyEnum{})))
			if !each(i, e.Fatom) {
				return exception
			}
		}
		return undefined
	})
	return err
}

// Prototype gives the prototype of an object, or null.
func (v Value) Prototype() (Value, error) {
	i, raw, err := v.target("__proto__")
	if err != nil {
		return Value{}, err
	}
	return i.run(func() lib.TJSValue { return lib.XJS_GetPrototype(i.tls, i.ctx, raw) })
}

// SetPrototype changes the prototype of an object: to an object or null.
func (v Value) SetPrototype(proto Value) error {
	i, raw, err := v.target("__proto__")
	if err != nil {
		return err
	}
	p := i.raw(proto)
	_, err = i.enter(func() lib.TJSValue { return status(lib.XJS_SetPrototype(i.tls, i.ctx, raw, p)) })
	return err
}

// InstanceOf is the operator instanceof.
func (v Value) InstanceOf(class Value) (bool, error) {
	i, c, err := class.target("prototype")
	if err != nil {
		return false, err
	}
	raw := i.raw(v)
	var is bool
	_, err = i.enter(func() lib.TJSValue {
		rc := lib.XJS_IsInstanceOf(i.tls, i.ctx, raw, c)
		is = rc > 0
		return status(rc)
	})
	return is, err
}
