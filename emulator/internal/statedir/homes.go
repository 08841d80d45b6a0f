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
	late  []late
	// tooLate are warnings of classes that would be late and have objects.
	tooLate wranglercfg.Diagnostics
}

// PlanWith is [Dir.Plan] for Workers that also have state directories of their
// own, by script. A Worker that this state does not know comes from there:
//
//   - If another one takes a class from it, the class with its objects.
//   - A Worker without another home, which has run on the state of another
//     one until now, with everything.
//
// A class that was transferred to a Worker of this state while the giver was not
// there has started empty. As long as it is, it still gets the objects.
func (d *Dir) PlanWith(homes map[string]string, cfgs ...*wranglercfg.Config) (*Plan, error) {
	s, err := d.read()
	if err != nil {
		return nil, err
	}
	g := &guests{Dir: d, homes: homes, seeds: map[string]seed{}}
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
	if err := g.lateHandovers(p); err != nil {
		return nil, err
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
		homes := g.distinctHomes()
		if elsewhere {
			homes = []*Dir{g.other(own)}
		}
		for _, home := range homes {
			hs, err := home.read()
			if err != nil {
				return err
			}
			l, ok := hs.known(script)
			if !ok || slices.ContainsFunc(l.Namespaces, func(n migrations.Namespace) bool { return s.holds(n.UniqueKey, script) }) {
				continue
			}
			if first, ok := g.seeds[script]; ok {
				return fmt.Errorf("worker %q has run on two states, %s and %s: name only the one whose objects are wanted", script, first.home.path, home.path)
			}
			g.seeds[script] = seed{l, home, !elsewhere}
		}
	}
	return nil
}

func (g *guests) distinctHomes() []*Dir {
	var out []*Dir
	for _, path := range slices.Compact(slices.Sorted(maps.Values(g.homes))) {
		out = append(out, g.other(path))
	}
	return out
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
		late := slices.ContainsFunc(g.late, func(l late) bool { return l.step.FromScript == script })
		return !from.whole && !late && !left[from.home.path] && len(p.transfers(script)) == 0
	})
	return len(g.seeds) < all
}

// transfers returns the steps that take classes from a Worker.
func (p *Plan) transfers(script string) []migrations.Step {
	var out []migrations.Step
	for _, w := range p.Workers {
		for _, s := range w.Changes.Steps {
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
	steps := p.transfers(script)
	if from.whole {
		for _, n := range from.ledger.Namespaces {
			steps = append(steps, migrations.Step{From: n.Class, FromScript: script, UniqueKey: n.UniqueKey, Pos: w.Config.Lifecycle})
		}
	}
	for _, step := range steps {
		if err := g.handover(p, from, step); err != nil {
			return err
		}
	}
	brings := len(steps) > 0 || slices.ContainsFunc(g.late, func(l late) bool { return l.script == script })
	if brings && len(w.Changes.Steps) > 0 {
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

// handover plans the way of one folder.
func (g *guests) handover(p *Plan, from seed, step migrations.Step) error {
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
