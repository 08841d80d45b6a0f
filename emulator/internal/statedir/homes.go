package statedir

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// seed is the ledger of a Worker that this state does not know, and the state
// that has it.
type seed struct {
	ledger migrations.Ledger
	home   *Dir
	whole  bool // the Worker belongs here and brings all of its objects
}

// guests is a plan in the making whose Workers have ledgers in several states.
type guests struct {
	*Dir
	homes map[string]string // as PlanWith has them
	seeds map[string]seed   // by script
	late  map[string][]migrations.Step
	// tooLate are warnings of classes that would be late and have objects.
	tooLate wranglercfg.Diagnostics
}

// PlanWith is [Dir.Plan] for Workers that also have state directories of their
// own, by script. A Worker that this state does not know comes from there:
//
//   - If another one takes a class from it, the class with its objects.
//   - If another one has taken a class from it before, but in its absence, so that
//     it started empty and still is, likewise.
//   - A Worker without another home, which has run on the state of another
//     one until now, with everything.
func (d *Dir) PlanWith(homes map[string]string, cfgs ...*wranglercfg.Config) (*Plan, error) {
	s, err := d.read()
	if err != nil {
		return nil, err
	}
	g := &guests{Dir: d, homes: homes, seeds: map[string]seed{}, late: map[string][]migrations.Step{}}
	if d.path != "" {
		if err := g.findSeeds(s, cfgs); err != nil {
			return nil, err
		}
		if s, err = g.findLate(s, cfgs); err != nil {
			return nil, err
		}
	}
	p, err := g.plan(s, cfgs)
	if err != nil {
		return nil, err
	}
	if g.dropSeeds(p) { // who gives nothing is planned as if it had no other state
		if p, err = g.plan(s, cfgs); err != nil {
			return nil, err
		}
	}
	for _, w := range p.Workers {
		if err := g.handovers(p, w); err != nil {
			return nil, err
		}
	}
	if p.Findings.Err() == nil {
		for i := range p.Workers {
			w := &p.Workers[i]
			w.Changes.Steps = slices.Concat(g.late[w.Config.ScriptName()], w.Changes.Steps)
		}
	}
	p.Findings = append(p.Findings, g.tooLate...)
	p.Findings.Sort()
	return p, nil
}

func (g *guests) plan(s state, cfgs []*wranglercfg.Config) (*Plan, error) {
	seeds := map[string]migrations.Ledger{}
	for script, from := range g.seeds {
		seeds[script] = from.ledger
	}
	return g.Dir.plan(s, seeds, cfgs)
}

// findSeeds looks into the homes for the Workers that s does not know.
func (g *guests) findSeeds(s state, cfgs []*wranglercfg.Config) error {
	for _, cfg := range cfgs {
		script := cfg.ScriptName()
		if _, ok := s.known(script); ok {
			continue
		}
		own, elsewhere := g.homes[script]
		paths := []string{own}
		if !elsewhere {
			paths = slices.Compact(slices.Sorted(maps.Values(g.homes)))
		}
		for _, path := range paths {
			home := g.other(path)
			hs, err := home.read()
			if err != nil {
				return err
			}
			l, ok := hs.known(script)
			if !ok || slices.ContainsFunc(l.Namespaces, func(n migrations.Namespace) bool { return s.holds(n.UniqueKey, script) }) {
				continue
			}
			if first, ok := g.seeds[script]; ok {
				return fmt.Errorf("worker %q has run on two states, %s and %s: name only the one whose objects are wanted", script, first.home.path, path)
			}
			g.seeds[script] = seed{l, home, !elsewhere}
		}
	}
	return nil
}

