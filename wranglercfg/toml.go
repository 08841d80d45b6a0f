package wranglercfg

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxSafeInteger is the largest integer of a TOML file: 2^53 - 1, as JavaScript has it (F7).
const maxSafeInteger = 1<<53 - 1

// readTOML reads TOML. go-toml decides first whether the document is valid
// (keys that are there twice, tables defined twice, dates); then its parser,
// which checks syntax only, gives the values with their places.
func readTOML(src *source) (*Node, Diagnostics) {
	var discard map[string]any
	if err := toml.Unmarshal(src.data, &discard); err != nil {
		return nil, Diagnostics{tomlError(src, err)}
	}
	r := &tomlReader{src: src, root: &Node{kind: Object, pos: src.pos(0)}}
	r.table = r.root
	r.parser.Reset(src.data)
	for r.parser.NextExpression() {
		r.expression(r.parser.Expression())
	}
	if err := r.parser.Error(); err != nil {
		r.fail(len(src.data), err.Error()) // not reached: Unmarshal parsed the same bytes
	}
	return r.root, r.diags
}

// tomlReader builds the tree. The parser gives no place for lists and headers;
// the reader finds them by walking over what may stand between two values.
type tomlReader struct {
	src    *source
	parser unstable.Parser
	root   *Node
	table  *Node // the one that key-value lines belong to
	at     int   // offset behind what was read last
	diags  Diagnostics
}

func (r *tomlReader) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.KeyValue:
		r.keyValue(r.table, e)
	case unstable.Table, unstable.ArrayTable:
		r.header(e)
	}
}

// header makes the table of [a.b] or [[a.b]] the current one.
func (r *tomlReader) header(e *unstable.Node) {
	pos := r.src.pos(r.skip())
	keys := r.keys(e)
	r.at = r.past(']')
	if e.Kind == unstable.ArrayTable {
		r.at = r.past(']')
	}
	parent := r.descend(r.root, keys[:len(keys)-1])
	last := keys[len(keys)-1]
	if e.Kind == unstable.Table {
		r.table = r.descend(parent, []Member{last})
		r.table.pos = pos
		return
	}
	list := parent.Get(last.Key)
	if list == nil {
		list = &Node{kind: List, pos: pos}
		parent.add(Member{Key: last.Key, Pos: last.Pos, Value: list})
	}
	r.table = &Node{kind: Object, pos: pos}
	list.items = append(list.items, r.table)
}

// keyValue adds a line, or an entry of an inline table, to table.
func (r *tomlReader) keyValue(table *Node, e *unstable.Node) {
	keys := r.keys(e)
	r.at = r.past('=')
	value := r.value(e.Value())
	table = r.descend(table, keys[:len(keys)-1])
	last := keys[len(keys)-1]
	if table.find(last.Key) >= 0 {
		r.fail(r.at, "trying to redefine an already defined table or value")
		return
	}
	table.add(Member{Key: last.Key, Pos: last.Pos, Value: value})
}

// keys returns the parts of a dotted key, without values, and moves behind them.
func (r *tomlReader) keys(e *unstable.Node) []Member {
	var keys []Member
	for it := e.Key(); it.Next(); {
		n := it.Node()
		keys = append(keys, Member{Key: string(n.Data), Pos: r.src.pos(int(n.Raw.Offset))})
		r.at = int(n.Raw.Offset + n.Raw.Length)
	}
	return keys
}

// descend follows keys from n, makes the tables that are missing, and enters
// the last element of a list of tables.
func (r *tomlReader) descend(n *Node, keys []Member) *Node {
	for _, k := range keys {
		next := n.Get(k.Key)
		if next.Kind() == List && len(next.items) > 0 {
			next = next.items[len(next.items)-1]
		}
		if next == nil {
			next = &Node{kind: Object, pos: k.Pos}
			n.add(Member{Key: k.Key, Pos: k.Pos, Value: next})
		}
		n = next
	}
	return n
}

func (r *tomlReader) value(e *unstable.Node) *Node {
	r.at = r.skip()
	n := &Node{pos: r.src.pos(r.at)}
	switch e.Kind {
	case unstable.Array:
		n.kind = List
		r.at++
		for it := e.Children(); it.Next(); {
			n.items = append(n.items, r.value(it.Node()))
		}
		r.at = r.past(']')
		return n
	case unstable.InlineTable:
		n.kind = Object
		r.inlineTable(n, e)
		return n
	case unstable.Bool:
		n.kind = Bool
		if string(e.Data) == "true" {
			n.number = 1
		}
	case unstable.Integer:
		n.kind, n.number = Number, r.integer(string(e.Data))
	case unstable.Float:
		// go-toml checked the syntax; out of range is ±Inf, as in JavaScript.
		n.kind = Number
		n.number, _ = strconv.ParseFloat(strings.ReplaceAll(string(e.Data), "_", ""), 64)
	case unstable.String:
		n.kind, n.text = String, string(e.Data)
		r.newEscapes(r.parser.Raw(e.Raw), n.pos)
	default: // dates and times
		n.kind, n.text = Date, dateText(string(e.Data))
	}
	r.at = int(e.Raw.Offset + e.Raw.Length)
	return n
}

