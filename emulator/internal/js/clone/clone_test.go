package clone_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// recordings are those that package v8value made with the real runtime: what an
// expression was written as in storage, and how V8 shows what it reads.
const recordings = "../../v8value/testdata/"

type recorded struct {
	JS, Date, Note, Hex, Back, Refused string
}

func load(t testing.TB, name string) []recorded {
	t.Helper()
	data, err := os.ReadFile(recordings + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []recorded
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if len(out) < 80 {
		t.Fatalf("%s has only %d recordings", name, len(out))
	}
	return out
}

func open(t testing.TB) *quickjs.Isolate {
	t.Helper()
	iso, err := quickjs.Open(quickjs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := iso.Close(); err != nil {
			t.Error(err)
		}
	})
	return iso
}

func eval(t testing.TB, iso *quickjs.Isolate, source string) quickjs.Value {
	t.Helper()
	v, err := iso.Eval(source, "test.js")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// shower is the function with which the recordings show values.
func shower(t testing.TB, iso *quickjs.Isolate) func(v quickjs.Value) string {
	t.Helper()
	script, err := os.ReadFile(recordings + "record.mjs")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(script), "\nfunction show(")
	body, _, ok := strings.Cut(rest, "\nexport class")
	if !ok {
		t.Fatal("record.mjs has no function show")
	}
	fn := eval(t, iso, "(function show("+strings.ReplaceAll(body, `\\`, `\`)+")")
	return func(v quickjs.Value) string {
		t.Helper()
		s, err := fn.Call(quickjs.Value{}, v)
		if err != nil {
			t.Fatal(err)
		}
		return s.String()
	}
}

// platform are recordings of objects that are not the language's own.
func platform(js string) bool {
	for _, name := range []string{"DOMException", "Blob", "Headers", "Request", "WebAssembly"} {
		if strings.Contains(js, name) {
			return true
		}
	}
	return false
}

// spelling are values whose bytes depend on V8's memory.
var spelling = map[string]string{
	"[1.5,2]":                 "all numbers of an array with a fraction are doubles",
	"[1,2,3].concat([4.5])":   "all numbers of an array with a fraction are doubles",
	"[1073741823,1073741824]": "all numbers of an array with a big one are doubles",
	"[undefined]":             "an array written down with undefined is sparse",
	"[1,undefined,3]":         "an array written down with undefined is sparse",
}

// TestRecordings checks rules 5.33 to 5.35, 5.38 and 5.40 to 5.49: each value is
// written as V8 writes it, and what V8 wrote is read as V8 reads it.
func TestRecordings(t *testing.T) {
	for _, r := range load(t, "values.json") {
		if platform(r.JS) || r.Refused != "" || strings.Contains(r.JS, "delete e.stack") {
			continue // an error cannot lose its stack here
		}
		t.Run(r.JS+" "+r.Date, func(t *testing.T) {
			iso := open(t)
			show := shower(t, iso)
			data, err := hex.DecodeString(r.Hex)
			if err != nil {
				t.Fatal(err)
			}
			v, err := clone.Unmarshal(iso, data, clone.Options{})
			if r.Back == "" {
				if err == nil {
					t.Fatalf("V8 cannot read what it wrote; got %s", show(v))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(r.Back, show(v)); d != "" {
				t.Errorf("what V8 wrote (-want +got):\n%s", d)
			}
			o := clone.Options{PlainErrors: r.Date < "2026-04-21"}
			again, err := clone.Marshal(eval(t, iso, "("+r.JS+")"), o)
			if err != nil {
				t.Fatal(err)
			}
			same := r.Hex == hex.EncodeToString(again)
			if why, ok := spelling[r.JS]; same == ok {
				t.Errorf("bytes %x, V8 wrote %s; differ: %q", again, r.Hex, why)
			}
			if v, err = clone.Unmarshal(iso, again, o); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(r.Back, show(v)); d != "" {
				t.Errorf("what was written here (-want +got):\n%s", d)
			}
		})
	}
}

// unlike are the bytes that no V8 writes and that are read in another way here.
var unlike = map[string]string{
	"reference to props":        "the object that carries an error's properties is gone",
	"host error props number":   "the properties of an error must be an object",
	"headers":                   "objects of the platform are the caller's",
	"v13 flags and a reference": "V8 goes on numbering objects where its first attempt ended, so a reference goes astray",
}

// TestBytes checks rule 5.40 and the edges of the format: what V8 reads from bytes
// that it would not write, and what it refuses.
func TestBytes(t *testing.T) {
	for _, r := range load(t, "bytes.json") {
		t.Run(r.Note, func(t *testing.T) {
			iso := open(t)
			show := shower(t, iso)
			data, err := hex.DecodeString(r.Hex)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			v, err := clone.Unmarshal(iso, data, clone.Options{})
			if err == nil {
				got = show(v)
			}
			if why, ok := unlike[r.Note]; ok == (got == r.Back) {
				t.Errorf("got %q (%v), V8 reads %q; differ: %q", got, err, r.Back, why)
			}
			var syntax *v8value.SyntaxError
			if err != nil && !errors.As(err, &syntax) {
				t.Errorf("got %v, want a SyntaxError", err)
			}
		})
	}
}

// TestRefused checks rules 5.37 and 10.15 with what testdata/record.mjs recorded.
func TestRefused(t *testing.T) {
	data, err := os.ReadFile("testdata/refused.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ JS, Clone, Call string }
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 50 {
		t.Fatalf("only %d recordings", len(cases))
	}
	for _, c := range cases {
		t.Run(c.JS, func(t *testing.T) {
			iso := open(t)
			structuredClone(t, iso)
			v := eval(t, iso, "("+c.JS+")")
			check := func(place, want string, o clone.Options) {
				t.Helper()
				_, err := clone.Marshal(v, o)
				if got := text(err); got != strings.TrimPrefix(want, "DOMException ") {
					t.Errorf("%s: got %q, want %q", place, got, want)
				}
			}
			check("clone", c.Clone, clone.Options{})
			if v.IsFunction() || v.IsProxy() || strings.Contains(c.JS, "()=>1") {
				return // a call hands these to the other side by reference
			}
			check("call", c.Call, clone.Options{Strict: true})
		})
	}
}

// text is an error as JavaScript shows it.
func text(err error) string {
	var e *quickjs.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Name + ": " + e.Message
	}
	return err.Error()
}

// structuredClone gives an isolate the function of that name.
func structuredClone(t testing.TB, iso *quickjs.Isolate) {
	t.Helper()
	fn, err := iso.Function("structuredClone", 0, func(c *quickjs.Call) (quickjs.Value, error) {
		var o clone.Options
		if c.Arg(1).IsObject() {
			list, err := c.Arg(1).Get("transfer")
			if err != nil {
				return list, err
			}
			n, _, _ := list.Elements()
			for k := range n {
				elem, err := list.GetIndex(int(k))
				if err != nil {
					return elem, err
				}
				o.Transfer = append(o.Transfer, elem)
			}
		}
		data, err := clone.Marshal(c.Arg(0), o)
		if err != nil {
			return quickjs.Value{}, err
		}
		return clone.Unmarshal(iso, data, o)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := iso.Global().Set("structuredClone", fn); err != nil {
		t.Fatal(err)
	}
}

// TestBehaviour holds what cannot be seen in bytes; all of it was seen on the real
// runtime.
func TestBehaviour(t *testing.T) {
	tests := []struct{ name, js, want string }{
		{"getters run in order, and may delete", `const log = []; structuredClone({get b() {log.push('b'); delete this.d; return 1}, get a() {log.push('a'); return 2}, d: () => 1}); log`, "b,a"},
		{"a Map is listed before getters run", `const m = new Map(); m.set(1, {get x() {m.set(2, 3); return 1}}); structuredClone(m).size`, "1"},
		{"deleted entries of an iterated Map are gone", `const m = new Map([[1,1],[2,2],[3,3]]); const it = m.keys(); it.next(); m.delete(1); m.delete(2); [...structuredClone(m).keys()]`, "3"},
		{"an array that shrinks meanwhile", `const a = [{get x() {a.length = 1; return 1}}, 2, 3]; JSON.stringify(structuredClone(a))`, `[{"x":1},null,null]`},
		{"identity", `const x = {}; const [a, b, m] = structuredClone([x, x, new Map([[x, x]])]); [a === b, m.get(a) === a, a !== x]`, "true,true,true"},
		{"identity behind the key of a Map", `const x = {}; const [m, y] = structuredClone([new Map([['k', x]]), x]); m.get('k') === y`, "true"},
		{"cycle", `const x = {}; x.self = x; const y = structuredClone(x); [y.self === y, y !== x]`, "true,true"},
		{"many objects", `const o = Array.from({length: 50}, (_, i) => ({i})); const y = structuredClone([...o, ...o]); y.every((v, k) => v.i === k % 50 && v === y[k % 50])`, "true"},
		{"views share a buffer", `const b = new ArrayBuffer(8); const [x, y] = structuredClone([new Uint8Array(b, 1, 2), new DataView(b, 2)]); x[1] = 7; [x.buffer === y.buffer, y.getUint8(0), x.byteOffset, y.byteLength]`, "true,7,1,6"},
		{"a buffer behind its view", `const b = new ArrayBuffer(8); const [x, y] = structuredClone([new Uint16Array(b, 2), b]); [x.buffer === y, x.length]`, "true,3"},
		{"a tracking view", `const b = new ArrayBuffer(4, {maxByteLength: 8}); const x = structuredClone(new Uint8Array(b)); x.buffer.resize(6); x.length`, "6"},
		{"transfer", `const x = new ArrayBuffer(8); const y = structuredClone(x, {transfer: [x]}); [x.byteLength, y.byteLength]`, "0,8"},
		{"transfer of what is not in the value", `const x = new ArrayBuffer(8); structuredClone(1, {transfer: [x, x]}); x.byteLength`, "0"},
		{"transfer that fails", `const x = new ArrayBuffer(8); try { structuredClone(() => 1, {transfer: [x]}) } catch {} x.byteLength`, "8"},
		{"transfer of another thing", `try { structuredClone(1, {transfer: [{}]}) } catch (e) { String(e) }`, "TypeError: Object is not transferable"},
		{"prototypes are lost", `class A { x = 1; get y() { return 2 } } const c = structuredClone(new A); [c.x, c.y, c.constructor === Object]`, "1,,true"},
		{"patched prototypes", `const s = new Set([1]), m = new Map([[1, 2]]); Map.prototype.set = Set.prototype.add = () => { throw 1 }; globalThis.Date = globalThis.RegExp = globalThis.Map = globalThis.Set = null; structuredClone([s, m, /a/]).map(v => v.size)`, "1,1,"},
		{"__proto__ is a property", `Object.keys(structuredClone(JSON.parse('{"__proto__": {"x": 1}}')))`, "__proto__"},
		{"setters of the prototype do not run", `Object.defineProperty(Object.prototype, 'q', {set() { throw 1 }, configurable: true}); structuredClone(JSON.parse('{"q": 1}')).q`, "1"},
		{"errors keep class and properties", `const e = new RangeError('m', {cause: {a: 1}}); e.code = 5; const c = structuredClone(e); [c instanceof RangeError, c.message, c.code, c.cause.a, c.stack === e.stack, Object.keys(c)]`, "true,m,5,1,true,stack,cause,code"},
		{"strings", `[...structuredClone(['', 'a', 'é', '€', '\u{1F600}', '\uD800'])].map(s => s.length + ':' + (s.codePointAt(0) ?? 0).toString(16))`, "0:0,1:61,1:e9,1:20ac,2:1f600,1:d800"},
		{"what a getter throws keeps its identity", `const e = {}; try { structuredClone({get x() { throw e }}) } catch (f) { e === f }`, "true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			iso := open(t)
			structuredClone(t, iso)
			if got := textOf(t, eval(t, iso, tt.js)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func textOf(t testing.TB, v quickjs.Value) string {
	t.Helper()
	s, err := v.Text()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestArgs: what one side writes the other reads, in Go and in JavaScript.
func TestArgs(t *testing.T) {
	iso := open(t)
	args := []quickjs.Value{iso.Number(1), eval(t, iso, "({name: 'x', list: [1, 2]})"), {}}
	data, err := clone.MarshalArgs(iso, args, clone.Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := v8value.CountArgs(data); n != 3 || err != nil {
		t.Errorf("CountArgs = %d, %v", n, err)
	}
	var got struct {
		N int
		O struct {
			Name string
			List []int
		}
	}
	dst := reflect.ValueOf(&got).Elem()
	if _, err := v8value.UnmarshalArgs(data, []reflect.Value{dst.Field(0), dst.Field(1)}); err != nil {
		t.Fatal(err)
	}
	if got.N != 1 || got.O.Name != "x" || len(got.O.List) != 2 {
		t.Errorf("Go reads %+v", got)
	}
	back, err := clone.UnmarshalArgs(iso, data, clone.Options{})
	if err != nil || len(back) != 3 || !back[2].IsUndefined() {
		t.Fatalf("UnmarshalArgs = %v, %v", back, err)
	}
	data, err = v8value.MarshalArgs([]any{"a", map[string]any{"k": []byte{1}}})
	if err != nil {
		t.Fatal(err)
	}
	if back, err = clone.UnmarshalArgs(iso, data, clone.Options{}); err != nil || len(back) != 2 {
		t.Fatalf("UnmarshalArgs = %v, %v", back, err)
	}
	if got := shower(t, iso)(back[1]); got != `{"k": Uint8Array(0, 1, ArrayBuffer(01))}` {
		t.Errorf("JavaScript reads %s", got)
	}
}

// TestHost: objects of the platform are written and read by the caller, also twice
// in one value and with values of their own.
func TestHost(t *testing.T) {
	iso := open(t)
	class := eval(t, iso, "globalThis.Point = class Point { constructor(x) { this.x = x } }; Point")
	o := clone.Options{
		Strict: true,
		Host: func(w *clone.Writer, v quickjs.Value) (bool, error) {
			if is, err := v.InstanceOf(class); err != nil || !is {
				return false, err
			}
			x, err := v.Get("x")
			if err != nil {
				return false, err
			}
			w.Host(77)
			return true, w.Write(x)
		},
		ReadHost: func(r *clone.Reader, number uint32) (quickjs.Value, bool, error) {
			if number != 77 {
				return quickjs.Value{}, false, nil
			}
			x, err := r.Read()
			if err != nil {
				return x, false, err
			}
			v, err := class.New(x)
			return v, true, err
		},
	}
	data, err := clone.Marshal(eval(t, iso, "const p = new Point({deep: new Point(2)}); [p, p, {}]"), o)
	if err != nil {
		t.Fatal(err)
	}
	v, err := clone.Unmarshal(iso, data, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := iso.Global().Set("got", v); err != nil {
		t.Fatal(err)
	}
	if got := textOf(t, eval(t, iso, "[got[0] === got[1], got[0] instanceof Point, got[0].x.deep instanceof Point, got[0].x.deep.x]")); got != "true,true,true,2" {
		t.Errorf("got %s", got)
	}
	if _, err := clone.Marshal(eval(t, iso, "class Other {}; new Other"), o); text(err) != text(clone.Unsupported("Other")) {
		t.Errorf("what Host leaves alone: %v", err)
	}
}
