package v8value

import (
	"encoding/hex"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var bigInts = cmp.Comparer(func(a, b *big.Int) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Cmp(b) == 0
})

func pow2(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }

type seat struct {
	Row   int
	Price float64
}

// TestMarshalWritesWhatV8Writes compares the bytes of Go values with those that
// the real runtime wrote for the JavaScript value of the same meaning.
func TestMarshalWritesWhatV8Writes(t *testing.T) {
	written := map[string]string{}
	for _, r := range recordings(t, "values.json") {
		if r.Date == "2026-07-01" {
			written[r.JS] = r.Hex
		}
	}
	for _, tt := range []struct {
		js   string
		rule string
		v    any
	}{
		{"null", "5.42", nil},
		{"null", "nil pointer", (*int)(nil)},
		{"null", "nil slice", []int(nil)},
		{"null", "nil bytes", []byte(nil)},
		{"null", "nil map", map[string]int(nil)},
		{"undefined", "5.42", Undefined{}},
		{"true", "5.42", true},
		{"false", "5.42", false},
		{"5", "5.41", 5},
		{"5", "5.41", uint8(5)},
		{"5", "whole floats are integers", 5.0},
		{"5", "pointer", new(5)},
		{"-3", "5.41", int64(-3)},
		{"1073741823", "31 bits", 1<<30 - 1},
		{"1073741824", "31 bits", 1 << 30},
		{"1073741824", "31 bits", float64(1 << 30)},
		{"-1073741824", "31 bits", int32(-1 << 30)},
		{"-1073741825", "31 bits", int32(-1<<30 - 1)},
		{"2147483647", "31 bits", uint32(math.MaxInt32)},
		{"4294967295", "5.41", uint64(math.MaxUint32)},
		{"9007199254740991", "5.41", int64(1<<53 - 1)},
		{"-9007199254740992", "design: up to 2^53", int64(-1 << 53)},
		{"-0", "5.33", math.Copysign(0, -1)},
		{"0.5", "5.41", float32(0.5)},
		{"NaN", "5.41", math.NaN()},
		{"Infinity", "5.41", math.Inf(1)},
		{`""`, "5.43", ""},
		{`"hello, world"`, "5.43", "hello, world"},
		{`"é"`, "5.43", "é"},
		{`"ÿþ"`, "5.43", "ÿþ"},
		{`"a\u0100"`, "5.43", "aĀ"},
		{`"x😀y"`, "5.43", "x😀y"},
		{`"日".repeat(70)`, "padding", "日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日"},
		{"0n", "5.47", new(big.Int)},
		{"-1n", "5.47", big.NewInt(-1)},
		{"2n**64n", "5.47", *pow2(64)},
		{"2n**200n+7n", "5.47", new(big.Int).Add(pow2(200), big.NewInt(7))},
		{"{}", "5.44", struct{}{}},
		{"{}", "5.44", map[string]int{}},
		{"{a:1}", "5.44", struct{ A int }{1}},
		{"{a:1}", "5.44", map[string]any{"a": 1}},
		{"{b:1,a:2}", "order of fields", struct{ B, A int }{1, 2}},
		{`{1:"x",a:2,0:"y"}`, "indices first", map[string]any{"1": "x", "a": 2, "0": "y"}},
		{`{1:"x",a:2,0:"y"}`, "indices first", struct {
			X string `json:"1"`
			A int
			Y string `json:"0"`
		}{"x", 2, "y"}},
		{"{2147483647:1,2147483648:2,4294967294:3,4294967295:4}", "indices as numbers",
			map[string]int{"2147483647": 1, "2147483648": 2, "4294967294": 3, "4294967295": 4}},
		{`{"-1":1,"01":2,"1.5":3}`, "no indices", struct {
			A int `json:"-1"`
			B int `json:"01"`
			C int `json:"1.5"`
		}{1, 2, 3}},
		{`{"日本":1,"é":2}`, "names beyond ASCII", struct {
			J int `json:"日本"`
			E int `json:"é"`
		}{1, 2}},
		{`{ab:"日本"}`, "padding", struct{ Ab string }{"日本"}},
		{"[]", "5.45", []int{}},
		{"[]", "5.45", [0]string{}},
		{"[1,2,3]", "5.45", []int{1, 2, 3}},
		{"[1,2,3]", "5.45", [3]uint16{1, 2, 3}},
		{`[1,"a",null]`, "5.45", []any{1, "a", nil}},
		{"[[1,2],[3]]", "5.45", [][]int{{1, 2}, {3}}},
		{`new Map([[1.5,"x"],[2,"y"]])`, "5.46", map[float64]string{2: "y", 1.5: "x"}},
		{"new Map([[true,1],[false,0]])", "5.46", &Map{[]Entry{{true, 1}, {false, 0}}}},
		{`new Set([1,"a",null])`, "5.46", &Set{[]Value{1, "a", nil}}},
		{"new Date(0)", "5.46", time.Unix(0, 0)},
		{"new Date(1769904000123)", "milliseconds", time.UnixMilli(1769904000123).Add(999 * time.Microsecond)},
		{"new Date(-62135596800000)", "the zero time", time.Time{}},
		{"new Date(NaN)", "5.46", &Date{math.NaN()}},
		{"/a+b/gi", "5.46", &RegExp{"a+b", "gi"}},
		{"new Uint8Array([1,2,3]).buffer", "5.48", &ArrayBuffer{Data: []byte{1, 2, 3}}},
		{"new Uint8Array(0)", "5.48", []byte{}},
		{"new Uint8Array([1,2,3])", "5.48", []byte{1, 2, 3}},
		{"new Uint8Array([1,2,3])", "5.48", [3]byte{1, 2, 3}},
		{"new Uint8Array(300)", "5.48", make([]byte, 300)},
		{`(()=>{const e=new TypeError("t");e.stack="S";return e})()`, "5.49", &Error{Name: "TypeError", Message: "t", Props: []Property{{"stack", "S"}}}},
		{`{name:"ada",seats:[{row:1,price:9.5},{row:2,price:10.5}],at:new Date(0),raw:new Uint8Array([0,255])}`, "all together", struct {
			Name  string
			Seats []seat
			At    time.Time
			Raw   []byte
		}{"ada", []seat{{1, 9.5}, {2, 10.5}}, time.Unix(0, 0), []byte{0, 255}}},
	} {
		t.Run(tt.js+" "+tt.rule, func(t *testing.T) {
			want, ok := written[tt.js]
			if !ok {
				t.Fatal("not recorded")
			}
			got, err := Marshal(tt.v)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, hex.EncodeToString(got)); d != "" {
				t.Errorf("bytes (-want +got):\n%s", d)
			}
			// A prefix of odd length does not move the padding.
			if got, err = Append([]byte("abc"), tt.v); err != nil || hex.EncodeToString(got[3:]) != want {
				t.Errorf("Append = %x, %v", got, err)
			}
			if got, err = MarshalValue(reflect.ValueOf(tt.v)); err != nil || hex.EncodeToString(got) != want {
				t.Errorf("MarshalValue = %x, %v", got, err)
			}
		})
	}
}

