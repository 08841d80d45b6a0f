package v8value

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type withMutex struct {
	sync.Mutex
	N int
}

type counter struct{ N atomic.Int64 }

type hidden struct{ n int }

// TestMarshalErrors checks what has no counterpart in JavaScript (rules 5.37,
// 10.15; design: numbers), and that errors name the place.
func TestMarshalErrors(t *testing.T) {
	cycle := &node{Name: "a"}
	cycle.Next = cycle
	slice := []any{nil}
	slice[0] = slice
	loop := map[string]any{}
	loop["me"] = []any{loop}
	_ = hidden{}.n
	for _, tt := range []struct {
		name  string
		v     any
		want  string
		clone bool // an UncloneableError, not a RangeError
	}{
		{"int beyond", map[string]any{"seats": []any{0, map[string]int64{"price": 1<<53 + 1}}}, "args[0].seats[1].price: 9007199254740993 is not a safe integer", false},
		{"uint beyond", []uint64{math.MaxUint64}, "args[0][0]: 18446744073709551615 is not a safe integer", false},
		{"negative beyond", struct {
			A int `json:"a-b"`
		}{-1<<53 - 1}, `args[0]["a-b"]: -9007199254740993 is not a safe integer`, false},
		{"map key beyond", map[int]string{1 << 60: ""}, "args[0][key]: 1152921504606846976 is not a safe integer", false},
		{"time beyond", time.Date(275761, 1, 1, 0, 0, 0, 0, time.UTC), "args[0]: year 275761 is outside the range of Date", false},
		{"func", struct{ F func() }{func() {}}, "args[0].f: Go type func() could not be cloned", true},
		{"nil func", (func())(nil), "args[0]: Go type func() could not be cloned", true},
		{"chan", []any{make(chan int)}, "args[0][0]: Go type chan int could not be cloned", true},
		{"complex", 1i, "args[0]: Go type complex128 could not be cloned", true},
		{"mutex", &sync.Mutex{}, "args[0]: Go type sync.Mutex could not be cloned", true},
		{"embedded mutex", &withMutex{}, "args[0]: Go type v8value.withMutex could not be cloned: it embeds sync.Mutex", true},
		{"atomic", &counter{}, "args[0].n: Go type atomic.Int64 could not be cloned", true},
		{"hidden", hidden{}, "args[0]: Go type v8value.hidden could not be cloned: it has no exported fields", true},
		{"error", errors.New("x"), "args[0]: Go type errors.errorString could not be cloned: it has no exported fields", true},
		{"reflect", reflect.ValueOf(1), "args[0]: Go type reflect.Value could not be cloned: it has no exported fields", true},
		{"hole", Hole{}, "args[0]: Go type v8value.Hole could not be cloned: a hole stands in an Array only", true},
		{"in a Map", &Map{[]Entry{{"k", func() {}}}}, "args[0][0]: Go type func() could not be cloned", true},
		{"flags", &RegExp{"a", "gg"}, `args[0]: Go type *v8value.RegExp could not be cloned: invalid flags "gg"`, true},
		{"view", &View{Kind: Uint8Array, Buffer: &ArrayBuffer{}, Length: 1}, "args[0]: Go type *v8value.View could not be cloned: it reaches beyond its buffer", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := MarshalArgs([]any{tt.v})
			var clone *UncloneableError
			var rng *RangeError
			if err == nil || err.Error() != tt.want || errors.As(err, &clone) != tt.clone || errors.As(err, &rng) == tt.clone {
				t.Errorf("got  %T %v\nwant %s", err, err, tt.want)
			}
		})
	}
	for name, v := range map[string]any{"pointer": cycle, "slice": slice, "map": loop} {
		t.Run("cycle of "+name, func(t *testing.T) {
			_, err := Marshal(v)
			var clone *UncloneableError
			if !errors.As(err, &clone) || clone.Reason != "it contains itself" {
				t.Errorf("got %.200v", err)
			}
		})
	}
}

// TestCyclesOfTrees checks that a tree may contain itself (rule 5.33).
func TestCyclesOfTrees(t *testing.T) {
	o := &Object{}
	o.Props = []Property{{"self", o}, {"list", &Array{Elems: []Value{o}}}}
	data, err := Marshal(map[string]any{"a": []byte{1}, "o": o})
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := v.(*Object).Get("o")
	self, _ := got.(*Object).Get("self")
	if self != got {
		t.Errorf("the reference leads elsewhere: %s", show(v))
	}
	var x any
	if err := Unmarshal(data, &x); err == nil || !strings.Contains(err.Error(), "object 3 contains itself, which a Go value cannot") {
		t.Errorf("into any: %v", err)
	}
}

