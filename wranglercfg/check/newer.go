package check

import (
	"regexp"
	"strconv"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// newer judges at one level what wrangler knows since 4.164 only: code update
// strategies and workflows among the exports. Both are accepted with a warning
// (the rule book's last section).
func (s *selection) newer(n *wranglercfg.Node, prefix string) {
	if strategy := n.Get("durable_objects").Get("code_update_strategy"); strategy != nil {
		s.warnf(CodeNewer, memberPos(n.Get("durable_objects"), "code_update_strategy"),
			`wrangler before 4.164 does not know "%sdurable_objects.code_update_strategy", and asks for "bindings" beside it`, prefix).
			Hint = "update wrangler"
		s.strategy(strategy, prefix+"durable_objects.code_update_strategy")
	}
	for _, m := range n.Get("exports").Members() {
		if m.Value.Get("type").Text() == wranglercfg.TypeWorkflow {
			s.workflow(m)
		}
	}
}

// maxDelay is the longest delay of a code update in seconds: a day.
const maxDelay = 86_400

func (s *selection) strategy(n *wranglercfg.Node, field string) {
	if n.Kind() != wranglercfg.Object {
		s.errorf(wranglercfg.CodeBindings, n.Pos(), `The field "%s" should be an object but got %s.`, field, n.JSON())
		return
	}
	s.unknown(n, field, []string{"mode", "max_delay"})
	switch mode := n.Get("mode"); {
	case mode == nil:
		s.errorf(wranglercfg.CodeBindings, n.Pos(), `"%s.mode" is a required field.`, field)
	case mode.Text() != "immediate" && mode.Text() != "deferred":
		s.errorf(wranglercfg.CodeBindings, mode.Pos(), `Expected "%s.mode" field to be one of ["immediate","deferred"] but got %s.`, field, mode.JSON())
	}
	delay := n.Get("max_delay")
	if delay == nil {
		return
	}
	seconds, err := strconv.ParseFloat(delay.JSON(), 64)
	switch {
	case delay.Kind() != wranglercfg.Number:
		s.errorf(wranglercfg.CodeBindings, delay.Pos(), `Expected "%s.max_delay" to be of type number but got %s.`, field, delay.JSON())
	case err != nil || seconds < 0 || seconds > maxDelay:
		s.errorf(wranglercfg.CodeBindings, delay.Pos(), `Expected "%s.max_delay" to be between 0 and %d seconds but got %s.`, field, maxDelay, delay.JSON())
	}
}

var workflowName = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9-_]{0,63}$`)

func (s *selection) workflow(m wranglercfg.Member) {
	switch name := m.Value.Get("name"); {
	case name == nil:
		s.errorf(wranglercfg.CodeExport, m.Value.Pos(), `"exports.%s.name" is a required field.`, m.Key)
	case name.Kind() != wranglercfg.String:
		s.errorf(wranglercfg.CodeExport, name.Pos(), `Expected "exports.%s.name" to be of type string but got %s.`, m.Key, name.JSON())
	case !workflowName.MatchString(name.Text()):
		s.errorf(wranglercfg.CodeExport, name.Pos(), `"exports.%s.name" is invalid. Workflow names must be 1-64 characters long, start with a letter, number, or underscore, and may only contain letters, numbers, underscores, or hyphens.`, m.Key)
	}
	s.unknown(m.Value, "exports."+m.Key, []string{"type", "name", "limits", "concurrency", "schedules", "default_retention", "jurisdiction"})
}
