package migrations

import (
	"cmp"
	"slices"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// migrations replays the whole list as wrangler dev does (M8) and writes steps
// for what comes after the applied part.
func (p *planner) migrations() {
	list := p.cfg.Migrations
	if p.before.Declarative && len(list) > 0 {
		p.errorf(CodeOneWay, p.cfg.Lifecycle, "exports were applied to this state, so migrations no longer can be")
		p.hint("go back to exports, or start with a new state")
		return
	}
	p.uniqueTags(list)
	p.keptApplied(list)
	r := &replay{planner: p, live: map[string]*class{}}
	for i, m := range list {
		if i == len(p.before.Applied) {
			r.bind()
		}
		r.step(m, i >= len(p.before.Applied))
	}
	p.after.Applied = nil
	for _, m := range list {
		p.after.Applied = append(p.after.Applied, applied(m))
	}
}

// uniqueTags refuses a tag that is there twice (M7).
func (p *planner) uniqueTags(list []wranglercfg.Migration) {
	lines := map[string]int{}
	for _, m := range list {
		tag := m.Tag.Value
		if line, ok := lines[tag]; ok {
			p.errorf(CodeTagTwice, p.place(m.Tag.Pos), "migration tag %q is already on line %d", tag, line)
			p.hint("wrangler looks up the first of them and sends what follows again at every deploy; give the later step a tag of its own")
			continue
		}
		lines[tag] = m.Pos.Line
	}
}

// keptApplied compares the list with what was applied: every applied step has
// to be there, at its place, with the same directives (M18).
func (p *planner) keptApplied(list []wranglercfg.Migration) {
	places := map[string]int{}
	for i, m := range list {
		if _, ok := places[m.Tag.Value]; !ok {
			places[m.Tag.Value] = i
		}
	}
	for i, want := range p.before.Applied {
		at, ok := places[want.Tag]
		switch {
		case !ok:
			p.errorf(CodeAppliedGone, p.cfg.Lifecycle, "migration %q was applied to this state and is no longer in the list", want.Tag)
			p.hint("the list is append-only: put the step back, or start with a new state")
		case at != i:
			p.errorf(CodeAppliedGone, list[at].Tag.Pos, "migration %q was applied as step %d and is step %d now", want.Tag, i+1, at+1)
			p.hint("the list is append-only: new steps go to its end")
		case !same(want, applied(list[at])):
			p.errorf(CodeAppliedEdited, list[at].Pos, "migration %q was applied to this state and was edited since", want.Tag)
			p.hint("an edit has no effect where the step was applied: undo it and add a step with a new tag, or start with a new state")
		}
	}
}

// applied returns a step as the ledger keeps it.
func applied(m wranglercfg.Migration) Migration {
	out := Migration{
		Tag: m.Tag.Value, NewClasses: values(m.NewClasses),
		NewSQLiteClasses: values(m.NewSQLiteClasses), DeletedClasses: values(m.DeletedClasses),
	}
	for _, r := range m.RenamedClasses {
		out.RenamedClasses = append(out.RenamedClasses, RenamedClass{From: r.From.Value, To: r.To.Value})
	}
	for _, t := range m.TransferredClasses {
		out.TransferredClasses = append(out.TransferredClasses, TransferredClass{From: t.From.Value, FromScript: t.FromScript.Value, To: t.To.Value})
	}
	return out
}

func values(list []wranglercfg.Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Value)
	}
	return out
}

// same compares directives. The order inside a list says nothing, since a class
// has one directive per step (M14).
func same(a, b Migration) bool {
	classes := func(x, y []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y)))
	}
	return classes(a.NewClasses, b.NewClasses) &&
		classes(a.NewSQLiteClasses, b.NewSQLiteClasses) &&
		classes(a.DeletedClasses, b.DeletedClasses) &&
		slices.Equal(slices.SortedFunc(slices.Values(a.RenamedClasses), byTo), slices.SortedFunc(slices.Values(b.RenamedClasses), byTo)) &&
		slices.Equal(slices.SortedFunc(slices.Values(a.TransferredClasses), byTransfer), slices.SortedFunc(slices.Values(b.TransferredClasses), byTransfer))
}