// TestUnmarshalErrors checks that a value that does not fit is refused with its
// place.
func TestUnmarshalErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    any
		dst  any
		want string
	}{
		{"fraction", 1.5, new(int), "value: 1.5 does not fit Go type int"},
		{"out of range", 300, new(uint8), "value: 300 does not fit Go type uint8"},
		{"negative", -1, new(uint), "value: -1 does not fit Go type uint"},
		{"inexact", float64(1 << 60), new(int64), "value: 1152921504606847000 does not fit Go type int64"},
		{"not a number", math.NaN(), new(int), "value: NaN does not fit Go type int"},
		{"float32", 1e300, new(float32), "value: 1e+300 does not fit Go type float32"},
		{"infinite", math.Inf(-1), new(int), "value: -Infinity does not fit Go type int"},
		{"string", map[string]any{"seats": []any{map[string]any{"row": "x"}}}, new(struct{ Seats []seat }), `value.seats[0].row: string "x" does not fit Go type int`},
		{"number", 5, new(string), "value: 5 does not fit Go type string"},
		{"boolean", true, new(int), "value: boolean does not fit Go type int"},
		{"object", map[string]any{}, new([]int), "value: object does not fit Go type []int"},
		{"array", []int{1}, new(seat), "value: Array does not fit Go type v8value.seat"},
		{"too many", []int{1, 2, 3}, new([2]int), "value: an Array of 3 or more elements does not fit Go type [2]int"},
		{"too many bytes", []byte{1, 2, 3}, new([2]byte), "value: an Array of 3 or more elements does not fit Go type [2]uint8"},
		{"date", time.Unix(0, 0), new(string), "value: Date does not fit Go type string"},
		{"invalid date", &Date{math.NaN()}, new(time.Time), "value: an invalid Date does not fit Go type time.Time"},
		{"BigInt", big.NewInt(5), new(int), "value: BigInt 5 does not fit Go type int"},
		{"number for BigInt", 5, new(*big.Int), "value: 5 does not fit Go type big.Int"},
		{"bytes", []byte{1}, new(string), "value: Uint8Array does not fit Go type string"},
		{"object for Map", map[string]any{"a": 1}, new(map[int]int), "value: object does not fit Go type map[int]int: only a Map has keys of this type"},
		{"value in a Map", map[int]string{7: "a"}, new(map[int]int), `value[7]: string "a" does not fit Go type int`},
		{"value in an object", map[string]any{"a b": "c"}, new(map[string]int), `value["a b"]: string "c" does not fit Go type int`},
		{"incomparable", &Map{[]Entry{{[]any{}, 1}}}, new(map[any]int), "value[key]: a value that Go cannot compare does not fit Go type map[interface {}]int"},
		{"interface", 5, new(error), "value: 5 does not fit Go type error: only the empty interface can be decoded into"},
		{"func", 5, new(func()), "value: Go type func() could not be cloned"},
		{"Set", &Set{}, new(*Map), "value: Set does not fit Go type *v8value.Map"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := Marshal(tt.v)
			if err != nil {
				t.Fatal(err)
			}
			err = Unmarshal(data, tt.dst)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	for _, dst := range []any{nil, 5, (*int)(nil)} {
		if err := Unmarshal([]byte{TagNull}, dst); err == nil {
			t.Errorf("destination %#v is taken", dst)
		}
	}
}

// TestArgs checks that the number of arguments is kept.
func TestArgs(t *testing.T) {
	type point struct{ X, Y int }
	args := []any{"ada", nil, Undefined{}, point{1, 2}, "more"}
	data, err := MarshalArgs(args)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := CountArgs(data); n != 5 || err != nil {
		t.Errorf("CountArgs = %d, %v", n, err)
	}
	var (
		name        = "old"
		pointer     = new(1)
		undef   any = "old"
		p       point
	)
	dst := []reflect.Value{reflect.ValueOf(&name).Elem(), reflect.ValueOf(&pointer).Elem(), reflect.ValueOf(&undef).Elem(), reflect.ValueOf(&p).Elem()}
	n, err := UnmarshalArgs(data, dst)
	if n != 5 || err != nil || name != "ada" || pointer != nil || undef != nil || p != (point{1, 2}) {
		t.Errorf("got %d, %v: %q %v %v %v", n, err, name, pointer, undef, p)
	}
	var all []any
	if err := Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]any{"ada", nil, Undefined{}, map[string]any{"x": 1.0, "y": 2.0}, "more"}, all); d != "" {
		t.Errorf("as an array (-want +got):\n%s", d)
	}

	if data, err = MarshalArgs(nil); err != nil {
		t.Fatal(err)
	}
	if n, err := UnmarshalArgs(data, dst); n != 0 || err != nil || name != "" || p != (point{}) {
		t.Errorf("no arguments: %d, %v: %q %v", n, err, name, p)
	}
	data, _ = MarshalArgs([]any{"x", 1.5})
	if _, err := UnmarshalArgs(data, []reflect.Value{reflect.ValueOf(&name).Elem(), reflect.ValueOf(&p).Elem()}); err == nil || err.Error() != "args[1]: 1.5 does not fit Go type v8value.point" {
		t.Errorf("got %v", err)
	}
	for _, bad := range []string{"", "ff0f", "ff0f30", "ff0f6103400003", "ff0f41ff", "ff114902"} {
		data, _ := hex.DecodeString(bad)
		if _, err := CountArgs(data); err == nil {
			t.Errorf("CountArgs(%s) gives no error", bad)
		}
	}
}