// inlineTable reads { … }. A line break in it, or a comma before its end, is
// TOML 1.1, which wrangler reads since 4.164 only (F7).
func (r *tomlReader) inlineTable(n *Node, e *unstable.Node) {
	newer := false
	comma, lineBreak := false, false
	step := func() {
		from := r.at
		r.at = r.skip()
		between := r.src.data[from:r.at]
		comma = bytes.IndexByte(between, ',') >= 0
		lineBreak = bytes.IndexByte(between, '\n') >= 0
		newer = newer || lineBreak
	}
	r.at++
	for it := e.Children(); it.Next(); {
		step()
		r.keyValue(n, it.Node())
	}
	step()
	r.at = r.past('}')
	if newer || comma {
		r.newer(n.pos, "a line break or a trailing comma in an inline table")
	}
}

// newEscapes warns of escapes that TOML 1.1 brought.
func (r *tomlReader) newEscapes(raw []byte, pos Pos) {
	if len(raw) == 0 || raw[0] != '"' {
		return
	}
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] == 'e' || raw[i] == 'x' {
			r.newer(pos, `the escape \`+string(raw[i])+" in a string")
			return
		}
	}
}

func (r *tomlReader) newer(pos Pos, what string) {
	r.diags = append(r.diags, &Diagnostic{
		Code: CodeTOML11, Severity: SeverityWarning, Pos: pos,
		Msg:  what + " is TOML 1.1",
		Hint: "wrangler before 4.164 refuses the file",
	})
}

// integer refuses what JavaScript cannot hold; go-toml refused what is beyond int64.
func (r *tomlReader) integer(text string) float64 {
	i, err := strconv.ParseInt(integerText(text), 0, 64)
	if err != nil || i > maxSafeInteger || i < -maxSafeInteger {
		r.fail(r.at, "integer value cannot be represented losslessly")
		return math.NaN()
	}
	return float64(i)
}

// integerText removes what Go's base detection would misread: underscores it
// allows elsewhere, a plus sign before a prefix.
func integerText(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(text, "_", ""), "+")
}

// dateText gives a date the form that wrangler prints.
func dateText(text string) string {
	if len(text) > len("2006-01-02") {
		return strings.ToUpper(strings.Replace(text, " ", "T", 1))
	}
	return text
}

// skip returns the offset of the next byte that is not white space, comma or
// part of a comment.
func (r *tomlReader) skip() int {
	data := r.src.data
	for at := r.at; at < len(data); at++ {
		switch data[at] {
		case ' ', '\t', '\r', '\n', ',':
		case '#':
			for at+1 < len(data) && data[at+1] != '\n' {
				at++
			}
		default:
			return at
		}
	}
	return len(data)
}

// past returns the offset behind the next byte that skip finds, if that is c.
func (r *tomlReader) past(c byte) int {
	at := r.skip()
	if at < len(r.src.data) && r.src.data[at] == c {
		return at + 1
	}
	return at
}

func (r *tomlReader) fail(offset int, msg string) {
	r.diags = append(r.diags, &Diagnostic{
		Code: CodeSyntax, Pos: r.src.pos(offset), Msg: "Invalid TOML document: " + msg,
	})
}

// tomlError turns an error of go-toml into a diagnostic in wrangler's words
// where the two say the same (F7).
func tomlError(src *source, err error) *Diagnostic {
	d := &Diagnostic{Code: CodeSyntax, Pos: Pos{Path: src.path, Line: 1, Column: 1}}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		d.Pos = src.pos(src.at(decode.Position()))
	}
	msg := strings.TrimPrefix(err.Error(), "toml: ")
	d.Msg = "Invalid TOML document: " + msg
	if known, ok := knownTOMLError(msg); ok {
		d.Msg = fmt.Sprintf("Invalid TOML document: %s", known)
		d.Hint = msg
	}
	return d
}

func knownTOMLError(msg string) (string, bool) {
	has := func(part string) bool { return strings.Contains(msg, part) }
	switch {
	case has("already"), has("redefine"), has("should be a table"), has("duplicate"):
		return "trying to redefine an already defined table or value", true
	case has("basic strings cannot have new lines"), has("literal strings cannot have new lines"):
		return "newlines are not allowed in strings", true
	case has("too large to fit in a 64-bit"):
		return "integer value cannot be represented losslessly", true
	}
	return "", false
}
