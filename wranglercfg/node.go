package wranglercfg

import (
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// Kind is the kind of a [Node].
type Kind uint8

// Kinds of nodes. A Date is TOML's unquoted date or time; JSON has none.
const (
	Null Kind = iota
	Bool
	Number
	String
	Date
	List
	Object
)

// Node is one value of a configuration document, the same for both formats. A
// nil *Node stands for a value that is not there; its methods may be called.
type Node struct {
	kind    Kind
	pos     Pos
	text    string  // of a String or Date
	number  float64 // of a Number: 1 or 0 of a Bool
	items   []*Node
	members []Member
	index   map[string]int // of members; made once a linear search would cost
}

// Member is one key of an Object with its value.
type Member struct {
	Key   string
	Pos   Pos // of the key
	Value *Node
}

// Kind returns the kind of value; Null for a nil node.
func (n *Node) Kind() Kind {
	if n == nil {
		return Null
	}
	return n.kind
}

// Pos returns where the value begins. For a TOML table that is its header, or
// the key that made it.
func (n *Node) Pos() Pos {
	if n == nil {
		return Pos{}
	}
	return n.pos
}

// Text returns the value of a String or the source text of a Date, else "".
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	return n.text
}

// Items returns the elements of a List. The caller must not change them.
func (n *Node) Items() []*Node {
	if n == nil {
		return nil
	}
	return n.items
}

// Members returns the keys of an Object in the order of the file. Of a JSON
// key that is there twice, the last value counts, at the place of the first
// (F8). The caller must not change them.
func (n *Node) Members() []Member {
	if n == nil {
		return nil
	}
	return n.members
}

// Get returns the value of a key of an Object, or nil.
func (n *Node) Get(key string) *Node {
	if i := n.find(key); i >= 0 {
		return n.members[i].Value
	}
	return nil
}

// JSON returns the value as JavaScript's JSON.stringify prints it: without
// blanks, a date as a string, a number that JSON cannot say as null. It is
// "undefined" for a nil node, as in wrangler's messages.
func (n *Node) JSON() string {
	if n == nil {
		return "undefined"
	}
	return string(n.appendJSON(nil))
}

// linearMembers is the number of members up to which find compares keys one by one.
const linearMembers = 16

func (n *Node) find(key string) int {
	if n == nil {
		return -1
	}
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range n.members {
		if n.members[i].Key == key {
			return i
		}
	}
	return -1
}

// add appends a member whose key is not there yet.
func (n *Node) add(m Member) {
	n.members = append(n.members, m)
	switch {
	case n.index != nil:
		n.index[m.Key] = len(n.members) - 1
	case len(n.members) > linearMembers:
		n.index = make(map[string]int, 2*len(n.members))
		for i := range n.members {
			n.index[n.members[i].Key] = i
		}
	}
}

func (n *Node) appendJSON(b []byte) []byte {
	switch n.kind {
	case Bool:
		if n.number != 0 {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case Number:
		return appendNumber(b, n.number)
	case String, Date:
		return appendString(b, n.text)
	case List:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	case Object:
		b = append(b, '{')
		for i, m := range n.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.Key), ':')
			b = m.Value.appendJSON(b)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

// appendNumber relies on encoding/json, which prints numbers as ECMAScript does.
func appendNumber(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	if f == 0 { // JSON.stringify(-0) is "0"
		return append(b, '0')
	}
	text, err := json.Marshal(f)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, text...)
}

// appendString escapes what JSON.stringify escapes and nothing else;
// encoding/json also escapes U+2028 and U+2029.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ':
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
