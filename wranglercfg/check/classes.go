package check

import (
	"slices"
	"strings"
)

// script is what can be guessed from a bundle about its classes.
type script struct {
	tokens  tokens
	places  map[string][]int  // of each word, in tokens
	quoted  map[string][]int  // of each literal in quotes, in tokens
	classes map[string]*class // by each name that the class has
	bases   map[string]bool   // local names of cloudflare:workers' DurableObject
	modules map[string]bool   // local names of all of cloudflare:workers
	exports map[string]string // exported name: local name
}

// class is one class of a bundle.
type class struct {
	extends string // name of the base; "" without one
	opaque  bool   // the base is an expression
	methods []string
	alarm   bool // alarm is a method or a field
	from    int  // where its body is in the tokens
	to      int  // behind it
}

// read guesses. The text is one that esbuild printed, whose forms are few.
func read(text string) *script {
	s := &script{
		tokens: scan(text), places: map[string][]int{}, quoted: map[string][]int{}, classes: map[string]*class{}, bases: map[string]bool{},
		modules: map[string]bool{}, exports: map[string]string{},
	}
	s.imports(text)
	for i, t := range s.tokens {
		switch t.kind {
		case word:
			s.places[t.text] = append(s.places[t.text], i)
		case literal:
			s.quoted[t.text] = append(s.quoted[t.text], i)
		}
		switch {
		case s.tokens.is(i, "class") && !s.tokens.is(i-1, "."):
			s.class(i)
		case s.tokens.is(i, "export") && s.tokens.is(i+1, "{"):
			s.exported(i + 2)
		}
	}
	return s
}

// imports reads the lines on which esbuild prints what it leaves outside.
func (s *script) imports(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		names, from, ok := strings.Cut(strings.TrimPrefix(line, "import "), " from ")
		if !ok || !strings.HasPrefix(line, "import ") || strings.Trim(from, `"';`) != "cloudflare:workers" {
			continue
		}
		if module, ok := strings.CutPrefix(names, "* as "); ok {
			s.modules[strings.TrimSpace(module)] = true
			continue
		}
		for part := range strings.SplitSeq(strings.Trim(names, "{} "), ",") {
			imported, local, renamed := strings.Cut(strings.TrimSpace(part), " as ")
			if !renamed {
				local = imported
			}
			if imported == "DurableObject" {
				s.bases[local] = true
			}
		}
	}
}

func (s *script) exported(i int) {
	for ; i < len(s.tokens) && !s.tokens.is(i, "}"); i++ {
		local := s.tokens.name(i)
		if local == "" {
			continue
		}
		name := local
		if s.tokens.is(i+1, "as") {
			name = s.tokens.name(i + 2)
			i += 2
		}
		s.exports[name] = local
	}
}

// class reads the class whose keyword is at i.
func (s *script) class(i int) {
	ts, c := s.tokens, &class{}
	var names []string
	if ts.is(i-1, "=") && ts.name(i-2) != "" {
		names = append(names, ts.name(i-2))
	}
	at := i + 1
	if name := ts.name(at); name != "" && name != "extends" {
		names = append(names, name)
		at++
	}
	if ts.is(at, "extends") {
		at = s.heritage(c, at+1)
	}
	if !ts.is(at, "{") {
		return
	}
	end := ts.past(at)
	s.members(c, at+1, end-1)
	c.from, c.to = at, end
	for _, name := range names {
		s.classes[name] = c
	}
}

// heritage reads what a class extends and returns the index of its body.
func (s *script) heritage(c *class, at int) int {
	ts, from := s.tokens, at
	for at < len(ts) && !ts.is(at, "{") {
		if ts.is(at, "(") || ts.is(at, "[") {
			at = ts.past(at)
			continue
		}
		at++
	}
	switch {
	case at == from+1 && ts.name(from) != "":
		c.extends = ts.name(from)
	case at == from+3 && ts.is(from+1, ".") && s.modules[ts.name(from)] && ts.is(from+2, "DurableObject"):
		c.extends = "DurableObject"
		s.bases["DurableObject"] = true
	default:
		c.opaque = true
	}
	return at
}

// modifiers may stand before the name of a member.
var modifiers = []string{"static", "async", "get", "set", "accessor", "*"}

// members reads the body of a class between two indices.
func (s *script) members(c *class, at, end int) {
	ts := s.tokens
	for at < end {
		isStatic := false
		for at < end && s.modifier(at) {
			isStatic = isStatic || ts.is(at, "static")
			at++
		}
		name := ts.name(at)
		switch {
		case ts.is(at, ";"):
			at++
			continue
		case ts.is(at, "{"): // of a static block
			at = ts.past(at)
			continue
		case ts.is(at, "["):
			at = ts.past(at)
		default:
			at++
		}
		c.alarm = c.alarm || !isStatic && name == "alarm"
		if ts.is(at, "(") {
			at = ts.past(at)
			if ts.is(at, "{") {
				at = ts.past(at)
			}
			if !isStatic && name != "" && name != "constructor" {
				c.methods = append(c.methods, name)
			}
			continue
		}
		for at < end && !ts.is(at, ";") { // of a field: esbuild ends each with a semicolon
			if ts.is(at, "(") || ts.is(at, "[") || ts.is(at, "{") || ts.is(at, "${") {
				at = ts.past(at)
				continue
			}
			at++
		}
	}
}

// modifier reports whether the word at i only says what kind of member follows:
// each of them may be the name of a member, too.
func (s *script) modifier(i int) bool {
	if !slices.ContainsFunc(modifiers, func(m string) bool { return s.tokens.is(i, m) }) {
		return false
	}
	return !slices.ContainsFunc([]string{"(", "=", ";", "}"}, func(next string) bool { return s.tokens.is(i+1, next) })
}

// lineage is a class with its bases, as far as the bundle shows them.
type lineage struct {
	classes []*class
	rpc     bool // it extends DurableObject
	opaque  bool // it ends in something that is not known
}

// lineage follows an exported name. ok is false if that is no class of the bundle.
func (s *script) lineage(exported string) (l lineage, ok bool) {
	name := exported
	if local, ok := s.exports[exported]; ok {
		name = local
	}
	for {
		c := s.classes[name]
		switch {
		case c == nil:
			l.opaque = true
			return l, len(l.classes) > 0
		case slices.Contains(l.classes, c): // a circle: the names were misread
			l.opaque = true
			return l, true
		}
		l.classes = append(l.classes, c)
		switch {
		case c.opaque:
			l.opaque = true
			return l, true
		case c.extends == "":
			return l, true
		case s.bases[c.extends]:
			l.rpc = true
			return l, true
		}
		name = c.extends
	}
}
