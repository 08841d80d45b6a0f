package emulator

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dormouse-do/dormouse/emulator/internal/statedir"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// settleHomes decides on which state a plan is made, and which others may give.
func (m *migration) settleHomes() error {
	if !m.chosen && len(m.cfgs) > 1 {
		taker, home, err := strayTaker(m.dir, m.cfgs)
		if err != nil {
			return err
		}
		if taker != nil && len(m.cfgs) > 2 {
			return fmt.Errorf("emulator: Worker %q takes a class and has run on a state of its own, %s: "+
				"bring the class there first: dormouse migrations apply%s", taker.ScriptName(), home.Path(), arguments(pair(taker, m.cfgs)))
		}
		if taker != nil {
			m.dir = home
		}
	}
	var err error
	m.homes, err = homesOf(m.dir, m.cfgs)
	return err
}

// strayTaker returns a Worker other than the first that takes a class from
// another one, is unknown to dir, and has run on its own state: the class belongs
// there.
func strayTaker(dir *statedir.Dir, cfgs []*wranglercfg.Config) (*wranglercfg.Config, *statedir.Dir, error) {
	if dir.Path() == "" {
		return nil, nil, nil
	}
	here, err := dir.Ledgers()
	if err != nil {
		return nil, nil, err
	}
	for _, cfg := range cfgs[1:] {
		if has(here, cfg.ScriptName()) || len(pair(cfg, cfgs)) < 2 {
			continue
		}
		own, err := stateDirOf(nil, cfg)
		if err != nil {
			return nil, nil, err
		}
		home := statedir.At(own)
		there, err := home.Ledgers()
		if err != nil {
			return nil, nil, err
		}
		if own != dir.Path() && has(there, cfg.ScriptName()) {
			return cfg, home, nil
		}
	}
	return nil, nil, nil
}

func has(ls []migrations.Ledger, script string) bool {
	return slices.ContainsFunc(ls, func(l migrations.Ledger) bool { return l.Script == script })
}

// pair returns a Worker and those of the others from which it takes classes.
func pair(taker *wranglercfg.Config, cfgs []*wranglercfg.Config) []*wranglercfg.Config {
	out := []*wranglercfg.Config{taker}
	givers := statedir.Givers(taker)
	for _, cfg := range cfgs {
		if cfg != taker && slices.Contains(givers, cfg.ScriptName()) {
			out = append(out, cfg)
		}
	}
	return out
}

// arguments are configurations as a command line has them.
func arguments(cfgs []*wranglercfg.Config) string {
	args := ""
	for _, cfg := range cfgs {
		args += " -c " + cfg.Path
	}
	return args
}

// homesOf returns the state directories from which folders may be moved into
// dir, by script. One that was chosen, and that none of the Workers has as its
// own, gets none: it is a world of its own.
func homesOf(dir *statedir.Dir, cfgs []*wranglercfg.Config) (map[string]string, error) {
	homes := map[string]string{}
	for _, cfg := range cfgs {
		home, err := stateDirOf(nil, cfg)
		if err != nil {
			return nil, err
		}
		if home != dir.Path() {
			homes[cfg.ScriptName()] = home
		}
	}
	if len(homes) == len(cfgs) {
		return nil, nil
	}
	return homes, nil
}

// noteShared says where the objects are after a transfer to a Worker that has
// no part in this state but by its place in the list of arguments.
func (m *migration) noteShared(p *MigrationPlan) error {
	if m.chosen {
		return nil
	}
	for _, w := range p.inner.Workers {
		own, err := stateDirOf(nil, w.Config)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(w.Changes.Steps, func(s migrations.Step) bool { return s.Kind == migrations.Transfer })
		if i < 0 || w.Known || own == m.dir.Path() {
			continue
		}
		p.Findings = append(p.Findings, &wranglercfg.Diagnostic{
			Severity: wranglercfg.SeverityNote, Code: migrations.CodeTransfer, Pos: w.Changes.Steps[i].Pos,
			Msg:  fmt.Sprintf("Worker %q shares the state of %q: the objects of class %q stay in %s", w.Config.ScriptName(), m.cfgs[0].ScriptName(), w.Changes.Steps[i].Class, m.dir.Path()),
			Hint: "to run it on a state of its own, name it first: dormouse migrations apply" + arguments(pair(w.Config, m.cfgs)),
		})
	}
	return nil
}

