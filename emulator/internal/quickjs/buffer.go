package quickjs

import (
	"unsafe"

	lib "modernc.org/libquickjs"
)

// ArrayBuffer makes an ArrayBuffer with a copy of b.
func (i *Isolate) ArrayBuffer(b []byte) (Value, error) {
	return i.run(func() lib.TJSValue { return i.newBuffer(b) })
}

// Uint8Array makes a Uint8Array over a new ArrayBuffer with a copy of b.
func (i *Isolate) Uint8Array(b []byte) (Value, error) {
	return i.run(func() lib.TJSValue {
		buffer := i.newBuffer(b)
		if isException(buffer) {
			return exception
		}
		defer i.drop(buffer)
		argv := i.tls.Alloc(3 * int(valueSize))
		defer i.tls.Free(3 * int(valueSize))
		args := values(argv, 3)
		args[0], args[1], args[2] = buffer, undefined, undefined
		return lib.XJS_NewTypedArray(i.tls, i.ctx, 3, argv, lib.EJS_TYPED_ARRAY_UINT8)
	})
}

// newBuffer lets the engine allocate: b may lie on a Go stack, which moves when C needs a bigger one.
func (i *Isolate) newBuffer(b []byte) lib.TJSValue {
	buffer := lib.XJS_NewArrayBufferCopy(i.tls, i.ctx, 0, uint64(len(b)))
	if isException(buffer) {
		return exception
	}
	p := lib.XJS_GetArrayBuffer(i.tls, i.ctx, i.array, buffer)
	copy(view(p, len(b)), b)
	return buffer
}

// IsArrayBuffer reports whether v is an ArrayBuffer, detached or not.
func (v Value) IsArrayBuffer() bool { return v.class() == lib.EJS_CLASS_ARRAY_BUFFER }

// IsArrayBufferView reports whether v is a typed array or DataView.
func (v Value) IsArrayBufferView() bool {
	c := v.class()
	return c >= lib.EJS_CLASS_UINT8C_ARRAY && c <= lib.EJS_CLASS_DATAVIEW
}

// Bytes copies what an ArrayBuffer, SharedArrayBuffer, typed array or DataView holds; other values are a TypeError, and
// so are detached buffers.
func (v Value) Bytes() ([]byte, error) {
	var b []byte
	err := v.WithBytes(func(memory []byte) { b = append(make([]byte, 0, len(memory)), memory...) })
	return b, err
}

// WithBytes lends fn the memory itself, to read or write; fn must not call into the isolate nor keep the slice.
func (v Value) WithBytes(fn func(memory []byte)) error {
	i, raw, err := v.target("buffer")
	if err != nil {
		return err
	}
	scope := i.OpenScope()
	defer scope.Close()
	offset, length := 0, -1
	switch c := v.class(); {
	case c == lib.EJS_CLASS_DATAVIEW:
		var buffer Value
		if buffer, offset, length, err = v.dataView(); err != nil {
			return err
		}
		raw = i.raw(buffer)
	case c >= lib.EJS_CLASS_UINT8C_ARRAY && c < lib.EJS_CLASS_DATAVIEW:
		buffer, err := i.run(func() lib.TJSValue {
			return lib.XJS_GetTypedArrayBuffer(i.tls, i.ctx, raw, i.array, i.array+8, 0)
		})
		if err != nil {
			return err
		}
		offset, length = int(*(*uint64)(pointer(i.array))), int(*(*uint64)(pointer(i.array + 8)))
		raw = i.raw(buffer)
	case c == lib.EJS_CLASS_ARRAY_BUFFER, c == lib.EJS_CLASS_SHARED_ARRAY_BUFFER:
	default:
		return TypeErrorf("not an ArrayBuffer or a view of one")
	}
	var p uintptr
	_, err = i.enter(func() lib.TJSValue {
		if p = lib.XJS_GetArrayBuffer(i.tls, i.ctx, i.array, raw); p == 0 && lib.XJS_HasException(i.tls, i.ctx) != 0 {
			return exception
		}
		return undefined
	})
	if err != nil {
		return err
	}
	size := int(*(*uint64)(pointer(i.array)))
	if length < 0 {
		length = size
	}
	if offset+length > size {
		return TypeErrorf("the view is out of the bounds of its buffer")
	}
	fn(view(p, size)[offset : offset+length : offset+length])
	return nil
}

// dataView asks the accessors of the prototype, since the engine has no function for it.
func (v Value) dataView() (buffer Value, offset, length int, err error) {
	if buffer, err = v.Get("buffer"); err != nil {
		return Value{}, 0, 0, err
	}
	var numbers [2]int
	for n, name := range []string{"byteOffset", "byteLength"} {
		property, err := v.Get(name)
		if err != nil {
			return Value{}, 0, 0, err
		}
		f, err := property.Float()
		if err != nil {
			return Value{}, 0, 0, err
		}
		if f < 0 || f > 1<<32 {
			return Value{}, 0, 0, TypeErrorf("the view is out of the bounds of its buffer")
		}
		numbers[n] = int(f)
	}
	return buffer, numbers[0], numbers[1], nil
}

