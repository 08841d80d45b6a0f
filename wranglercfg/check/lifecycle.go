package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

const codeNotLive = migrations.CodeNotLive

// lifecycle judges migrations or exports, and the bindings by them, on the
// selected configuration (E7). It returns what a deploy would do, if that is
// known.
func (s *selection) lifecycle() *Plan {
	s.fates = s.replay()
	s.replayed()
	s.topLevelLifecycle()
	s.boundClasses()
	applied := s.applied()
	s.deletions(applied)
	s.oneUpload(applied)
	s.keyValue(applied)
	return s.history()
}

// replayed reports what the list, or the map, does that cannot be done from
// nothing, one step after the other (M7 to M14, X7).
func (s *selection) replayed() {
	_, found := migrations.Plan(migrations.Ledger{}, s.cfg)
	for _, d := range found {
		if d.Severity == wranglercfg.SeverityError {
			s.diags = append(s.diags, withAPI(d))
		}
	}
}

// withAPI adds the code of Cloudflare's refusal to a finding of migrations.
func withAPI(d *wranglercfg.Diagnostic) *wranglercfg.Diagnostic {
	switch d.Code {
	case migrations.CodeExistingClass, migrations.CodeMissingClass:
		if strings.Contains(d.Hint, "transferred_classes") {
			d.Hint += ": Cloudflare accepts the step, but wrangler dev does not start, and wrangler since 4.131 does not deploy"
			return d
		}
		d.Hint = strings.TrimPrefix(d.Hint+"; Cloudflare answers with code 10074", "; ")
	case migrations.CodeTwoDirectives:
		d.Msg += " [code: 10074]"
	}
	return d
}

// topLevelLifecycle repeats wrangler's warning about the top level, which it
// validates when an environment is selected, too (B6, E7).
func (s *selection) topLevelLifecycle() {
	if s.env == nil || len(s.top.Get("migrations").Items()) > 0 {
		return
	}
	for _, b := range s.top.Get("durable_objects").Get("bindings").Items() {
		class := b.Get("class_name")
		if class.Kind() != wranglercfg.String || b.Get("script_name").Text() != "" {
			continue
		}
		entry := s.top.Get("exports").Get(class.Text())
		if entry.Get("type").Text() == wranglercfg.TypeDurableObject && live(entry) {
			continue
		}
		s.warnf(codeNotLive, class.Pos(), "the top level has `durable_objects` exported by this Worker (%s), but no live `exports` entry and no migration for them.", class.Text()).
			Hint = fmt.Sprintf("environment %q is not touched by it; a deploy of the top level would be refused", s.name)
	}
}

// boundClasses asks for a live class behind every local binding (B6, M15, X9).
func (s *selection) boundClasses() {
	for _, b := range s.local() {
		class := b.ClassName
		f := s.fates[class.Value]
		switch {
		case f.is(ended) && f.why == wasDeleted && !s.declarative():
			s.errorf(CodeDeletedBound, class.Pos, "Cannot apply --delete-class migration to class '%s' without also removing the binding that references it. [code: 10061]", class.Value).
				Hint = fmt.Sprintf("migration %q on line %d deletes it; deploy once without the binding while the class is still exported, then deploy the deletion together with the removal of the class", f.endTag, f.end.Line)
		case f.is(alive) && f.awaited:
			s.warnf(CodeAwaitsTransfer, class.Pos, "class '%s' is still to be transferred from Worker %q: a binding to it belongs to a later deploy", class.Value, f.from).
				Hint = `add the binding together with the state "created", when the other Worker has given the class away`
		case !f.is(alive):
			s.errorf(codeNotLive, class.Pos, "Cannot create binding for class '%s' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it. [code: 10061]", class.Value).
				Hint = s.createHint(class.Value, f)
		}
	}
	for _, b := range s.external() {
		if f := s.fates[b.ClassName.Value]; f.is(ended) && f.why == wasDeleted && !s.declarative() {
			s.warnf(CodeDeletedBound, b.ClassName.Pos, "the deploy that deletes class '%s' is refused as long as a binding has a class of that name, even one of Worker %q [code: 10061]", b.ClassName.Value, b.ScriptName.Value).
				Hint = "deploy the deletion first and the binding after it"
		}
	}
}

// createHint says what makes a bound class live.
func (s *selection) createHint(class string, f *fate) string {
	switch {
	case f.is(ended) && f.why == wasRenamed:
		return fmt.Sprintf("it was renamed on line %d: write %s", f.end.Line, s.write("class_name", f.to))
	case f.is(ended) && f.why == wasTransferred:
		return fmt.Sprintf("it belongs to Worker %q now: add %s", f.to, s.write("script_name", f.to))
	case f.is(ended):
		return fmt.Sprintf("line %d deletes it: remove the binding", f.end.Line)
	}
	var classes []string
	for name, other := range s.fates {
		if other.is(alive) {
			classes = append(classes, name)
		}
	}
	slices.Sort(classes)
	if meant := nearest(class, classes); meant != "" {
		return fmt.Sprintf("did you mean %q? Class names are case sensitive", meant)
	}
	if hint := s.misspeltDirective(class); hint != "" {
		return hint
	}
	if s.declarative() {
		return "add to exports: " + s.exportText(class)
	}
	if own := s.env.Get("migrations"); own != nil {
		for _, m := range s.top.Get("migrations").Items() {
			if strings.Contains(m.JSON(), `"`+class+`"`) {
				return fmt.Sprintf("env.%s.migrations replaces the list of the top level, in which the class is created: repeat that there, or remove env.%s.migrations to inherit", s.name, s.name)
			}
		}
	}
	if len(s.cfg.Migrations) > 0 {
		return "add a step to the end of migrations: " + s.stepText(nextTag(s.cfg.Migrations), class)
	}
	if s.toml() {
		return "add: " + s.exportText(class)
	}
	return "add to exports: " + s.exportText(class) + "; or to migrations: " + s.stepText("v1", class)
}

