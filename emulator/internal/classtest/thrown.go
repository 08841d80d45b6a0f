package classtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// thrown makes the error of a script. What is thrown in JavaScript without
// being an error is a panic in Go.
func thrown(t *workerd.ThrownError) error {
	for _, raw := range []json.RawMessage{t.Primitive, t.Plain} {
		if raw != nil {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				return err
			}
			panic(v)
		}
	}
	e := &durable.Error{Name: t.Name, Message: t.Message}
	for name, v := range t.Props {
		switch set := v == true; {
		case name == "remote": // a caller's property, which a class cannot set
		case name == "retryable" && set:
			e.Retryable = true
		case name == "overloaded" && set:
			e.Overloaded = true
		case name == "durableObjectReset" && set:
			e.Reset = true
		default:
			e.Props = with(e.Props, name, v)
		}
	}
	return e
}

func with(m map[string]any, key string, v any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[key] = v
	return m
}

// reason is the text of an abort: JavaScript makes one of whatever it is given.
func reason(st *workerd.Step) string {
	if st.Error != nil {
		return text(durable.AsError(thrown(st.Error)))
	}
	var s string
	if json.Unmarshal(st.Reason, &s) == nil && string(st.Reason) != "null" {
		return s
	}
	return string(st.Reason)
}

// text is an error as JavaScript's String() gives it.
func text(e *durable.Error) string { return e.Name + ": " + e.Message }

var reference = regexp.MustCompile(`internal error; reference = [0-9a-z]+`)

// classes are the built-in classes of errors; an error of another name is an
// Error, unless it is a DOMException.
var classes = []string{"TypeError", "RangeError", "SyntaxError", "AggregateError"}

// codes are the names that belong to DOMException, which a durable.Error knows
// only by their name, with the code that JavaScript has beside it.
var codes = map[string]float64{"AbortError": 20, "TimeoutError": 23, "DataCloneError": 25}

// shape is what a caller sees of an error, in the form of the recordings.
func shape(err error) *workerd.ErrorShape {
	e := durable.AsError(err)
	out := &workerd.ErrorShape{
		Class: "Error", Name: e.Name, Message: reference.ReplaceAllString(e.Message, "internal error; reference = …"),
		Remote: e.Remote, Retryable: e.Retryable, Overloaded: e.Overloaded, Reset: e.Reset,
		Props: maps.Clone(e.Props),
	}
	if slices.Contains(classes, e.Name) {
		out.Class = e.Name
	}
	if code, ok := codes[e.Name]; ok {
		out.Class, out.Props = "DOMException", with(out.Props, "code", code)
	}
	return out
}

// brief is shape in one line, for the log.
func brief(err error) string {
	s := shape(err)
	var flags []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"remote", s.Remote}, {"retryable", s.Retryable}, {"overloaded", s.Overloaded}, {"reset", s.Reset}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Props)) {
		flags = append(flags, k+"="+toJSON(s.Props[k]))
	}
	line := fmt.Sprintf("%s: %s", s.Name, s.Message)
	if len(flags) > 0 {
		line += " {" + strings.Join(flags, ", ") + "}"
	}
	return line
}

// outcome is what a call came to, in the form of the recordings.
func outcome(v any, err error) workerd.Outcome {
	if err != nil {
		return workerd.Outcome{Error: shape(err)}
	}
	if v == undefined {
		v = nil
	}
	return workerd.Outcome{Value: json.RawMessage(toJSON(v))}
}