// findLate looks for classes that were transferred while their giver was not
// there, and that have no objects yet. It returns s with the giver's keys.
func (g *guests) findLate(s state, cfgs []*wranglercfg.Config) (state, error) {
	s.Workers = slices.Clone(s.Workers)
	for _, cfg := range cfgs {
		taker, ok := s.known(cfg.ScriptName())
		if !ok {
			continue
		}
		taker.Namespaces = slices.Clone(taker.Namespaces)
		for _, step := range transfersOf(taker, cfg) {
			i := slices.IndexFunc(taker.Namespaces, func(n migrations.Namespace) bool { return n.Class == step.Class && !n.Undeclared })
			from, ok := g.seeds[step.FromScript]
			if i < 0 || !ok || from.whole {
				continue
			}
			given, ok, err := g.comesLate(s, from, taker.Namespaces[i], step)
			if err != nil {
				return s, err
			}
			if !ok {
				continue
			}
			step.UniqueKey, step.SQLite = given.UniqueKey, given.SQLite
			taker.Namespaces[i].UniqueKey, taker.Namespaces[i].SQLite = given.UniqueKey, given.SQLite
			g.late[taker.Script] = append(g.late[taker.Script], step)
			left := state{Workers: []migrations.Ledger{from.ledger}}
			left.giveAway(handover{Script: step.FromScript, Key: given.UniqueKey})
			from.ledger = left.Workers[0]
			g.seeds[step.FromScript] = from
		}
		s.put(taker)
	}
	return s, nil
}

// comesLate returns the namespace that a class has at its giver's, and whether
// its objects can take the place of those the class has here: none.
func (g *guests) comesLate(s state, from seed, has migrations.Namespace, step migrations.Step) (given migrations.Namespace, ok bool, err error) {
	given, ok = from.ledger.Namespace(step.From)
	if !ok {
		return given, false, nil
	}
	there, err := from.home.hasObjects(state{}, given.UniqueKey)
	if err != nil || !there {
		return given, false, err
	}
	here, err := g.hasObjects(s, has.UniqueKey)
	if err == nil && here {
		g.tooLate = append(g.tooLate, &wranglercfg.Diagnostic{
			Severity: wranglercfg.SeverityWarning, Code: migrations.CodeTransfer, Pos: step.Pos,
			Msg: fmt.Sprintf("class %q was transferred here without the objects of class %q of Worker %q, and has objects of its own now",
				step.Class, step.From, step.FromScript),
			Hint: fmt.Sprintf("those of Worker %q stay in %s; to have them instead, move %s away and apply again",
				step.FromScript, filepath.Join(from.home.Objects(), given.UniqueKey), filepath.Join(g.Objects(), has.UniqueKey)),
		})
	}
	return given, err == nil && !here, err
}

// transfersOf returns the transfers that a Worker's ledger has as applied.
func transfersOf(l migrations.Ledger, cfg *wranglercfg.Config) []migrations.Step {
	var steps []migrations.Step
	for _, m := range l.Applied {
		for _, t := range m.TransferredClasses {
			steps = append(steps, migrations.Step{Kind: migrations.Transfer, Class: t.To, From: t.From, FromScript: t.FromScript, Tag: m.Tag, Pos: cfg.Lifecycle})
		}
	}
	for _, e := range cfg.Exports {
		if e.State.Value == wranglercfg.StateExpectingTransfer && l.Declarative {
			class := e.ClassName.Value
			steps = append(steps, migrations.Step{Kind: migrations.Transfer, Class: class, From: class, FromScript: e.TransferFrom.Value, Pos: e.ClassName.Pos})
		}
	}
	return steps
}

// dropSeeds forgets the Workers that bring nothing, and reports whether there
// was one.
func (g *guests) dropSeeds(p *Plan) bool {
	left := map[string]bool{} // states that a whole Worker leaves
	for _, from := range g.seeds {
		if from.whole {
			left[from.home.path] = true
		}
	}
	all := len(g.seeds)
	maps.DeleteFunc(g.seeds, func(script string, from seed) bool {
		return !from.whole && !left[from.home.path] && len(g.transfers(p, script)) == 0
	})
	return len(g.seeds) < all
}

