package v8value

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Text gives a tree for people to read, much as JavaScript's consoles print it,
// in at most about limit bytes.
func Text(v Value, limit int) string {
	p := &printer{limit: limit, open: map[any]bool{}}
	p.value(v)
	if p.b.Len() > limit {
		return strings.ToValidUTF8(p.b.String()[:limit], "") + "…"
	}
	return p.b.String()
}

// printer writes a tree as text; nodes that are open hold the one that is
// printed.
type printer struct {
	b     strings.Builder
	limit int
	open  map[any]bool
}

func (p *printer) value(v Value) {
	if p.b.Len() > p.limit {
		return
	}
	switch v := v.(type) {
	case nil:
		p.b.WriteString("null")
	case Undefined:
		p.b.WriteString("undefined")
	case Hole:
		p.b.WriteString("<empty>")
	case bool, int32:
		fmt.Fprint(&p.b, v)
	case float64:
		if v == 0 && math.Signbit(v) {
			p.b.WriteByte('-')
		}
		p.b.WriteString(formatNumber(v))
	case string:
		p.b.WriteString(strconv.Quote(strings.ToValidUTF8(v, "\uFFFD")))
	case *big.Int:
		p.b.WriteString(v.String() + "n")
	case *Date:
		if v.Millis != v.Millis {
			p.b.WriteString("Date(invalid)")
			return
		}
		p.b.WriteString("Date(" + time.UnixMilli(int64(v.Millis)).UTC().Format("2006-01-02T15:04:05.000Z") + ")")
	case *RegExp:
		p.b.WriteString("/" + v.Source + "/" + v.Flags)
	default:
		if p.open[v] {
			p.b.WriteString("[circular]")
			return
		}
		p.open[v] = true
		p.node(v)
		delete(p.open, v)
	}
}

func (p *printer) node(v Value) {
	switch v := v.(type) {
	case *Object:
		p.props("", v.Props)
	case *Array:
		p.array(v)
	case *Map:
		fmt.Fprintf(&p.b, "Map(%d) {", len(v.Entries))
		for i, e := range v.Entries {
			p.separate(i)
			p.value(e.Key)
			p.b.WriteString(" => ")
			p.value(e.Value)
		}
		p.close(len(v.Entries), "}")
	case *Set:
		fmt.Fprintf(&p.b, "Set(%d) {", len(v.Values))
		p.list(v.Values, "}")
	case *Boxed:
		p.b.WriteString("Object(")
		p.value(v.Value)
		p.b.WriteString(")")
	case *ArrayBuffer:
		p.bytes("ArrayBuffer", v.Data)
	case *View:
		p.bytes(v.Kind.String(), v.Bytes())
	case *Error:
		name := v.Name
		if name == "" {
			name = "Error"
		}
		p.b.WriteString(name + "(" + strconv.Quote(v.Message) + ")")
		if len(v.Props) > 0 {
			p.b.WriteByte(' ')
			p.props("", v.Props)
		}
	case *Host:
		fmt.Fprintf(&p.b, "<object of the runtime, type %d, %d bytes>", v.Type, len(v.Data))
	default:
		fmt.Fprintf(&p.b, "<%T>", v)
	}
}

func (p *printer) separate(i int) {
	if i > 0 {
		p.b.WriteByte(',')
	}
	p.b.WriteByte(' ')
}

func (p *printer) close(n int, bracket string) {
	if n > 0 {
		p.b.WriteByte(' ')
	}
	p.b.WriteString(bracket)
}

func (p *printer) list(values []Value, bracket string) {
	for i, v := range values {
		if p.b.Len() > p.limit {
			return
		}
		p.separate(i)
		p.value(v)
	}
	p.close(len(values), bracket)
}

func (p *printer) props(head string, props []Property) {
	p.b.WriteString(head + "{")
	for i, prop := range props {
		if p.b.Len() > p.limit {
			return
		}
		p.separate(i)
		p.b.WriteString(keyText(prop.Key) + ": ")
		p.value(prop.Value)
	}
	p.close(len(props), "}")
}

// keyText quotes a property's name if JavaScript would have to.
func keyText(key string) string {
	for i, r := range key {
		if r != '_' && r != '$' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return strconv.Quote(strings.ToValidUTF8(key, "\uFFFD"))
		}
	}
	if key == "" {
		return `""`
	}
	return key
}

func (p *printer) array(a *Array) {
	if a.Sparse {
		p.props(fmt.Sprintf("Array(%d) ", a.Length), a.Props)
		return
	}
	p.b.WriteByte('[')
	p.list(a.Elems, "]")
	if len(a.Props) > 0 {
		p.b.WriteByte(' ')
		p.props("", a.Props)
	}
}

// bytes writes the first bytes in hex.
func (p *printer) bytes(kind string, data []byte) {
	const shown = 64
	fmt.Fprintf(&p.b, "%s(%d bytes)", kind, len(data))
	if len(data) > 0 {
		fmt.Fprintf(&p.b, " <% x", data[:min(shown, len(data))])
		if len(data) > shown {
			p.b.WriteString(" …")
		}
		p.b.WriteByte('>')
	}
}
