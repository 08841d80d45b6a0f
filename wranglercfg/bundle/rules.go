package bundle

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// rule says which files become modules beside the entry, and of which kind.
type rule struct {
	kind        string // as in rules; a Kind's, or one of Python's
	text        string // as JSON, for messages
	closed      bool   // no later rule of this kind counts
	silent      bool   // and that is meant: fallthrough is false
	wranglerOwn bool
	globs       []glob
}

// script reports whether the rule is about code, which only counts for modules
// that are found rather than imported.
func (r rule) script() bool { return r.kind == ESModule.String() || r.kind == CommonJS.String() }

// module returns the kind of the modules that the rule makes.
func (r rule) module() (Kind, error) {
	for k, name := range kinds {
		if name == r.kind {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("modules of type %s are not supported", r.kind)
}

// importedBy reports whether an import matches; found does so for the path of a
// file below the folder of the modules.
func (r rule) importedBy(path string) bool {
	for _, g := range r.globs {
		if g.imported.MatchString(path) {
			return true
		}
	}
	return false
}

// glob is a pattern in the two readings that wrangler has: in one for imports,
// each star also matches slashes.
type glob struct {
	imported, found *regexp.Regexp
}

// rules are those that count, in order, and those that a closed rule of their
// kind shuts out.
type rules struct {
	active, removed []rule
	warnings        []string
}

// readRules returns the rules of a configuration, followed by wrangler's own.
func readRules(node *wranglercfg.Node) (rules, error) {
	var all []rule
	for _, n := range node.Items() {
		r := rule{
			kind: n.Get("type").Text(), text: n.JSON(),
			closed: n.Get("fallthrough").JSON() != "true", silent: n.Get("fallthrough").JSON() == "false",
		}
		for _, g := range n.Get("globs").Items() {
			compiled, err := compile(g.Text())
			if err != nil {
				return rules{}, fmt.Errorf("%s: the glob %q of a module rule cannot be read: %w", g.Pos(), g.Text(), err)
			}
			r.globs = append(r.globs, compiled)
		}
		all = append(all, r)
	}
	own, err := wranglerRules()
	return split(append(all, own...)), err
}

// wranglerRules are those that wrangler adds to the configuration's.
var wranglerRules = sync.OnceValues(func() ([]rule, error) {
	var own []rule
	for _, d := range defaults {
		r := rule{kind: d.kind.String(), closed: true, wranglerOwn: true}
		for _, g := range d.globs {
			compiled, err := compile(g)
			if err != nil {
				return nil, err // not reached: the tests compile them
			}
			r.globs = append(r.globs, compiled)
		}
		r.text = `{"type":"` + r.kind + `","globs":["` + strings.Join(d.globs, `","`) + `"]}`
		own = append(own, r)
	}
	return own, nil
})

var defaults = []struct {
	kind  Kind
	globs []string
}{
	{Text, []string{"**/*.txt", "**/*.html", "**/*.sql"}},
	{Data, []string{"**/*.bin"}},
	{Wasm, []string{"**/*.wasm", "**/*.wasm?module"}},
}

// split takes out the rules that come after a closed one of their kind, and
// warns of it unless the closed one says that it is meant.
func split(all []rule) rules {
	var rs rules
	var order []string
	closed, ignored := map[string]rule{}, map[string][]rule{}
	for _, r := range all {
		if by, ok := closed[r.kind]; ok {
			rs.removed = append(rs.removed, r)
			if !by.silent {
				ignored[r.kind] = append(ignored[r.kind], r)
			}
			continue
		}
		rs.active = append(rs.active, r)
		if r.closed {
			closed[r.kind] = r
			order = append(order, r.kind)
		}
	}
	for _, kind := range order {
		if len(ignored[kind]) == 0 {
			continue
		}
		var w strings.Builder
		fmt.Fprintf(&w, "The module rule %s does not have a fallback, the following rules will be ignored:", closed[kind].text)
		for _, r := range ignored[kind] {
			w.WriteString("\n " + r.text)
			if r.wranglerOwn {
				w.WriteString(" (DEFAULT)")
			}
		}
		w.WriteString("\n\nAdd `fallthrough = true` to rule to allow next rule to be used or `fallthrough = false` to silence this warning")
		rs.warnings = append(rs.warnings, w.String())
	}
	return rs
}

// compile reads a glob as wrangler does, whose only wildcards are stars.
func compile(pattern string) (glob, error) {
	imported, err := regexp.Compile(expression(pattern, false))
	if err != nil {
		return glob{}, err
	}
	found, err := regexp.Compile(expression(pattern, true))
	return glob{imported, found}, err
}

// expression returns a glob as a regular expression. With globstar, two stars
// that are a whole part of the path match any number of parts, and every other
// run of stars matches inside of one part.
func expression(pattern string, globstar bool) string {
	var b strings.Builder
	b.WriteByte('^')
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if c != '*' {
			if strings.IndexByte(`/$^+.()=!|?[]{},`, c) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
			continue
		}
		first := i
		for i+1 < len(pattern) && pattern[i+1] == '*' {
			i++
		}
		starts := first == 0 || pattern[first-1] == '/'
		ends := i+1 == len(pattern) || pattern[i+1] == '/'
		switch {
		case !globstar:
			b.WriteString(`.*`)
		case i > first && starts && ends:
			b.WriteString(`(?:[^/]*(?:/|$))*`)
			i++ // the slash is in the expression
		default:
			b.WriteString(`[^/]*`)
		}
	}
	b.WriteByte('$')
	return b.String()
}
