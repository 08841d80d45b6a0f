package js

import (
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

func marshalGo(v any) ([]byte, error)        { return v8value.Marshal(v) }
func unmarshalGo(data []byte, dst any) error { return v8value.Unmarshal(data, dst) }

// marshal and unmarshal are for values without references.
func marshal(v quickjs.Value) ([]byte, error) { return clone.Marshal(v, clone.Options{}) }

func unmarshal(iso *quickjs.Isolate, data []byte) (quickjs.Value, error) {
	if data == nil {
		return quickjs.Value{}, nil
	}
	return clone.Unmarshal(iso, data, clone.Options{})
}

// jsValue gives JavaScript a value of Go's.
func jsValue(iso *quickjs.Isolate, v any) (quickjs.Value, error) {
	data, err := marshalGo(v)
	if err != nil {
		return quickjs.Value{}, err
	}
	return unmarshal(iso, data)
}

// cloneError makes the DOMException that stands for a value that cannot be
// cloned.
func (w *Worker) cloneError(err error) error { return w.platform.CloneError(err) }
