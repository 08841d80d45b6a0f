package check

import (
	"fmt"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// inheritance warns of what an environment does not get from the top level (E1,
// E5, E6). wranglercfg has said so for durable_objects and vars as a whole.
func (s *selection) inheritance() {
	if s.env == nil {
		if names := s.file.Environments(); s.name == "" && len(names) > 0 && !s.req.AllEnvs {
			s.notef(CodeEnvChoice, memberPos(s.top, "env"), "environments are defined, and the top level is judged without them").
				Hint = "name one of " + strings.Join(names, ", ") + ", or judge all of them"
		}
		return
	}
	for _, key := range ownKeys {
		if key == "durable_objects" || key == "vars" || s.top.Get(key) == nil || s.env.Get(key) != nil {
			continue
		}
		s.warnf(wranglercfg.CodeNotInherited, s.env.Pos(), `"%s" exists at the top level, but not on "env.%s".`, key, s.name).
			Hint = fmt.Sprintf(`"%s" is not inherited by environments; add it to "env.%s"`, key, s.name)
	}
	s.partlyRepeated()
}

// partlyRepeated warns of bindings and vars that the top level has and the
// environment, which has others, lacks (E6).
func (s *selection) partlyRepeated() {
	missing := func(top, env *wranglercfg.Node, kind string) (names []string) {
		has := map[string]bool{}
		for _, t := range wranglercfg.NamesIn(kind, env) {
			has[t.Value] = true
		}
		for _, t := range wranglercfg.NamesIn(kind, top) {
			if !has[t.Value] {
				names = append(names, t.Value)
			}
		}
		return names
	}
	top, env := s.top.Get("durable_objects"), s.env.Get("durable_objects")
	if top.Get("bindings").Kind() == wranglercfg.List && env.Get("bindings").Kind() == wranglercfg.List {
		if names := missing(top, env, "durable_objects"); len(names) > 0 {
			s.warnf(CodePartlyRepeated, env.Pos(), `The following bindings are at the top level, but not on "env.%s": %s.`, s.name, strings.Join(names, ", ")).
				Hint = fmt.Sprintf(`"durable_objects" is not inherited by environments; add a binding for each to "env.%s.durable_objects.bindings"`, s.name)
		}
	}
	top, env = s.top.Get("vars"), s.env.Get("vars")
	if top.Kind() == wranglercfg.Object && env.Kind() == wranglercfg.Object {
		if names := missing(top, env, "vars"); len(names) > 0 {
			s.warnf(CodePartlyRepeated, env.Pos(), `The following vars exist at the top level, but not on "env.%s.vars": %s.`, s.name, strings.Join(names, ", ")).
				Hint = fmt.Sprintf(`"vars" is not inherited by environments; add these to "env.%s.vars"`, s.name)
		}
	}
}
