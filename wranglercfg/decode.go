package wranglercfg

import (
	"fmt"
	"regexp"
	"strings"
)

// decoder turns nodes into fields and collects findings. Messages are
// wrangler's; prefix is "" or "env.NAME." and stands before keys that are not
// inherited.
type decoder struct {
	diags Diagnostics
}

func (d *decoder) errorf(code Code, pos Pos, format string, args ...any) {
	d.diags = append(d.diags, &Diagnostic{Code: code, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

func (d *decoder) warnf(code Code, pos Pos, format string, args ...any) {
	d.diags = append(d.diags, &Diagnostic{Code: code, Severity: SeverityWarning, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// hint adds advice to the latest finding.
func (d *decoder) hint(format string, args ...any) {
	d.diags[len(d.diags)-1].Hint = fmt.Sprintf(format, args...)
}

func (d *decoder) level(n *Node, prefix string) level {
	var l level
	l.name = d.name(n.Get("name"))
	if main := n.Get("main"); main != nil {
		l.main = d.text(CodeMain, "main", main)
	}
	l.date = d.date(n.Get("compatibility_date"))
	l.flags = d.flags(n.Get("compatibility_flags"))
	l.vars = d.vars(n.Get("vars"), prefix+"vars")
	l.bindings = d.durableObjects(n.Get("durable_objects"), prefix+"durable_objects")
	l.migrations = d.migrations(present(n, "migrations"))
	l.exports = d.exports(present(n, "exports"))
	d.oneLifecycle(l)
	return l
}

// present returns the value of an inherited key for which null counts as absent
// (E3). wrangler does so for migrations and exports; it refuses a null for the
// keys that it wants to be a string or a list of strings.
func present(n *Node, key string) *Node {
	if v := n.Get(key); v.Kind() != Null {
		return v
	}
	return nil
}

// text reads a string. Of another kind, it reports and returns no value.
func (d *decoder) text(code Code, field string, n *Node) Text {
	if n.Kind() != String {
		d.errorf(code, n.pos, `Expected "%s" to be of type string but got %s.`, field, n.JSON())
		return Text{}
	}
	return Text{Value: n.text, Pos: n.pos}
}

var scriptName = regexp.MustCompile(`^$|^[a-z0-9_][a-z0-9-_]*$`)

func (d *decoder) name(n *Node) Text {
	if n == nil {
		return Text{}
	}
	if n.kind != String || !scriptName.MatchString(n.text) {
		d.errorf(CodeName, n.pos, `Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got %s.`, n.JSON())
		return Text{}
	}
	return Text{Value: n.text, Pos: n.pos}
}

// compatDate is what the runtime accepts: it looks no closer at the day than
// two digits up to 31 (G3).
var compatDate = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)

func (d *decoder) date(n *Node) Text {
	if n == nil {
		return Text{}
	}
	t := d.text(CodeCompatDate, "compatibility_date", n)
	switch {
	case !t.Pos.IsValid():
		if n.kind == Date {
			d.hint(`put the date in quotes: compatibility_date = "%s"`, n.text)
		}
		return Text{}
	case strings.ContainsAny(t.Value, "–—"):
		d.errorf(CodeCompatDate, n.pos, `"compatibility_date" field should use ISO-8601 accepted hyphens (-) rather than en-dashes (–) or em-dashes (—).`)
		d.hint("write it as YYYY-MM-DD")
		return Text{}
	case !compatDate.MatchString(t.Value):
		d.errorf(CodeCompatDate, n.pos, "Invalid compatibility date: %s", t.Value)
		d.hint("write it as YYYY-MM-DD")
		return Text{}
	}
	return t
}

func (d *decoder) flags(n *Node) inherited[Text] {
	if n == nil {
		return inherited[Text]{}
	}
	flags, bad := texts(n)
	if bad != nil {
		d.errorf(CodeCompatFlags, bad.pos, `Expected "compatibility_flags" to be of type string array but got %s.`, n.JSON())
	}
	return inherited[Text]{list: flags, pos: n.pos}
}

// texts reads a list of strings. bad is the first thing that is none.
func texts(n *Node) (list []Text, bad *Node) {
	if n.Kind() != List {
		return nil, n
	}
	for _, item := range n.items {
		if item.kind == String {
			list = append(list, Text{Value: item.text, Pos: item.pos})
		} else if bad == nil {
			bad = item
		}
	}
	return list, bad
}

func (d *decoder) vars(n *Node, field string) []Var {
	if n == nil {
		return nil
	}
	var vars []Var
	switch n.kind {
	case Object:
		for _, m := range n.members {
			if m.Value.kind == Date {
				d.errorf(CodeVars, m.Value.pos, `The field "%s.%s" is a TOML date, which is not supported. Please use a string instead, e.g. %s = "%s".`,
					field, m.Key, m.Key, m.Value.text)
				continue
			}
			vars = append(vars, Var{Name: Text{Value: m.Key, Pos: m.Pos}, Value: m.Value})
		}
	case List:
		d.warnf(CodeVars, n.pos, `The field "%s" should be an object but got %s.`, field, n.JSON())
		d.hint("the variables are called 0, 1 and so on")
		for i, item := range n.items {
			vars = append(vars, Var{Name: Text{Value: fmt.Sprint(i), Pos: item.pos}, Value: item})
		}
	default:
		d.errorf(CodeVars, n.pos, `The field "%s" should be an object but got %s.`, field, n.JSON())
	}
	return vars
}

// durableObjects reads the container of the bindings (B1).
func (d *decoder) durableObjects(n *Node, field string) []Binding {
	if n == nil {
		return nil
	}
	if n.kind != Object {
		d.errorf(CodeBindings, n.pos, `The field "%s" should be an object but got %s.`, field, n.JSON())
		return nil
	}
	list := n.Get("bindings")
	switch {
	case list == nil && n.Get("code_update_strategy") != nil:
		return nil
	case list == nil:
		d.errorf(CodeBindings, n.pos, `The field "%s" is missing the required "bindings" property.`, field)
		return nil
	case list.kind != List:
		d.errorf(CodeBindings, list.pos, `The field "%s.bindings" should be an array but got %s.`, field, list.JSON())
		if list.kind == Object {
			d.hint("in TOML a list of tables has two brackets: [[%s.bindings]]", field)
		}
		return nil
	}
	var bindings []Binding
	for i, item := range list.items {
		if b, ok := d.binding(item, fmt.Sprintf("%s.bindings[%d]", field, i)); ok {
			bindings = append(bindings, b)
		}
	}
	return bindings
}

// binding reads one entry (B2, B3).
func (d *decoder) binding(n *Node, field string) (b Binding, ok bool) {
	if n.Kind() != Object {
		d.errorf(CodeBinding, n.pos, `Expected "%s" to be an object but got %s`, field, n.JSON())
		return b, false
	}
	before := len(d.diags)
	b.Pos = n.pos
	b.Name = d.required(n, "name", "class_name", field)
	b.ClassName = d.required(n, "class_name", "name", field)
	b.ScriptName = d.optional(n, "script_name", field)
	b.Environment = d.optional(n, "environment", field)
	if b.Name.Pos.IsValid() && b.Name.Value == "" {
		d.errorf(CodeBinding, b.Name.Pos, `"%s": binding should have a "name" that is not empty.`, field)
	}
	if n.Get("environment") != nil && n.Get("script_name") == nil {
		d.errorf(CodeBinding, n.Get("environment").pos, `"%s": binding should have a "script_name" field if "environment" is present.`, field)
	}
	return b, len(d.diags) == before
}

// required reads a string that a binding must have. Where it is missing, the
// finding points at the other one, which tells a reader which binding it is.
func (d *decoder) required(n *Node, key, other, field string) Text {
	v := n.Get(key)
	if v.Kind() == String {
		return Text{Value: v.text, Pos: v.pos}
	}
	pos := n.pos
	switch {
	case v != nil:
		pos = v.pos
	case n.Get(other) != nil:
		pos = n.Get(other).pos
	}
	d.errorf(CodeBinding, pos, `"%s": binding should have a string "%s" field.`, field, key)
	return Text{}
}

func (d *decoder) optional(n *Node, key, field string) Text {
	v := n.Get(key)
	switch {
	case v == nil:
		return Text{}
	case v.kind != String:
		d.errorf(CodeBinding, v.pos, `"%s": the field "%s", when present, should be a string.`, field, key)
		return Text{}
	}
	return Text{Value: v.text, Pos: v.pos}
}
