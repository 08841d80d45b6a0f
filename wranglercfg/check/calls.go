package check

import (
	"slices"
	"strings"
)

// span is an expression, in the tokens of a script.
type span struct{ start, end int }

// eventHandlers are methods that the runtime calls on any Durable Object class.
var eventHandlers = []string{"fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"}

// called returns a method of the class that the bundle calls on a stub of the
// binding, or "". It follows stubs into variables and out of functions.
func (s *script) called(binding string, l lineage) string {
	todo, seen := s.stubs(binding), map[string]bool{}
	for len(todo) > 0 {
		stub := todo[0]
		todo = todo[1:]
		if s.tokens.is(stub.end, ".") {
			if m := s.callAt(stub.end, l); m != "" {
				return m
			}
			continue
		}
		for _, at := range s.uses(stub) {
			if m := s.callAt(at, l); m != "" {
				return m
			}
		}
		if f := s.returned(stub.start); f.name != "" && f.name != "get" && f.name != "fetch" && !seen[f.name] {
			seen[f.name] = true
			todo = append(todo, s.callsOf(f)...)
		}
	}
	return ""
}

// stubs returns the stubs of a binding.
func (s *script) stubs(binding string) []span {
	var stubs []span
	for _, ns := range s.namespaces(binding) {
		at := ns.end
		for s.tokens.is(at+1, "jurisdiction") && s.tokens.is(at+2, "(") {
			at = s.tokens.past(at + 2)
		}
		if s.tokens.is(at, ".") && (s.tokens.is(at+1, "get") || s.tokens.is(at+1, "getByName")) && s.tokens.is(at+2, "(") {
			stubs = append(stubs, span{ns.start, s.tokens.past(at + 2)})
		}
	}
	return stubs
}

// namespaces returns where the namespace of a binding stands: as a property of
// env, taken out of it by a pattern, and in a variable.
func (s *script) namespaces(binding string) []span {
	ts := s.tokens
	var found []span
	pattern := false
	for _, i := range s.places[binding] {
		if !ts.is(i-1, ".") && (ts.is(i-1, "{") || ts.is(i-1, ",")) && (ts.is(i+1, "}") || ts.is(i+1, ",")) {
			pattern = true
		}
	}
	for _, i := range s.places[binding] {
		if ts.is(i-1, ".") || pattern && ts.is(i+1, ".") {
			found = append(found, span{s.begin(i), i + 1})
		}
	}
	for _, i := range s.quoted[binding] {
		if ts.is(i-1, "[") && ts.is(i+1, "]") && ts.name(i-2) != "" {
			found = append(found, span{s.begin(i - 2), i + 2})
		}
	}
	for _, ns := range found[:len(found):len(found)] {
		if ts.is(ns.end, ".") {
			continue
		}
		for _, at := range s.uses(ns) {
			found = append(found, span{s.begin(at - 1), at})
		}
	}
	return found
}

// begin returns where the expression begins that ends in the name at i.
func (s *script) begin(i int) int {
	for i >= 2 && s.tokens.is(i-1, ".") && s.tokens.name(i-2) != "" {
		i -= 2
	}
	return i
}

// uses returns the dots behind the variable, or the property of this, that takes
// the expression. A variable is looked for in the function that it is set in.
func (s *script) uses(e span) []int {
	ts, at := s.tokens, e.start
	if ts.is(at-1, "await") {
		at--
	}
	name := ts.name(at - 2)
	if !ts.is(at-1, "=") || name == "" {
		return nil
	}
	ofThis := ts.is(at-3, ".") && ts.is(at-4, "this")
	in := s.function(at).body
	var dots []int
	for _, i := range s.places[name] {
		ownThis := ts.is(i-1, ".") && ts.is(i-2, "this")
		if ts.is(i+1, ".") && (ofThis && ownThis || !ofThis && !ts.is(i-1, ".") && i >= in.start && i < in.end) {
			dots = append(dots, i+1)
		}
	}
	return dots
}

// callAt returns the method of the class that is called after the dot at i.
func (s *script) callAt(i int, l lineage) string {
	name := s.tokens.name(i + 1)
	if !s.tokens.is(i+2, "(") || slices.Contains(eventHandlers, name) {
		return ""
	}
	for _, c := range l.classes {
		if slices.Contains(c.methods, name) {
			return name
		}
	}
	return ""
}

// function is a function of the bundle; without a name, and all of the bundle, if
// there is none.
type function struct {
	name   string
	method bool
	body   span
}

