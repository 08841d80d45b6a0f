package statedir

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// late is a transfer whose taker has applied it without the giver, and that is
// made up for.
type late struct {
	taker string
	step  migrations.Step
	// home is the state that the objects come from, and script and class who has
	// them there; nil if they are on this one.
	home          *Dir
	script, class string
}

// taken is a class that was transferred, in the ledger of its taker.
type taken struct {
	taker *migrations.Ledger
	at    int // its namespace
	step  migrations.Step
}

func (t taken) namespace() *migrations.Namespace { return &t.taker.Namespaces[t.at] }

// findLate looks for transferred classes that are empty while a giver that is
// named has theirs, and returns s with the givers' keys.
func (g *guests) findLate(s state, cfgs []*wranglercfg.Config) (state, error) {
	s.Workers = slices.Clone(s.Workers)
	for _, cfg := range cfgs {
		ledger, ok := s.known(cfg.ScriptName())
		if !ok {
			continue
		}
		ledger.Namespaces = slices.Clone(ledger.Namespaces)
		for _, step := range transfersOf(ledger, cfg) {
			at := slices.IndexFunc(ledger.Namespaces, func(n migrations.Namespace) bool { return n.Class == step.Class && !n.Undeclared })
			named := slices.ContainsFunc(cfgs, func(c *wranglercfg.Config) bool { return c.ScriptName() == step.FromScript })
			if at < 0 || !named {
				continue
			}
			if err := g.findGiver(&s, taken{&ledger, at, step}); err != nil {
				return s, err
			}
		}
		s.put(ledger)
	}
	return s, nil
}

// transfersOf returns the transfers that a Worker's ledger has as applied.
func transfersOf(l migrations.Ledger, cfg *wranglercfg.Config) []migrations.Step {
	var steps []migrations.Step
	for _, m := range l.Applied {
		for _, t := range m.TransferredClasses {
			steps = append(steps, migrations.Step{
				Kind: migrations.Transfer, Class: t.To, From: t.From, FromScript: t.FromScript, Tag: m.Tag, Pos: cfg.Lifecycle,
			})
		}
	}
	for _, e := range cfg.Exports {
		if e.State.Value == wranglercfg.StateExpectingTransfer && l.Declarative {
			class := e.ClassName.Value
			steps = append(steps, migrations.Step{
				Kind: migrations.Transfer, Class: class, From: class, FromScript: e.TransferFrom.Value, Pos: e.ClassName.Pos,
			})
		}
	}
	return steps
}

// findGiver looks for the namespace of a transferred class with the giver on
// this state, with the giver at home, and with the taker itself where it has
// shared another one's state.
func (g *guests) findGiver(s *state, t taken) error {
	giver := t.step.FromScript
	found := late{taker: t.taker.Script, step: t.step}
	if here, ok := s.known(giver); ok {
		if n, ok := here.Namespace(t.step.From); ok {
			empty, err := g.relink(s, t, n)
			if err != nil {
				return err
			}
			if empty {
				s.giveAway(handover{Script: giver, Key: n.UniqueKey})
				found.step.UniqueKey = n.UniqueKey
			}
		}
	}
	lookups := []late{{home: g.home(giver), script: giver, class: t.step.From}}
	for _, home := range g.distinctHomes() {
		if _, has := g.homes[t.taker.Script]; !has {
			lookups = append(lookups, late{home: home, script: t.taker.Script, class: t.step.Class})
		}
	}
	for _, l := range lookups {
		ok, err := g.bring(s, t, l)
		if err != nil {
			return err
		}
		if ok {
			found.home, found.script, found.class, found.step.UniqueKey = l.home, l.script, l.class, t.namespace().UniqueKey
			break
		}
	}
	if found.step.UniqueKey != "" {
		found.step.SQLite = t.namespace().SQLite
		g.late = append(g.late, found)
	}
	return nil
}

// relink gives a class the key of n, unless it has objects under its own one.
func (g *guests) relink(s *state, t taken, n migrations.Namespace) (empty bool, err error) {
	has, err := g.hasObjects(*s, t.namespace().UniqueKey)
	if err != nil || has {
		return false, err
	}
	t.namespace().UniqueKey, t.namespace().SQLite = n.UniqueKey, n.SQLite
	return true, nil
}

// bring gives a class the key that somebody has on another state.
func (g *guests) bring(s *state, t taken, l late) (bool, error) {
	if l.home == nil {
		return false, nil
	}
	hs, err := l.home.read()
	if err != nil {
		return false, err
	}
	ledger, _ := hs.known(l.script)
	n, ok := ledger.Namespace(l.class)
	if !ok || s.holds(n.UniqueKey, t.taker.Script) {
		return false, nil
	}
	there, err := l.home.hasObjects(hs, n.UniqueKey)
	if err != nil || !there && l.script == t.taker.Script {
		return false, err
	}
	own := t.namespace().UniqueKey
	empty, err := g.relink(s, t, n)
	if err != nil {
		return false, err
	}
	if from, ok := g.seeds[l.script]; ok && empty && !from.whole {
		left := state{Workers: []migrations.Ledger{from.ledger}}
		left.giveAway(handover{Script: l.script, Key: n.UniqueKey})
		from.ledger = left.Workers[0]
		g.seeds[l.script] = from
	}
	if !empty && there {
		g.tooLate = append(g.tooLate, &wranglercfg.Diagnostic{
			Severity: wranglercfg.SeverityWarning, Code: migrations.CodeTransfer, Pos: t.step.Pos,
			Msg: fmt.Sprintf("class %q was transferred here without the objects of class %q of Worker %q, and has objects of its own now",
				t.step.Class, l.class, l.script),
			Hint: fmt.Sprintf("those stay in %s; to have them instead, move %s away and apply again",
				filepath.Join(l.home.Objects(), n.UniqueKey), filepath.Join(g.Objects(), own)),
		})
	}
	return empty, nil
}

// home returns the own state of a Worker, if that is another one.
func (g *guests) home(script string) *Dir {
	if path, ok := g.homes[script]; ok {
		return g.other(path)
	}
	return nil
}

// lateHandovers puts what is late into a plan.
func (g *guests) lateHandovers(p *Plan) error {
	for _, l := range g.late {
		if l.home != nil {
			step := migrations.Step{From: l.class, FromScript: l.script, UniqueKey: l.step.UniqueKey, Pos: l.step.Pos}
			if err := g.handover(p, seed{home: l.home}, step); err != nil {
				return err
			}
		}
		i := slices.IndexFunc(p.Workers, func(w Worker) bool { return w.Config.ScriptName() == l.taker })
		if p.Findings.Err() == nil {
			p.Workers[i].Changes.Steps = slices.Insert(p.Workers[i].Changes.Steps, 0, l.step)
		}
	}
	return nil
}
