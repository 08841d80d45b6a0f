package check

import "slices"

// starred returns what the text exports with "export * from", as it is written.
func (ts tokens) starred() []string {
	var from []string
	for i := range ts {
		if ts.is(i, "export") && ts.is(i+1, "*") && ts.is(i+2, "from") {
			from = append(from, ts.literal(i+3))
		}
	}
	return from
}

// passedOn returns the modules outside of a bundle whose exports its entry
// passes on all, itself or through other modules of the bundle. exports are
// those that the metafile lists.
//
// For an "export *" in another module than the entry esbuild prints calls of
// __reExport, with the objects that stand for the two modules. That of the entry,
// which comes last, is told by what it has.
func (ts tokens) passedOn(exports []string) []string {
	from := ts.starred()
	var last string
	passes := map[string][]string{}  // object of a module: those that it passes on
	outside := map[string]string{}   // object of a module outside: its name
	members := map[string][]string{} // object of a module: what it has
	for i := range ts {
		switch {
		case ts.is(i, "import") && ts.is(i+1, "*") && ts.is(i+2, "as") && ts.is(i+4, "from"):
			outside[ts.name(i+3)] = ts.literal(i + 5)
		case ts.is(i, "__export") && ts.is(i+1, "(") && ts.is(i+4, "{"):
			members[ts.name(i+2)] = ts.keys(i+5, ts.past(i+4))
		case ts.is(i, "__reExport") && ts.is(i+1, "(") && ts.is(i+3, ","):
			last = ts.name(i + 2)
			passes[last] = append(passes[last], ts.name(i+4))
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(members[last])), slices.Sorted(slices.Values(exports))) {
		return from
	}
	for todo, seen := []string{last}, map[string]bool{}; len(todo) > 0; {
		object := todo[0]
		todo = todo[1:]
		if name := outside[object]; name != "" {
			from = append(from, name)
		}
		if !seen[object] {
			todo = append(todo, passes[object]...)
		}
		seen[object] = true
	}
	slices.Sort(from)
	return slices.Compact(from)
}

// keys returns the keys of the object between two indices, all of whose values
// are arrow functions.
func (ts tokens) keys(at, end int) []string {
	var keys []string
	for i := at; i < end; i++ {
		if ts.is(i+1, ":") && ts.is(i+2, "(") && ts.is(i+3, ")") {
			keys = append(keys, ts[i].text)
		}
	}
	return keys
}