func byTo(a, b RenamedClass) int { return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From)) }

func byTransfer(a, b TransferredClass) int {
	return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From), cmp.Compare(a.FromScript, b.FromScript))
}

// replay is the list as a state machine: which classes there are after a step.
type replay struct {
	*planner
	live map[string]*class
}

// class is a live class. Of the part of the list that is still to be applied,
// it has either a key, of a namespace that exists on the state, or a draft. It
// has neither if the state has no such namespace, because it was given away.
type class struct {
	sqlite      bool
	transferred bool
	key         string
	draft       *draft
}

// bind joins the replayed classes with the namespaces of the ledger.
func (r *replay) bind() {
	for name, c := range r.live {
		if n, ok := r.had[name]; ok {
			c.key = n.UniqueKey
		}
	}
}

// step replays one step (M8). Without apply it is one that the state has seen.
func (r *replay) step(m wranglercfg.Migration, apply bool) {
	refused := map[string]bool{} // classes with a finding in this step
	tag := m.Tag.Value
	for _, t := range m.DeletedClasses {
		if c := r.existing("deleted_classes", t, refused); c != nil {
			delete(r.live, t.Value)
			r.gone[t.Value] = "it was deleted"
			if apply {
				r.delete(c, t, tag)
			}
		}
	}
	for _, rn := range m.RenamedClasses {
		c := r.existing("renamed_classes", rn.From, refused)
		if !r.free("renamed_classes", rn.To, refused) || c == nil {
			continue
		}
		delete(r.live, rn.From.Value)
		r.live[rn.To.Value] = c
		r.gone[rn.From.Value] = "it was renamed to " + rn.To.Value
		if apply {
			r.rename(c, rn, tag)
		}
	}
	for _, t := range m.TransferredClasses {
		if r.free("transferred_classes", t.To, refused) {
			c := &class{sqlite: true, transferred: true}
			r.live[t.To.Value] = c
			if apply {
				r.transfer(c, t, tag)
			}
		}
	}
	r.create("new_classes", m.NewClasses, false, m, apply, refused)
	r.create("new_sqlite_classes", m.NewSQLiteClasses, true, m, apply, refused)
	r.oneDirective(m, refused)
}

func (r *replay) create(directive string, list []wranglercfg.Text, sqlite bool, m wranglercfg.Migration, apply bool, refused map[string]bool) {
	for _, t := range list {
		if r.live[t.Value] != nil {
			refused[t.Value] = true
			r.errorf(CodeExistingClass, t.Pos, "Cannot apply %s migration to existing class %s", directive, t.Value)
			r.hint("a class is created once, and its backend cannot change; to store differently, use a new class name")
			continue
		}
		c := &class{sqlite: sqlite}
		r.live[t.Value] = c
		if apply {
			r.draft(c, Step{Kind: Create, Class: t.Value, SQLite: sqlite, Tag: m.Tag.Value, Pos: t.Pos}, r.keyFor(t.Value))
		}
	}
}

// existing returns a class, or reports that there is none (M10, M11).
func (r *replay) existing(directive string, t wranglercfg.Text, refused map[string]bool) *class {
	c := r.live[t.Value]
	if c == nil || c.transferred {
		refused[t.Value] = true
		r.errorf(CodeMissingClass, t.Pos, "Cannot apply %s migration to non-existent class %s", directive, t.Value)
	}
	switch {
	case c == nil && r.gone[t.Value] != "":
		r.hint("%s", r.gone[t.Value])
	case c == nil:
		r.hint("every class is created by an earlier step; put the missing creation back into the first one")
	case c.transferred:
		r.hint("it came by transferred_classes, which wrangler's replay does not know")
	}
	return c
}

