package v8value

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// isASCII looks at eight bytes at a time, which the compiler turns into one load.
func isASCII(s string) bool {
	for len(s) >= 8 {
		if (s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7])&0x80 != 0 {
			return false
		}
		s = s[8:]
	}
	for i := range len(s) {
		if s[i]&0x80 != 0 {
			return false
		}
	}
	return true
}

// decodeRune is utf8.DecodeRuneInString that also knows, if wtf is set, the
// three-byte form of a lone surrogate.
func decodeRune(s string, wtf bool) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if wtf && r == utf8.RuneError && n == 1 && len(s) >= 3 && s[0] == 0xED && s[1]&0xE0 == 0xA0 && s[2]&0xC0 == 0x80 {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return r, n
}

// measure gives the number of UTF-16 units of s and whether they are all Latin-1.
func measure(s string, wtf bool) (units int, latin1 bool) {
	latin1 = true
	for len(s) > 0 {
		r, n := decodeRune(s, wtf)
		units++
		if r > 0xFF {
			latin1 = false
			if r > 0xFFFF {
				units++
			}
		}
		s = s[n:]
	}
	return units, latin1
}

func appendLatin1(b []byte, s string) []byte {
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}

func appendUTF16(b []byte, s string, wtf bool) []byte {
	for len(s) > 0 {
		r, n := decodeRune(s, wtf)
		s = s[n:]
		if r > 0xFFFF {
			hi, lo := utf16.EncodeRune(r)
			b = binary.LittleEndian.AppendUint16(b, uint16(hi))
			r = lo
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
	}
	return b
}

func fromLatin1(b []byte) string {
	high := 0
	for _, c := range b {
		high += int(c >> 7)
	}
	if high == 0 {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b) + high)
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

func fromUTF16(b []byte, wtf bool) string {
	out := make([]byte, 0, len(b)*3/2)
	for ; len(b) >= 2; b = b[2:] {
		r := rune(binary.LittleEndian.Uint16(b))
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(b) >= 4 {
				pair = utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[2:])))
			}
			switch {
			case pair != utf8.RuneError:
				r, b = pair, b[2:]
			case wtf:
				out = append(out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
				continue
			}
		}
		out = utf8.AppendRune(out, r) // a lone surrogate becomes U+FFFD
	}
	return string(out)
}

// index gives the array index that key spells, if it spells one.
func index(key string) (uint32, bool) {
	if len(key) == 0 || len(key) > 10 || key[0] == '0' && len(key) > 1 {
		return 0, false
	}
	var n uint64
	for i := range len(key) {
		c := key[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return uint32(n), n <= maxIndex
}

// formatNumber spells a number as JavaScript does.
func formatNumber(f float64) string {
	abs := math.Abs(f)
	switch {
	case f == 0:
		return "0"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case abs >= 1e21 || abs < 1e-6:
		s := strconv.FormatFloat(f, 'e', -1, 64)
		mantissa, exp, _ := strings.Cut(s, "e")
		return mantissa + "e" + exp[:1] + strings.TrimLeft(exp[1:], "0")
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
