package durable

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// method is one RPC method of a Go class.
type method struct {
	goName   string
	name     string
	index    int
	params   []reflect.Type // without receiver, context and a variadic tail
	variadic reflect.Type   // the tail's element, or nil
	required int            // parameters that a caller may not leave out
	result   bool
	fails    bool
}

func newMethod(name string, m reflect.Method) (*method, error) {
	t := m.Type
	out := &method{goName: m.Name, name: name, index: m.Index}
	n := t.NumIn()
	if t.IsVariadic() {
		n--
		out.variadic = t.In(n).Elem()
	}
	for i := 2; i < n; i++ {
		p := t.In(i)
		out.params = append(out.params, p)
		if p.Kind() != reflect.Pointer && p.Kind() != reflect.Interface {
			out.required = len(out.params)
		}
	}
	results := t.NumOut()
	if results > 0 && t.Out(results-1) == errorType {
		out.fails = true
		results--
	}
	out.result = results == 1
	if results > 1 {
		return nil, errors.New("returns more than one value and an error: return a struct")
	}
	return out, nil
}

func (m *method) call(ctx context.Context, g *goInstance, data []byte) ([]byte, error) {
	in, err := m.arguments(ctx, g.class.name, data)
	if err != nil {
		return nil, err
	}
	f := g.recv.Method(m.index)
	var out []reflect.Value
	if m.variadic != nil {
		out = f.CallSlice(in)
	} else {
		out = f.Call(in)
	}
	if m.fails {
		if err, _ := out[len(out)-1].Interface().(error); err != nil {
			return nil, err
		}
	}
	if !m.result {
		return nil, nil
	}
	res, err := v8value.Marshal(out[0].Interface())
	if err != nil {
		return nil, cloneError(err)
	}
	return res, nil
}

// arguments decodes a call's arguments into the method's parameters. As with
// the runtime's own methods, too few are a TypeError; so are too many, which
// JavaScript would drop in silence.
func (m *method) arguments(ctx context.Context, class string, data []byte) ([]reflect.Value, error) {
	given, err := v8value.CountArgs(data)
	if err != nil {
		return nil, err
	}
	if given < m.required {
		return nil, typeError("Failed to execute '%s' on '%s': %d arguments required, but only %d present.", m.name, class, m.required, given)
	}
	if given > len(m.params) && m.variadic == nil {
		return nil, typeError("Failed to execute '%s' on '%s': %d arguments expected, but %d present.", m.name, class, len(m.params), given)
	}
	in := make([]reflect.Value, 1, len(m.params)+2)
	in[0] = reflect.ValueOf(ctx)
	for _, p := range m.params {
		in = append(in, reflect.New(p).Elem())
	}
	decode := in[1:]
	if m.variadic != nil {
		tail := reflect.MakeSlice(reflect.SliceOf(m.variadic), max(0, given-len(m.params)), max(0, given-len(m.params)))
		decode = append([]reflect.Value(nil), decode...)
		for i := range tail.Len() {
			decode = append(decode, tail.Index(i))
		}
		in = append(in, tail)
	}
	if _, err := v8value.UnmarshalArgs(data, decode); err != nil {
		return nil, typeError("Failed to execute '%s' on '%s': %s", m.name, class, fmt.Sprint(err))
	}
	return in, nil
}
