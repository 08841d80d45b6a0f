package clone

import (
	"strconv"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Reader reads one value; [Options.ReadHost] gets it to read objects of the
// platform. It is valid until the value is read.
type Reader struct {
	*v8value.Reader
	Isolate *quickjs.Isolate

	opts    Options
	objects []quickjs.Value // by number; undefined for one that is not complete
	buffers map[int]v8value.ArrayBuffer
}

func newReader(iso *quickjs.Isolate, data []byte, o Options) (*Reader, error) {
	r, err := v8value.NewReader(data)
	return &Reader{Reader: r, Isolate: iso, opts: o}, err
}

// again begins anew if that may help.
func (r *Reader) again(err error) bool {
	if !r.Again(err) {
		return false
	}
	r.objects, r.buffers = nil, nil
	return true
}

// take gives v the next number.
func (r *Reader) take(v quickjs.Value) (id int) {
	r.objects = append(r.objects, v)
	return len(r.objects) - 1
}

// args reads the arguments of a call.
func (r *Reader) args() ([]quickjs.Value, error) {
	at := r.Offset()
	tag, err := r.Tag()
	if err != nil {
		return nil, err
	}
	if tag != v8value.TagDense {
		return nil, r.Errorf(at, "the arguments of a call are not a dense array")
	}
	r.take(quickjs.Value{})
	n, err := r.Length()
	if err != nil {
		return nil, err
	}
	var args []quickjs.Value
	for range n {
		if r.At(v8value.TagHole) {
			args = append(args, quickjs.Value{})
			continue
		}
		v, err := r.Read()
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	return args, nil
}

// Read reads a value.
func (r *Reader) Read() (quickjs.Value, error) {
	at := r.Offset()
	tag, err := r.Tag()
	if err != nil {
		return quickjs.Value{}, err
	}
	switch tag {
	case v8value.TagUndefined:
		return quickjs.Value{}, nil
	case v8value.TagNull:
		return r.Isolate.Null(), nil
	case v8value.TagTrue:
		return r.Isolate.Bool(true), nil
	case v8value.TagFalse:
		return r.Isolate.Bool(false), nil
	case v8value.TagInt32, v8value.TagUint32, v8value.TagDouble:
		f, _, err := r.Number(tag)
		return r.Isolate.Number(f), err
	case v8value.TagOneByte, v8value.TagTwoByte, v8value.TagUTF8:
		s, _, err := r.String(tag)
		if err != nil {
			return quickjs.Value{}, err
		}
		return r.Isolate.String(s)
	case v8value.TagBigInt:
		n, err := r.BigInt()
		if err != nil {
			return quickjs.Value{}, err
		}
		return r.Isolate.BigInt(n)
	case v8value.TagReference:
		return r.reference(at)
	case v8value.TagBuffer, v8value.TagResizable:
		return r.buffer(tag)
	}
	if err := r.Enter(); err != nil {
		return quickjs.Value{}, err
	}
	defer r.Leave()
	if tag == v8value.TagObjectCount {
		if _, err := r.Uint32(); err != nil {
			return quickjs.Value{}, err
		}
		return r.Read()
	}
	return r.object(tag, at)
}

func (r *Reader) reference(at int) (quickjs.Value, error) {
	id, err := r.Uint32()
	if err != nil {
		return quickjs.Value{}, err
	}
	if uint64(id) >= uint64(len(r.objects)) || !r.objects[id].IsObject() {
		return quickjs.Value{}, r.Errorf(at, "a reference to object %d, which does not stand before it", id)
	}
	if b, ok := r.buffers[int(id)]; ok {
		return r.viewOf(sized{r.objects[id], b})
	}
	return r.objects[id], nil
}

func (r *Reader) object(tag byte, at int) (quickjs.Value, error) {
	switch tag {
	case v8value.TagObject:
		v, err := r.made(r.Isolate.Object())
		if err != nil {
			return v, err
		}
		return v, r.props(v, v8value.TagObjectEnd)
	case v8value.TagDense:
		return r.dense()
	case v8value.TagSparse:
		return r.sparse()
	case v8value.TagMap, v8value.TagSet:
		return r.entries(tag)
	case v8value.TagDate:
		f, err := r.Date()
		if err != nil {
			return quickjs.Value{}, err
		}
		return r.made(r.Isolate.Date(f))
	case v8value.TagTrueBox, v8value.TagFalseBox, v8value.TagNumberBox, v8value.TagStringBox, v8value.TagBigIntBox:
		return r.boxed(tag)
	case v8value.TagRegExp:
		source, flags, err := r.RegExp()
		if err != nil {
			return quickjs.Value{}, err
		}
		v, err := r.made(r.Isolate.RegExp(source, flags))
		if err != nil {
			return v, r.Errorf(at, "an invalid regular expression: %v", err)
		}
		return v, nil
	case v8value.TagError:
		return r.plainError()
	case v8value.TagHost:
		return r.host(at)
	}
	return quickjs.Value{}, r.Errorf(at, "%q begins no value that can be read", tag)
}

// made gives a new object the next number.
func (r *Reader) made(v quickjs.Value, err error) (quickjs.Value, error) {
	if err == nil {
		r.take(v)
	}
	return v, err
}

// put reads a value and hands it on; unless it is an object, nothing of it is
// kept.
func (r *Reader) put(to func(v quickjs.Value) error) error {
	scope := r.Isolate.OpenScope()
	v, err := r.Read()
	if err == nil {
		err = to(v)
	}
	if err != nil {
		return err
	}
	if !v.IsObject() {
		scope.Close()
	}
	return nil
}

// props reads properties and what ends them. Two of one name are refused.
func (r *Reader) props(v quickjs.Value, end byte) error {
	n := 0
	for ; !r.At(end); n++ {
		at := r.Offset()
		key, err := r.Key()
		if err != nil {
			return err
		}
		err = r.put(func(value quickjs.Value) error {
			isNew, err := v.Add(key, value)
			if err == nil && !isNew {
				err = r.Errorf(at, "there are two properties %q", key)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return r.End(n)
}

func (r *Reader) dense() (quickjs.Value, error) {
	v, err := r.made(r.Isolate.Array())
	if err != nil {
		return v, err
	}
	length, err := r.Length()
	if err != nil {
		return v, err
	}
	if err := v.Set("length", r.Isolate.Number(float64(length))); err != nil {
		return v, err
	}
	for n := range length {
		if r.At(v8value.TagHole) {
			continue
		}
		if err := r.put(func(elem quickjs.Value) error { return v.SetIndex(int(n), elem) }); err != nil {
			return v, err
		}
	}
	if err := r.props(v, v8value.TagDenseEnd); err != nil {
		return v, err
	}
	return v, r.End(int(length))
}

func (r *Reader) sparse() (quickjs.Value, error) {
	v, err := r.made(r.Isolate.Array())
	if err != nil {
		return v, err
	}
	length, err := r.Uint32()
	if err != nil {
		return v, err
	}
	if err := v.Set("length", r.Isolate.Number(float64(length))); err != nil {
		return v, err
	}
	if err := r.props(v, v8value.TagSparseEnd); err != nil {
		return v, err
	}
	return v, r.End(int(length))
}

func (r *Reader) entries(tag byte) (quickjs.Value, error) {
	create, end := r.Isolate.Map, byte(v8value.TagMapEnd)
	if tag == v8value.TagSet {
		create, end = r.Isolate.Set, v8value.TagSetEnd
	}
	v, err := r.made(create())
	if err != nil {
		return v, err
	}
	n := 0
	for ; !r.At(end); n++ {
		if tag == v8value.TagSet {
			err = r.put(v.SetAdd)
		} else {
			err = r.entry(v)
			n++
		}
		if err != nil {
			return v, err
		}
	}
	return v, r.End(n)
}

// entry reads an entry of a Map; as in put, objects are kept.
func (r *Reader) entry(m quickjs.Value) error {
	scope := r.Isolate.OpenScope()
	key, err := r.Read()
	if err != nil {
		return err
	}
	value, err := r.Read()
	if err != nil {
		return err
	}
	if err := m.MapSet(key, value); err != nil {
		return err
	}
	if !key.IsObject() && !value.IsObject() {
		scope.Close()
	}
	return nil
}

func (r *Reader) boxed(tag byte) (quickjs.Value, error) {
	var held quickjs.Value
	switch tag {
	case v8value.TagTrueBox, v8value.TagFalseBox:
		held = r.Isolate.Bool(tag == v8value.TagTrueBox)
	case v8value.TagNumberBox:
		f, _, err := r.Number(tag)
		if err != nil {
			return held, err
		}
		held = r.Isolate.Number(f)
	case v8value.TagStringBox:
		s, err := r.Text("the value of a String object")
		if err != nil {
			return held, err
		}
		if held, err = r.Isolate.String(s); err != nil {
			return held, err
		}
	case v8value.TagBigIntBox:
		n, err := r.BigInt()
		if err != nil {
			return held, err
		}
		if held, err = r.Isolate.BigInt(n); err != nil {
			return held, err
		}
	}
	return r.made(r.Isolate.Box(held))
}

// host reads an object of the platform.
func (r *Reader) host(at int) (quickjs.Value, error) {
	number, err := r.Uint32()
	if err != nil {
		return quickjs.Value{}, err
	}
	id := r.take(quickjs.Value{})
	if number == v8value.HostError {
		return r.hostError(id)
	}
	if r.opts.ReadHost != nil {
		v, ok, err := r.opts.ReadHost(r, number)
		if err != nil {
			return v, err
		}
		if ok {
			r.objects[id] = v
			return v, nil
		}
	}
	return quickjs.Value{}, r.Errorf(at, "an object of the runtime's type %d cannot be read", number)
}

// isIndexBelow reports of a name whether it is an array index below length.
func isIndexBelow(length uint32) func(name string) bool {
	return func(name string) bool {
		if name == "" || name[0] > '9' {
			return false
		}
		n, err := strconv.ParseUint(name, 10, 32)
		return err == nil && uint32(n) < length && strconv.FormatUint(n, 10) == name
	}
}
