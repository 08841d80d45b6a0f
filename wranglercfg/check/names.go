package check

import (
	"fmt"
	"slices"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// reservedNames are the properties that every JavaScript object has: wrangler
// counts names in one and crashes when it meets them.
var reservedNames = []string{
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
	"__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__",
}

// use is one place where a binding gets its name.
type use struct {
	kind string
	pos  wranglercfg.Pos
}

// names refuses two bindings of one name in the selected configuration (G8).
func (s *selection) names() {
	uses := map[string][]use{}
	var order []string
	for _, n := range s.cfg.BindingNames() {
		name := n.Name.Value
		if uses[name] == nil {
			order = append(order, name)
		}
		uses[name] = append(uses[name], use{n.Kind, n.Name.Pos})
	}
	for _, name := range order {
		s.oneName(name, uses[name])
	}
}

func (s *selection) oneName(name string, uses []use) {
	if slices.Contains(reservedNames, name) {
		s.errorf(CodeReservedName, uses[0].pos, "wrangler cannot count a binding called %q and crashes", name).
			Hint = "give it another name"
		return
	}
	if len(uses) < 2 {
		return
	}
	var kinds, twice []string
	for _, u := range uses {
		switch {
		case !slices.Contains(kinds, u.kind):
			kinds = append(kinds, u.kind)
		case !slices.Contains(twice, u.kind):
			twice = append(twice, u.kind)
		}
	}
	slices.SortStableFunc(uses, func(a, b use) int {
		if after(a.pos, b.pos) {
			return 1
		}
		if after(b.pos, a.pos) {
			return -1
		}
		return 0
	})
	at, other := uses[len(uses)-1], uses[0]
	hint := fmt.Sprintf("Bindings must have unique names, so that they can all be referenced in the worker: the other %s is on line %d", name, other.pos.Line)
	if len(kinds) > 1 {
		s.errorf(CodeBindingTwice, at.pos, "%s assigned to %s bindings.", name, english(kinds)).Hint = hint
	}
	for _, kind := range twice {
		s.errorf(CodeBindingTwice, at.pos, "%s assigned to multiple %s bindings.", name, kind).Hint = hint
	}
}
