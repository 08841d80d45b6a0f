package statedir

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Plan is what configurations ask of a state directory. Nothing has been done
// yet.
type Plan struct {
	Workers  []Worker // as they were given
	Findings wranglercfg.Diagnostics
	// Handovers are the transfers from other state directories.
	Handovers []Handover

	next state // to be written
}

// Worker is one Worker's part of a plan.
type Worker struct {
	Config  *wranglercfg.Config
	Before  migrations.Ledger
	Known   bool // the state has a ledger of this Worker
	Changes migrations.Changes
	// TakesOver are the unique keys of created namespaces that have objects, left
	// by wrangler dev.
	TakesOver []string
}

// Plan compares the configurations with the ledgers of the state. It only
// reads. A Worker without a ledger is adopted from the folders that are there.
// Workers that give a class to another one are planned before it, so the order
// of cfgs does not matter. If a finding is an error, nothing is to be done.
func (d *Dir) Plan(cfgs ...*wranglercfg.Config) (*Plan, error) {
	s, err := d.read()
	if err != nil {
		return nil, err
	}
	return d.plan(s, nil, cfgs)
}

// plan starts from s and the ledgers that Workers unknown to it have elsewhere.
func (d *Dir) plan(s state, seeds map[string]migrations.Ledger, cfgs []*wranglercfg.Config) (*Plan, error) {
	p := &Plan{Workers: make([]Worker, len(cfgs)), next: s}
	p.next.Workers = slices.Clone(s.Workers)
	for _, script := range slices.Sorted(maps.Keys(seeds)) {
		p.next.put(seeds[script])
	}
	scripts := map[string]bool{}
	for _, cfg := range cfgs {
		if scripts[cfg.ScriptName()] {
			return nil, fmt.Errorf("%s: two Workers have the name %q", cfg.Path, cfg.ScriptName())
		}
		scripts[cfg.ScriptName()] = true
	}
	gave := map[string]bool{} // scripts whose ledger another plan has changed
	for _, i := range giversFirst(cfgs) {
		w := &p.Workers[i]
		if err := d.planWorker(p, w, cfgs[i]); err != nil {
			return nil, err
		}
		for _, l := range w.Changes.Sources {
			p.next.put(l)
			gave[l.Script] = true
		}
	}
	for i := range p.Workers {
		if script := cfgs[i].ScriptName(); gave[script] {
			p.reopen(&p.Workers[i])
		}
	}
	p.Findings.Sort()
	return p, nil
}

func (d *Dir) planWorker(p *Plan, w *Worker, cfg *wranglercfg.Config) (err error) {
	script := cfg.ScriptName()
	w.Config = cfg
	w.Before, w.Known = p.next.known(script)
	var ds wranglercfg.Diagnostics
	if w.Known {
		w.Changes, ds = migrations.Plan(w.Before, cfg, p.next.Workers...)
	} else {
		w.Changes, ds = migrations.Adopt(cfg, func(key string) bool {
			if p.next.holds(key, script) {
				return false
			}
			has, readErr := d.hasObjects(p.next, key)
			if readErr != nil {
				err = readErr
			}
			return has
		}, p.next.Workers...)
	}
	for _, f := range ds {
		switch {
		case f.Code == migrations.CodeAdopt:
			f.Hint += "; both are in " + d.Objects()
		case f.Code == migrations.CodeTransfer && d.path != "":
			f.Hint += ": -c " + cfg.Path + " -c FILE, with the configuration of the giver"
		}
	}
	p.Findings = append(p.Findings, ds...)
	if ds.Err() == nil {
		p.next.put(w.Changes.Ledger)
	}
	for _, step := range w.Changes.Steps {
		if w.Known || step.Kind != migrations.Create {
			continue
		}
		has, readErr := d.hasObjects(p.next, step.UniqueKey)
		if err = errors.Join(err, readErr); has {
			w.TakesOver = append(w.TakesOver, step.UniqueKey)
		}
	}
	return err
}

// reopen says what a Worker runs after another one has taken a class from it.
// Its steps stay those that were planned before.
func (p *Plan) reopen(w *Worker) {
	ledger, _ := p.next.known(w.Config.ScriptName())
	again, ds := migrations.Plan(ledger, w.Config, p.next.Workers...)
	if ds.Err() != nil { // the finding of the first plan
		return
	}
	w.Changes.Open, w.Changes.Ledger = again.Open, again.Ledger
	p.next.put(again.Ledger)
}

// giversFirst returns the indexes of cfgs so that a Worker comes after those
// from which it takes classes. Workers that take from each other keep their
// order.
func giversFirst(cfgs []*wranglercfg.Config) []int {
	byScript := map[string]int{}
	for i, cfg := range cfgs {
		byScript[cfg.ScriptName()] = i
	}
	var order []int
	seen := make([]bool, len(cfgs))
	var visit func(int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, script := range Givers(cfgs[i]) {
			if j, ok := byScript[script]; ok {
				visit(j)
			}
		}
		order = append(order, i)
	}
	for i := range cfgs {
		visit(i)
	}
	return order
}

// Givers returns the names of the Workers from which one takes classes.
func Givers(cfg *wranglercfg.Config) []string {
	var scripts []string
	for _, m := range cfg.Migrations {
		for _, t := range m.TransferredClasses {
			scripts = append(scripts, t.FromScript.Value)
		}
	}
	for _, e := range cfg.Exports {
		if e.State.Value == wranglercfg.StateExpectingTransfer {
			scripts = append(scripts, e.TransferFrom.Value)
		}
	}
	return scripts
}
