package v8value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// JSON gives a tree as JSON, if that says all of it: null, booleans, finite
// numbers other than -0, strings, dense arrays and plain objects.
func JSON(v Value) (text []byte, ok bool) {
	var b bytes.Buffer
	if !writeJSON(&b, v, 0) {
		return nil, false
	}
	return b.Bytes(), true
}

// maxJSONDepth ends what contains itself.
const maxJSONDepth = 1000

func writeJSON(b *bytes.Buffer, v Value, depth int) bool {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool, int32:
		fmt.Fprint(b, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) || v == 0 && math.Signbit(v) {
			return false
		}
		b.WriteString(formatNumber(v))
	case string:
		return writeString(b, v)
	case *Array:
		if v.Sparse || len(v.Props) > 0 || depth > maxJSONDepth {
			return false
		}
		b.WriteByte('[')
		for i, elem := range v.Elems {
			if i > 0 {
				b.WriteByte(',')
			}
			if !writeJSON(b, elem, depth+1) {
				return false
			}
		}
		b.WriteByte(']')
	case *Object:
		if depth > maxJSONDepth {
			return false
		}
		return writeObject(b, v, depth)
	default:
		return false
	}
	return true
}

func writeObject(b *bytes.Buffer, o *Object, depth int) bool {
	b.WriteByte('{')
	for i, p := range o.Props {
		if i > 0 {
			b.WriteByte(',')
		}
		if !writeString(b, p.Key) {
			return false
		}
		b.WriteByte(':')
		if !writeJSON(b, p.Value, depth+1) {
			return false
		}
	}
	b.WriteByte('}')
	return true
}

func writeString(b *bytes.Buffer, s string) bool {
	if !utf8.ValidString(s) {
		return false // a lone surrogate
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return false
	}
	b.Truncate(b.Len() - 1) // its newline
	return true
}

// FromJSON reads a tree from JSON; properties keep their order, and of two of
// one name the later counts.
func FromJSON(text []byte) (Value, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	v, err := readJSON(d, 0)
	if err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("no JSON: something follows the value")
	}
	return v, nil
}

func readJSON(d *json.Decoder, depth int) (Value, error) {
	t, err := d.Token()
	switch {
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	case depth > maxJSONDepth:
		return nil, fmt.Errorf("it is more than %d levels deep", maxJSONDepth)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return readArray(d, depth)
		}
		return readObject(d, depth)
	case float64:
		if n := int32(t); float64(n) == t && !(t == 0 && math.Signbit(t)) {
			return n, nil
		}
		return t, nil
	case string:
		return strings.ToValidUTF8(t, "\uFFFD"), nil
	}
	return t, nil
}

func readArray(d *json.Decoder, depth int) (Value, error) {
	a := &Array{}
	for d.More() {
		v, err := readJSON(d, depth+1)
		if err != nil {
			return nil, err
		}
		a.Elems = append(a.Elems, v)
	}
	_, err := d.Token()
	return a, err
}

func readObject(d *json.Decoder, depth int) (Value, error) {
	o := &Object{}
	at := map[string]int{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := readJSON(d, depth+1)
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if i, again := at[name]; again {
			o.Props[i].Value = v
			continue
		}
		at[name] = len(o.Props)
		o.Props = append(o.Props, Property{name, v})
	}
	_, err := d.Token()
	return o, err
}
