package v8value

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// tree writes a node of a tree. Its children may be Go values of any kind.
func (e *encoder) tree(v Value) error {
	switch v := v.(type) {
	case Undefined:
		e.tag(TagUndefined)
		return nil
	case Hole:
		return &UncloneableError{Type: reflect.TypeOf(v), Reason: "a hole stands in an Array only"}
	}
	r := reflect.ValueOf(v)
	if r.IsNil() {
		e.tag(TagNull)
		return nil
	}
	if view, ok := v.(*View); ok && !e.written(v) {
		if err := e.viewBuffer(view); err != nil {
			return err
		}
	}
	if e.written(v) {
		e.tag(TagReference)
		e.uvarint(uint64(e.ids[v]))
		return nil
	}
	if e.ids == nil {
		e.ids = map[any]uint32{}
	}
	e.ids[v] = e.next
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > maxDepth {
		return &UncloneableError{Type: r.Type(), Reason: fmt.Sprintf("it is more than %d levels deep", maxDepth)}
	}
	return e.node(v)
}

func (e *encoder) written(v Value) bool {
	_, ok := e.ids[v]
	return ok
}

// viewBuffer writes the buffer of a view, which the format has before the view.
func (e *encoder) viewBuffer(v *View) error {
	refuse := func(reason string) error {
		return &UncloneableError{Type: reflect.TypeOf(v), Reason: reason}
	}
	size := v.Kind.size()
	switch {
	case v.Buffer == nil:
		return refuse("it has no buffer")
	case size == 0:
		return refuse(fmt.Sprintf("%q is no kind of view", byte(v.Kind)))
	case uint64(v.Offset)+uint64(v.Length) > uint64(len(v.Buffer.Data)):
		return refuse("it reaches beyond its buffer")
	case v.Offset%size != 0 || v.Length%size != 0:
		return refuse("its bounds are no multiples of its element size")
	case v.Tracking && !v.Buffer.Resizable:
		return refuse("it tracks a buffer that is not resizable")
	}
	return e.tree(v.Buffer)
}

func (e *encoder) node(v Value) error {
	switch v := v.(type) {
	case *Object:
		e.open(TagObject)
		return e.props(v.Props, TagObjectEnd)
	case *Array:
		return e.array(v)
	case *Map:
		e.open(TagMap)
		for i, entry := range v.Entries {
			if err := e.any(entry.Key); err != nil {
				return under("[key]", err)
			}
			if err := e.any(entry.Value); err != nil {
				return underIndex(i, err)
			}
		}
		e.tag(TagMapEnd)
		e.uvarint(uint64(2 * len(v.Entries)))
	case *Set:
		e.open(TagSet)
		for i, value := range v.Values {
			if err := e.any(value); err != nil {
				return underIndex(i, err)
			}
		}
		e.tag(TagSetEnd)
		e.uvarint(uint64(len(v.Values)))
	case *Date:
		e.open(TagDate)
		e.double(timeClip(v.Millis))
	case *RegExp:
		return e.regexp(v)
	case *Boxed:
		return e.boxed(v)
	case *ArrayBuffer:
		return e.buffer(v)
	case *View:
		e.view(v)
	case *Error:
		if v.Plain {
			return e.plainError(v)
		}
		return e.hostError(v)
	case *Host:
		if !delimited(v.Type) && len(e.buf)-e.base != 2 {
			return &UncloneableError{Type: reflect.TypeOf(v), Reason: "this object of the runtime cannot be part of another value"}
		}
		e.open(TagHost)
		e.uvarint(uint64(v.Type))
		e.buf = append(e.buf, v.Data...)
	}
	return nil
}

// props writes properties and what ends them: a tag and their number.
func (e *encoder) props(props []Property, end byte) error {
	for _, p := range props {
		e.key(p.Key)
		if err := e.any(p.Value); err != nil {
			return underKey(p.Key, err)
		}
	}
	e.tag(end)
	e.uvarint(uint64(len(props)))
	return nil
}

