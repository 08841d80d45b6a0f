package quickjs_test

import (
	"errors"
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func Example() {
	i, err := quickjs.Open(quickjs.Options{MemoryLimit: 64 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close()
	v, err := i.Eval("[1, 2, 3].map(n => n * n).join()", "squares.js")
	fmt.Println(v, err)
	_, err = i.Eval("\nnull.length", "bad.js")
	fmt.Println(err)
	// Output:
	// 1,4,9 <nil>
	// bad.js:2:5: TypeError: cannot read property 'length' of null
}

func ExampleIsolate_Function() {
	i, err := quickjs.Open(quickjs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close()
	greet, err := i.Function("greet", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if c.Arg(0).Kind() != quickjs.String {
			return quickjs.Value{}, quickjs.TypeErrorf("greet wants a name, not %s", c.Arg(0).Kind())
		}
		return c.Isolate.String("hello " + c.Arg(0).String())
	})
	if err == nil {
		err = i.Global().Set("greet", greet)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(i.Eval("greet('ada')", "a.js"))
	_, err = i.Eval("greet(7)", "a.js")
	fmt.Println(err)
	// Output:
	// hello ada <nil>
	// a.js:1:6: TypeError: greet wants a name, not number
}

func ExampleIsolate_Import() {
	sources := map[string]string{
		"main.js": "import { name } from './name.js'; export default await Promise.resolve('hello ' + name)",
		"name.js": "export const name = 'ada'",
	}
	i, err := quickjs.Open(quickjs.Options{
		Resolve: func(specifier, _ string) (string, error) { return specifier[2:], nil },
		Load: func(_ *quickjs.Isolate, name string, _ map[string]string) (quickjs.Module, error) {
			return quickjs.Module{Source: sources[name]}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close()
	promise, err := i.Import("./main.js", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	namespace, err := i.Settle(promise, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(namespace.Get("default"))
	// Output: hello ada <nil>
}

func ExampleOptions_interrupt() {
	deadline := errors.New("the event took too long")
	polls := 0
	i, err := quickjs.Open(quickjs.Options{Interrupt: func() error {
		if polls++; polls < 10 {
			return nil
		}
		return deadline
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close()
	_, err = i.Eval("function spin() {\n  for (;;) Math.random()\n}\nspin()", "spin.js")
	fmt.Println(err, errors.Is(err, deadline))
	// Output: spin.js:2:23: the event took too long true
}

func ExampleScope() {
	i, err := quickjs.Open(quickjs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close()
	scope := i.OpenScope()
	v, err := i.Eval("({answer: 42})", "a.js")
	if err != nil {
		fmt.Println(err)
		return
	}
	kept := v.Keep() // lives on
	scope.Close()    // v does not
	defer kept.Free()
	fmt.Println(kept.Value().Get("answer"))
	// Output: 42 <nil>
}
