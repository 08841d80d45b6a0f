package quickjs_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func TestBuffers(t *testing.T) {
	i := open(t, quickjs.Options{})
	data := []byte{0, 1, 2, 250, 251, 252, 253, 254, 255, 10}
	global(t, i, "buffer", must(i.ArrayBuffer(data))(t))
	global(t, i, "array", must(i.Uint8Array(data))(t))
	global(t, i, "none", must(i.ArrayBuffer(nil))(t))
	if got := eval(t, i, "[buffer.byteLength, array.length, none.byteLength, array instanceof Uint8Array, array.join()].join(' ')").String(); got != "10 10 0 true 0,1,2,250,251,252,253,254,255,10" {
		t.Errorf("JavaScript sees %s", got)
	}
	tests := []struct {
		source string
		want   []byte
	}{
		{"buffer", data},
		{"array", data},
		{"none", []byte{}},
		{"new Uint8Array(buffer, 2, 3)", data[2:5]},
		{"new DataView(buffer, 4, 2)", data[4:6]},
		{"new Uint16Array(buffer, 2, 2)", data[2:6]},
		{"array.subarray(9)", data[9:]},
		{"buffer.slice(1, 3)", data[1:3]},
		{"new Uint8ClampedArray([300, -1])", []byte{255, 0}},
		{"new SharedArrayBuffer(2)", []byte{0, 0}},
		{"new Uint8Array(0)", []byte{}},
		{"buffer.transfer(4)", data[:4]},
	}
	for _, tt := range tests {
		got, err := eval(t, i, tt.source).Bytes()
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.source, diff)
		}
	}
}

func TestWithBytes(t *testing.T) {
	i := open(t, quickjs.Options{})
	v := eval(t, i, "globalThis.a = new Uint8Array(4); a.subarray(1, 3)")
	if err := v.WithBytes(func(b []byte) {
		copy(b, "xy")
		if cap(b) != 2 {
			t.Errorf("%d bytes can be reached, want 2", cap(b))
		}
	}); err != nil {
		t.Fatal(err)
	}
	if got := eval(t, i, "a.join()").String(); got != "0,120,121,0" {
		t.Errorf("got %s", got)
	}
}

func TestBufferErrors(t *testing.T) {
	i := open(t, quickjs.Options{MemoryLimit: 16 << 20})
	for source, want := range map[string]string{
		"({})":   "TypeError: not an ArrayBuffer or a view of one",
		"'text'": "TypeError: not an ArrayBuffer or a view of one",
		"let b = new ArrayBuffer(4); b.transfer(); b":                                                     "TypeError: ArrayBuffer is detached",
		"let c = new ArrayBuffer(4); let u = new Uint8Array(c); c.transfer(); u":                          "TypeError: ArrayBuffer is detached or resized",
		"let d = new DataView(new ArrayBuffer(4)); d.buffer.transfer(); d":                                "TypeError: ArrayBuffer is detached or resized",
		"let e = new DataView(new ArrayBuffer(4)); Object.defineProperty(e, 'byteLength', {value: 9}); e": "TypeError: the view is out of the bounds of its buffer",
	} {
		_, err := eval(t, i, source).Bytes()
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", source, err, want)
		}
	}
	if _, err := i.ArrayBuffer(make([]byte, 32<<20)); err == nil {
		t.Error("more than the memory limit: no error")
	}
	if _, err := (quickjs.Value{}).Bytes(); err == nil {
		t.Error("undefined: no error")
	}
}

func TestDetach(t *testing.T) {
	i := open(t, quickjs.Options{})
	v := eval(t, i, "globalThis.b = new ArrayBuffer(4); globalThis.u = new Uint8Array(b); b")
	for range 2 {
		if err := v.Detach(); err != nil {
			t.Fatal(err)
		}
	}
	if got := eval(t, i, "[b.byteLength, b.detached, u.length, u[0]].join()").String(); got != "0,true,0," {
		t.Errorf("got %s", got)
	}
	if err := eval(t, i, "u").Detach(); err == nil {
		t.Error("a view: no error")
	}
}

// TestBigBuffer crosses with more than a goroutine's stack and any scratch memory hold.
func TestBigBuffer(t *testing.T) {
	i := open(t, quickjs.Options{})
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	got, err := must(i.ArrayBuffer(data))(t).Bytes()
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}