func (e *encoder) array(v *Array) error {
	begin, end, length := byte(TagDense), byte(TagDenseEnd), uint64(len(v.Elems))
	if v.Sparse {
		begin, end, length = TagSparse, TagSparseEnd, uint64(v.Length)
	}
	e.open(begin)
	e.uvarint(length)
	if !v.Sparse {
		for i, elem := range v.Elems {
			if _, hole := elem.(Hole); hole {
				e.tag(TagHole)
			} else if err := e.any(elem); err != nil {
				return underIndex(i, err)
			}
		}
	}
	if err := e.props(v.Props, end); err != nil {
		return err
	}
	e.uvarint(length)
	return nil
}

// view writes a view behind its buffer.
func (e *encoder) view(v *View) {
	e.open(TagView)
	e.uvarint(uint64(v.Kind))
	e.uvarint(uint64(v.Offset))
	flags := byte(0)
	if v.Tracking {
		flags |= viewTracking
		e.tag(0)
	} else {
		e.uvarint(uint64(v.Length))
	}
	if v.Buffer.Resizable {
		flags |= viewResizable
	}
	e.tag(flags)
}

// timeClip gives the milliseconds that a Date made from f has.
func timeClip(f float64) float64 {
	if !(math.Abs(f) <= maxTime) {
		return math.NaN()
	}
	return math.Trunc(f) + 0 // no -0
}

func (e *encoder) regexp(v *RegExp) error {
	var bits uint64
	for _, c := range v.Flags {
		bit := strings.IndexRune(regexpFlags, c)
		if bit < 0 || c == 0 || bits&(1<<bit) != 0 {
			return &UncloneableError{Type: reflect.TypeOf(v), Reason: fmt.Sprintf("invalid flags %q", v.Flags)}
		}
		bits |= 1 << bit
	}
	if strings.Contains(v.Flags, "u") && strings.Contains(v.Flags, "v") {
		return &UncloneableError{Type: reflect.TypeOf(v), Reason: fmt.Sprintf("invalid flags %q", v.Flags)}
	}
	e.open(TagRegExp)
	e.string(v.Source)
	e.uvarint(bits)
	return nil
}

func (e *encoder) boxed(v *Boxed) error {
	switch x := v.Value.(type) {
	case bool:
		if x {
			e.open(TagTrueBox)
		} else {
			e.open(TagFalseBox)
		}
	case float64:
		e.open(TagNumberBox)
		e.double(x)
	case string:
		e.open(TagStringBox)
		e.string(x)
	case *big.Int:
		e.open(TagBigIntBox)
		e.bigInt(x)
	default:
		return &UncloneableError{Type: reflect.TypeOf(v), Reason: fmt.Sprintf("it holds a %T", x)}
	}
	return nil
}

func (e *encoder) buffer(v *ArrayBuffer) error {
	if len(v.Data) > math.MaxUint32 {
		return &RangeError{Msg: "more than 4 GiB"}
	}
	if v.Resizable {
		if uint64(v.MaxLength) < uint64(len(v.Data)) {
			return &UncloneableError{Type: reflect.TypeOf(v), Reason: "it is longer than its greatest length"}
		}
		e.open(TagResizable)
		e.uvarint(uint64(len(v.Data)))
		e.uvarint(uint64(v.MaxLength))
	} else {
		e.open(TagBuffer)
		e.uvarint(uint64(len(v.Data)))
	}
	e.buf = append(e.buf, v.Data...)
	return nil
}

func (e *encoder) plainError(v *Error) error {
	e.open(TagError)
	for tag, name := range errorTags {
		if name == v.Name {
			e.tag(tag)
		}
	}
	if !v.NoMessage {
		e.tag(ErrorMessage)
		e.string(v.Message)
	}
	if stack, ok := v.Get("stack"); ok {
		if s, ok := stack.(string); ok {
			e.tag(ErrorStack)
			e.string(s)
		}
	}
	if cause, ok := v.Get("cause"); ok {
		e.tag(ErrorCause)
		if err := e.any(cause); err != nil {
			return underKey("cause", err)
		}
	}
	e.tag(ErrorEnd)
	return nil
}

func (e *encoder) hostError(v *Error) error {
	e.open(TagHost)
	e.uvarint(HostError)
	e.hostErrorName(cmp.Or(v.Name, "Error"))
	e.string(v.Message)
	e.open(TagObject)
	return e.props(v.Props, TagObjectEnd)
}

func (e *encoder) hostErrorName(name string) {
	n := max(0, slices.Index(hostErrors, name))
	e.uvarint(uint64(n))
	if n == 0 {
		e.string(name)
	}
}
