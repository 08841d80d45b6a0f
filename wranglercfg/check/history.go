package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// history compares the configuration with what is known of the past and
// returns what a deploy would do to the Worker's classes. The deployed state
// goes before the older revision, of which it is only assumed that it was
// deployed.
func (s *selection) history() *Plan {
	base := s.fromBase()
	start := base
	if s.req.Deployed != nil {
		start = s.fromDeployed()
	}
	if start == nil {
		return nil
	}
	changes, found := migrations.Plan(start.ledger, s.cfg, start.others...)
	for _, d := range found {
		if d.Severity == wranglercfg.SeverityError {
			s.diags = append(s.diags, withAPI(d))
		}
	}
	if found.Err() != nil {
		return nil
	}
	s.planned = true
	for _, step := range changes.Steps {
		if step.Kind == migrations.Delete {
			s.destroys(step, start.since)
		}
	}
	return &Plan{Since: start.since, Steps: s.withTransfers(changes.Steps)}
}

// start is what a plan starts from.
type start struct {
	ledger migrations.Ledger
	others []migrations.Ledger
	since  string
}

// destroys calls out a step that loses objects.
func (s *selection) destroys(step migrations.Step, since string) {
	s.destroyed[step.Class] = true
	if slices.Contains(s.req.AllowDelete, step.Class) {
		s.notef(CodeDestroysAllowed, step.Pos, "since %s, a deploy deletes class '%s' with all its objects, as allowed", since, step.Class)
		return
	}
	s.errorf(CodeDestroys, step.Pos, "since %s, a deploy deletes class '%s' with all its objects", since, step.Class).
		Hint = fmt.Sprintf("if that is meant, allow it: --allow-delete %s", step.Class)
}

// allowed tells of allowances for which there was no need.
func (j *judge) allowed() {
	if !j.planned {
		return
	}
	for _, class := range j.req.AllowDelete {
		if !j.destroyed[class] {
			j.notef(CodeNothingDeleted, wranglercfg.Pos{}, "nothing deletes class '%s', as it was allowed to", class)
		}
	}
}

// withTransfers marks arrivals from Workers whose ledger is not there: on a
// local state they are creations, at a deploy they are transfers.
func (s *selection) withTransfers(steps []migrations.Step) []migrations.Step {
	from := map[string]string{}
	for _, m := range s.cfg.Migrations {
		for _, t := range m.TransferredClasses {
			from[t.To.Value] = t.From.Value
		}
	}
	for i, step := range steps {
		if step.Kind == migrations.Create && step.FromScript != "" {
			steps[i].Kind = migrations.Transfer
			steps[i].From = step.Class
			if class, ok := from[step.Class]; ok {
				steps[i].From = class
			}
		}
	}
	return steps
}

// fromDeployed returns the deployed state as a start, or nil if it says nothing
// about this environment or an error forbids a plan.
func (s *selection) fromDeployed() *start {
	d := s.req.Deployed
	st := &start{others: d.Others}
	switch {
	case d.Ledger != nil:
		if s.req.AllEnvs && d.Ledger.Script != s.cfg.ScriptName() {
			return nil
		}
		st.ledger, st.since = *d.Ledger, "the ledger"
		if d.Ledger.Script == s.cfg.ScriptName() && !s.declarative() {
			if !s.onlyGrown(ledgerSteps(*d.Ledger), "in the ledger") {
				return nil
			}
		}
		return st
	case d.Tag == "":
		st.since = "the first deploy"
		return st
	}
	i := slices.IndexFunc(s.cfg.Migrations, func(m wranglercfg.Migration) bool { return m.Tag.Value == d.Tag })
	if i < 0 {
		return s.unknownTag(d.Tag)
	}
	applied := *s.cfg
	applied.Migrations, applied.Bindings = s.cfg.Migrations[:i+1], nil
	changes, found := migrations.Plan(migrations.Ledger{}, &applied, d.Others...)
	if found.Err() != nil {
		return nil // replayed has said so
	}
	st.ledger, st.since = changes.Ledger, fmt.Sprintf("tag %q", d.Tag)
	return st
}

