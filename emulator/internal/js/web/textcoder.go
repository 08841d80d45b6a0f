package web

import (
	"strings"
	"unicode/utf8"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var encodingUnit = unit{
	name:    "encoding",
	globals: []string{"TextEncoder", "TextDecoder"},
	natives: func(p *Platform, n *natives) {
		n.add("encode", 1, func(c *quickjs.Call) (quickjs.Value, error) {
			text, err := c.Arg(0).Text()
			if err != nil {
				return quickjs.Value{}, err
			}
			return c.Isolate.Uint8Array([]byte(scalar(text)))
		})
		n.add("encodeInto", 2, encodeInto)
		n.add("decoder", 3, newDecoder)
		n.add("isBuffer", 1, isBuffer)
	},
}

func isBuffer(c *quickjs.Call) (quickjs.Value, error) {
	k := c.Arg(0).ObjectKind()
	return c.Isolate.Bool(k == quickjs.BufferObject || k == quickjs.SharedBufferObject), nil
}

// encodeInto(text, bytes) writes as many whole characters as fit, and gives how
// many UTF-16 units it read and how many bytes it wrote.
func encodeInto(c *quickjs.Call) (quickjs.Value, error) {
	text, err := c.Arg(0).Text()
	if err != nil {
		return quickjs.Value{}, err
	}
	read, written := 0, 0
	err = c.Arg(1).WithBytes(func(b []byte) {
		for _, r := range scalar(text) {
			size := utf8.RuneLen(r)
			if written+size > len(b) {
				return
			}
			written += utf8.EncodeRune(b[written:], r)
			if read++; r > 0xffff {
				read++
			}
		}
	})
	if err != nil {
		return quickjs.Value{}, err
	}
	return c.Isolate.Array(c.Isolate.Number(float64(read)), c.Isolate.Number(float64(written)))
}

// newDecoder(label, fatal, ignoreBOM) gives the name of an encoding and a
// function decode(bytes, stream), which gives undefined for what is malformed;
// undefined if there is no such encoding.
func newDecoder(c *quickjs.Call) (quickjs.Value, error) {
	label := c.Arg(0).String()
	name, d := decoderOf(label)
	if d == nil {
		return quickjs.Value{}, nil
	}
	s := &decoding{decoder: d, fatal: c.Arg(1).Truthy(), keepBOM: c.Arg(2).Truthy()}
	text, err := c.Isolate.String(name)
	if err != nil {
		return text, err
	}
	decode, err := c.Isolate.Function("decode", 2, func(c *quickjs.Call) (quickjs.Value, error) {
		var text string
		ok := true
		stream := c.Arg(1).Truthy()
		if c.Arg(0).IsUndefined() {
			text, ok = s.decode(nil, stream)
		} else if err := c.Arg(0).WithBytes(func(b []byte) { text, ok = s.decode(b, stream) }); err != nil {
			return quickjs.Value{}, err
		}
		if !ok {
			return quickjs.Value{}, nil
		}
		return c.Isolate.String(text)
	})
	if err != nil {
		return decode, err
	}
	return c.Isolate.Array(text, decode)
}

// decoder turns bytes into text, mistakes into U+FFFD.
type decoder interface {
	// decode gives the text of b and how many bytes at its end must wait for more;
	// if last, none. Mistakes are counted.
	decode(b []byte, last bool) (text string, rest, mistakes int)
	// reset forgets what earlier calls left.
	reset()
	// bom is the byte order mark that is dropped, or empty.
	bom() string
}

// decoding is the state of a TextDecoder.
type decoding struct {
	decoder decoder
	fatal   bool
	keepBOM bool
	marked  bool // a byte order mark was dropped from the stream; like the runtime, from wherever a piece of it begins with one
	rest    []byte
}

// decode decodes b, which goes on if stream; ok is false for what is malformed in
// a fatal decoder.
func (s *decoding) decode(b []byte, stream bool) (text string, ok bool) {
	if len(s.rest) > 0 {
		b = append(s.rest, b...)
		s.rest = nil
	}
	text, rest, mistakes := s.decoder.decode(b, !stream)
	if rest > 0 {
		s.rest = append([]byte(nil), b[len(b)-rest:]...)
	}
	if bom := s.decoder.bom(); !s.keepBOM && !s.marked && bom != "" && strings.HasPrefix(text, bom) {
		s.marked = true
		text = text[len(bom):]
	}
	if !stream || mistakes > 0 && s.fatal {
		s.marked, s.rest = false, nil
		s.decoder.reset()
	}
	return text, mistakes == 0 || !s.fatal
}