// free reports whether no class has the name, or says so (M11, M12).
func (r *replay) free(directive string, t wranglercfg.Text, refused map[string]bool) bool {
	if r.live[t.Value] == nil {
		return true
	}
	refused[t.Value] = true
	r.errorf(CodeOccupied, t.Pos, "Cannot apply %s migration to existing class %s", directive, t.Value)
	r.hint("the destination must not exist before; its objects would be lost")
	return false
}

// oneDirective refuses what the replay accepts and Cloudflare does not: a class
// that one step names twice (M14). The source of a rename may get a successor.
func (r *replay) oneDirective(m wranglercfg.Migration, refused map[string]bool) {
	seen := map[string]bool{}
	target := func(t wranglercfg.Text) {
		if seen[t.Value] && !refused[t.Value] {
			r.errorf(CodeTwoDirectives, t.Pos, "class '%s' cannot be the target of more than one migration", t.Value)
			r.hint("split the step in two, each with a tag of its own")
		}
		seen[t.Value] = true
	}
	for _, t := range m.DeletedClasses {
		target(t)
	}
	for _, rn := range m.RenamedClasses {
		target(rn.To)
	}
	for _, t := range m.TransferredClasses {
		target(t.To)
	}
	for _, t := range slices.Concat(m.NewClasses, m.NewSQLiteClasses) {
		target(t)
	}
}

func (r *replay) draft(c *class, s Step, keys ...string) {
	c.draft = &draft{Step: s, keys: keys}
	r.steps = append(r.steps, c.draft)
}

// delete writes the end of a class. One that never reached the state leaves
// no trace.
func (r *replay) delete(c *class, t wranglercfg.Text, tag string) {
	switch {
	case c.draft != nil:
		c.draft.dropped = true
	case c.key != "":
		r.steps = append(r.steps, &draft{Step: Step{
			Kind: Delete, Class: t.Value, UniqueKey: c.key, SQLite: c.sqlite, Tag: tag, Pos: t.Pos,
		}})
	}
}

// rename writes the change of a name. A class that never reached the state is
// created under the new one, here, where the new name is free.
func (r *replay) rename(c *class, rn wranglercfg.Rename, tag string) {
	switch {
	case c.draft != nil:
		c.draft.dropped = true
		s := c.draft.Step
		s.Class, s.Tag, s.Pos = rn.To.Value, tag, rn.To.Pos
		r.draft(c, s, append(c.draft.keys, r.keyFor(s.Class))...)
	case c.key != "":
		r.steps = append(r.steps, &draft{Step: Step{
			Kind: Rename, Class: rn.To.Value, From: rn.From.Value, UniqueKey: c.key, SQLite: c.sqlite, Tag: tag, Pos: rn.To.Pos,
		}})
	}
}

// transfer writes the arrival of a class. From a Worker that is not known here
// it arrives without objects, and with SQL: its backend is not in the list.
func (r *replay) transfer(c *class, t wranglercfg.Transfer, tag string) {
	s := Step{
		Kind: Transfer, Class: t.To.Value, From: t.From.Value, FromScript: t.FromScript.Value,
		SQLite: true, Tag: tag, Pos: t.To.Pos,
	}
	if n, ok := r.take(s.FromScript, s.From); ok {
		s.UniqueKey, s.SQLite = n.UniqueKey, n.SQLite
		c.key, c.sqlite = n.UniqueKey, n.SQLite
		r.steps = append(r.steps, &draft{Step: s})
		return
	}
	r.warnf(CodeTransfer, t.From.Pos, "class %q of Worker %q is not on this state", s.From, s.FromScript)
	r.hint("%s starts without objects, with the SQLite backend; to take them over, run both Workers", s.Class)
	s.Kind, s.From = Create, ""
	r.draft(c, s, s.FromScript+"-"+t.From.Value, r.keyFor(s.Class))
}