// unknownTag judges a deployed tag that is not in the list: wrangler then sends
// all steps again (M18).
func (s *selection) unknownTag(tag string) *start {
	if s.declarative() {
		s.notef(CodeTagUnknown, s.cfg.Lifecycle, "tag %q is deployed and exports have no tags, so the classes that are deployed are not known", tag).
			Hint = "compare with the revision that is deployed"
		return nil
	}
	var tags []string
	for _, m := range s.cfg.Migrations {
		tags = append(tags, m.Tag.Value)
	}
	d := s.errorf(CodeTagUnknown, s.cfg.Lifecycle, "The published script has a migration tag %q, which was not found in your file, so that wrangler applies all migrations again [code: 10074]", tag)
	d.Hint = "put the step back at its place; a step with the tag and nothing else keeps it, too"
	if meant := nearest(tag, tags); meant != "" {
		d.Hint += fmt.Sprintf("; did you mean %q?", meant)
	}
	return nil
}

// older is the configuration at the other revision.
type older struct {
	file *wranglercfg.File // nil if it cannot be read
}

// baseFile parses the older revision once.
func (j *judge) baseFile() *wranglercfg.File {
	if j.base != nil {
		return j.base.file
	}
	j.base = &older{}
	name := j.req.Base.Path
	if name == "" {
		name = j.path
	}
	file, err := wranglercfg.Parse(name, j.req.Base.Data)
	if err != nil {
		j.warnf(CodeBase, wranglercfg.Pos{}, "the configuration at %s cannot be read, so nothing is compared with it: %v", j.req.Base.Revision, err)
		return nil
	}
	j.base.file = file
	return file
}

// fromBase compares the list with the older revision, which may only have
// grown since (M18), and returns that revision as a start. nil says that there
// is nothing to start from.
func (s *selection) fromBase() *start {
	if s.req.Base == nil {
		return nil
	}
	file, revision := s.baseFile(), s.req.Base.Revision
	if file == nil {
		return nil
	}
	since := "revision " + revision
	if s.name != "" && file.Root().Get("env").Get(s.name) == nil && s.env != nil {
		return &start{since: since + ", which has no environment " + s.name}
	}
	cfg, found := file.Resolve(s.name)
	if found.Err() != nil {
		s.warnf(CodeBase, wranglercfg.Pos{}, "the configuration at %s is refused itself, so nothing is compared with it: %v", revision, found.Err())
		return nil
	}
	if old, now := cfg.ScriptName(), s.cfg.ScriptName(); old != now {
		s.warnf(CodeOtherWorker, s.cfg.Name.Pos, "at %s the Worker was called %q: %q is another Worker, without the objects of the old one", revision, old, now).
			Hint = "keep the name, or move the classes with a transfer"
		return &start{since: since + ", under another name"}
	}
	if len(s.cfg.Migrations) > 0 || !s.declarative() {
		if !s.onlyGrown(s.revisionSteps(cfg), "at "+revision) {
			return nil
		}
	}
	bare := *cfg
	bare.Bindings = nil
	changes, found := migrations.Plan(migrations.Ledger{}, &bare)
	if found.Err() != nil {
		s.warnf(CodeBase, wranglercfg.Pos{}, "the migrations at %s are refused themselves, so there is no plan: %v", revision, found.Err())
		return nil
	}
	return &start{ledger: changes.Ledger, since: since}
}

// oldStep is a step of the past.
type oldStep struct {
	tag   string
	sum   string // equal for equal directives
	text  string // as the file would say it
	where string // such as "at origin/main, line 7"
}

func (s *selection) revisionSteps(cfg *wranglercfg.Config) []oldStep {
	var steps []oldStep
	for _, m := range cfg.Migrations {
		steps = append(steps, oldStep{m.Tag.Value, sum(m), s.stepSource(m), fmt.Sprintf(" (line %d)", m.Pos.Line)})
	}
	return steps
}

func ledgerSteps(l migrations.Ledger) []oldStep {
	var steps []oldStep
	for _, m := range l.Applied {
		c := asConfigured(m)
		steps = append(steps, oldStep{tag: m.Tag, sum: sum(c), text: inlineJSON(c)})
	}
	return steps
}

