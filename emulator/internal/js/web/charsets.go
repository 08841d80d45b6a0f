package web

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"
)

// decoderOf gives the canonical name and the decoder of an encoding, by one of
// its labels in the Encoding standard; nil if there is none.
func decoderOf(label string) (name string, d decoder) {
	enc, err := htmlindex.Get(label)
	if err != nil {
		return "", nil
	}
	if name, err = htmlindex.Name(enc); err != nil {
		return "", nil
	}
	switch name {
	case "replacement":
		return "", nil
	case "utf-8":
		return name, utf8Decoder{}
	case "utf-16le":
		return name, utf16Decoder{binary.LittleEndian}
	case "utf-16be":
		return name, utf16Decoder{binary.BigEndian}
	}
	if table, ok := enc.(*charmap.Charmap); ok {
		return name, singleByteDecoder{table, strings.HasPrefix(name, "windows-")}
	}
	return name, &legacyDecoder{enc.NewDecoder()}
}

const byteOrderMark = "\uFEFF"

type utf8Decoder struct{}

func (utf8Decoder) decode(b []byte, last bool) (text string, rest, mistakes int) {
	if !last {
		rest = unfinished(b)
		b = b[:len(b)-rest]
	}
	if utf8.Valid(b) {
		return string(b), rest, 0
	}
	return utf8Mend(b), rest, 1
}

func (utf8Decoder) reset() {}

func (utf8Decoder) bom() string { return byteOrderMark }

// unfinished is how many bytes at the end of b begin a character that may go on.
func unfinished(b []byte) int {
	for n := 1; n <= min(3, len(b)); n++ {
		tail := b[len(b)-n:]
		switch c := tail[0]; {
		case c >= 0xf0 && n < 4 || c >= 0xe0 && c < 0xf0 && n < 3 || c >= 0xc2 && c < 0xe0 && n < 2:
			if c < 0xf5 && subpart(tail) == n {
				return n
			}
			return 0
		case c < 0x80 || c >= 0xc0:
			return 0
		}
	}
	return 0
}

type utf16Decoder struct{ order binary.ByteOrder }

func (d utf16Decoder) decode(b []byte, last bool) (text string, rest, mistakes int) {
	units := make([]uint16, 0, len(b)/2+1)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, d.order.Uint16(b))
	}
	rest = len(b)
	if n := len(units); !last && n > 0 && units[n-1]&0xfc00 == 0xd800 {
		units, rest = units[:n-1], rest+2
	}
	if last && rest > 0 {
		mistakes, rest = 1, 0
	}
	for n := 0; n < len(units); n++ {
		switch u := units[n]; {
		case u&0xf800 != 0xd800:
		case u&0xfc00 == 0xd800 && n+1 < len(units) && units[n+1]&0xfc00 == 0xdc00:
			n++
		default:
			mistakes++
		}
	}
	text = string(utf16.Decode(units))
	if last && len(b) > 0 && (len(units) == 0 || units[len(units)-1]&0xfc00 != 0xd800) {
		text += "\uFFFD"
	}
	return text, rest, mistakes
}

func (utf16Decoder) reset() {}

func (utf16Decoder) bom() string { return byteOrderMark }

// singleByteDecoder is that of an encoding with one byte for each character. In
// those of Windows the standard has the control characters of Latin-1 where
// Windows has none.
type singleByteDecoder struct {
	table   *charmap.Charmap
	windows bool
}

func (d singleByteDecoder) decode(b []byte, _ bool) (text string, rest, mistakes int) {
	var out strings.Builder
	out.Grow(len(b))
	for _, c := range b {
		r := d.table.DecodeByte(c)
		if r == utf8.RuneError {
			if d.windows && c >= 0x80 && c < 0xa0 {
				r = rune(c)
			} else {
				mistakes++
			}
		}
		out.WriteRune(r)
	}
	return out.String(), 0, mistakes
}

func (singleByteDecoder) reset() {}

func (singleByteDecoder) bom() string { return "" }

// legacyDecoder is one of package x/text, which turns mistakes into U+FFFD
// without telling.
type legacyDecoder struct{ *encoding.Decoder }

func (d *legacyDecoder) decode(b []byte, last bool) (text string, rest, mistakes int) {
	var out strings.Builder
	buffer := make([]byte, max(64, 2*len(b)))
	for {
		n, used, err := d.Transform(buffer, b, last)
		out.Write(buffer[:n])
		b = b[used:]
		if err == transform.ErrShortDst {
			continue
		}
		text = out.String()
		if err == nil && len(b) > 0 && used > 0 {
			continue
		}
		return text, len(b), strings.Count(text, "\uFFFD")
	}
}

func (d *legacyDecoder) reset() { d.Reset() }

func (*legacyDecoder) bom() string { return "" }
