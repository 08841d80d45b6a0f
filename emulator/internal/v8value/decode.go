package v8value

import (
	"errors"
	"reflect"
)

// Unmarshal reads a serialized value into what dst points to, by the package's
// table. What dst held before is lost.
func Unmarshal(data []byte, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return errors.New("v8value: the destination is not a pointer to a variable")
	}
	return UnmarshalValue(data, v.Elem())
}

// UnmarshalValue is [Unmarshal] into a settable value.
func UnmarshalValue(data []byte, dst reflect.Value) error {
	d, err := newDecoder(data)
	if err != nil {
		return err
	}
	p := planOf(dst.Type())
	if err = d.decode(p, dst); err != nil && d.retry13(err) {
		err = d.decode(p, dst)
	}
	if err != nil {
		return under("value", err)
	}
	return nil
}

// CountArgs gives the number of arguments that [MarshalArgs] was given.
func CountArgs(data []byte) (int, error) {
	d, err := newDecoder(data)
	if err != nil {
		return 0, err
	}
	return d.openArgs()
}

func (d *decoder) openArgs() (int, error) {
	at := d.pos
	tag, err := d.tag()
	if err != nil {
		return 0, err
	}
	if tag != TagDense {
		return 0, d.syntax(at, "the arguments of a call are not a dense array")
	}
	n, err := d.length()
	return int(n), err
}

// UnmarshalArgs reads the arguments of a call into the settable values dst and
// gives the number of arguments that there are. More than len(dst) are skipped;
// a missing or undefined one sets the zero value.
func UnmarshalArgs(data []byte, dst []reflect.Value) (given int, err error) {
	d, err := newDecoder(data)
	if err != nil {
		return 0, err
	}
	if given, err = d.openArgs(); err != nil {
		return 0, err
	}
	if err = d.args(given, dst); err != nil && d.retry13(err) {
		if given, err = d.openArgs(); err == nil {
			err = d.args(given, dst)
		}
	}
	return given, err
}

func (d *decoder) args(given int, dst []reflect.Value) error {
	for i, v := range dst {
		if i >= given || d.at(TagUndefined) || d.at(TagHole) {
			v.SetZero()
			continue
		}
		if err := d.decode(planOf(v.Type()), v); err != nil {
			return under("args", underIndex(i, err))
		}
	}
	return nil
}

// decode reads a value into v, whose type has plan p.
func (d *decoder) decode(p *plan, v reflect.Value) error {
	start := d.pos
	tag, err := d.tag()
	if err != nil {
		return err
	}
	for tag == TagObjectCount {
		if _, err := d.uint32(); err != nil {
			return err
		}
		start = d.pos
		if tag, err = d.tag(); err != nil {
			return err
		}
	}
	if p.op == opAny {
		d.pos = start
		return d.intoAny(v)
	}
	switch tag {
	case TagNull, TagUndefined:
		if v.Type() == undefinedType && tag == TagNull {
			return &TypeError{Value: "null", Type: undefinedType}
		}
		v.SetZero()
		return nil
	case TagReference:
		b, isView, from, err := d.jump(start)
		if err != nil {
			return err
		}
		if isView {
			return d.intoView(p, v, &b)
		}
		err = d.decode(p, v)
		d.back(from)
		return err
	}
	switch p.op {
	case opString:
		return d.intoString(v, tag, start)
	case opInt, opUint, opFloat:
		return d.intoNumber(p, v, tag, start)
	case opBool:
		switch tag {
		case TagTrue, TagTrueBox:
			v.SetBool(true)
			return nil
		case TagFalse, TagFalseBox:
			v.SetBool(false)
			return nil
		}
		return d.misfit(v, tag, start)
	}
	if err := d.enter(); err != nil {
		return err
	}
	err = d.compound(p, v, tag, start)
	d.leave()
	return err
}

func (d *decoder) intoString(v reflect.Value, tag byte, start int) error {
	if tag == TagStringBox {
		s, err := d.text("the value of a String object")
		if err == nil {
			v.SetString(s)
		}
		return err
	}
	s, ok, err := d.string(tag)
	switch {
	case err != nil:
		return err
	case !ok:
		return d.misfit(v, tag, start)
	}
	v.SetString(s)
	return nil
}

func (d *decoder) intoNumber(p *plan, v reflect.Value, tag byte, start int) error {
	f, ok, err := d.number(tag)
	switch {
	case err != nil:
		return err
	case !ok:
		return d.misfit(v, tag, start)
	}
	if !setNumber(p.op, v, f) {
		return &TypeError{Value: formatNumber(f), Type: v.Type()}
	}
	return nil
}

// setNumber sets v if it can hold f: exactly, or rounded to a float.
func setNumber(o op, v reflect.Value, f float64) bool {
	switch o {
	case opFloat:
		if v.OverflowFloat(f) {
			return false
		}
		v.SetFloat(f)
		return true
	case opInt:
		if !(-maxSafe <= f && f <= maxSafe) {
			return false
		}
		n := int64(f)
		if float64(n) != f || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	case opUint:
		if !(0 <= f && f <= maxSafe) {
			return false
		}
		n := uint64(f)
		if float64(n) != f || v.OverflowUint(n) {
			return false
		}
		v.SetUint(n)
		return true
	}
	return false
}

func (d *decoder) intoAny(v reflect.Value) error {
	if v.NumMethod() != 0 {
		return &TypeError{Value: d.describe(), Type: v.Type(), Hint: "only the empty interface can be decoded into"}
	}
	x, err := d.any()
	if err != nil {
		return err
	}
	if x == nil {
		v.SetZero()
	} else {
		v.Set(reflect.ValueOf(x))
	}
	return nil
}