// TestUnmarshalAny reads what V8 wrote into any.
func TestUnmarshalAny(t *testing.T) {
	want := map[string]any{
		"null": nil, "undefined": Undefined{}, "true": true, "5": 5.0, "0.5": 0.5, `"日本"`: "日本", `"\ud800"`: "\uFFFD",
		`"a\udc00b"`: "a\uFFFDb", "2n**64n": pow2(64), "{}": map[string]any{}, "[]": []any{},
		"{a:1,b:\"x\",c:null,d:undefined}":                      map[string]any{"a": 1.0, "b": "x", "c": nil, "d": Undefined{}},
		"{2147483647:1,2147483648:2,4294967294:3,4294967295:4}": map[string]any{"2147483647": 1.0, "2147483648": 2.0, "4294967294": 3.0, "4294967295": 4.0},
		"[1,,3]":                                        []any{1.0, Undefined{}, 3.0},
		"Object.assign([1,2],{x:\"y\"})":                []any{1.0, 2.0},
		"new Map([[\"a\",1],[\"b\",2]])":                map[any]any{"a": 1.0, "b": 2.0},
		"new Map([[1,\"x\"],[{},[]],[null,undefined]])": &Map{[]Entry{{1.0, "x"}, {map[string]any{}, []any{}}, {nil, Undefined{}}}},
		"new Set([[1],{a:1}])":                          &Set{[]Value{[]any{1.0}, map[string]any{"a": 1.0}}},
		"new Date(1769904000123)":                       time.UnixMilli(1769904000123).UTC(),
		"/a+b/gi":                                       &RegExp{"a+b", "gi"},
		"new Number(5)":                                 &Boxed{5.0},
		"new Uint8Array([1,2,3]).buffer":                []byte{1, 2, 3},
		"new Uint8Array([1,2,3,4,5]).subarray(1,3)":     []byte{2, 3},
		"new Int16Array([-2])":                          &View{Kind: Int16Array, Buffer: &ArrayBuffer{Data: []byte{0xfe, 0xff}}, Length: 2},
		"(()=>{const v=new Uint8Array([7]);return [v,v,v.buffer]})()": []any{[]byte{7}, []byte{7}, []byte{7}},
		"(()=>{const o={x:1};return [o,o]})()":                        []any{map[string]any{"x": 1.0}, map[string]any{"x": 1.0}},
		"(()=>{const d=new Date(5);return {a:d,b:d}})()":              map[string]any{"a": time.UnixMilli(5).UTC(), "b": time.UnixMilli(5).UTC()},
		"(()=>{const n=new Number(1), r=/x/; return [n,r,n,r]})()":    []any{&Boxed{1.0}, &RegExp{"x", ""}, &Boxed{1.0}, &RegExp{"x", ""}},
		"(()=>{const b=new ArrayBuffer(4);return [new Uint8Array(b),new Uint16Array(b,2),b]})()": []any{
			make([]byte, 4), &View{Kind: Uint16Array, Buffer: &ArrayBuffer{Data: make([]byte, 4)}, Offset: 2, Length: 2}, make([]byte, 4)},
		`(()=>{const e=new Error("why",{cause:{a:1}});e.stack="S";return e})()`: &Error{
			Name: "Error", Message: "why", Props: []Property{{"stack", "S"}, {"cause", map[string]any{"a": 1.0}}}},
		"[new Headers({a:\"b\"}), 1]": []any{&Host{4, []byte{3, 1, 0, 1, 'a', 1, 'b'}}, 1.0},
	}
	seen := 0
	for _, r := range recordings(t, "values.json") {
		want, ok := want[r.JS]
		if !ok || r.Date != "2026-07-01" {
			continue
		}
		seen++
		t.Run(r.JS, func(t *testing.T) {
			var got any = "old"
			if err := Unmarshal(r.bytes(t), &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got, bigInts); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			// What any holds can be written, and is read alike.
			data, err := Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var again any
			if err := Unmarshal(data, &again); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, again, bigInts); d != "" {
				t.Errorf("again (-want +got):\n%s", d)
			}
		})
	}
	if seen != len(want) {
		t.Errorf("%d of %d are recorded", seen, len(want))
	}
}

