package v8value

import (
	"bytes"
	"math/big"
	"reflect"
	"testing"
	"time"
)

func addRecordings(f *testing.F) {
	f.Helper()
	for _, name := range []string{"values.json", "bytes.json"} {
		for _, r := range recordings(f, name) {
			if data := r.bytes(f); len(data) < 1000 {
				f.Add(data)
			}
		}
	}
}

// FuzzDecode reads any bytes as a tree. What could be read must be writable, and
// reading that must give the same tree.
func FuzzDecode(f *testing.F) {
	addRecordings(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Decode(data)
		if err != nil {
			return
		}
		fixedPoint(t, v)
		d, err := newDecoder(data)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.skip(nil); err != nil {
			if !d.retry13(err) {
				t.Fatalf("a value that can be read cannot be skipped: %v", err)
			}
		}
	})
}

type everything struct {
	B bool
	I int8
	U uint16
	F float32
	S string
	Y []byte
	T time.Time
	N *big.Int
	L []everything
	A [2]any
	M map[string]int
	K map[float64]string
	P *everything
	X any
}

// FuzzUnmarshal reads any bytes into Go values. What could be read must be
// writable, and must then be read and written alike.
func FuzzUnmarshal(f *testing.F) {
	addRecordings(f)
	types := []reflect.Type{
		reflect.TypeFor[any](), reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[[]any](),
		reflect.TypeFor[[]byte](), reflect.TypeFor[[]float64](), reflect.TypeFor[map[string]any](),
		reflect.TypeFor[map[any]any](), reflect.TypeFor[time.Time](), reflect.TypeFor[*big.Int](), reflect.TypeFor[everything](),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, typ := range types {
			v := reflect.New(typ).Elem()
			if UnmarshalValue(data, v) != nil {
				continue
			}
			once, err := MarshalValue(v)
			if err != nil {
				if _, ok := v.Interface().(*Host); ok {
					continue
				}
				t.Fatalf("%v was read and cannot be written: %v", v.Type(), err)
			}
			again := reflect.New(typ).Elem()
			if err := UnmarshalValue(once, again); err != nil {
				t.Fatalf("%v: %x was written and cannot be read: %v", typ, once, err)
			}
			twice, err := MarshalValue(again)
			if err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("%v: written as\n%x, then as\n%x (%v)", typ, once, twice, err)
			}
		}
		n, err := UnmarshalArgs(data, []reflect.Value{reflect.New(types[1]).Elem(), reflect.New(types[0]).Elem()})
		if count, cerr := CountArgs(data); err == nil && (cerr != nil || n != count) {
			t.Fatalf("%d arguments, then %d (%v)", n, count, cerr)
		}
	})
}
