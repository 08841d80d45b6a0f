package quickjs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func BenchmarkOpenIsolate(b *testing.B) {
	for name, opts := range map[string]quickjs.Options{
		"plain": {},
		"clock": {Now: func() float64 { return 0 }, Random: func() float64 { return 0 }, MemoryLimit: 128 << 20},
	} {
		b.Run("options="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				i, err := quickjs.Open(opts)
				if err != nil {
					b.Fatal(err)
				}
				_ = i.Close()
			}
		})
	}
}

// BenchmarkHostCall is a call from JavaScript into Go; the loop around it is part of the time.
func BenchmarkHostCall(b *testing.B) {
	for _, args := range []int{0, 3} {
		b.Run(fmt.Sprintf("args=%d", args), func(b *testing.B) {
			i := open(b, quickjs.Options{})
			function(b, i, "f", func(c *quickjs.Call) (quickjs.Value, error) { return c.Arg(0), nil })
			loop := eval(b, i, "(n) => { for (let k = 0; k < n; k++) f("+strings.TrimSuffix(strings.Repeat("k,", args), ",")+") }")
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := loop.Call(quickjs.Value{}, i.Number(float64(b.N))); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkCallIntoJS(b *testing.B) {
	i := open(b, quickjs.Options{})
	add := eval(b, i, "(a, b) => a + b")
	b.ReportAllocs()
	for b.Loop() {
		scope := i.OpenScope()
		if _, err := add.Call(quickjs.Value{}, i.Number(1), i.Number(2)); err != nil {
			b.Fatal(err)
		}
		scope.Close()
	}
}

func BenchmarkProperty(b *testing.B) {
	i := open(b, quickjs.Options{})
	o := eval(b, i, "({name: 'value'})")
	b.ReportAllocs()
	for b.Loop() {
		scope := i.OpenScope()
		if _, err := o.Get("name"); err != nil {
			b.Fatal(err)
		}
		scope.Close()
	}
}

func BenchmarkString(b *testing.B) {
	for name, s := range map[string]string{"ascii": strings.Repeat("x", 1000), "wide": strings.Repeat("€", 1000)} {
		b.Run("kind="+name, func(b *testing.B) {
			i := open(b, quickjs.Options{})
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				scope := i.OpenScope()
				v, err := i.String(s)
				if err != nil || len(v.String()) != len(s) {
					b.Fatal(err)
				}
				scope.Close()
			}
		})
	}
}

func BenchmarkArrayBuffer(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10, 4 << 20} {
		data := make([]byte, size)
		b.Run(fmt.Sprintf("way=in/size=%d", size), func(b *testing.B) {
			i := open(b, quickjs.Options{})
			b.SetBytes(int64(size))
			for b.Loop() {
				scope := i.OpenScope()
				if _, err := i.ArrayBuffer(data); err != nil {
					b.Fatal(err)
				}
				scope.Close()
			}
		})
		b.Run(fmt.Sprintf("way=out/size=%d", size), func(b *testing.B) {
			i := open(b, quickjs.Options{})
			v := must(i.ArrayBuffer(data))(b)
			b.SetBytes(int64(size))
			for b.Loop() {
				if got, err := v.Bytes(); err != nil || len(got) != size {
					b.Fatal(err)
				}
			}
		})
	}
}

// source is about 200 KB of ordinary code.
func source() string {
	var text strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&text, "class C%d { constructor(x) { this.x = x; this.name = 'c%d' }\n get double() { return this.x * 2 }\n async run(a, { b = 1, ...rest } = {}) { for (const y of a) await y; return [this.x, b, rest] } }\n", n, n)
	}
	return text.String()
}

func BenchmarkCode(b *testing.B) {
	text := source()
	fresh := func(b *testing.B) *quickjs.Isolate {
		i, err := quickjs.Open(quickjs.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return i
	}
	b.Run("from=source", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			i := fresh(b)
			if _, err := i.Eval(text, "x.js"); err != nil {
				b.Fatal(err)
			}
			_ = i.Close()
		}
	})
	b.Run("from=bytecode", func(b *testing.B) {
		code, err := quickjs.Compile(text, "x.js", quickjs.ScriptCode)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			i := fresh(b)
			if _, err := i.Run(code); err != nil {
				b.Fatal(err)
			}
			_ = i.Close()
		}
	})
	b.Run("cache=hit", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := quickjs.Compile(text, "x.js", quickjs.ScriptCode); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkJobs(b *testing.B) {
	i := open(b, quickjs.Options{})
	start := eval(b, i, "(async (n) => { for (let k = 0; k < n; k++) await k })")
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := start.Call(quickjs.Value{}, i.Number(float64(b.N))); err != nil {
		b.Fatal(err)
	}
	if _, err := i.RunJobs(2*b.N + 10); err != nil {
		b.Fatal(err)
	}
}