type node struct {
	Name string
	Next *node `json:"next,omitempty"`
}

type inner struct {
	ID   int
	Kind string
}

type embedding struct {
	inner
	*seat2
	Kind string // wins over the embedded one
}

type seat2 struct{ Row int }

type level int

// TestRoundTrip writes Go values and reads them into the same type.
func TestRoundTrip(t *testing.T) {
	for name, v := range map[string]any{
		"bool":            true,
		"named int":       level(-7),
		"int64":           int64(1 << 53),
		"uint64":          uint64(1<<53 - 1),
		"float32":         float32(0.1),
		"string":          "grüße, 日本 😀",
		"bytes":           []byte{0, 1, 255},
		"byte array":      [4]byte{1, 2, 3, 4},
		"time":            time.Date(2026, 11, 23, 22, 0, 0, 5e6, time.UTC),
		"zero time":       time.Time{},
		"big":             pow2(130),
		"pointer":         new(new("x")),
		"nil pointer":     struct{ P *int }{},
		"slice":           []string{"a", "", "b"},
		"empty slice":     []int{},
		"nil slice":       []int(nil),
		"array":           [2][]int{{1}, {2, 3}},
		"object":          map[string]int{"a": 1, "7": 2},
		"named keys":      map[level]string{1: "x", -2: "y"},
		"bool keys":       map[bool]int{true: 1},
		"text keys":       map[netip.Addr]int{netip.MustParseAddr("10.0.0.1"): 1, netip.MustParseAddr("::1"): 2},
		"struct keys":     map[seat]string{{1, 2}: "x", {1, 3}: "y"},
		"pointer chain":   node{"a", &node{"b", &node{Name: "c"}}},
		"embedded":        embedding{inner{1, ""}, nil, "own"},
		"any":             map[string]any{"a": []any{1.0, "x", nil, true}, "b": map[string]any{}},
		"any keys":        map[any]any{1.0: "a", "x": 2.0, true: nil},
		"hole in place":   []any{Undefined{}, nil},
		"set":             &Set{[]Value{1.0, "x"}},
		"undefined field": struct{ U Undefined }{},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(v))
			if err := Unmarshal(data, got.Interface()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(v, got.Elem().Interface()) {
				t.Errorf("want %#v\ngot  %#v\nbytes %x", v, got.Elem(), data)
			}
			tree, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			fixedPoint(t, tree)
		})
	}
}

