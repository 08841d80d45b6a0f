package quickjs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestProperties(t *testing.T) {
	i := open(t, quickjs.Options{})
	o := eval(t, i, `globalThis.sym = Symbol('s'); globalThis.o = Object.assign(Object.create({inherited: 1}),
		{b: 'two', a: 1, 7: 'seven', 'ключ': 3, [sym]: 'symbol', get boom() { return 1 }}); o`)
	get := func(v quickjs.Value, err error) string { return must(v, err)(t).String() }
	tests := []struct{ name, got, want string }{
		{"name", get(o.Get("b")), "two"},
		{"inherited", get(o.Get("inherited")), "1"},
		{"absent", get(o.Get("nope")), "undefined"},
		{"not ASCII", get(o.Get("ключ")), "3"},
		{"a number as name", get(o.Get("7")), "seven"},
		{"index", get(o.GetIndex(7)), "seven"},
		{"symbol", get(o.GetKey(eval(t, i, "sym"))), "symbol"},
		{"of a string", get(eval(t, i, "'abc'").Get("length")), "3"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	names, err := o.Names()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"7", "b", "a", "ключ", "boom"}, names); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
	keys, err := o.Keys(quickjs.StringKeys | quickjs.SymbolKeys)
	if err != nil || len(keys) != 6 || keys[5].Kind() != quickjs.Symbol {
		t.Errorf("Keys: got %v, %v", keys, err)
	}
	if keys, err := o.Keys(quickjs.SymbolKeys); err != nil || len(keys) != 1 {
		t.Errorf("symbols: got %v, %v", keys, err)
	}
}

func TestWriteProperties(t *testing.T) {
	i := open(t, quickjs.Options{})
	o := eval(t, i, "globalThis.sym = Symbol(); globalThis.o = {gone: 1}")
	getter := must(i.Function("", 0, func(c *quickjs.Call) (quickjs.Value, error) { return i.Number(42), nil }))(t)
	for _, err := range []error{
		o.Set("a", i.Number(1)),
		o.SetIndex(3, i.Number(3)),
		o.SetKey(eval(t, i, "sym"), i.Number(5)),
		o.Define("hidden", quickjs.Property{Value: i.Number(6)}),
		o.Define("computed", quickjs.Property{Get: getter, Enumerable: true}),
		o.DefineKey(must(i.String("open"))(t), quickjs.Property{Value: i.Number(7), Writable: true, Enumerable: true, Configurable: true}),
		o.Delete("gone"),
		o.Delete("never there"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	got := eval(t, i, "JSON.stringify(o) + o[sym] + o.hidden + Object.getOwnPropertyDescriptor(o, 'hidden').writable")
	if diff := cmp.Diff(`{"3":3,"a":1,"computed":42,"open":7}56false`, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if has, err := o.Has("toString"); err != nil || !has {
		t.Errorf("Has inherited: got %v, %v", has, err)
	}
	if has, err := o.Has("gone"); err != nil || has {
		t.Errorf("Has deleted: got %v, %v", has, err)
	}
}

func TestPropertyErrors(t *testing.T) {
	i := open(t, quickjs.Options{})
	frozen := eval(t, i, "Object.freeze({a: 1})")
	proxy := eval(t, i, "new Proxy({}, new Proxy({}, { get() { throw new RangeError('trap') } }))")
	_, getErr := proxy.Get("x")
	_, hasErr := proxy.Has("x")
	_, namesErr := proxy.Names()
	_, nullErr := i.Null().Get("x")
	_, undefinedErr := quickjs.Value{}.Get("x")
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"set frozen", frozen.Set("a", i.Null()), "TypeError: 'a' is read-only"},
		{"add to frozen", frozen.Set("b", i.Null()), "TypeError: object is not extensible"},
		{"delete frozen", frozen.Delete("a"), "TypeError: could not delete property"},
		{"define frozen", frozen.Define("a", quickjs.Property{Value: i.Null()}), "TypeError: property is not configurable"},
		{"get trap", getErr, "test.js:1:59: RangeError: trap"},
		{"has trap", hasErr, "test.js:1:59: RangeError: trap"},
		{"keys trap", namesErr, "test.js:1:59: RangeError: trap"},
		{"of null", nullErr, "TypeError: cannot read property 'x' of null"},
		{"of undefined", undefinedErr, "TypeError: Cannot use property 'x' of undefined"},
	}
	for _, tt := range tests {
		if tt.err == nil || tt.err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, tt.err, tt.want)
		}
	}
}

func TestPrototypes(t *testing.T) {
	i := open(t, quickjs.Options{})
	o, class := eval(t, i, "({})"), eval(t, i, "(class A {})")
	if is, err := o.InstanceOf(class); err != nil || is {
		t.Errorf("before: got %v, %v", is, err)
	}
	if err := o.SetPrototype(must(class.Get("prototype"))(t)); err != nil {
		t.Fatal(err)
	}
	if is, err := o.InstanceOf(class); err != nil || !is {
		t.Errorf("after: got %v, %v", is, err)
	}
	if !must(o.Prototype())(t).Is(must(class.Get("prototype"))(t)) {
		t.Error("Prototype gives another object")
	}
	if _, err := o.InstanceOf(i.Number(1)); err == nil {
		t.Error("instanceof 1: no error")
	}
}
