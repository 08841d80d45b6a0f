package check

import (
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// selection is one environment under judgement.
type selection struct {
	*judge
	cfg  *wranglercfg.Config
	name string
	top  *wranglercfg.Node
	env  *wranglercfg.Node // nil for the top level, and for a name that the file does not define

	// Made by lifecycle.
	fates   map[string]*fate // by class
	order   []*fate          // in the order in which the classes came; some have ended
	deleted []*deletion
}

// inherited returns the value of a key that an environment overrides as a whole.
func (s *selection) inherited(key string) *wranglercfg.Node {
	if s.env != nil {
		if v := s.env.Get(key); v.Kind() != wranglercfg.Null {
			return v
		}
	}
	if v := s.top.Get(key); v.Kind() != wranglercfg.Null {
		return v
	}
	return nil
}

// given reports whether the key is written where it counts, whatever its value.
func (s *selection) given(key string) bool {
	return s.env.Get(key) != nil || s.top.Get(key) != nil
}

// levels calls judge for the top level and for the selected environment (E7).
// prefix stands before keys that are not inherited.
func (s *selection) levels(judge func(node *wranglercfg.Node, prefix string)) {
	judge(s.top, "")
	if s.env != nil {
		judge(s.env, "env."+s.name+".")
	}
}

// memberPos returns the place of a key, or of the object that lacks it.
func memberPos(n *wranglercfg.Node, key string) wranglercfg.Pos {
	for _, m := range n.Members() {
		if m.Key == key {
			return m.Pos
		}
	}
	return n.Pos()
}

// after reports whether a is behind b in the file.
func after(a, b wranglercfg.Pos) bool {
	return a.Line > b.Line || a.Line == b.Line && a.Column > b.Column
}