// refuseHandovers refuses to start on a state to which folders would have to
// be moved, or from which.
func refuseHandovers(dir *statedir.Dir, chosen bool, cfgs []*wranglercfg.Config) error {
	homes, err := homesOf(dir, cfgs)
	if err != nil || len(homes) == 0 {
		return err
	}
	p, err := dir.PlanWith(homes, cfgs...)
	if err != nil {
		return fmt.Errorf("emulator: %w", err)
	}
	for _, h := range p.Handovers {
		if h.Objects {
			return fmt.Errorf("emulator: the objects of class %q of Worker %q are in another state, %s: "+
				"bring them here first: dormouse migrations apply%s", h.Class, h.Script, h.Home, arguments(cfgs))
		}
	}
	if chosen {
		return nil
	}
	return refuseStray(dir, p, cfgs)
}

// refuseStray refuses to start a Worker on a state where a class that it takes
// is, or would be empty, while it has run on its own.
func refuseStray(dir *statedir.Dir, p *statedir.Plan, cfgs []*wranglercfg.Config) error {
	taker, home, err := strayTaker(dir, cfgs)
	if err != nil || taker == nil {
		return err
	}
	i := slices.IndexFunc(p.Workers, func(w statedir.Worker) bool { return w.Config == taker })
	for _, s := range p.Workers[i].Changes.Steps {
		switch {
		case s.Kind == migrations.Transfer:
			return fmt.Errorf("emulator: Worker %q takes class %q of Worker %q, and has run on a state of its own, %s: "+
				"bring the objects there first: dormouse migrations apply%s", taker.ScriptName(), s.From, s.FromScript, home.Path(), arguments(pair(taker, cfgs)))
		case s.Kind == migrations.Create && slices.ContainsFunc(cfgs, func(c *wranglercfg.Config) bool { return s.FromScript != "" && c.ScriptName() == s.FromScript }):
			return fmt.Errorf("emulator: Worker %q has run on a state of its own, %s, and class %q would start empty on %s: "+
				"name that Worker first, or choose a state directory", taker.ScriptName(), home.Path(), s.Class, dir.Path())
		}
	}
	return nil
}

// elsewhere refuses a transfer whose objects are in the giver's own state
// directory, from which nothing may be moved into this one: the class would start
// empty.
func (p *MigrationPlan) elsewhere(dir *statedir.Dir) error {
	for _, giver := range p.inner.Workers {
		own, err := stateDirOf(nil, giver.Config)
		if err != nil || giver.Known || dir.Path() == "" || own == dir.Path() {
			continue
		}
		ledgers, err := statedir.At(own).Ledgers()
		if err != nil {
			return err
		}
		for _, l := range ledgers {
			if l.Script == giver.Config.ScriptName() {
				p.refuseTransfers(l, giver.TakesOver, statedir.At(own), dir)
			}
		}
	}
	return nil
}

// refuseTransfers passes over the keys whose objects are here already.
func (p *MigrationPlan) refuseTransfers(giver migrations.Ledger, here []string, from, to *statedir.Dir) {
	for _, w := range p.inner.Workers {
		for _, s := range w.Changes.Steps {
			n, has := giver.Namespace(s.From)
			if s.Kind != migrations.Transfer || s.FromScript != giver.Script || !has || slices.Contains(here, n.UniqueKey) {
				continue
			}
			p.Findings = append(p.Findings, &wranglercfg.Diagnostic{
				Code: migrations.CodeTransfer, Pos: s.Pos,
				Msg:  fmt.Sprintf("the objects of class %q of Worker %q are in another state, %s", s.From, s.FromScript, from.Path()),
				Hint: fmt.Sprintf("move %s into %s, from where they are taken over", filepath.Join(from.Objects(), n.UniqueKey), to.Objects()),
			})
		}
	}
}