// blocks are what stands before a parenthesis that is no function's.
var blocks = []string{"if", "for", "while", "switch", "catch", "with"}

// function returns the innermost function with a body in braces around i.
func (s *script) function(i int) function {
	ts := s.tokens
	for depth := 0; i > 0; {
		i--
		switch {
		case ts.is(i, ")"), ts.is(i, "]"), ts.is(i, "}"):
			depth++
		case (ts.is(i, "(") || ts.is(i, "[") || ts.is(i, "{") || ts.is(i, "${")) && depth > 0:
			depth--
		case ts.is(i, "{"):
			f := function{body: span{i, ts.past(i)}}
			if ts.is(i-1, ">") && ts.is(i-2, "=") {
				f.name, f.method = s.arrow(i - 2)
				return f
			}
			from := s.opening(i - 1)
			if from < 0 || slices.Contains(blocks, ts.name(from-1)) {
				continue
			}
			f.name = ts.name(from - 1)
			f.method = !ts.is(from-2, "function") && !ts.is(from-3, "function")
			if f.name == "function" {
				f.name, f.method = s.assigned(from - 1)
			}
			return f
		}
	}
	return function{body: span{0, len(ts)}}
}

// opening returns the index of the parenthesis that the one at i closes, or -1.
func (s *script) opening(i int) int {
	if !s.tokens.is(i, ")") {
		return -1
	}
	for depth := 0; i >= 0; i-- {
		switch {
		case s.tokens.is(i, ")"):
			depth++
		case s.tokens.is(i, "("):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// arrow returns the name of the arrow function whose arrow is at i.
func (s *script) arrow(i int) (name string, method bool) {
	from := s.opening(i - 1)
	if from < 0 {
		from = i - 1
	}
	if s.tokens.is(from-1, "async") {
		from--
	}
	return s.assigned(from)
}

// assigned returns what the expression that begins at i is the value of.
func (s *script) assigned(i int) (name string, property bool) {
	switch {
	case s.tokens.is(i-1, "="):
		return s.tokens.name(i - 2), s.tokens.is(i-3, ".")
	case s.tokens.is(i-1, ":"):
		return s.tokens.name(i - 2), true
	}
	return "", false
}

// returned returns the function that returns the expression which begins at i;
// without a name if none does.
func (s *script) returned(i int) function {
	ts := s.tokens
	var f function
	switch {
	case ts.is(i-1, "return"):
		return s.function(i)
	case ts.is(i-1, ">") && ts.is(i-2, "="):
		f.name, f.method = s.arrow(i - 2)
	}
	return f
}

// callsOf returns the calls of a function.
func (s *script) callsOf(f function) []span {
	ts := s.tokens
	var calls []span
	for _, i := range s.places[f.name] {
		if !ts.is(i+1, "(") || f.method != ts.is(i-1, ".") {
			continue
		}
		if end := ts.past(i + 1); !ts.is(end, "{") { // else it is declared here
			calls = append(calls, span{s.begin(i), end})
		}
	}
	return calls
}

// setsAlarm reports whether a class calls storage.setAlarm(…), itself or by a
// function of the bundle. A method of that name on anything else than storage
// may be another one.
func (s *script) setsAlarm(c *class) bool {
	ts := s.tokens
	for _, i := range s.places["setAlarm"] {
		if !ts.is(i-1, ".") || !ts.is(i+1, "(") || !s.storage(i-2) {
			continue
		}
		if i >= c.from && i < c.to {
			return true
		}
		f := s.function(i)
		if f.name == "" || f.method {
			continue
		}
		if slices.ContainsFunc(s.callsOf(f), func(call span) bool { return call.start >= c.from && call.start < c.to }) {
			return true
		}
	}
	return false
}

// storage reports whether the name at i is one of an object's storage, or of a
// variable that was set to it.
func (s *script) storage(i int) bool {
	ts := s.tokens
	if ts.is(i, "?") {
		i--
	}
	name := ts.name(i)
	if isStorage(name) {
		return true
	}
	if name == "" || ts.is(i-1, ".") {
		return false
	}
	in := s.function(i).body
	for _, k := range s.places[name] {
		if k < in.start || k >= in.end || !ts.is(k+1, "=") {
			continue
		}
		end := k + 2
		for ts.is(end+1, ".") {
			end += 2
		}
		if isStorage(ts.name(end)) && (ts.is(end+1, ";") || ts.is(end+1, ",")) {
			return true
		}
	}
	return false
}

func isStorage(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), "storage") || name == "txn"
}
