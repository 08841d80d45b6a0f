package quickjs_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestObjectKind(t *testing.T) {
	for source, want := range map[string]quickjs.ObjectKind{
		"1": quickjs.NoObject, "({})": quickjs.PlainObject, "new (class {})": quickjs.PlainObject, "[]": quickjs.ArrayObject,
		"new TypeError": quickjs.ErrorObject, "Object(1n)": quickjs.BoxedObject, "(function () { return arguments })()": quickjs.ArgumentsObject,
		"(function (a) { return arguments })(1)": quickjs.ArgumentsObject, "new Date": quickjs.DateObject, "/a/": quickjs.RegExpObject,
		"new ArrayBuffer(1)": quickjs.BufferObject, "new DataView(new ArrayBuffer(1))": quickjs.ViewObject, "new Float16Array(1)": quickjs.ViewObject,
		"new Map": quickjs.MapObject, "new Set": quickjs.SetObject, "() => 1": quickjs.FunctionObject, "class A {}": quickjs.FunctionObject,
		"Math.max": quickjs.FunctionObject, "(() => 1).bind()": quickjs.FunctionObject, "new Proxy(() => 1, {})": quickjs.ProxyObject,
		"Promise.resolve()": quickjs.PromiseObject, "globalThis": quickjs.GlobalObject, "new WeakMap": quickjs.OtherObject, "(function* () {})()": quickjs.OtherObject,
	} {
		t.Run(source, func(t *testing.T) {
			i := open(t, quickjs.Options{})
			if got := eval(t, i, "("+source+")").ObjectKind(); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		})
	}
	i := open(t, quickjs.Options{})
	if host := must(i.Host(i.Null(), 1, nil))(t); host.ObjectKind() != quickjs.HostObject {
		t.Errorf("a host object is %d", host.ObjectKind())
	}
}

func TestPlain(t *testing.T) {
	for source, want := range map[string]bool{
		"({})": true, "Math": true, "Object.create(null)": false, "new (class {})": false, "[]": false, "Object.create({})": false, "1": false,
	} {
		if got := eval(t, open(t, quickjs.Options{}), source).Plain(); got != want {
			t.Errorf("%s: got %v", source, got)
		}
	}
}

func TestElements(t *testing.T) {
	for source, want := range map[string][3]any{
		"[]":                                 {uint32(0), true, true},
		"[1, 2]":                             {uint32(2), true, true},
		"[1, , 2]":                           {uint32(3), false, false},
		"new Array(5)":                       {uint32(5), false, true},
		"Object.assign([1], {x: 1})":         {uint32(1), true, false},
		"const a = [1, 2, 3]; delete a[1];a": {uint32(3), false, false},
		"const b = []; b[4294967294] = 1; b": {uint32(4294967295), false, false},
		"({length: 1})":                      {uint32(0), false, false},
	} {
		length, dense, bare := eval(t, open(t, quickjs.Options{}), source).Elements()
		if got := [3]any{length, dense, bare}; got != want {
			t.Errorf("%s: got %v, want %v", source, got, want)
		}
	}
}

func TestOwn(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"order", "({b: 1, 2: 2, a: 3, 1: 4})", "1=4 2=2 b=1 a=3"},
		{"getters", "({get a() { return 7 }})", "a=7"},
		{"hidden", "Object.defineProperty({x: 1, [Symbol()]: 2}, 'h', {value: 1})", "x=1"},
		{"deleted meanwhile", "({get a() { delete this.b; return 1 }, b: 2, c: 3})", "a=1 c=3"},
		{"inherited", "Object.create({x: 1})", ""},
		{"many names", "Object.fromEntries(Array.from({length: 600}, (_, k) => ['name' + k, k]))", ""},
		{"proxy", "new Proxy({a: 1, b: 2}, {ownKeys: () => ['b', 'a']})", "b=2 a=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := eval(t, open(t, quickjs.Options{}), tt.source)
			for range 2 { // the second time, names are remembered
				var got []string
				if err := v.Own(func(name string, value quickjs.Value) error {
					got = append(got, name+"="+value.String())
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				if tt.name == "many names" {
					if len(got) != 600 || got[599] != "name599=599" {
						t.Errorf("got %d, the last %s", len(got), got[len(got)-1])
					}
					continue
				}
				if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestMadeObjects: what Go makes is what JavaScript would.
func TestMadeObjects(t *testing.T) {
	i := open(t, quickjs.Options{Now: func() float64 { return 0 }})
	m := must(i.Map())(t)
	if err := m.MapSet(i.Number(1), i.Number(2)); err != nil {
		t.Fatal(err)
	}
	s := must(i.Set())(t)
	if err := s.SetAdd(i.Bool(true)); err != nil {
		t.Fatal(err)
	}
	buffer := must(i.ResizableArrayBuffer([]byte{1, 2, 3, 4}, 8))(t)
	for name, v := range map[string]quickjs.Value{
		"m": m, "s": s, "d": must(i.Date(5))(t), "bad": must(i.Date(math.NaN()))(t), "re": must(i.RegExp("a+", "gi"))(t), "box": must(i.Box(i.Number(3)))(t),
		"buffer": buffer, "fixed": must(i.View(quickjs.Uint16Array, buffer, 2, 2))(t), "tracking": must(i.View(quickjs.DataView, buffer, 1, -1))(t),
	} {
		global(t, i, name, v)
	}
	got := eval(t, i, `[m instanceof Map && m.get(1), s instanceof Set && s.has(true), d instanceof Date && +d, isNaN(bad), re.exec('xAA')[0], box instanceof Number && box + 1,
		buffer.resizable, fixed instanceof Uint16Array && fixed[0], tracking.byteLength].join()`)
	if diff := cmp.Diff("2,true,5,true,AA,4,true,1027,3", got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := i.RegExp("(", ""); thrown(t, err).Name != "SyntaxError" {
		t.Errorf("RegExp gives %v", err)
	}
	view, ok := eval(t, i, "tracking").View()
	if !ok || view.Kind != quickjs.DataView || view.Offset != 1 || view.Length != 3 || !view.Tracking || view.OutOfBounds || !view.Buffer.Is(buffer) {
		t.Errorf("View = %+v, %v", view, ok)
	}
	if view, _ = eval(t, i, "buffer.resize(1); fixed").View(); !view.OutOfBounds {
		t.Errorf("a view beyond its buffer: %+v", view)
	}
	if held, ok := eval(t, i, "Object('s')").Unbox(); !ok || held.String() != "s" {
		t.Errorf("Unbox = %v, %v", held, ok)
	}
}

func TestAdd(t *testing.T) {
	i := open(t, quickjs.Options{})
	o := eval(t, i, "({})")
	for n, want := range []bool{true, false} {
		if isNew, err := o.Add("x", i.Number(float64(n))); err != nil || isNew != want {
			t.Errorf("Add = %v, %v", isNew, err)
		}
	}
	if has, err := o.HasOwn("toString"); has || err != nil {
		t.Errorf("HasOwn = %v, %v", has, err)
	}
	if _, err := eval(t, i, "Object.freeze({})").Add("x", i.Null()); thrown(t, err).Name != "TypeError" {
		t.Errorf("Add to a frozen object: %v", err)
	}
}
