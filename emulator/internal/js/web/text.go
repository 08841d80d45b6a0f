package web

import (
	"strings"
	"unicode/utf8"
)

// scalar gives a string of JavaScript, which is WTF-8, as UTF-8: lone
// surrogates become U+FFFD.
func scalar(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			n = min(3, len(s)-i) // a surrogate takes three bytes
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// utf8Text decodes UTF-8 as the platform does: a byte order mark is dropped,
// and mistakes are mended.
func utf8Text(b []byte) string {
	if len(b) >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf {
		b = b[3:]
	}
	return utf8Mend(b)
}

// utf8Mend decodes UTF-8; each longest beginning of a character that does not go
// on becomes U+FFFD.
func utf8Mend(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + 16)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = subpart(b)
		}
		out.WriteRune(r)
		b = b[n:]
	}
	return out.String()
}

// subpart is how many bytes at the start of b, which is no character, are one
// mistake: the longest piece that could have begun a character, or one byte.
func subpart(b []byte) int {
	lo, hi, want := byte(0x80), byte(0xbf), 0
	switch c := b[0]; {
	case c >= 0xc2 && c <= 0xdf:
		want = 1
	case c >= 0xe0 && c <= 0xef:
		want = 2
		if c == 0xe0 {
			lo = 0xa0
		} else if c == 0xed {
			hi = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		want = 3
		if c == 0xf0 {
			lo = 0x90
		} else if c == 0xf4 {
			hi = 0x8f
		}
	}
	n := 1
	for n <= want && n < len(b) && b[n] >= lo && b[n] <= hi {
		lo, hi = 0x80, 0xbf
		n++
	}
	return n
}
