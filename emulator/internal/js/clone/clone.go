package clone

import (
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Options says how values are written and read. The zero value is what
// structuredClone and storage do since compatibility date 2026-04-21.
type Options struct {
	// PlainErrors writes errors in V8's older form, which keeps neither names of
	// classes nor own properties: legacy_error_serialization (rule 5.38).
	PlainErrors bool
	// NoStack leaves stacks of errors out, as calls do.
	NoStack bool
	// Strict refuses instances of classes and objects without a prototype, which
	// otherwise become plain objects, as calls do (rule 10.15).
	Strict bool
	// Host is asked first about every object that is none of the language's own
	// data types: host objects, instances of classes, errors, functions, proxies,
	// promises. It writes the object with w and reports true, reports false to leave
	// it to the rules above, or refuses it. Objects that it writes into another
	// object's bytes must be written by [Writer.Write].
	Host func(w *Writer, v quickjs.Value) (ok bool, err error)
	// ReadHost reads what Host wrote with [Writer.Host]; ok is false for a number
	// that it does not know.
	ReadHost func(r *Reader, number uint32) (v quickjs.Value, ok bool, err error)
	// Transfer lists ArrayBuffers that lose their bytes once the value is written.
	Transfer []quickjs.Value
}

// Error says that a value cannot be cloned. JavaScript sees a DataCloneError.
type Error struct{ Message string }

func (e *Error) Error() string { return "DataCloneError: " + e.Message }

// Unsupported is the error for an object of the platform, or of a class, that
// cannot be cloned.
func Unsupported(class string) error {
	return &Error{fmt.Sprintf("Could not serialize object of type %q. This type does not support serialization.", class)}
}

// Marshal writes a value. The error is an [Error], what a getter threw, or what
// Options.Host returned.
func Marshal(v quickjs.Value, o Options) ([]byte, error) {
	w := newWriter(v.Isolate(), o)
	return w.finish(func() error { return w.Write(v) })
}

// MarshalArgs writes the arguments of a call as v8value.MarshalArgs does.
func MarshalArgs(iso *quickjs.Isolate, args []quickjs.Value, o Options) ([]byte, error) {
	w := newWriter(iso, o)
	return w.finish(func() error {
		w.Open(v8value.TagDense)
		w.Uint32(uint32(len(args)))
		for _, v := range args {
			if err := w.Write(v); err != nil {
				return err
			}
		}
		w.Tag(v8value.TagDenseEnd)
		w.Uint32(0)
		w.Uint32(uint32(len(args)))
		return nil
	})
}

// Unmarshal reads a value. Data that is damaged is a *v8value.SyntaxError.
func Unmarshal(iso *quickjs.Isolate, data []byte, o Options) (quickjs.Value, error) {
	scope := iso.OpenScope()
	r, err := newReader(iso, data, o)
	if err != nil {
		return quickjs.Value{}, err
	}
	v, err := r.Read()
	if err != nil && r.again(err) {
		v, err = r.Read()
	}
	if err != nil {
		return quickjs.Value{}, err // its scope stays open for what was thrown
	}
	return scope.Escape(v), nil
}

// UnmarshalArgs reads the arguments of a call.
func UnmarshalArgs(iso *quickjs.Isolate, data []byte, o Options) ([]quickjs.Value, error) {
	r, err := newReader(iso, data, o)
	if err != nil {
		return nil, err
	}
	args, err := r.args()
	if err != nil && r.again(err) {
		args, err = r.args()
	}
	return args, err
}
