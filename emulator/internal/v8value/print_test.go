package v8value

import (
	"math"
	"math/big"
	"testing"
)

func TestTextAndJSON(t *testing.T) {
	loop := &Object{}
	loop.Props = []Property{{"self", loop}}
	for _, tt := range []struct {
		v    Value
		text string
		json string // empty: JSON does not say all of it
	}{
		{nil, "null", "null"},
		{Undefined{}, "undefined", ""},
		{true, "true", "true"},
		{int32(-5), "-5", "-5"},
		{1.5, "1.5", "1.5"},
		{1e21, "1e+21", "1e+21"},
		{math.Copysign(0, -1), "-0", ""},
		{math.NaN(), "NaN", ""},
		{math.Inf(-1), "-Infinity", ""},
		{"a\"<é", `"a\"<é"`, `"a\"<é"`},
		{"lone \xed\xa0\x80", `"lone ` + "�" + `"`, ""},
		{big.NewInt(12), "12n", ""},
		{&Object{}, "{}", "{}"},
		{&Object{Props: []Property{{"b", int32(1)}, {"a-b", nil}, {"1", "x"}}}, `{ b: 1, "a-b": null, "1": "x" }`, `{"b":1,"a-b":null,"1":"x"}`},
		{&Array{Elems: []Value{int32(1), &Array{}}}, "[ 1, [] ]", "[1,[]]"},
		{&Array{Elems: []Value{Hole{}}}, "[ <empty> ]", ""},
		{&Array{Sparse: true, Length: 9, Props: []Property{{"8", true}}}, `Array(9) { "8": true }`, ""},
		{&Array{Elems: []Value{int32(1)}, Props: []Property{{"x", true}}}, `[ 1 ] { x: true }`, ""},
		{&Map{Entries: []Entry{{"k", &Set{Values: []Value{int32(1)}}}}}, `Map(1) { "k" => Set(1) { 1 } }`, ""},
		{&Date{Millis: 1}, "Date(1970-01-01T00:00:00.001Z)", ""},
		{&Date{Millis: math.NaN()}, "Date(invalid)", ""},
		{&RegExp{"a+", "g"}, "/a+/g", ""},
		{&Boxed{"s"}, `Object("s")`, ""},
		{&View{Kind: Uint8Array, Buffer: &ArrayBuffer{Data: []byte{1, 0xff}}, Length: 2}, "Uint8Array(2 bytes) <01 ff>", ""},
		{&Error{Name: "TypeError", Message: "m"}, `TypeError("m")`, ""},
		{&Host{Type: 4, Data: []byte{1}}, "<object of the runtime, type 4, 1 bytes>", ""},
		{loop, "{ self: [circular] }", ""},
	} {
		if got := Text(tt.v, 1000); got != tt.text {
			t.Errorf("text %s, want %s", got, tt.text)
		}
		got, ok := JSON(tt.v)
		if ok != (tt.json != "") || ok && string(got) != tt.json {
			t.Errorf("JSON of %s: %s, %v, want %q", tt.text, got, ok, tt.json)
		}
		if !ok {
			continue
		}
		back, err := FromJSON(got)
		if again := Text(back, 1000); err != nil || again != tt.text {
			t.Errorf("from JSON %s: %s, %v", got, again, err)
		}
	}
	if got := Text("long long long", 5); got != `"long…` {
		t.Errorf("limited text %s", got)
	}
}

func TestFromJSONRefuses(t *testing.T) {
	for _, text := range []string{"", "{", "[1,", "1 2", "{a: 1}", "undefined", `{"a":}`, "]"} {
		if v, err := FromJSON([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	}
}

func FuzzFromJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.5,"x",null,true,{}]}`, `"\ud800"`, `1e400`, `-0`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := FromJSON([]byte(text))
		if err != nil {
			return
		}
		data, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(data)
		if err != nil || Text(back, 1e6) != Text(v, 1e6) {
			t.Errorf("%s is %s, %v", Text(v, 1e6), Text(back, 1e6), err)
		}
	})
}
