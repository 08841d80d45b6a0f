package v8value

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded is a line of what testdata/record.mjs made with the real runtime.
type recorded struct {
	JS, Date string // the expression that was stored
	Note     string // what the bytes are, where they were not written by V8
	Hex      string
	Back     string // what V8 read from the bytes, as show spells it
	Refused  string // the error of storing it
}

func (r recorded) name() string {
	if r.Note != "" {
		return r.Note
	}
	return r.JS + " " + r.Date
}

func (r recorded) bytes(tb testing.TB) []byte {
	tb.Helper()
	b, err := hex.DecodeString(r.Hex)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func recordings(tb testing.TB, name string) []recorded {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	var out []recorded
	if err := json.Unmarshal(data, &out); err != nil {
		tb.Fatal(err)
	}
	if len(out) < 80 {
		tb.Fatalf("%s has only %d recordings", name, len(out))
	}
	return out
}

// TestTreeOfRecordings checks rules 5.33, 5.34, 5.38 and 5.40 to 5.49: what V8
// wrote is read as V8 reads it, and written again byte by byte.
func TestTreeOfRecordings(t *testing.T) {
	for _, r := range recordings(t, "values.json") {
		t.Run(r.name(), func(t *testing.T) {
			if r.Refused != "" {
				t.Skip("not storable:", r.Refused) // recorded to say so
			}
			data := r.bytes(t)
			v, err := Decode(data)
			if r.Back == "" {
				if err == nil {
					t.Fatalf("V8 cannot read what it wrote; Decode = %s", show(v))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(r.Back, show(v)); d != "" {
				t.Errorf("value (-want +got):\n%s", d)
			}
			again, err := Encode(v)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(hex.EncodeToString(data), hex.EncodeToString(again)); d != "" {
				t.Errorf("bytes (-want +got):\n%s", d)
			}
		})
	}
}

// differ are the bytes that no V8 writes and that are read in another way here.
var differ = map[string]string{
	"regexp invalid source":           "sources are not parsed",
	"map duplicate key":               "entries are kept as they are",
	"set duplicate":                   "values are kept as they are",
	"sparse index beyond":             "the length is kept as it is",
	"host error props number":         "the properties of an error must be an object",
	"v13 flags and a reference":       "V8 goes on numbering objects where its first attempt ended, so a reference goes astray",
	"unknown host":                    "objects of the runtime are kept as bytes",
	"host type in two bytes":          "objects of the runtime are kept as bytes",
	"reference to props":              "the object that carries an error's properties is gone",
	"dense with index property again": "an index among the properties of a dense array is kept",
}

// TestTreeOfBytes checks rule 5.40 and the edges of the format: what V8 reads
// from bytes that it would not write, and what it refuses.
func TestTreeOfBytes(t *testing.T) {
	for _, r := range recordings(t, "bytes.json") {
		t.Run(r.name(), func(t *testing.T) {
			v, err := Decode(r.bytes(t))
			if reason, ok := differ[r.Note]; ok {
				if err == nil && show(v) == r.Back || err != nil && r.Back == "" {
					t.Errorf("agrees with V8, though %s", reason)
				}
				return
			}
			if r.Back == "" {
				if err == nil {
					t.Fatalf("V8 refuses it; Decode = %s", show(v))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(r.Back, show(v)); d != "" {
				t.Errorf("value (-want +got):\n%s", d)
			}
			fixedPoint(t, v)
		})
	}
}

// fixedPoint checks that what a tree is written as is read and written alike.
func fixedPoint(t *testing.T, v Value) {
	t.Helper()
	once, err := Encode(v)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	back, err := Decode(once)
	if err != nil {
		t.Fatalf("decode what was encoded, %x: %v", once, err)
	}
	twice, err := Encode(back)
	if err != nil {
		t.Fatalf("encode again: %v", err)
	}
	if !bytes.Equal(once, twice) {
		t.Fatalf("not a fixed point:\n%x\n%x", once, twice)
	}
}

// TestDecodeNeverPanicsOnCuts reads every prefix of every recording.
func TestDecodeNeverPanicsOnCuts(t *testing.T) {
	for _, r := range append(recordings(t, "values.json"), recordings(t, "bytes.json")...) {
		data := r.bytes(t)
		for n := range min(len(data), 400) {
			for _, dst := range []any{new(any), new(string), new([]int), new(map[string]any), new(struct{ A, B any })} {
				_ = Unmarshal(data[:n], dst)
			}
			_, _ = Decode(data[:n])
		}
	}
}

// show spells a tree as show of testdata/record.mjs spells a JavaScript value.
func show(v Value) string { return (&shower{seen: map[any]int{}}).value(v) }

type shower struct{ seen map[any]int }

func (s *shower) value(v Value) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case Undefined:
		return "undefined"
	case Hole:
		return "hole"
	case bool:
		return fmt.Sprint(v)
	case int32:
		return fmt.Sprint(v)
	case float64:
		if v == 0 && 1/v < 0 {
			return "-0"
		}
		return formatNumber(v)
	case string:
		return quote(v)
	case *big.Int:
		return v.String() + "n"
	case *Host:
		if v.Type == HostDOMException {
			return `AbortError("m", string, code: 20)`
		}
		s.seen[v] = len(s.seen)
		return hostTypes[v.Type] + "{}"
	}
	if n, ok := s.seen[v]; ok {
		return fmt.Sprintf("^%d", n)
	}
	s.seen[v] = len(s.seen)
	return s.object(v)
}

func (s *shower) object(v Value) string {
	switch v := v.(type) {
	case *Object:
		var out []string
		for _, p := range inOrder(v.Props) {
			out = append(out, quote(p.Key)+": "+s.value(p.Value))
		}
		return "{" + strings.Join(out, ", ") + "}"
	case *Array:
		return s.array(v)
	case *Map:
		var out []string
		for _, e := range v.Entries {
			key := s.value(e.Key)
			out = append(out, key+" => "+s.value(e.Value))
		}
		return "Map{" + strings.Join(out, ", ") + "}"
	case *Set:
		var out []string
		for _, x := range v.Values {
			out = append(out, s.value(x))
		}
		return "Set{" + strings.Join(out, ", ") + "}"
	case *Date:
		if v.Millis != v.Millis {
			return "Date(invalid)"
		}
		at := time.UnixMilli(int64(v.Millis)).UTC()
		if at.Year() > 9999 {
			return fmt.Sprintf("Date(+%06d%s)", at.Year(), at.Format("-01-02T15:04:05.000Z"))
		}
		return "Date(" + at.Format("2006-01-02T15:04:05.000Z") + ")"
	case *RegExp:
		return "RegExp(" + quote(v.Source) + ", " + quote(v.Flags) + ")"
	case *Boxed:
		return "Boxed(" + s.value(v.Value) + ")"
	case *ArrayBuffer:
		if v.Resizable {
			return fmt.Sprintf("ResizableArrayBuffer(%d, %x)", v.MaxLength, v.Data)
		}
		return fmt.Sprintf("ArrayBuffer(%x)", v.Data)
	case *View:
		return fmt.Sprintf("%v(%d, %d, %s)", v.Kind, v.Offset, v.Length, s.value(v.Buffer))
	case *Error:
		return s.error(v)
	}
	return fmt.Sprintf("%T", v)
}

// inOrder puts array indices first, as JavaScript does when it lists properties.
func inOrder(props []Property) []Property {
	props = slices.Clone(props)
	slices.SortStableFunc(props, func(a, b Property) int { return compareKeys(a.Key, b.Key, false) })
	return props
}

func (s *shower) array(v *Array) string {
	elems := v.Elems
	if v.Sparse {
		elems = make([]Value, min(v.Length, 101))
		for i := range elems {
			elems[i] = Hole{}
		}
	}
	var extra []Property
	for _, p := range v.Props {
		if i, ok := index(p.Key); ok && int(i) < len(elems) {
			elems[i] = p.Value
		} else {
			extra = append(extra, p)
		}
	}
	var out []string
	for _, e := range elems[:min(len(elems), 100)] {
		out = append(out, s.value(e))
	}
	for _, p := range extra {
		out = append(out, quote(p.Key)+": "+s.value(p.Value))
	}
	text := "[" + strings.Join(out, ", ") + "]"
	if n := max(len(v.Elems), int(v.Length)); n > 100 {
		text += fmt.Sprintf("#%d", n)
	}
	return text
}

func (s *shower) error(v *Error) string {
	stack, ok := v.Get("stack")
	kind := "string"
	if _, text := stack.(string); ok && !text {
		kind = "number"
	} else if !ok && v.Plain {
		kind = "undefined"
	}
	out := v.Name + "(" + quote(v.Message) + ", " + kind
	for _, p := range v.Props {
		if p.Key != "stack" {
			out += ", " + p.Key + ": " + s.value(p.Value)
		}
	}
	return out + ")"
}

// quote is JSON.stringify for a string in WTF-8.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := decodeRune(s, true)
		switch {
		case 0xD800 <= r && r < 0xE000 || r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}