// transfers returns the steps that take classes from a Worker.
func (g *guests) transfers(p *Plan, script string) []migrations.Step {
	var out []migrations.Step
	for _, w := range p.Workers {
		for _, s := range slices.Concat(g.late[w.Config.ScriptName()], w.Changes.Steps) {
			if s.Kind == migrations.Transfer && s.FromScript == script {
				out = append(out, s)
			}
		}
	}
	return out
}

// handovers plans what a Worker brings.
func (g *guests) handovers(p *Plan, w Worker) error {
	script := w.Config.ScriptName()
	from, ok := g.seeds[script]
	if !ok {
		return nil
	}
	steps := g.transfers(p, script)
	if from.whole {
		for _, n := range from.ledger.Namespaces {
			steps = append(steps, migrations.Step{From: n.Class, FromScript: script, UniqueKey: n.UniqueKey, Pos: w.Config.Lifecycle})
		}
	}
	for _, step := range steps {
		if err := g.handover(p, w, from, step); err != nil {
			return err
		}
	}
	if len(w.Changes.Steps) > 0 && len(steps) > 0 {
		p.refuse(w.Config.Lifecycle, fmt.Sprintf("Worker %q has changes that the state it runs on, %s, has not seen", script, from.home.path),
			"apply them there first: dormouse migrations apply"+g.arguments(p, w, from))
	}
	if from.whole {
		return nil
	}
	return g.warnOfRest(p, w, from.home)
}

// arguments name the configurations that lead to the state of a seed.
func (g *guests) arguments(p *Plan, w Worker, from seed) string {
	args := ""
	for _, other := range p.Workers {
		if from.whole && filepath.Clean(g.homes[other.Config.ScriptName()]) == from.home.path {
			args = " -c " + other.Config.Path
			break
		}
	}
	return args + " -c " + w.Config.Path
}

func (g *guests) handover(p *Plan, giver Worker, from seed, step migrations.Step) error {
	if err := folderName(step.UniqueKey); err != nil {
		return err
	}
	h := Handover{
		Script: step.FromScript, Class: step.From, Key: step.UniqueKey, Home: from.home.path, Whole: from.whole,
		From: filepath.Join(from.home.Objects(), step.UniqueKey), To: filepath.Join(g.Objects(), step.UniqueKey),
	}
	there, err := exists(h.From)
	if err != nil {
		return err
	}
	here, err := exists(h.To)
	if err != nil {
		return err
	}
	h.Objects = there && !here
	if there && here {
		p.refuse(step.Pos, fmt.Sprintf("class %q of Worker %q has objects in two states: %s and %s", h.Class, h.Script, h.From, h.To),
			"move aside the folder that is not wanted")
	}
	p.Handovers = append(p.Handovers, h)
	return nil
}

func (p *Plan) refuse(pos wranglercfg.Pos, msg, hint string) {
	p.Findings = append(p.Findings, &wranglercfg.Diagnostic{Code: migrations.CodeTransfer, Pos: pos, Msg: msg, Hint: hint})
}

// warnOfRest names the classes whose objects stay with the giver: should it run
// on this state some day, they start empty.
func (g *guests) warnOfRest(p *Plan, giver Worker, home *Dir) error {
	for _, n := range giver.Changes.Open {
		there, err := home.hasObjects(state{}, n.UniqueKey)
		if err != nil {
			return err
		}
		here, err := g.hasObjects(p.next, n.UniqueKey)
		if err != nil {
			return err
		}
		if there && !here {
			p.Findings = append(p.Findings, &wranglercfg.Diagnostic{
				Severity: wranglercfg.SeverityWarning, Code: migrations.CodeTransfer, Pos: giver.Config.Lifecycle,
				Msg:  fmt.Sprintf("the objects of class %q stay in the own state of Worker %q, %s", n.Class, giver.Config.ScriptName(), home.path),
				Hint: "run that Worker there; on " + g.path + " this class starts empty",
			})
		}
	}
	return nil
}
