package js

import (
	"reflect"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

func marshalGo(v any) ([]byte, error)         { return v8value.Marshal(v) }
func unmarshalGo(data []byte, dst any) error  { return v8value.Unmarshal(data, dst) }
func marshal(v quickjs.Value) ([]byte, error) { return marshalGo(goValue(v)) }

// goValue is a stopgap until clone lands.
func goValue(v quickjs.Value) any {
	switch v.Kind() {
	case quickjs.Undefined:
		return v8value.Undefined{}
	case quickjs.Null:
		return nil
	case quickjs.Bool:
		return v.Truthy()
	case quickjs.Number:
		f, _ := v.Float()
		return f
	case quickjs.String:
		return v.String()
	}
	if v.IsArray() {
		n, _ := v.Get("length")
		f, _ := n.Float()
		out := []any{}
		for i := range int(f) {
			e, _ := v.GetIndex(i)
			out = append(out, goValue(e))
		}
		return out
	}
	out := map[string]any{}
	names, _ := v.Names()
	for _, name := range names {
		p, _ := v.Get(name)
		out[name] = goValue(p)
	}
	return out
}

func unmarshal(iso *quickjs.Isolate, data []byte) (quickjs.Value, error) {
	if data == nil {
		return quickjs.Value{}, nil
	}
	var out any
	if err := v8value.Unmarshal(data, &out); err != nil {
		return quickjs.Value{}, err
	}
	return jsValue(iso, out)
}

func jsValue(iso *quickjs.Isolate, v any) (quickjs.Value, error) {
	switch v := v.(type) {
	case nil:
		return iso.Null(), nil
	case bool:
		return iso.Bool(v), nil
	case float64:
		return iso.Number(v), nil
	case string:
		return iso.String(v)
	case []any:
		arr, err := iso.Array()
		for i, e := range v {
			x, err := jsValue(iso, e)
			if err != nil {
				return x, err
			}
			if err := arr.SetIndex(i, x); err != nil {
				return x, err
			}
		}
		return arr, err
	case map[string]any:
		obj, err := iso.Object()
		for k, e := range v {
			x, err := jsValue(iso, e)
			if err != nil {
				return x, err
			}
			if err := obj.Set(k, x); err != nil {
				return x, err
			}
		}
		return obj, err
	}
	return quickjs.Value{}, nil
}

func marshalArgs(list quickjs.Value) ([]byte, error) {
	v, _ := goValue(list).([]any)
	return v8value.MarshalArgs(v)
}

func unmarshalArgs(iso *quickjs.Isolate, data []byte) ([]quickjs.Value, error) {
	n, err := v8value.CountArgs(data)
	if err != nil || n == 0 {
		return nil, err
	}
	list := make([]any, n)
	dst := make([]reflect.Value, n)
	for i := range list {
		dst[i] = reflect.ValueOf(&list[i]).Elem()
	}
	if _, err := v8value.UnmarshalArgs(data, dst); err != nil {
		return nil, err
	}
	out := make([]quickjs.Value, n)
	for i, v := range list {
		if out[i], err = jsValue(iso, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}
