package web

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonError is what V8 says about text that is no JSON; programs show its words
// to their callers.
func jsonError(text string) string {
	j := jsonText{units: utf16.Encode([]rune(scalar(text)))}
	if !j.value(0) {
		return j.message
	}
	if j.blank(); j.at < len(j.units) {
		j.fail("Unexpected non-whitespace character after JSON")
	}
	return j.message
}

// jsonText is a text on its way through the grammar of JSON, in the units that
// positions are counted in.
type jsonText struct {
	units   []uint16
	at      int
	message string // of the first mistake
}

// jsonDepth is how deeply values may be nested; the engine's own limit is lower.
const jsonDepth = 100_000

func (j *jsonText) blank() {
	for j.at < len(j.units) && (j.units[j.at] == ' ' || j.units[j.at] == '\t' || j.units[j.at] == '\n' || j.units[j.at] == '\r') {
		j.at++
	}
}

// peek is the unit that comes next, 0 at the end.
func (j *jsonText) peek() uint16 {
	if j.at < len(j.units) {
		return j.units[j.at]
	}
	return 0
}

func (j *jsonText) fail(what string) bool {
	line, column := 1, 1
	for n, c := range j.units[:j.at] {
		if c == '\n' || c == '\r' && (n+1 >= len(j.units) || j.units[n+1] != '\n') {
			line++
			column = 1
		} else {
			column++
		}
	}
	if !strings.HasSuffix(what, "JSON") {
		what += " in JSON"
	}
	j.message = fmt.Sprintf("%s at position %d (line %d column %d)", what, j.at, line, column)
	return false
}

// around is how much of the text stands around what was not expected.
const around = 10

// unexpected says that something else must stand here.
func (j *jsonText) unexpected() bool {
	all := string(utf16.Decode(j.units))
	special := all == "undefined" || all == "NaN" || all == "Infinity" || all == "[object Object]"
	c := j.peek()
	switch {
	case special:
		j.message = fmt.Sprintf("%q is not valid JSON", all)
	case j.at >= len(j.units):
		j.message = "Unexpected end of JSON input"
	case c == '-' || c >= '0' && c <= '9':
		return j.fail("Unexpected number")
	case c == '"':
		return j.fail("Unexpected string")
	default:
		from, to, before, after := 0, len(j.units), "", ""
		if len(j.units) > 2*around {
			if j.at >= around {
				from, before = j.at-around, "..."
			}
			if j.at < len(j.units)-around {
				to, after = j.at+around, "..."
			}
		}
		j.message = fmt.Sprintf(`Unexpected token '%s', %s"%s"%s is not valid JSON`, string(utf16.Decode(j.units[j.at:j.at+1])), before, string(utf16.Decode(j.units[from:to])), after)
	}
	return false
}

func (j *jsonText) value(depth int) bool {
	j.blank()
	if depth > jsonDepth {
		return j.unexpected()
	}
	switch c := j.peek(); {
	case c == '{':
		return j.object(depth)
	case c == '[':
		return j.array(depth)
	case c == '"':
		return j.text()
	case c == '-' || c >= '0' && c <= '9':
		return j.number()
	case c == 't':
		return j.literal("true")
	case c == 'f':
		return j.literal("false")
	case c == 'n':
		return j.literal("null")
	}
	return j.unexpected()
}

func (j *jsonText) literal(word string) bool {
	start := j.at
	for n := range len(word) {
		if j.peek() != uint16(word[n]) {
			if special := string(utf16.Decode(j.units)); start == 0 && (special == "NaN" || special == "undefined") {
				j.at = 0
			}
			return j.unexpected()
		}
		j.at++
	}
	return true
}

func (j *jsonText) array(depth int) bool {
	j.at++
	if j.blank(); j.peek() == ']' {
		j.at++
		return true
	}
	for {
		if !j.value(depth + 1) {
			return false
		}
		switch j.blank(); {
		case j.peek() == ',':
			j.at++
		case j.peek() == ']':
			j.at++
			return true
		default:
			return j.fail("Expected ',' or ']' after array element")
		}
	}
}

func (j *jsonText) object(depth int) bool {
	j.at++
	if j.blank(); j.peek() == '}' {
		j.at++
		return true
	}
	expected := "Expected property name or '}'"
	for {
		if j.blank(); j.peek() != '"' {
			return j.fail(expected)
		}
		expected = "Expected double-quoted property name"
		if !j.text() {
			return false
		}
		if j.blank(); j.peek() != ':' {
			return j.fail("Expected ':' after property name")
		}
		j.at++
		if !j.value(depth + 1) {
			return false
		}
		switch j.blank(); j.peek() {
		case ',':
			j.at++
		case '}':
			j.at++
			return true
		default:
			return j.fail("Expected ',' or '}' after property value")
		}
	}
}

func (j *jsonText) digits() bool {
	from := j.at
	for j.peek() >= '0' && j.peek() <= '9' {
		j.at++
	}
	return j.at > from
}

func (j *jsonText) number() bool {
	if j.peek() == '-' {
		if j.at++; j.peek() < '0' || j.peek() > '9' {
			return j.fail("No number after minus sign")
		}
	}
	if j.peek() == '0' {
		if j.at++; j.peek() >= '0' && j.peek() <= '9' {
			return j.fail("Unexpected number")
		}
	} else {
		j.digits()
	}
	if j.peek() == '.' {
		if j.at++; !j.digits() {
			return j.fail("Unterminated fractional number")
		}
	}
	if c := j.peek(); c == 'e' || c == 'E' {
		j.at++
		if c := j.peek(); c == '+' || c == '-' {
			j.at++
		}
		if !j.digits() {
			return j.fail("Exponent part is missing a number")
		}
	}
	return true
}

func (j *jsonText) text() bool {
	for j.at++; j.at < len(j.units); j.at++ {
		switch c := j.units[j.at]; {
		case c == '"':
			j.at++
			return true
		case c < 0x20:
			return j.fail("Bad control character in string literal")
		case c == '\\':
			if !j.escape() {
				return false
			}
		}
	}
	return j.fail("Unterminated string")
}

func (j *jsonText) escape() bool {
	j.at++
	c := j.peek()
	switch {
	case j.at >= len(j.units):
		return j.unexpected()
	case c == 'u':
		for range 4 {
			j.at++
			if c := j.peek(); c >= utf8.RuneSelf || !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) || c == 0 {
				return j.fail("Bad Unicode escape")
			}
		}
		return true
	case c < utf8.RuneSelf && strings.ContainsRune(`"\/bfnrt`, rune(c)) && c != 0:
		return true
	}
	return j.fail("Bad escaped character")
}
