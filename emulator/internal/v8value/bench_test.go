package v8value

import (
	"reflect"
	"testing"
	"time"
)

type message struct {
	ID   int
	User string
	Text string
	At   time.Time
}

type benchmark struct {
	name string
	v    any
}

func benchmarks() []benchmark {
	list := make([]message, 100)
	for i := range list {
		list[i] = message{i, "ada", "hello, world", time.UnixMilli(1769904000123).UTC()}
	}
	numbers := make([]float64, 1000)
	for i := range numbers {
		numbers[i] = float64(i) * 1.5
	}
	return []benchmark{
		{"int", 42},
		{"string", "hello, world"},
		{"struct", struct {
			ID   int
			User string
			Hot  bool
		}{7, "ada", true}},
		{"message", list[0]},
		{"messages100", list},
		{"object", map[string]any{"a": 1.0, "b": "x", "c": []any{true, nil}}},
		{"floats1000", numbers},
		{"bytes1MiB", make([]byte, 1<<20)},
		{"latin1-1KiB", string(make([]rune, 1024))},
	}
}

func BenchmarkMarshal(b *testing.B) {
	for _, bm := range benchmarks() {
		b.Run("value="+bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Marshal(bm.v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	for _, bm := range benchmarks() {
		b.Run("value="+bm.name, func(b *testing.B) {
			data, err := Marshal(bm.v)
			if err != nil {
				b.Fatal(err)
			}
			dst := reflect.New(reflect.TypeOf(bm.v)).Interface()
			b.ReportAllocs()
			for b.Loop() {
				if err := Unmarshal(data, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCall is what a call of a method with two strings costs here: its
// arguments there, its result back.
func BenchmarkCall(b *testing.B) {
	args := []any{"ada", "hello, world"}
	var user, text string
	dst := []reflect.Value{reflect.ValueOf(&user).Elem(), reflect.ValueOf(&text).Elem()}
	b.ReportAllocs()
	for b.Loop() {
		data, err := MarshalArgs(args)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := UnmarshalArgs(data, dst); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	data, err := Marshal(benchmarks()[4].v)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		v, err := Decode(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Encode(v); err != nil {
			b.Fatal(err)
		}
	}
}