// TestSyntaxErrors checks that broken bytes are named with their place.
func TestSyntaxErrors(t *testing.T) {
	for _, tt := range []struct{ hex, want string }{
		{"", "invalid serialized value at byte 0: unexpected end"},
		{"ff0f2205616263", "invalid serialized value at byte 7: unexpected end"},
		{"ff0c30", "invalid serialized value at byte 1: version 12 of the format is not supported, only 13 to 16"},
		{"ff0f4f", `invalid serialized value at byte 2: tag 'O' cannot be read`},
		{"ff0f7500", `invalid serialized value at byte 2: tag 'u', a SharedArrayBuffer cannot be read`},
		{"ff0f41055c05", "invalid serialized value at byte 3: an array of 5 elements is longer than the data"},
		{"ff0f41015c0500", "invalid serialized value at byte 5: an object of the runtime's type 5 (Request) inside another value cannot be read"},
		{"ff0f41015e07240001", "invalid serialized value at byte 4: a reference to object 7, which does not stand before it"},
		{"ff0f61ffffffff0f4000ffffffff0f", "invalid serialized value at byte 3: a sparse array of length 4294967295 is too long for a Go slice"},
	} {
		data, _ := hex.DecodeString(tt.hex)
		for _, dst := range []any{new(any), new([]any)} {
			var syntax *SyntaxError
			if err := Unmarshal(data, dst); !errors.As(err, &syntax) || err.Error() != tt.want {
				t.Errorf("%s into %T:\ngot  %v\nwant %s", tt.hex, dst, err, tt.want)
			}
		}
	}
}

// TestHostileInput checks that little input does not take much memory or stack.
func TestHostileInput(t *testing.T) {
	deep := func(n int) []byte {
		return append(append([]byte{TagVersion, 15}, bytes.Repeat([]byte{TagDense, 1}, n)...), TagNull)
	}
	// Each object holds the one before it twice: 2^40 copies as Go values.
	laughs := []byte{TagVersion, 15, TagDense, 40, TagDense, 0, TagDenseEnd, 0, 0}
	for i := byte(1); i < 40; i++ {
		laughs = append(laughs, TagDense, 2, TagReference, i, TagReference, i, TagDenseEnd, 0, 2)
	}
	laughs = append(laughs, TagDenseEnd, 0, 40)
	// Each array announces as many elements as there are bytes.
	var nested bytes.Buffer
	nested.Write([]byte{TagVersion, 15})
	for range 5000 {
		nested.Write([]byte{TagDense, 0x88, 0x27})
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string // of the error into any
	}{
		{"deep", deep(1 << 20), "levels deep"},
		{"repeated", laughs, "references repeat more than the size of the data allows"},
		{"lengths", nested.Bytes(), "an array of"},
		{"long sparse", []byte{TagVersion, 15, TagSparse, 0xff, 0xff, 0xff, 0x0f, TagSparseEnd, 0, 0xff, 0xff, 0xff, 0x0f}, "too long"},
		{"long buffer", []byte{TagVersion, 15, TagBuffer, 0xff, 0xff, 0xff, 0xff, 0x0f}, "unexpected end"},
		{"long BigInt", []byte{TagVersion, 15, TagBigInt, 0xfe, 0xff, 0xff, 0xff, 0x0f}, "unexpected end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, dst := range []any{new(any), new([]any), new([][]any), new([]int)} {
				var err error
				got := allocated(func() { err = Unmarshal(tt.data, dst) })
				if limit := uint64(192<<20 + 64*len(tt.data)); got > limit {
					t.Errorf("into %T takes %d MiB", dst, got>>20)
				}
				if _, ok := dst.(*any); ok && (err == nil || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("got %v, want %s", err, tt.want)
				}
			}
		})
	}
	// What a tree shares costs nothing.
	if _, err := Decode(laughs); err != nil {
		t.Error(err)
	}
	// A resizable buffer does not take its greatest length.
	if got := allocated(func() {
		_, _ = Decode([]byte{TagVersion, 15, TagResizable, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	}); got > 1<<20 {
		t.Errorf("a resizable buffer takes %d bytes", got)
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
