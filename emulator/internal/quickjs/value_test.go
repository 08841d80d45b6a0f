package quickjs_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestKinds(t *testing.T) {
	tests := []struct {
		source string
		want   quickjs.Kind
		text   string
	}{
		{"undefined", quickjs.Undefined, "undefined"},
		{"null", quickjs.Null, "null"},
		{"true", quickjs.Bool, "true"},
		{"1", quickjs.Number, "1"},
		{"-0", quickjs.Number, "0"},
		{"1.5", quickjs.Number, "1.5"},
		{"NaN", quickjs.Number, "NaN"},
		{"1e21", quickjs.Number, "1e+21"},
		{"12n", quickjs.BigInt, "12"},
		{"-12n", quickjs.BigInt, "-12"},
		{"2n**70n", quickjs.BigInt, "1180591620717411303424"},
		{"'é'", quickjs.String, "é"},
		{"'a'.repeat(300) + 'b'.repeat(300)", quickjs.String, strings.Repeat("a", 300) + strings.Repeat("b", 300)},
		{"let r = ''; for (let n = 0; n < 3000; n++) r += n; r.length + r.slice(0, 3)", quickjs.String, "10890012"},
		{"Symbol('s')", quickjs.Symbol, "symbol"},
		{"({})", quickjs.Object, "object"},
		{"[1]", quickjs.Object, "object"},
		{"() => 1", quickjs.Object, "object"},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			v := eval(t, open(t, quickjs.Options{}), tt.source)
			if got := v.Kind(); got != tt.want {
				t.Errorf("got kind %v, want %v", got, tt.want)
			}
			if diff := cmp.Diff(tt.text, v.String()); diff != "" {
				t.Errorf("String (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPredicates(t *testing.T) {
	i := open(t, quickjs.Options{})
	tests := []struct {
		source string
		is     func(quickjs.Value) bool
		not    string
	}{
		{"undefined", quickjs.Value.IsUndefined, "null"},
		{"null", quickjs.Value.IsNull, "undefined"},
		{"null", quickjs.Value.IsNullish, "0"},
		{"[]", quickjs.Value.IsObject, "'x'"},
		{"class A {}; A", quickjs.Value.IsFunction, "({})"},
		{"[]", quickjs.Value.IsArray, "({length: 0})"},
		{"new (class extends TypeError {})", quickjs.Value.IsError, "({message: 'x'})"},
		{"new Date()", quickjs.Value.IsDate, "({})"},
		{"new Proxy({}, {})", quickjs.Value.IsProxy, "({})"},
		{"new ArrayBuffer(1)", quickjs.Value.IsArrayBuffer, "new Uint8Array(1)"},
		{"new DataView(new ArrayBuffer(1))", quickjs.Value.IsArrayBufferView, "new ArrayBuffer(1)"},
		{"new Float32Array(1)", quickjs.Value.IsArrayBufferView, "[]"},
		{"'0'", quickjs.Value.Truthy, "''"},
	}
	for _, tt := range tests {
		if !tt.is(eval(t, i, tt.source)) {
			t.Errorf("%s: got false, want true", tt.source)
		}
		if tt.is(eval(t, i, tt.not)) || tt.is(quickjs.Value{}) && tt.source != "undefined" && tt.source != "null" {
			t.Errorf("%s, for %s: got true, want false", tt.not, tt.source)
		}
	}
}

// TestNumbers: what goes in comes out, and JavaScript sees the same number.
func TestNumbers(t *testing.T) {
	i := open(t, quickjs.Options{})
	is := eval(t, i, "(x, text) => Object.is(x, Number(text))")
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1, 0.1, math.MaxInt32, math.MinInt32, math.MaxInt32 + 1, 1 << 53, math.MaxFloat64,
		math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		v := i.Number(f)
		got, err := v.Float()
		if err != nil || math.Float64bits(got) != math.Float64bits(f) && !(math.IsNaN(f) && math.IsNaN(got)) {
			t.Errorf("%v: got %v, %v", f, got, err)
		}
		text := v.String()
		if f == 0 && math.Signbit(f) {
			text = "-0"
		}
		if !must(is.Call(quickjs.Value{}, v, must(i.String(text))(t)))(t).Truthy() {
			t.Errorf("JavaScript sees another number than %v", f)
		}
	}
	for source, want := range map[string]float64{"'12'": 12, "true": 1, "null": 0, "({valueOf() { return 7 }})": 7} {
		if got, err := eval(t, i, source).Float(); err != nil || got != want {
			t.Errorf("Float of %s: got %v, %v, want %v", source, got, err, want)
		}
	}
	if _, err := eval(t, i, "1n").Float(); err == nil {
		t.Error("Float of a BigInt: no error")
	}
}

func TestStrings(t *testing.T) {
	i := open(t, quickjs.Options{})
	units := eval(t, i, "s => [...Array(s.length).keys()].map(n => s.charCodeAt(n).toString(16)).join()")
	tests := []struct{ name, in, units, out string }{
		{"empty", "", "", ""},
		{"ascii with NUL", "a\x00b", "61,0,62", "a\x00b"},
		{"latin1", "é", "e9", "é"},
		{"three bytes", "€", "20ac", "€"},
		{"a pair", "😀", "d83d,de00", "😀"},
		{"a lone high surrogate", "\xed\xa0\xbd", "d83d", "\xed\xa0\xbd"},
		{"a lone low surrogate", "x\xed\xb8\x80y", "78,de00,79", "x\xed\xb8\x80y"},
		{"surrogates that make a pair", "\xed\xa0\xbd\xed\xb8\x80", "d83d,de00", "😀"},
		{"not UTF-8", "a\xffb", "61,fffd,62", "a\ufffdb"},
		{"cut off", "a\xe2\x82", "61,fffd", "a\ufffd"},
		{"long", strings.Repeat("é", 5000), strings.TrimSuffix(strings.Repeat("e9,", 5000), ","), strings.Repeat("é", 5000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := must(i.String(tt.in))(t)
			if diff := cmp.Diff(tt.units, must(units.Call(quickjs.Value{}, v))(t).String()); diff != "" {
				t.Errorf("code units (-want +got):\n%s", diff)
			}
			if got, err := v.Text(); err != nil || got != tt.out {
				t.Errorf("Text: got %q, %v, want %q", got, err, tt.out)
			}
		})
	}
}

func TestBigInts(t *testing.T) {
	i := open(t, quickjs.Options{})
	for _, text := range []string{"0", "1", "-1", "2147483647", "-2147483648", "2147483648", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "-9223372036854775809", strings.Repeat("123456789", 20), "-" + strings.Repeat("987654321", 20)} {
		n, _ := new(big.Int).SetString(text, 10)
		v := must(i.BigInt(n))(t)
		if diff := cmp.Diff(text, v.String()); diff != "" {
			t.Errorf("JavaScript sees (-want +got):\n%s", diff)
		}
		if got, ok := v.BigInt(); !ok || got.Cmp(n) != 0 {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
		if got, ok := eval(t, i, text+"n").BigInt(); !ok || got.Cmp(n) != 0 {
			t.Errorf("%sn: got %v, %v", text, got, ok)
		}
	}
	if _, ok := i.Number(1).BigInt(); ok {
		t.Error("a number was taken for a BigInt")
	}
}

func TestIdentity(t *testing.T) {
	i := open(t, quickjs.Options{})
	a, b := eval(t, i, "globalThis.a = {}"), eval(t, i, "({})")
	if !a.Is(eval(t, i, "a")) || a.Is(b) || a.Identity() != eval(t, i, "a").Identity() || a.Identity() == b.Identity() {
		t.Error("objects are not told apart")
	}
	if !i.Number(math.NaN()).Is(eval(t, i, "NaN")) || (quickjs.Value{}).Is(i.Null()) || !(quickjs.Value{}).Is(eval(t, i, "undefined")) {
		t.Error("Is differs from Object.is")
	}
	if i.Number(1).Identity() != 0 {
		t.Error("a number has an identity")
	}
}

func TestConstructors(t *testing.T) {
	i := open(t, quickjs.Options{})
	s := must(i.Symbol("what"))(t)
	global(t, i, "s", s)
	global(t, i, "a", must(i.Array(i.Number(1), i.Bool(true), i.Null(), quickjs.Value{}))(t))
	global(t, i, "o", must(i.ObjectWith(i.Null()))(t))
	global(t, i, "p", must(i.Object())(t))
	got := eval(t, i, "[s.toString(), JSON.stringify(a), a.length, Object.getPrototypeOf(o), Object.getPrototypeOf(p) === Object.prototype].join(' ')")
	if diff := cmp.Diff("Symbol(what) [1,true,null,null] 4  true", got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