// Detach takes an ArrayBuffer its memory, as transferring it elsewhere does; its length is 0 from then on. Anything else
// is a TypeError.
func (v Value) Detach() error {
	if !v.IsArrayBuffer() {
		return TypeErrorf("not an ArrayBuffer")
	}
	lib.XJS_DetachArrayBuffer(v.iso.tls, v.iso.ctx, v.iso.raw(v))
	return nil
}

// ViewKind tells the kinds of typed arrays and DataViews apart.
type ViewKind uint8

// The kinds of views.
const (
	NoView ViewKind = iota
	Uint8ClampedArray
	Int8Array
	Uint8Array
	Int16Array
	Uint16Array
	Int32Array
	Uint32Array
	BigInt64Array
	BigUint64Array
	Float16Array
	Float32Array
	Float64Array
	DataView
)

// BufferInfo is what an ArrayBuffer is, besides its bytes.
type BufferInfo struct {
	Length    int
	MaxLength int // of a resizable buffer
	Resizable bool
	Detached  bool
}

// BufferInfo describes an ArrayBuffer or SharedArrayBuffer; ok is false for other values.
func (v Value) BufferInfo() (b BufferInfo, ok bool) {
	if k := v.ObjectKind(); k != BufferObject && k != SharedBufferObject {
		return b, false
	}
	return infoOf(*(*uintptr)(unsafe.Pointer(&v.object().Fu))), true
}

func infoOf(addr uintptr) BufferInfo {
	buffer := (*lib.TJSArrayBuffer)(pointer(addr))
	b := BufferInfo{Length: int(buffer.Fbyte_length), Detached: buffer.Fdetached != 0}
	if buffer.Fmax_byte_length >= 0 {
		b.Resizable, b.MaxLength = true, int(buffer.Fmax_byte_length)
	}
	return b
}

// ViewInfo is what a typed array or DataView shows of its buffer.
type ViewInfo struct {
	Kind           ViewKind
	Buffer         Value
	Offset, Length int  // in bytes
	Tracking       bool // reaches to the end of a resizable buffer, whatever its length
	OutOfBounds    bool // the buffer was detached, or has become too short
}

// View describes a typed array or DataView; ok is false for other values.
func (v Value) View() (info ViewInfo, ok bool) {
	if v.ObjectKind() != ViewObject {
		return info, false
	}
	i := v.iso
	array := (*lib.TJSTypedArray)(pointer(*(*uintptr)(unsafe.Pointer(&v.object().Fu))))
	info = ViewInfo{
		Kind: ViewKind(v.class()-lib.EJS_CLASS_UINT8C_ARRAY) + 1, Offset: int(array.Foffset), Length: int(array.Flength), Tracking: array.Ftrack_rab != 0,
	}
	buffer := infoOf(*(*uintptr)(unsafe.Pointer(&(*lib.TJSObject)(pointer(array.Fbuffer)).Fu)))
	object := lib.TJSValue{Ftag: lib.EJS_TAG_OBJECT}
	*(*uint64)(unsafe.Pointer(&object)) = uint64(array.Fbuffer)
	info.Buffer = i.push(i.dup(object))
	if info.Tracking {
		info.Length = max(0, buffer.Length-info.Offset) / info.Kind.Size() * info.Kind.Size()
	}
	info.OutOfBounds = buffer.Detached || info.Offset+info.Length > buffer.Length
	return info, true
}

// Size is the size of an element in bytes.
func (k ViewKind) Size() int {
	return [...]int{1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8, 1}[k]
}

// View makes a typed array or DataView of a buffer. The length is in bytes; a negative one reaches to the buffer's end,
// for a resizable one whatever its length is then.
func (i *Isolate) View(kind ViewKind, buffer Value, offset, length int) (Value, error) {
	size := kind.Size()
	args := []Value{buffer, i.Number(float64(offset)), {}}
	if length >= 0 {
		args[2] = i.Number(float64(length / size))
	}
	if kind == DataView {
		return i.borrow(i.own.dataView).New(args...)
	}
	argv := i.pack(args)
	defer i.unpack(args)
	return i.run(func() lib.TJSValue {
		return lib.XJS_NewTypedArray(i.tls, i.ctx, int32(len(args)), argv, lib.TJSTypedArrayEnum(kind-1))
	})
}

// ResizableArrayBuffer makes an ArrayBuffer with a copy of b that can be resized.
func (i *Isolate) ResizableArrayBuffer(b []byte, maxLength int) (Value, error) {
	options, err := i.Object()
	if err != nil {
		return Value{}, err
	}
	if err := options.Set("maxByteLength", i.Number(float64(maxLength))); err != nil {
		return Value{}, err
	}
	v, err := i.borrow(i.own.buffer).New(i.Number(float64(len(b))), options)
	if err != nil {
		return Value{}, err
	}
	err = v.WithBytes(func(memory []byte) { copy(memory, b) })
	return v, err
}