// TestUnmarshalLosesWhatWas checks that a variable in use keeps nothing.
func TestUnmarshalLosesWhatWas(t *testing.T) {
	data, err := Marshal(map[string]any{"name": "new", "tags": []string{"a"}, "more": 1})
	if err != nil {
		t.Fatal(err)
	}
	tags := []string{"x", "y"}
	dst := struct {
		Name string
		Tags []string
		Old  *int
		Map  map[string]int
	}{"old", tags, new(1), map[string]int{"a": 1}}
	if err := Unmarshal(data, &dst); err != nil {
		t.Fatal(err)
	}
	if dst.Name != "new" || len(dst.Tags) != 1 || dst.Old != nil || dst.Map != nil || tags[0] != "x" {
		t.Errorf("got %+v, the slice is %v", dst, tags)
	}
	// The result does not share memory with the input.
	data, _ = Marshal([]byte("abc"))
	var b []byte
	if err := Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if string(b) != "abc" {
		t.Errorf("bytes are shared with the input: %q", b)
	}
}

// TestReferencesIntoGo reads references as copies.
func TestReferencesIntoGo(t *testing.T) {
	buffer := &ArrayBuffer{Data: []byte{1, 2, 3, 4}}
	whole := &View{Kind: Uint8Array, Buffer: buffer, Length: 4}
	end := &View{Kind: Uint8Array, Buffer: buffer, Offset: 2, Length: 2}
	at := &Date{5}
	row := &Object{[]Property{{"row", int32(3)}}}
	data, err := Encode(&Object{[]Property{
		{"a", whole}, {"b", end}, {"c", buffer}, {"d", &Array{Elems: []Value{end, whole, buffer}}},
		{"e", at}, {"f", at}, {"g", row}, {"h", row}, {"unknown", row},
	}})
	if err != nil {
		t.Fatal(err)
	}
	type all struct {
		A, B, C []byte
		D       [][]byte
		E       time.Time
		F       *time.Time
		G       seat
		H       **seat
	}
	var got all
	if err := Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	b, five := []byte{1, 2, 3, 4}, time.UnixMilli(5).UTC()
	want := all{A: b, B: b[2:], C: b, D: [][]byte{b[2:], b, b}, E: five, F: &five, G: seat{Row: 3}, H: new(&seat{Row: 3})}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestVersion13 reads views of the release that wrote flags too early.
func TestVersion13(t *testing.T) {
	for _, r := range recordings(t, "bytes.json") {
		if !strings.Contains(r.Note, "v13 flags and a reference") {
			continue
		}
		var got []any
		if err := Unmarshal(r.bytes(t), &got); err == nil || !strings.Contains(err.Error(), "contains itself") {
			t.Errorf("into []any: %v, %v", got, err)
		}
		return
	}
	t.Error("not recorded")
}

// TestReadsOtherForms reads values in a form that this package would not write
// for the type.
func TestReadsOtherForms(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   Value
		want any
	}{
		{"Array into bytes", &Array{Elems: []Value{int32(1), int32(255)}}, []byte{1, 255}},
		{"ArrayBuffer into bytes", &ArrayBuffer{Data: []byte("ab")}, []byte("ab")},
		{"Float64Array into floats", &View{Kind: Float64Array, Buffer: &ArrayBuffer{Data: make([]byte, 16)}, Length: 16}, []float64{0, 0}},
		{"Int16Array into ints", &View{Kind: Int16Array, Buffer: &ArrayBuffer{Data: []byte{0, 0, 0xfe, 0xff}}, Offset: 2, Length: 2}, []int{-2}},
		{"Set into slice", &Set{[]Value{"a", "b"}}, []string{"a", "b"}},
		{"Map into map[string]", &Map{[]Entry{{"a", int32(1)}}}, map[string]int{"a": 1}},
		{"sparse into slice", &Array{Sparse: true, Length: 3, Props: []Property{{"1", int32(5)}, {"x", nil}}}, []int{0, 5, 0}},
		{"hole into slice", &Array{Elems: []Value{int32(1), Hole{}}}, []int{1, 0}},
		{"short into array", &Array{Elems: []Value{int32(1)}}, [2]int{1, 0}},
		{"boxed number", &Boxed{5.0}, 5},
		{"boxed string", &Boxed{"x"}, "x"},
		{"boxed boolean", &Boxed{true}, true},
		{"boxed BigInt", &Boxed{big.NewInt(5)}, big.NewInt(5)},
		{"double that is whole", 5.0, 5},
		{"undefined", Undefined{}, 0},
		{"null", nil, ""},
		{"undefined into pointer", Undefined{}, (*int)(nil)},
		{"unknown properties", &Object{[]Property{{"zz", &Map{}}, {"row", int32(2)}, {"é", nil}}}, seat{Row: 2}},
		{"other order", &Object{[]Property{{"price", 1.5}, {"row", int32(2)}}}, seat{2, 1.5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := Encode(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(tt.want))
			if err := Unmarshal(data, got.Interface()); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got.Elem().Interface(), bigInts); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
