package quickjs

import (
	"strconv"
	"unsafe"

	lib "modernc.org/libquickjs"
)

// ObjectKind is what the language itself makes of an object, whatever its prototype says.
type ObjectKind uint8

// The kinds of objects. NoObject is that of other values; an instance of a class of JavaScript that extends nothing is a
// PlainObject.
const (
	NoObject ObjectKind = iota
	PlainObject
	ArrayObject
	ErrorObject
	BoxedObject // around a boolean, number, string, symbol or BigInt
	ArgumentsObject
	DateObject
	RegExpObject
	BufferObject
	SharedBufferObject
	ViewObject
	MapObject
	SetObject
	FunctionObject
	ProxyObject
	PromiseObject
	GlobalObject
	HostObject  // made by [Isolate.Host]
	OtherObject // of the language, such as a generator or a WeakMap
)

// ObjectKind tells what v is.
func (v Value) ObjectKind() ObjectKind {
	if !v.IsObject() {
		return NoObject
	}
	c := v.class()
	switch c {
	case lib.EJS_CLASS_OBJECT:
		return PlainObject
	case lib.EJS_CLASS_ARRAY:
		return ArrayObject
	case lib.EJS_CLASS_ERROR:
		return ErrorObject
	case lib.EJS_CLASS_NUMBER, lib.EJS_CLASS_STRING, lib.EJS_CLASS_BOOLEAN, lib.EJS_CLASS_SYMBOL, lib.EJS_CLASS_BIG_INT:
		return BoxedObject
	case lib.EJS_CLASS_ARGUMENTS, lib.EJS_CLASS_MAPPED_ARGUMENTS:
		return ArgumentsObject
	case lib.EJS_CLASS_DATE:
		return DateObject
	case lib.EJS_CLASS_REGEXP:
		return RegExpObject
	case lib.EJS_CLASS_ARRAY_BUFFER:
		return BufferObject
	case lib.EJS_CLASS_SHARED_ARRAY_BUFFER:
		return SharedBufferObject
	case lib.EJS_CLASS_MAP:
		return MapObject
	case lib.EJS_CLASS_SET:
		return SetObject
	case lib.EJS_CLASS_PROXY:
		return ProxyObject
	case lib.EJS_CLASS_PROMISE:
		return PromiseObject
	case lib.EJS_CLASS_GLOBAL_OBJECT:
		return GlobalObject
	case objectClass:
		return HostObject
	}
	switch {
	case lib.EJS_CLASS_UINT8C_ARRAY <= c && c <= lib.EJS_CLASS_DATAVIEW:
		return ViewObject
	case lib.XJS_IsFunction(v.iso.tls, v.iso.ctx, v.iso.raw(v)) != 0:
		return FunctionObject
	}
	return OtherObject
}

// intrinsics are what the language itself provides, taken before scripts may change it. The isolate owns them.
type intrinsics struct {
	object, buffer, regexp, newMap, set, dataView lib.TJSValue // constructors
	mapSet, setAdd                                lib.TJSValue
	objectProto                                   lib.TJSValue
}

func (i *Isolate) takeIntrinsics(global Value) error {
	for _, p := range []struct {
		to   *lib.TJSValue
		path []string
	}{
		{&i.errorCtor, []string{"Error"}},
		{&i.bigint, []string{"BigInt"}},
		{&i.own.object, []string{"Object"}},
		{&i.own.objectProto, []string{"Object", "prototype"}},
		{&i.own.buffer, []string{"ArrayBuffer"}},
		{&i.own.regexp, []string{"RegExp"}},
		{&i.own.newMap, []string{"Map"}},
		{&i.own.set, []string{"Set"}},
		{&i.own.dataView, []string{"DataView"}},
		{&i.own.mapSet, []string{"Map", "prototype", "set"}},
		{&i.own.setAdd, []string{"Set", "prototype", "add"}},
	} {
		v, err := global.path(p.path...)
		if err != nil {
			return err
		}
		*p.to = i.dup(i.raw(v))
	}
	return nil
}

// object is the engine's own form of an object.
func (v Value) object() *lib.TJSObject {
	return (*lib.TJSObject)(pointer(uintptr(payload(v.iso.raw(v)))))
}

// Plain reports whether v is an object whose prototype is Object.prototype itself.
func (v Value) Plain() bool {
	if v.class() != lib.EJS_CLASS_OBJECT {
		return false
	}
	shape := (*lib.TJSShape)(pointer(v.object().Fshape))
	return uint64(shape.Fproto) == payload(v.iso.own.objectProto)
}