// misspeltDirective finds the class in a directive that wrangler does not know.
func (s *selection) misspeltDirective(class string) string {
	for _, m := range s.inherited("migrations").Items() {
		for _, d := range m.Members() {
			if slices.Contains(migrationKeys, d.Key) {
				continue
			}
			if meant := nearest(d.Key, migrationKeys); meant != "" && strings.Contains(d.Value.JSON(), `"`+class+`"`) {
				return fmt.Sprintf("line %d has %q, which does nothing: write %q", d.Pos.Line, d.Key, meant)
			}
		}
	}
	return ""
}

// deletions warns of what deletions of the list do: a class that is created
// again loses its objects (M13), and a new Worker cannot take the list (M17).
func (s *selection) deletions(applied int) {
	for _, d := range s.deleted {
		if d.step < applied {
			continue
		}
		if d.again.IsValid() {
			s.warnf(CodeRecreated, d.again, "class '%s' was deleted on line %d and is created again: all its objects are lost", d.class.Value, d.class.Pos.Line).
				Hint = "to keep the objects, use a new class name and move them; deploy the two steps one after the other, without the binding in between"
		}
		if applied < 0 && d.created >= 0 && d.created < d.step {
			s.warnf(CodeFreshWorker, d.class.Pos, "a Worker that is new cannot take this list in one deploy: migration %q deletes class '%s', which the same upload creates [code: 10074]", d.tag, d.class.Value).
				Hint = "where the list grew it is fine; give fresh environments a list of their own, or move to exports"
		}
	}
}

// oneUpload refuses steps that the next deploy would send together and that
// Cloudflare takes only one after the other (M14, M17). Without knowledge of
// what is deployed nothing can be said.
func (s *selection) oneUpload(applied int) {
	if applied < 0 || s.declarative() {
		return
	}
	first := map[string]string{} // class: tag of the step that targets it
	target := func(t wranglercfg.Text, tag, msg string) {
		if at, ok := first[t.Value]; ok && at != tag {
			s.errorf(CodeOneUpload, t.Pos, msg+" [code: 10074]", t.Value).
				Hint = fmt.Sprintf("the next deploy sends migrations %q and %q together: deploy %q alone before", at, tag, at)
		}
		first[t.Value] = tag
	}
	const twice = "class '%s' cannot be the target of more than one migration"
	for _, m := range s.cfg.Migrations[min(applied, len(s.cfg.Migrations)):] {
		tag := m.Tag.Value
		for _, t := range m.DeletedClasses {
			target(t, tag, "Cannot apply delete-class migration to class '%s' which was not exported in the previous version of the script")
		}
		for _, r := range m.RenamedClasses {
			if at, ok := first[r.From.Value]; ok && at != tag {
				s.warnf(CodeOneUpload, r.From.Pos, "class '%s' is created and renamed by steps that the next deploy sends together, which Cloudflare may refuse", r.From.Value).
					Hint = fmt.Sprintf("deploy %q alone before, or create the class under its new name", at)
			}
			target(r.To, tag, twice)
		}
		for _, t := range m.TransferredClasses {
			target(t.To, tag, twice)
		}
		for _, t := range slices.Concat(m.NewClasses, m.NewSQLiteClasses) {
			target(t, tag, twice)
		}
	}
}

// keyValue warns of the key-value backend, which not every account may use, for
// classes that are live at the end (M19, X10).
func (s *selection) keyValue(applied int) {
	for _, f := range s.order {
		if !f.is(alive) || f.sqlite || f.transferred || s.deployed(f, applied) {
			continue
		}
		d := s.warnf(CodeKeyValue, f.origin, "class '%s' gets the key-value backend, which the Free plan and accounts without such a namespace do not have [code: 10097]", f.class)
		d.Hint = "write new_sqlite_classes, unless a deploy has created the class already: then the word must not change"
		if s.declarative() {
			d.Hint = "write " + s.write("storage", wranglercfg.StorageSQLite) + ", unless the class is deployed with that backend: then it must not change"
		}
	}
}

// deployed reports whether a class is known to have its namespace already.
func (s *selection) deployed(f *fate, applied int) bool {
	if !s.declarative() {
		return f.step < applied
	}
	d := s.req.Deployed
	if applied < 0 || d.Ledger == nil {
		return false
	}
	_, there := d.Ledger.Namespace(f.class)
	return there
}

// applied returns how many steps of the list the Worker has, or -1 if nobody
// knows.
func (s *selection) applied() int {
	d := s.req.Deployed
	switch {
	case d == nil:
		return -1
	case d.Ledger != nil:
		if s.req.AllEnvs && d.Ledger.Script != s.cfg.ScriptName() {
			return -1
		}
		return len(d.Ledger.Applied)
	case d.Tag == "":
		return 0
	}
	return 1 + slices.IndexFunc(s.cfg.Migrations, func(m wranglercfg.Migration) bool { return m.Tag.Value == d.Tag })
}
