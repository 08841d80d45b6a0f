package check

import (
	"fmt"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// bindings judges the entries of durable_objects.bindings by themselves (B4,
// B5); which classes are live is for lifecycle to judge.
func (s *selection) bindings() {
	s.levels(func(n *wranglercfg.Node, prefix string) {
		for i, b := range n.Get("durable_objects").Get("bindings").Items() {
			if remote := b.Get("remote"); remote != nil && remote.Kind() != wranglercfg.Bool {
				s.errorf(CodeRemote, remote.Pos(), `"%sdurable_objects.bindings[%d]" should, optionally, have a boolean "remote" field but got %s.`, prefix, i, b.JSON()).
					Hint = "remove the line: Durable Objects have no remote bindings"
			}
		}
	})
	for _, b := range s.cfg.Bindings {
		switch {
		case !b.ScriptName.Pos.IsValid():
		case b.ScriptName.Value == "":
			s.warnf(CodeScriptName, b.ScriptName.Pos, "the script_name of binding %s is empty, and the class is taken for this Worker's own", b.Name.Value).
				Hint = "name the Worker that has the class, or remove script_name"
		case b.ScriptName.Value == s.cfg.ScriptName():
			s.warnf(CodeScriptName, b.ScriptName.Pos, "binding %s names this Worker as its script_name, which makes wrangler skip its checks", b.Name.Value).
				Hint = fmt.Sprintf("remove script_name: class %s is this Worker's own", b.ClassName.Value)
		}
	}
}

// local returns the bindings to classes of this Worker. An empty script_name is
// none: wrangler asks for the export of such a class (B5).
func (s *selection) local() []wranglercfg.Binding {
	var local []wranglercfg.Binding
	for _, b := range s.cfg.Bindings {
		if b.ScriptName.Value == "" || s.cfg.Local(b) {
			local = append(local, b)
		}
	}
	return local
}

// external returns the bindings to classes of other Workers.
func (s *selection) external() []wranglercfg.Binding {
	var external []wranglercfg.Binding
	for _, b := range s.cfg.Bindings {
		if b.ScriptName.Value != "" && !s.cfg.Local(b) {
			external = append(external, b)
		}
	}
	return external
}