// onlyGrown reports whether the list is the old one with nothing but new steps
// at its end. It says what is not so, with both versions.
func (s *selection) onlyGrown(old []oldStep, where string) bool {
	list := s.cfg.Migrations
	at := map[string]int{} // the first step of a tag, which is the one that wrangler finds
	for i, m := range list {
		if _, ok := at[m.Tag.Value]; !ok {
			at[m.Tag.Value] = i
		}
	}
	was := map[string]int{}
	for i, o := range old {
		was[o.tag] = i
	}
	grown := true
	var kept []int // old indices of what is still there, in the order of now
	for i, m := range list {
		if k, ok := was[m.Tag.Value]; ok && at[m.Tag.Value] == i {
			kept = append(kept, k)
		}
	}
	for place, k := range slices.Sorted(slices.Values(kept)) {
		m := list[at[old[kept[place]].tag]]
		if kept[place] != k {
			grown = false
			s.errorf(CodeStepMoved, m.Tag.Pos, "migration %q is step %d of the list and was step %d %s%s: [%s]; now: [%s]",
				m.Tag.Value, at[m.Tag.Value]+1, kept[place]+1, where, old[kept[place]].where, tagsOf(old), s.tags()).
				Hint = "put the steps back in their order: wrangler sends all that follows the deployed tag"
		}
	}
	for i, o := range old {
		k, there := at[o.tag]
		switch {
		case !there:
			grown = false
			s.stepGone(o, i, was, where)
		case sum(list[k]) != o.sum:
			grown = false
			s.errorf(CodeStepEdited, list[k].Pos, "migration %q was edited; %s%s: %s; now: %s", o.tag, where, o.where, o.text, s.stepSource(list[k])).
				Hint = "an edit has no effect where the step is deployed: undo it, and add a step with a new tag to the end"
		}
	}
	return s.inserted(was, len(kept), where) && grown
}

// stepGone tells of a tag that is no longer in the list. A step with the same
// directives and a tag that is new was probably it.
func (s *selection) stepGone(o oldStep, i int, was map[string]int, where string) {
	for _, m := range s.cfg.Migrations {
		if _, known := was[m.Tag.Value]; !known && sum(m) == o.sum {
			s.errorf(CodeStepGone, m.Tag.Pos, "the tag of a migration was changed; %s%s: %s; now: %s", where, o.where, o.text, s.stepSource(m)).
				Hint = fmt.Sprintf("write %q again: wrangler sends all steps when it does not find the deployed tag [code: 10074]", o.tag)
			return
		}
	}
	s.errorf(CodeStepGone, s.cfg.Lifecycle, "migration %q was removed; %s%s: %s; now: no step has the tag", o.tag, where, o.where, o.text).
		Hint = fmt.Sprintf("the list may only grow: put it back as step %d", i+1)
}

// inserted refuses a new step before an old one.
func (s *selection) inserted(was map[string]int, kept int, where string) bool {
	fine, seen := true, 0
	counted := map[string]bool{}
	for _, m := range s.cfg.Migrations {
		if _, old := was[m.Tag.Value]; old && !counted[m.Tag.Value] {
			counted[m.Tag.Value] = true
			seen++
			continue
		}
		if seen < kept && !counted[m.Tag.Value] && !s.renamedTag(m) {
			fine = false
			s.errorf(CodeStepMoved, m.Tag.Pos, "migration %q was inserted before steps that were there %s; now: [%s]", m.Tag.Value, where, s.tags()).
				Hint = "move it to the end of the list: wrangler sends only what follows the deployed tag"
		}
	}
	return fine
}

// renamedTag reports whether stepGone has told of a step as one whose tag was changed.
func (s *selection) renamedTag(m wranglercfg.Migration) bool {
	return slices.ContainsFunc(s.diags, func(d *wranglercfg.Diagnostic) bool {
		return d.Code == CodeStepGone && d.Pos == m.Tag.Pos
	})
}

func (s *selection) tags() string {
	var tags []string
	for _, m := range s.cfg.Migrations {
		tags = append(tags, m.Tag.Value)
	}
	return strings.Join(tags, ", ")
}

func tagsOf(steps []oldStep) string {
	var tags []string
	for _, o := range steps {
		tags = append(tags, o.tag)
	}
	return strings.Join(tags, ", ")
}