// Unbox gives what a Boolean, Number, String, Symbol, BigInt or Date object holds: for a Date its milliseconds.
func (v Value) Unbox() (held Value, ok bool) {
	if k := v.ObjectKind(); k != BoxedObject && k != DateObject {
		return Value{}, false
	}
	data := *(*lib.TJSValue)(unsafe.Pointer(&v.object().Fu))
	return v.iso.push(v.iso.dup(data)), true
}

// Box gives the object around a primitive.
func (i *Isolate) Box(v Value) (Value, error) {
	raw := i.raw(v)
	return i.run(func() lib.TJSValue { return i.constructRaw(i.own.object, raw) })
}

// Date gives a Date; NaN makes an invalid one.
func (i *Isolate) Date(millis float64) (Value, error) {
	return i.run(func() lib.TJSValue { return lib.XJS_NewDate(i.tls, i.ctx, millis) })
}

// RegExp gives a regular expression, or the SyntaxError that its source deserves.
func (i *Isolate) RegExp(source, flags string) (Value, error) {
	s, err := i.String(source)
	if err != nil {
		return Value{}, err
	}
	f, err := i.String(flags)
	if err != nil {
		return Value{}, err
	}
	return i.borrow(i.own.regexp).New(s, f)
}

// Map gives a Map.
func (i *Isolate) Map() (Value, error) { return i.borrow(i.own.newMap).New() }

// Set gives a Set.
func (i *Isolate) Set() (Value, error) { return i.borrow(i.own.set).New() }

// MapSet puts an entry into a Map, whatever became of Map.prototype.
func (v Value) MapSet(key, to Value) error {
	_, err := v.iso.borrow(v.iso.own.mapSet).Call(v, key, to)
	return err
}

// SetAdd puts a value into a Set, whatever became of Set.prototype.
func (v Value) SetAdd(member Value) error {
	_, err := v.iso.borrow(v.iso.own.setAdd).Call(v, member)
	return err
}

// Entries lists what a Map or Set holds: keys and values in turn, or members. It runs no code.
func (v Value) Entries() []Value {
	k := v.ObjectKind()
	if k != MapObject && k != SetObject {
		return nil
	}
	i := v.iso
	state := *(*uintptr)(unsafe.Pointer(&v.object().Fu))
	head := state + unsafe.Offsetof(lib.TJSMapState{}.Frecords)
	var out []Value
	for link := (*lib.TJSMapState)(pointer(state)).Frecords.Fnext; link != head; link = (*lib.Tlist_head)(pointer(link)).Fnext {
		r := (*lib.TJSMapRecord)(pointer(link - unsafe.Offsetof(lib.TJSMapRecord{}.Flink)))
		if r.F__ccgo4 != 0 { // deleted, but an iterator stands there
			continue
		}
		out = append(out, i.push(i.dup(r.Fkey)))
		if k == MapObject {
			out = append(out, i.push(i.dup(r.Fvalue)))
		}
	}
	return out
}

// fastArray is the engine's flag of an array without holes, getters and read-only elements.
const fastArray = 0x10

// Elements gives the length of an array; dense says that none of its elements is a hole or a getter, bare that it has no
// property besides them.
func (v Value) Elements() (length uint32, dense, bare bool) {
	if !v.IsArray() {
		return 0, false, false
	}
	o := v.object()
	length = uint32(number(*(*lib.TJSValue)(pointer(o.Fprop)))) // length is the first property of every array
	shape := (*lib.TJSShape)(pointer(o.Fshape))
	fast := o.F__ccgo16&fastArray != 0
	count := *(*uint32)(unsafe.Add(unsafe.Pointer(&o.Fu), 2*unsafe.Sizeof(uintptr(0))))
	return length, fast && count == length, fast && shape.Fprop_count == 1
}

// number is the value of a raw number.
func number(v lib.TJSValue) float64 {
	if tagOf(v) == lib.EJS_TAG_INT {
		return float64(int32(payload(v)))
	}
	p := payload(v)
	return *(*float64)(unsafe.Pointer(&p))
}

