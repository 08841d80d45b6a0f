package clone

import (
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// plainError writes an error in V8's older form: its name only if it is one of
// the language's, message, stack and cause.
func (w *Writer) plainError(v quickjs.Value) error {
	name, err := w.textOf(v, "name")
	if err != nil {
		return err
	}
	var message, stack *string
	if own, ok, err := own(v, "message"); err != nil {
		return err
	} else if ok {
		text, err := own.Text()
		if err != nil {
			return err
		}
		message = &text
	}
	if s, err := v.Get("stack"); err != nil {
		return err
	} else if s.Kind() == quickjs.String && !w.opts.NoStack {
		text, err := s.Text()
		if err != nil {
			return err
		}
		stack = &text
	}
	w.Error(name, message, stack)
	cause, ok, err := own(v, "cause")
	if err != nil {
		return err
	}
	if ok {
		w.Tag(v8value.ErrorCause)
		if err := w.Write(cause); err != nil {
			return err
		}
	}
	w.Tag(v8value.ErrorEnd)
	return nil
}

// hostError writes an error in the runtime's form: name, message and all own
// properties, whether enumerable or not.
func (w *Writer) hostError(v quickjs.Value) error {
	name, err := w.textOf(v, "name")
	if err != nil {
		return err
	}
	message, err := v.Get("message")
	if err != nil {
		return err
	}
	w.Open(v8value.TagHost)
	w.Uint32(v8value.HostError)
	w.HostErrorName(name)
	if err := w.Write(message); err != nil {
		return err
	}
	w.Open(v8value.TagObject)
	if _, err := v.Get("stack"); err != nil { // becomes an own property when it is read
		return err
	}
	keys, err := v.Keys(quickjs.StringKeys)
	if err != nil {
		return err
	}
	var n uint32
	for _, k := range sorted(keys) {
		if k == "name" || k == "message" || k == "stack" && w.opts.NoStack {
			continue
		}
		value, err := v.Get(k)
		if err != nil {
			return err
		}
		n++
		w.Key(k)
		if err := w.Write(value); err != nil {
			return err
		}
	}
	w.Tag(v8value.TagObjectEnd)
	w.Uint32(n)
	return nil
}

// sorted gives the names of an error's properties with the stack first: V8 makes
// it before all others, this engine behind the message.
func sorted(keys []quickjs.Value) []string {
	names := make([]string, 0, len(keys))
	for _, k := range keys {
		name := k.String()
		names = append(names, name)
		if name == "stack" {
			copy(names[1:], names)
			names[0] = name
		}
	}
	return names
}

func (w *Writer) textOf(v quickjs.Value, name string) (string, error) {
	p, err := v.Get(name)
	if err != nil || p.IsUndefined() {
		return "Error", err
	}
	return p.Text()
}

// own reads an own property.
func own(v quickjs.Value, name string) (p quickjs.Value, ok bool, err error) {
	has, err := v.HasOwn(name)
	if err != nil || !has {
		return p, false, err
	}
	p, err = v.Get(name)
	return p, true, err
}

// plainError reads an error in V8's older form.
func (r *Reader) plainError() (quickjs.Value, error) {
	id := r.take(quickjs.Value{})
	e, cause, err := r.Error()
	if err != nil {
		return quickjs.Value{}, err
	}
	v, err := r.Isolate.NewError(e.Name, e.Message)
	if err != nil {
		return v, err
	}
	r.objects[id] = v
	if e.NoMessage {
		if err := v.Delete("message"); err != nil {
			return v, err
		}
	}
	stack, _ := e.Get("stack")
	text, _ := stack.(string)
	s, err := r.Isolate.String(text)
	if err != nil {
		return v, err
	}
	if stack == nil {
		s = r.Isolate.Undefined()
	}
	if err := v.Define("stack", quickjs.Property{Value: s, Writable: true, Configurable: true}); err != nil {
		return v, err
	}
	if !cause {
		return v, nil
	}
	c, err := r.Read()
	if err != nil {
		return v, err
	}
	if err := v.Define("cause", quickjs.Property{Value: c, Writable: true, Configurable: true}); err != nil {
		return v, err
	}
	return v, r.ErrorEnd()
}

// hostError reads an error in the runtime's form. The object with its properties
// takes a number of its own, and the error is known only behind them.
func (r *Reader) hostError(id int) (quickjs.Value, error) {
	name, message, err := r.HostErrorHead()
	if err != nil {
		return quickjs.Value{}, err
	}
	at := r.Offset()
	tag, err := r.Tag()
	if err != nil {
		return quickjs.Value{}, err
	}
	if tag != v8value.TagObject {
		return quickjs.Value{}, r.Errorf(at, "the properties of an error are not an object")
	}
	r.take(quickjs.Value{})
	v, err := r.Isolate.NewError(name, message)
	if err != nil {
		return v, err
	}
	if err := r.errorProps(v); err != nil {
		return v, err
	}
	r.objects[id] = v
	return v, nil
}

// errorProps reads the own properties of an error, which replace those that every
// error has.
func (r *Reader) errorProps(v quickjs.Value) error {
	n := 0
	for ; !r.At(v8value.TagObjectEnd); n++ {
		key, err := r.Key()
		if err != nil {
			return err
		}
		err = r.put(func(p quickjs.Value) error {
			return v.Define(key, quickjs.Property{Value: p, Writable: true, Enumerable: true, Configurable: true})
		})
		if err != nil {
			return err
		}
	}
	return r.End(n)
}

// ClassName is the name of the class that an object is an instance of, as V8
// tells it.
func ClassName(v quickjs.Value) string {
	proto, err := v.Prototype()
	if err != nil || !proto.IsObject() {
		return "Object"
	}
	ctor, ok, err := own(proto, "constructor")
	if err != nil || !ok || !ctor.IsFunction() {
		return "Object"
	}
	name, err := ctor.Get("name")
	if err != nil || name.Kind() != quickjs.String || name.String() == "" {
		return "Object"
	}
	return name.String()
}

// refuse is V8's error for what cannot be cloned.
func (w *Writer) refuse(v quickjs.Value) error {
	return &Error{w.describe(v) + " could not be cloned."}
}

// describe is how V8 shows a value in that error.
func (w *Writer) describe(v quickjs.Value) string {
	switch v.Kind() {
	case quickjs.Symbol:
		d, err := v.Get("description")
		if err != nil || d.Kind() != quickjs.String {
			return "Symbol()"
		}
		return "Symbol(" + d.String() + ")"
	case quickjs.Object:
	default:
		return v.String()
	}
	switch v.ObjectKind() {
	case quickjs.ArgumentsObject:
		return "#<Object>"
	case quickjs.GlobalObject:
		return "#<ServiceWorkerGlobalScope>"
	case quickjs.ViewObject:
		return "[object Object]"
	case quickjs.ProxyObject:
		for v.IsProxy() {
			v = v.ProxyTarget()
		}
		if !v.IsObject() {
			return "null"
		}
	}
	if v.IsFunction() {
		return source(v)
	}
	if name := constructed(v); name != "" {
		return "#<" + name + ">"
	}
	return "[object " + tagOf(v) + "]"
}

// source is the text of a function.
func source(v quickjs.Value) string {
	proto, err := v.Isolate().Global().Get("Function")
	if err == nil {
		proto, err = proto.Get("prototype")
	}
	if err == nil {
		v, err = invokeOn(proto, "toString", v)
	}
	if err != nil {
		return "function"
	}
	text := v.String()
	if head, ok := strings.CutSuffix(text, " {\n    [native code]\n}"); ok {
		if strings.HasPrefix(head, "function bound ") {
			head = "function ()"
		}
		return head + " { [native code] }"
	}
	return text
}

func invokeOn(proto quickjs.Value, method string, this quickjs.Value) (quickjs.Value, error) {
	fn, err := proto.Get(method)
	if err != nil {
		return fn, err
	}
	return fn.Call(this)
}

// constructed is the name of the class of an object that Object.prototype.toString
// shows, or "".
func constructed(v quickjs.Value) string {
	if k := v.ObjectKind(); k == quickjs.ArrayObject || k == quickjs.BoxedObject {
		return ""
	}
	proto, err := v.Prototype()
	if err != nil || !proto.IsObject() {
		return ""
	}
	ctor, ok, err := own(proto, "constructor")
	if err != nil || !ok || !ctor.IsFunction() {
		return ""
	}
	return ClassName(v)
}

// tagOf is the tag of an object as Object.prototype.toString shows it.
func tagOf(v quickjs.Value) string {
	if v.IsArray() {
		return "Array"
	}
	symbol, err := v.Isolate().Global().Get("Symbol")
	if err == nil {
		symbol, err = symbol.Get("toStringTag")
	}
	if err == nil {
		symbol, err = v.GetKey(symbol)
	}
	if err != nil || symbol.Kind() != quickjs.String {
		return "Object"
	}
	return symbol.String()
}
