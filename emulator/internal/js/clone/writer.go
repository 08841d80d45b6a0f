package clone

import (
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Writer writes one value; [Options.Host] gets it to write objects of the
// platform. It is valid until the value is written.
type Writer struct {
	*v8value.Writer
	Isolate *quickjs.Isolate

	opts  Options
	depth int
	// Objects that were written, which stay alive until the end: a few in a list,
	// more in a map.
	few  []written
	many map[uintptr]uint32
}

type written struct {
	object uintptr
	id     uint32
}

// maxFew is how many objects are looked for in a list.
const maxFew = 8

// maxDepth is where V8's stack ends too, more or less.
const maxDepth = 4000

// tooDeep is what V8 throws there.
func tooDeep() error { return quickjs.RangeErrorf("Maximum call stack size exceeded") }

func newWriter(iso *quickjs.Isolate, o Options) *Writer {
	return &Writer{Writer: v8value.NewWriter(), Isolate: iso, opts: o}
}

// finish writes a value and then takes transferred buffers their bytes. If it
// fails, what was thrown lives on in the caller's scope.
func (w *Writer) finish(write func() error) ([]byte, error) {
	var scope quickjs.Scope
	if w.Isolate != nil {
		scope = w.Isolate.OpenScope()
	}
	buffers := make([]quickjs.Value, 0, len(w.opts.Transfer))
	for _, v := range w.opts.Transfer {
		if view, ok := v.View(); ok {
			v = view.Buffer
		}
		if !v.IsArrayBuffer() {
			return nil, quickjs.TypeErrorf("Object is not transferable")
		}
		buffers = append(buffers, v)
	}
	if err := write(); err != nil {
		return nil, err
	}
	for _, v := range buffers {
		if err := v.Detach(); err != nil {
			return nil, err
		}
	}
	scope.Close()
	return w.Bytes(), nil
}

// Write writes a value.
func (w *Writer) Write(v quickjs.Value) error {
	switch v.Kind() {
	case quickjs.Undefined:
		w.Tag(v8value.TagUndefined)
	case quickjs.Null:
		w.Tag(v8value.TagNull)
	case quickjs.Bool:
		w.Bool(v.Truthy())
	case quickjs.Number:
		f, err := v.Float()
		if err != nil {
			return err
		}
		w.Number(f)
	case quickjs.String:
		s, err := v.Text()
		if err != nil {
			return err
		}
		w.String(s)
	case quickjs.BigInt:
		n, ok := v.BigInt()
		if !ok {
			return w.refuse(v)
		}
		w.Tag(v8value.TagBigInt)
		w.BigInt(n)
	case quickjs.Symbol:
		return w.refuse(v)
	case quickjs.Object:
		return w.object(v)
	}
	return nil
}

// Host begins an object of the platform with its number; what follows is for
// [Options.ReadHost] alone.
func (w *Writer) Host(number uint32) {
	w.Open(v8value.TagHost)
	w.Uint32(number)
}

func (w *Writer) object(v quickjs.Value) error {
	if id, ok := w.seen(v); ok {
		w.Reference(id)
		return nil
	}
	if w.depth++; w.depth > maxDepth {
		return tooDeep()
	}
	defer func() { w.depth-- }()
	kind := v.ObjectKind()
	if kind == quickjs.ViewObject {
		return w.view(v)
	}
	if !isData(kind, v) && w.opts.Host != nil {
		id, before := w.Next(), len(w.Bytes())
		w.note(v, id)
		if ok, err := w.opts.Host(w, v); ok || err != nil {
			return err
		}
		if len(w.Bytes()) != before {
			panic("clone: Options.Host wrote something and declined")
		}
		w.forget(v)
	}
	w.note(v, w.Next())
	return w.data(kind, v)
}

// isData reports whether an object is one of the language's own data types.
func isData(kind quickjs.ObjectKind, v quickjs.Value) bool {
	switch kind {
	case quickjs.PlainObject:
		return v.Plain()
	case quickjs.ArrayObject, quickjs.BoxedObject, quickjs.DateObject, quickjs.RegExpObject, quickjs.BufferObject,
		quickjs.MapObject, quickjs.SetObject, quickjs.ViewObject:
		return true
	}
	return false
}

func (w *Writer) data(kind quickjs.ObjectKind, v quickjs.Value) error {
	switch kind {
	case quickjs.PlainObject:
		if w.opts.Strict && !v.Plain() {
			return w.unlessPlain(v)
		}
		return w.plain(v)
	case quickjs.ArrayObject:
		return w.array(v)
	case quickjs.DateObject:
		held, _ := v.Unbox()
		f, err := held.Float()
		if err != nil {
			return err
		}
		w.Open(v8value.TagDate)
		w.Double(f)
	case quickjs.BoxedObject:
		return w.boxed(v)
	case quickjs.RegExpObject:
		return w.regexp(v)
	case quickjs.BufferObject:
		return w.buffer(v)
	case quickjs.MapObject, quickjs.SetObject:
		return w.entries(kind, v)
	case quickjs.ErrorObject:
		if w.opts.PlainErrors {
			return w.plainError(v)
		}
		return w.hostError(v)
	default:
		return w.refuse(v)
	}
	return nil
}

// unlessPlain refuses an object with a prototype of its own. Objects of the
// language such as Math have one that inherits nothing but from Object.prototype,
// and no class.
func (w *Writer) unlessPlain(v quickjs.Value) error { return Unsupported(ClassName(v)) }

func (w *Writer) plain(v quickjs.Value) error {
	w.Open(v8value.TagObject)
	return w.props(v, v8value.TagObjectEnd, nil)
}

// props writes own enumerable properties, but those that skip wants left out,
// and what ends them: a tag and their number.
func (w *Writer) props(v quickjs.Value, end byte, skip func(name string) bool) error {
	var n uint32
	err := v.Own(func(name string, value quickjs.Value) error {
		if skip != nil && skip(name) {
			return nil
		}
		n++
		w.Key(name)
		return w.Write(value)
	})
	if err != nil {
		return err
	}
	w.Tag(end)
	w.Uint32(n)
	return nil
}

func (w *Writer) array(v quickjs.Value) error {
	length, dense, bare := v.Elements()
	if !dense {
		w.Open(v8value.TagSparse)
		w.Uint32(length)
		if err := w.props(v, v8value.TagSparseEnd, nil); err != nil {
			return err
		}
		w.Uint32(length)
		return nil
	}
	w.Open(v8value.TagDense)
	w.Uint32(length)
	for n := range length {
		scope := w.Isolate.OpenScope()
		elem, err := v.GetIndex(int(n))
		if err == nil {
			err = w.Write(elem)
		}
		if err != nil {
			return err
		}
		if !elem.IsObject() {
			scope.Close()
		}
	}
	if bare {
		w.Tag(v8value.TagDenseEnd)
		w.Uint32(0)
	} else if err := w.props(v, v8value.TagDenseEnd, isIndexBelow(length)); err != nil {
		return err
	}
	w.Uint32(length)
	return nil
}

func (w *Writer) boxed(v quickjs.Value) error {
	held, _ := v.Unbox()
	switch held.Kind() {
	case quickjs.Bool:
		if held.Truthy() {
			w.Open(v8value.TagTrueBox)
		} else {
			w.Open(v8value.TagFalseBox)
		}
	case quickjs.Number:
		f, err := held.Float()
		if err != nil {
			return err
		}
		w.Open(v8value.TagNumberBox)
		w.Double(f)
	case quickjs.String:
		s, err := held.Text()
		if err != nil {
			return err
		}
		w.Open(v8value.TagStringBox)
		w.String(s)
	case quickjs.BigInt:
		n, ok := held.BigInt()
		if !ok {
			return w.refuse(v)
		}
		w.Open(v8value.TagBigIntBox)
		w.BigInt(n)
	default:
		return &Error{"[object Symbol] could not be cloned."}
	}
	return nil
}

func (w *Writer) regexp(v quickjs.Value) error {
	var parts [2]string
	for n, name := range []string{"source", "flags"} {
		p, err := v.Get(name)
		if err != nil {
			return err
		}
		if parts[n], err = p.Text(); err != nil {
			return err
		}
	}
	return w.RegExp(parts[0], parts[1])
}

// entries writes a Map or Set. As in V8 its members are listed before the first
// getter can run.
func (w *Writer) entries(kind quickjs.ObjectKind, v quickjs.Value) error {
	begin, end := byte(v8value.TagMap), byte(v8value.TagMapEnd)
	if kind == quickjs.SetObject {
		begin, end = v8value.TagSet, v8value.TagSetEnd
	}
	w.Open(begin)
	members := v.Entries()
	for _, m := range members {
		if err := w.Write(m); err != nil {
			return err
		}
	}
	w.Tag(end)
	w.Uint32(uint32(len(members)))
	return nil
}

// seen gives the number of an object that was written before.
func (w *Writer) seen(v quickjs.Value) (id uint32, ok bool) {
	p := v.Identity()
	for _, f := range w.few {
		if f.object == p {
			return f.id, true
		}
	}
	id, ok = w.many[p]
	return id, ok
}

func (w *Writer) note(v quickjs.Value, id uint32) {
	if len(w.few) < maxFew {
		w.few = append(w.few, written{v.Identity(), id})
		return
	}
	if w.many == nil {
		w.many = make(map[uintptr]uint32)
	}
	w.many[v.Identity()] = id
}

// forget takes the last note back.
func (w *Writer) forget(v quickjs.Value) {
	if n := len(w.few); n > 0 && w.few[n-1].object == v.Identity() {
		w.few = w.few[:n-1]
		return
	}
	delete(w.many, v.Identity())
}
