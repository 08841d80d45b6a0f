package wranglercfg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// maxNesting bounds recursion over the document; hujson itself has no bound,
// and a stack that overflows cannot be recovered. go-toml has the same limit.
const maxNesting = 10_000

// readJSON reads JSON with comments and trailing commas (F6).
func readJSON(src *source) (*Node, Diagnostics) {
	text, deep := plainComments(src.data)
	if deep >= 0 {
		return nil, Diagnostics{{
			Code: CodeSyntax, Pos: src.pos(deep),
			Msg: fmt.Sprintf("lists and objects are nested more than %d levels deep", maxNesting),
		}}
	}
	v, err := hujson.Parse(text)
	if err != nil {
		return nil, Diagnostics{syntaxError(src, err)}
	}
	r := &jsonReader{src: src}
	root := r.node(v)
	return root, r.diags
}

type jsonReader struct {
	src   *source
	diags Diagnostics
}

func (r *jsonReader) node(v hujson.Value) *Node {
	n := &Node{pos: r.src.pos(v.StartOffset)}
	switch t := v.Value.(type) {
	case *hujson.Object:
		n.kind = Object
		for _, m := range t.Members {
			r.member(n, m)
		}
	case *hujson.Array:
		n.kind = List
		n.items = make([]*Node, 0, len(t.Elements))
		for _, e := range t.Elements {
			n.items = append(n.items, r.node(e))
		}
	case hujson.Literal:
		r.literal(n, t)
	}
	return n
}

// member adds a key to n. A key that is there already takes the new value and
// keeps its place, as in JavaScript (F8).
func (r *jsonReader) member(n *Node, m hujson.ObjectMember) {
	name, _ := m.Name.Value.(hujson.Literal)
	key := unquote(name)
	pos := r.src.pos(m.Name.StartOffset)
	value := r.node(m.Value)
	i := n.find(key)
	if i < 0 {
		n.add(Member{Key: key, Pos: pos, Value: value})
		return
	}
	r.diags = append(r.diags, &Diagnostic{
		Code: CodeKeyTwice, Severity: SeverityWarning, Pos: pos,
		Msg:  fmt.Sprintf("the key %q is already on line %d of this object; only this last one counts", key, n.members[i].Pos.Line),
		Hint: "merge the two",
	})
	n.members[i].Pos, n.members[i].Value = pos, value
}

func (r *jsonReader) literal(n *Node, lit hujson.Literal) {
	switch lit.Kind() {
	case 't':
		n.kind, n.number = Bool, 1
	case 'f':
		n.kind = Bool
	case '"':
		n.kind, n.text = String, unquote(lit)
	case '0':
		n.kind = Number
		// Out of range is ±Inf, which is what JavaScript makes of it.
		n.number, _ = strconv.ParseFloat(string(lit), 64)
	}
}

// unquote returns the value of a string that hujson found valid. Lone
// surrogates become replacement characters.
func unquote(lit hujson.Literal) string {
	if inner := lit[1 : len(lit)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var s string
	if err := json.Unmarshal(lit, &s); err != nil {
		return string(lit) // not reached: hujson validated it
	}
	return s
}

// plainComments returns a copy of a document in which comments are blank, of the
// same length and with the same lines. hujson refuses some comments that wrangler
// reads (one without a line end at the end of the file, one with U+2028) and does
// not end them at a lone CR. deep is the offset of a bracket that exceeds
// maxNesting, or -1.
func plainComments(data []byte) (text []byte, deep int) {
	text = append(make([]byte, 0, len(data)), data...)
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
		case '/':
			i = blankComment(text, i)
		case '[', '{':
			if depth++; depth > maxNesting {
				return text, i
			}
		case ']', '}':
			depth--
		}
	}
	return text, -1
}

// stringEnd returns the offset of the quote that ends the string at i, or of
// the last byte.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"', '\n', '\r':
			return i
		}
	}
	return len(text) - 1
}

// blankComment overwrites the comment at i, if there is one, and returns the
// offset of its last byte. An unterminated block comment stays: hujson reports it.
func blankComment(text []byte, i int) int {
	end := i
	switch rest := string(text[i:min(i+2, len(text))]); rest {
	case "//":
		for end = i + 1; end+1 < len(text) && text[end+1] != '\n' && text[end+1] != '\r'; end++ {
		}
	case "/*":
		for end = i + 3; end < len(text) && string(text[end-1:end+1]) != "*/"; end++ {
		}
		if end >= len(text) {
			return len(text) - 1
		}
	default:
		return i
	}
	for j := i; j <= end; j++ {
		if text[j] != '\n' {
			text[j] = ' '
		}
	}
	return end
}

// syntaxError turns an error of hujson, whose place is only in its text, into
// a diagnostic.
func syntaxError(src *source, err error) *Diagnostic {
	msg := err.Error()
	var line, column int
	if _, scanErr := fmt.Sscanf(msg, "hujson: line %d, column %d:", &line, &column); scanErr == nil {
		_, msg, _ = strings.Cut(msg, ": ")
		_, msg, _ = strings.Cut(msg, ": ")
	}
	if runes := []rune(msg); len(runes) > maxQuoted {
		msg = string(runes[:maxQuoted]) + "…"
	}
	return &Diagnostic{
		Code: CodeSyntax, Pos: src.pos(src.at(line, column)),
		Msg: jsonCode(msg) + ": " + msg,
	}
}

// maxQuoted is the length to which a parser's message is cut: it may quote the
// rest of the document.
const maxQuoted = 120

// jsonCode returns the name that wrangler's parser has for an error (F6).
func jsonCode(msg string) string {
	has := func(part string) bool { return strings.Contains(msg, part) }
	switch {
	case has("comment"):
		return "UnexpectedEndOfComment"
	case has("parsing string"):
		return "UnexpectedEndOfString"
	case has("after top-level value"):
		return "EndOfFileExpected"
	case has("after object name"), has("parsing object after name"):
		return "ColonExpected"
	case has("object name"):
		return "PropertyNameExpected"
	case has("parsing object after value"):
		return "CloseBraceExpected"
	case has("parsing array after value"):
		return "CloseBracketExpected"
	case has("expecting ','"):
		return "CommaExpected"
	case has(`invalid literal: "`):
		return "InvalidCharacter"
	case has("invalid literal"):
		return "InvalidSymbol"
	}
	return "ValueExpected"
}
