package clone_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// FuzzUnmarshal: whatever can be read is written in a form that reads the same
// and is written the same again; whatever cannot is a SyntaxError.
func FuzzUnmarshal(f *testing.F) {
	for _, name := range []string{"values.json", "bytes.json"} {
		for _, r := range load(f, name) {
			data, err := hex.DecodeString(r.Hex)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		iso, err := quickjs.Open(quickjs.Options{MemoryLimit: 256 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer iso.Close()
		v, err := clone.Unmarshal(iso, data, clone.Options{})
		if err != nil {
			var syntax *v8value.SyntaxError
			if !errors.As(err, &syntax) && !errors.Is(err, quickjs.ErrMemoryLimit) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			return
		}
		once, err := clone.Marshal(v, clone.Options{})
		if err != nil {
			var deep *quickjs.Error
			if errors.As(err, &deep) && strings.Contains(deep.Message, "call stack") {
				return
			}
			t.Fatal(err)
		}
		if v, err = clone.Unmarshal(iso, once, clone.Options{}); err != nil {
			if bytes.Contains(once, []byte("\\\n")) && strings.Contains(err.Error(), "does not stand before it") {
				return // an error that contains itself, which the runtime writes and cannot read
			}
			t.Fatalf("cannot read %x: %v", once, err)
		}
		again, err := clone.Marshal(v, clone.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once, again) {
			t.Errorf("written as %x, read, and written as %x", once, again)
		}
	})
}

// FuzzMarshal: generated values of JavaScript come back equal, and what is
// written for them is what package v8value writes for the tree that it reads.
func FuzzMarshal(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		iso := open(t)
		show := shower(t, iso)
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		source := g.value(4)
		v := eval(t, iso, "("+source+")")
		data, err := clone.Marshal(v, clone.Options{})
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		back, err := clone.Unmarshal(iso, data, clone.Options{})
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if want, got := show(v), show(back); got != want {
			t.Errorf("%s\nbecame %s\nnot    %s", source, got, want)
		}
		tree, err := v8value.Decode(data)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		again, err := v8value.Encode(tree)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if !bytes.Equal(data, again) {
			t.Errorf("%s is written as %x, and as a tree %x", source, data, again)
		}
	})
}

// generator makes expressions of values that can be cloned.
type generator struct{ r *rand.Rand }

func (g generator) value(depth int) string {
	leaves := []string{
		"undefined", "null", "true", "false", "0", "-0", "NaN", "Infinity", "1.5", "-7", "2**31", "2**53", "1e300",
		"12n", "-(2n**70n)", "''", "'text'", "'\\u00e9'", "'\\u20ac\\ud83d\\ude00'", "'\\ud800'", "new Date(5)", "new Date(NaN)", "/a+/gi",
		"Object(true)", "Object(1.5)", "Object('s')", "Object(5n)", "new Uint8Array([1, 2, 3])", "new Float64Array(2)", "new DataView(new ArrayBuffer(5), 2, 2)",
		"new Uint16Array(new ArrayBuffer(8), 2, 2)", "new ArrayBuffer(3)", "new ArrayBuffer(3, {maxByteLength: 9})", "new BigInt64Array([1n, -1n])",
	}
	if depth == 0 || g.r.IntN(4) == 0 {
		return leaves[g.r.IntN(len(leaves))]
	}
	var parts []string
	for range g.r.IntN(5) {
		parts = append(parts, g.value(depth-1))
	}
	each := func(form func(n int, part string) string) string {
		var out []string
		for n, p := range parts {
			out = append(out, form(n, p))
		}
		return strings.Join(out, ", ")
	}
	switch g.r.IntN(8) {
	case 0:
		return "[" + strings.Join(parts, ", ") + "]"
	case 1:
		return "[" + each(func(n int, p string) string { return strings.Repeat(",", n%2) + p }) + "]"
	case 2:
		return "new Map([" + each(func(n int, p string) string { return fmt.Sprintf("[%s, %s]", g.value(0), p) }) + "])"
	case 3:
		return "new Set([" + strings.Join(parts, ", ") + "])"
	case 4:
		return "((x) => [x, {x}, x])(" + g.value(depth-1) + ")"
	case 5:
		return "((x) => { x.self = x; return x })({" + each(func(n int, p string) string { return fmt.Sprintf("k%d: %s", n, p) }) + "})"
	case 6:
		return "Object.assign([" + strings.Join(parts, ", ") + "], {extra: " + g.value(depth-1) + "})"
	}
	return "{" + each(func(n int, p string) string {
		return []string{"a", "'b c'", "7", "'-1'", "4294967295"}[n%5] + ": " + p
	}) + "}"
}