// Own calls each for the own enumerable properties of v whose keys are strings, in the order of the language; getters and
// proxies run code, and what such code has removed meanwhile is left out. A value that is an object lives as long as the
// current scope, any other until each returns.
func (v Value) Own(each func(name string, value Value) error) error {
	i, raw, err := v.target("keys")
	if err != nil {
		return err
	}
	var table uintptr
	var n uint32
	_, err = i.enter(func() lib.TJSValue {
		rc := lib.XJS_GetOwnPropertyNames(i.tls, i.ctx, i.array, i.array+8, raw, lib.MJS_GPN_STRING_MASK|lib.MJS_GPN_ENUM_ONLY)
		table, n = *(*uintptr)(pointer(i.array)), *(*uint32)(pointer(i.array + 8))
		return status(rc)
	})
	if err != nil {
		return err
	}
	defer func() {
		if !i.closed && i.broken == nil {
			lib.XJS_FreePropertyEnum(i.tls, i.ctx, table, n)
		}
	}()
	for k := range n {
		a := (*lib.TJSPropertyEnum)(pointer(table + uintptr(k)*unsafe.Sizeof(lib.TJSPropertyEnum{}))).Fatom
		scope := i.OpenScope()
		value, found, err := i.ownProperty(raw, a)
		if err == nil && found {
			var name string
			if name, err = i.nameOf(a); err == nil {
				err = each(name, value)
			}
		}
		if err != nil {
			return err
		}
		if !value.IsObject() {
			scope.Close()
		}
	}
	return nil
}

// ownProperty reads a property that may be gone.
func (i *Isolate) ownProperty(raw lib.TJSValue, a lib.TJSAtom) (v Value, found bool, err error) {
	v, err = i.run(func() lib.TJSValue {
		desc := i.tls.Alloc(int(descriptorSize))
		defer i.tls.Free(int(descriptorSize))
		rc := lib.XJS_GetOwnProperty(i.tls, i.ctx, desc, raw, a)
		if rc <= 0 {
			return status(rc)
		}
		found = true
		d := *(*lib.TJSPropertyDescriptor)(pointer(desc))
		if d.Fflags&lib.MJS_PROP_GETSET == 0 {
			return d.Fvalue
		}
		i.drop(d.Fgetter)
		i.drop(d.Fsetter)
		return lib.XJS_GetPropertyInternal(i.tls, i.ctx, raw, a, raw, 0)
	})
	return v, found, err
}

// nameOf gives the text of an atom; those that the isolate remembers without a copy.
func (i *Isolate) nameOf(a lib.TJSAtom) (string, error) {
	if a&(1<<31) != 0 { // an integer
		return strconv.FormatUint(uint64(a&^(1<<31)), 10), nil
	}
	if s, ok := i.names[a]; ok {
		return s, nil
	}
	var name string
	_, err := i.enter(func() lib.TJSValue {
		p := lib.XJS_AtomToCStringLen(i.tls, i.ctx, i.array, a)
		if p == 0 {
			return exception
		}
		name = string(view(p, int(*(*uint64)(pointer(i.array)))))
		lib.XJS_FreeCString(i.tls, i.ctx, p)
		return undefined
	})
	if err == nil && len(i.atoms) < keptAtoms && len(name) <= 64 {
		i.remember(lib.XJS_DupAtom(i.tls, i.ctx, a), name)
	}
	return name, err
}

// remember keeps an atom, which the isolate owns from now on.
func (i *Isolate) remember(a lib.TJSAtom, name string) {
	if i.atoms == nil {
		i.atoms, i.names = make(map[string]lib.TJSAtom), make(map[lib.TJSAtom]string)
	}
	i.atoms[name], i.names[a] = a, name
}

// HasOwn reports whether v itself has a property.
func (v Value) HasOwn(name string) (bool, error) {
	i, raw, err := v.target(name)
	if err != nil {
		return false, err
	}
	var has bool
	_, err = i.enter(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue {
			rc := lib.XJS_GetOwnProperty(i.tls, i.ctx, 0, raw, a)
			has = rc > 0
			return status(rc)
		})
	})
	return has, err
}

// Add defines an ordinary property and reports whether v had none of that name before.
func (v Value) Add(name string, to Value) (isNew bool, err error) {
	i, raw, err := v.target(name)
	if err != nil {
		return false, err
	}
	t := i.raw(to)
	_, err = i.enter(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue {
			rc := lib.XJS_GetOwnProperty(i.tls, i.ctx, 0, raw, a)
			if rc < 0 {
				return exception
			}
			isNew = rc == 0
			return status(lib.XJS_DefinePropertyValue(i.tls, i.ctx, raw, a, i.dup(t), lib.MJS_PROP_C_W_E|lib.MJS_PROP_THROW))
		})
	})
	return isNew, err
}

// ProxyTarget gives what a Proxy stands before; undefined for other values, null once it was revoked.
func (v Value) ProxyTarget() Value {
	if !v.IsProxy() {
		return Value{}
	}
	data := (*lib.TJSProxyData)(pointer(*(*uintptr)(unsafe.Pointer(&v.object().Fu))))
	if data.Fis_revoked != 0 {
		return v.iso.Null()
	}
	return v.iso.push(v.iso.dup(data.Ftarget))
}
