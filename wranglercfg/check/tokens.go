package check

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokens are the words of a script that esbuild printed. They are enough to
// guess from, and no more: nothing here decides whether a script is valid.
type tokens []token

type token struct {
	kind tokenKind
	text string // of a literal: empty, unless it is in quotes
}

type tokenKind uint8

const (
	word    tokenKind = iota // identifier, keyword or #private name
	literal                  // string, number, regular expression, part of a template
	sign                     // one character, or "${" before code in a template
)

// scan never fails: what it does not understand becomes a sign.
func scan(src string) tokens {
	s := &scanner{src: src}
	for s.at < len(s.src) {
		s.next()
	}
	return s.out
}

type scanner struct {
	src string
	at  int
	out tokens

	// One entry for each open "{" and "${"; true for the latter.
	open []bool
}

func (s *scanner) emit(kind tokenKind, text string) {
	s.out = append(s.out, token{kind, text})
}

func (s *scanner) next() {
	rest := s.src[s.at:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case unicode.IsSpace(r):
		s.at += size
	case strings.HasPrefix(rest, "//"):
		s.skip(strings.IndexByte(rest, '\n'), 0)
	case strings.HasPrefix(rest, "/*"):
		s.skip(strings.Index(rest[2:], "*/"), 4)
	case r == '"' || r == '\'':
		s.quoted(byte(r))
	case r == '`':
		s.at++
		s.template()
	case r == '/' && s.regexpMayFollow() && s.regexp():
	case r == '#' || r == '_' || r == '$' || unicode.IsLetter(r):
		end := strings.IndexFunc(rest[size:], func(r rune) bool {
			return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
		if end < 0 {
			end = len(rest) - size
		}
		s.emit(word, rest[:size+end])
		s.at += size + end
	case unicode.IsDigit(r):
		end := strings.IndexFunc(rest, func(r rune) bool { return r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if end < 0 {
			end = len(rest)
		}
		s.emit(literal, "")
		s.at += end
	default:
		s.sign(rest[:size])
	}
}

// skip moves behind what a search found, or to the end of the text.
func (s *scanner) skip(found, length int) {
	if found < 0 {
		s.at = len(s.src)
		return
	}
	s.at += found + length
}

func (s *scanner) sign(text string) {
	s.at += len(text)
	switch text {
	case "{":
		s.open = append(s.open, false)
	case "}":
		if n := len(s.open); n > 0 {
			template := s.open[n-1]
			s.open = s.open[:n-1]
			if template {
				s.emit(sign, "}")
				s.template()
				return
			}
		}
	}
	s.emit(sign, text)
}

func (s *scanner) quoted(quote byte) {
	from := s.at + 1
	for s.at++; s.at < len(s.src) && s.src[s.at] != quote; s.at++ {
		if s.src[s.at] == '\\' {
			s.at++
		}
	}
	end := min(s.at, len(s.src))
	s.at = min(s.at+1, len(s.src))
	s.emit(literal, s.src[from:end])
}

// template reads text up to the code in it, or to its end.
func (s *scanner) template() {
	s.emit(literal, "")
	for ; s.at < len(s.src); s.at++ {
		switch {
		case s.src[s.at] == '\\':
			s.at++
		case s.src[s.at] == '`':
			s.at++
			return
		case strings.HasPrefix(s.src[s.at:], "${"):
			s.at += 2
			s.open = append(s.open, true)
			s.emit(sign, "${")
			return
		}
	}
	s.at = len(s.src)
}

// beforeExpression are keywords after which a slash begins a regular expression.
var beforeExpression = strings.Fields("return typeof case in of void delete throw new await yield else do instanceof extends default")

func (s *scanner) regexpMayFollow() bool {
	if len(s.out) == 0 {
		return true
	}
	last := s.out[len(s.out)-1]
	switch last.kind {
	case word:
		return slices.Contains(beforeExpression, last.text)
	case literal:
		return false
	}
	return !strings.Contains(")]}", last.text)
}

// regexp reads a regular expression, if the line has one.
func (s *scanner) regexp() bool {
	class := false
	for i := s.at + 1; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '\n':
			return false
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for i++; i < len(s.src) && s.src[i] >= 'a' && s.src[i] <= 'z'; i++ {
			}
			s.at = i
			s.emit(literal, "")
			return true
		}
	}
	return false
}

// is reports whether token i is that word or sign.
func (ts tokens) is(i int, text string) bool {
	return i >= 0 && i < len(ts) && ts[i].kind != literal && ts[i].text == text
}

// name returns the word at i, or "".
func (ts tokens) name(i int) string {
	if i < 0 || i >= len(ts) || ts[i].kind != word {
		return ""
	}
	return ts[i].text
}

// literal returns what the quotes at i hold, or "".
func (ts tokens) literal(i int) string {
	if i >= len(ts) || ts[i].kind != literal {
		return ""
	}
	return ts[i].text
}

// past returns the index behind the bracket that closes the one at i, or the end.
func (ts tokens) past(i int) int {
	depth := 0
	for ; i < len(ts); i++ {
		if ts[i].kind != sign {
			continue
		}
		switch ts[i].text {
		case "(", "[", "{", "${":
			depth++
		case ")", "]", "}":
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	return len(ts)
}
