package clone

import (
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// viewKinds are the format's names of the engine's kinds of views.
var viewKinds = [...]v8value.ViewKind{
	quickjs.Uint8ClampedArray: v8value.Uint8ClampedArray,
	quickjs.Int8Array:         v8value.Int8Array,
	quickjs.Uint8Array:        v8value.Uint8Array,
	quickjs.Int16Array:        v8value.Int16Array,
	quickjs.Uint16Array:       v8value.Uint16Array,
	quickjs.Int32Array:        v8value.Int32Array,
	quickjs.Uint32Array:       v8value.Uint32Array,
	quickjs.BigInt64Array:     v8value.BigInt64Array,
	quickjs.BigUint64Array:    v8value.BigUint64Array,
	quickjs.Float16Array:      v8value.Float16Array,
	quickjs.Float32Array:      v8value.Float32Array,
	quickjs.Float64Array:      v8value.Float64Array,
	quickjs.DataView:          v8value.DataView,
}

// maxResizable bounds what a resizable buffer may reserve, which the engine
// allocates at once: the memory that the platform gives an isolate.
const maxResizable = 128 << 20

func detached() error { return &Error{"An ArrayBuffer is detached and could not be cloned."} }

func (w *Writer) buffer(v quickjs.Value) error {
	info, _ := v.BufferInfo()
	if info.Detached {
		return detached()
	}
	var err error
	if lent := v.WithBytes(func(memory []byte) {
		err = w.Buffer(&v8value.ArrayBuffer{Data: memory, Resizable: info.Resizable, MaxLength: uint32(info.MaxLength)})
	}); lent != nil {
		return lent
	}
	return err
}

// view writes a view; the format has its buffer, or a reference to it, before
// it, and the buffer's number is the smaller one.
func (w *Writer) view(v quickjs.Value) error {
	info, _ := v.View()
	if buffer, ok := info.Buffer.BufferInfo(); ok && buffer.Detached {
		return detached()
	}
	if info.OutOfBounds {
		return w.refuse(v)
	}
	if err := w.object(info.Buffer); err != nil {
		return err
	}
	buffer, _ := info.Buffer.BufferInfo()
	w.note(v, w.Next())
	w.View(&v8value.View{
		Kind: viewKinds[info.Kind], Offset: uint32(info.Offset), Length: uint32(info.Length), Tracking: info.Tracking,
		Buffer: &v8value.ArrayBuffer{Resizable: buffer.Resizable},
	})
	return nil
}

// sized is a buffer that was read, with what views on it are checked against.
type sized struct {
	value  quickjs.Value
	buffer v8value.ArrayBuffer
}

func (r *Reader) buffer(tag byte) (quickjs.Value, error) {
	b, err := r.Buffer(tag)
	if err != nil {
		return quickjs.Value{}, err
	}
	var v quickjs.Value
	if b.Resizable && b.MaxLength > maxResizable {
		return v, r.Errorf(r.Offset(), "a resizable buffer of up to %d bytes is too big", b.MaxLength)
	}
	if b.Resizable {
		v, err = r.Isolate.ResizableArrayBuffer(b.Data, int(b.MaxLength))
	} else {
		v, err = r.Isolate.ArrayBuffer(b.Data)
	}
	if err != nil {
		return v, err
	}
	if r.buffers == nil {
		r.buffers = make(map[int]v8value.ArrayBuffer)
	}
	r.buffers[r.take(v)] = b
	return r.viewOf(sized{v, b})
}

// viewOf reads the view that may follow a buffer, or a reference to one.
func (r *Reader) viewOf(b sized) (quickjs.Value, error) {
	if !r.At(v8value.TagView) {
		return b.value, nil
	}
	at := r.Offset()
	info, err := r.View(&b.buffer)
	if err != nil {
		return quickjs.Value{}, err
	}
	for kind, k := range viewKinds {
		if k != info.Kind || kind == 0 {
			continue
		}
		length := int(info.Length)
		if info.Tracking {
			length = -1
		}
		v, err := r.Isolate.View(quickjs.ViewKind(kind), b.value, int(info.Offset), length)
		if err == nil {
			r.take(v)
		}
		return v, err
	}
	return quickjs.Value{}, r.Errorf(at, "%v is no kind of view", info.Kind)
}
