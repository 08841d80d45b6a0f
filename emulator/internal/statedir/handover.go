package statedir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// handover is a namespace on its way from one state directory to another. The
// giver's ledger.json has it as giving and the taker's as taking. It is prepared
// in the giver's file, decided in the taker's, done, forgotten in the giver's
// and at last in the taker's. So a giving without its taking has not happened,
// and a taking without its giving is done.
type handover struct {
	Script string `json:"script"` // the Worker that gives
	Class  string `json:"class"`  // its name there
	Key    string `json:"unique_key"`
	Other  string `json:"other"` // the other state directory, from this one if that is possible
}

// Handover says which folder a transfer brings from another state directory.
type Handover struct {
	Script, Class string // as the giver calls it
	Key           string
	Home          string // the giver's state directory
	From, To      string // the folder of the objects
	Objects       bool   // there is such a folder
}

func (h handover) check() error {
	if h.Other == "" {
		return fmt.Errorf("the transfer of %q has no other state directory", h.Key)
	}
	return folderName(h.Key)
}

// other returns the state directory at the far end of a handover.
func (d *Dir) other(path string) *Dir {
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.path, path)
	}
	return &Dir{path: path, files: d.files, Lock: d.Lock}
}

// wayTo names another state directory so that both can be moved together.
func (d *Dir) wayTo(o *Dir) string {
	if rel, err := filepath.Rel(d.path, o.path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(o.path)
}

func (d *Dir) lock() error {
	if d.Lock == nil {
		return nil
	}
	return d.Lock(d.Objects())
}

// counterpart finds a handover in the list of the other side.
func (d *Dir) counterpart(h handover, o *Dir, list []handover) (int, error) {
	for i, c := range list {
		if c.Script != h.Script || c.Key != h.Key {
			continue
		}
		here, err := os.Stat(d.path)
		if err != nil {
			return -1, err
		}
		there, err := os.Stat(o.other(c.Other).path)
		if err == nil && os.SameFile(here, there) {
			return i, nil
		}
	}
	return -1, nil
}

// settle finishes the handovers of an interrupted application, or takes them
// back if they were not decided. The caller holds the lock on d.
func (d *Dir) settle(s state) ([]Moved, error) {
	var moved []Moved
	for _, h := range s.Giving {
		taker := d.other(h.Other)
		ts, err := taker.read()
		if err != nil {
			return moved, err
		}
		i, err := d.counterpart(h, taker, ts.Taking)
		if err != nil {
			return moved, err
		}
		if i < 0 {
			continue
		}
		if err := taker.lock(); err != nil {
			return moved, err
		}
		if ts, err = taker.read(); err != nil { // as it is under the lock
			return moved, err
		}
		more, err := taker.take(ts) // forgets our side as well
		if moved = append(moved, more...); err != nil {
			return moved, err
		}
	}
	if len(s.Giving) > 0 {
		var err error
		if s, err = d.read(); err != nil {
			return moved, err
		}
		s.Giving = nil
		if err := d.write(s); err != nil {
			return moved, err
		}
	}
	more, err := d.take(s)
	return append(moved, more...), err
}

// take brings the folders of decided handovers here.
func (d *Dir) take(s state) ([]Moved, error) {
	if len(s.Taking) == 0 {
		return nil, nil
	}
	var moved []Moved
	for _, h := range s.Taking {
		m, ok, err := d.takeOne(h)
		if err != nil {
			return moved, fmt.Errorf("transfer of class %s of Worker %s: %w", h.Class, h.Script, err)
		}
		if ok {
			moved = append(moved, m)
		}
	}
	s.Taking = nil
	return moved, d.write(s)
}

func (d *Dir) takeOne(h handover) (m Moved, ok bool, err error) {
	giver := d.other(h.Other)
	to := filepath.Join(d.Objects(), h.Key)
	there, err := exists(to)
	if err != nil {
		return m, false, err
	}
	gs, err := giver.read()
	if err != nil {
		return m, false, err
	}
	i, err := d.counterpart(h, giver, gs.Giving)
	if err != nil {
		return m, false, err
	}
	if i < 0 {
		known, err := exists(giver.ledgerPath())
		if err == nil && !known && !there {
			err = fmt.Errorf("it was interrupted, and the giver's state is no longer at %s: put it back there", giver.path)
		}
		return m, false, err
	}
	if err := giver.lock(); err != nil {
		return m, false, err
	}
	from := filepath.Join(giver.Objects(), h.Key)
	waiting, err := exists(from)
	if err != nil {
		return m, false, err
	}
	if waiting && !there {
		if err := d.files.mkdir(d.Objects()); err != nil {
			return m, false, err
		}
		if err := d.files.move(from, to); err != nil {
			return m, false, err
		}
		there = true
	}
	gs.Giving = slices.Delete(slices.Clone(gs.Giving), i, i+1)
	gs.giveAway(h)
	return Moved{Class: h.Class, From: from, To: to, Transfer: true}, there, giver.write(gs)
}

// giveAway takes a namespace out of its Worker's ledger and keeps its key.
func (s *state) giveAway(h handover) {
	l, ok := s.known(h.Script)
	if !ok {
		return
	}
	l.Namespaces = slices.DeleteFunc(slices.Clone(l.Namespaces), func(n migrations.Namespace) bool { return n.UniqueKey == h.Key })
	if !slices.Contains(l.GivenAway, h.Key) {
		l.GivenAway = append(slices.Clone(l.GivenAway), h.Key)
	}
	s.put(l)
}

// prepare writes the intent on the givers' side and returns what the decision
// has to name. It locks the givers.
func (d *Dir) prepare(hs []Handover) ([]handover, error) {
	var taking []handover
	for _, h := range hs {
		if err := d.other(h.Home).lock(); err != nil {
			return nil, err
		}
		if err := d.canMove(h); err != nil {
			return nil, err
		}
	}
	for _, h := range hs {
		giver := d.other(h.Home)
		s, err := giver.read()
		if err != nil {
			return nil, err
		}
		s.Giving = append(slices.Clone(s.Giving), handover{Script: h.Script, Class: h.Class, Key: h.Key, Other: giver.wayTo(d)})
		if err := giver.write(s); err != nil {
			return nil, err
		}
		taking = append(taking, handover{Script: h.Script, Class: h.Class, Key: h.Key, Other: d.wayTo(giver)})
	}
	return taking, nil
}

// canMove tries a rename with a file of no meaning: after the decision it would
// be too late to find that the directories are on two file systems.
func (d *Dir) canMove(h Handover) error {
	if !h.Objects {
		return nil
	}
	if err := d.files.mkdir(d.Objects()); err != nil {
		return err
	}
	const name = ".dormouse-transfer"
	from, to := filepath.Join(filepath.Dir(h.From), name), filepath.Join(d.Objects(), name)
	if err := d.files.do("write", func() error { return writeSynced(from, nil) }); err != nil {
		return err
	}
	if err := d.files.do("rename", func() error { return os.Rename(from, to) }); err != nil {
		return errors.Join(fmt.Errorf("the objects of class %s cannot be renamed to the other state directory: %w "+
			"(are these two file systems? move %s into %s by hand; they are then taken over)", h.Class, err, h.From, d.Objects()),
			d.files.do("remove", func() error { return os.Remove(from) }))
	}
	return d.files.do("remove", func() error { return os.Remove(to) })
}

// PlanWith is [Dir.Plan] for Workers that also have state directories of their
// own, by script. A Worker that this state does not know, and from which another
// one takes a class, gives it from there.
func (d *Dir) PlanWith(homes map[string]string, cfgs ...*wranglercfg.Config) (*Plan, error) {
	s, err := d.read()
	if err != nil {
		return nil, err
	}
	seeds := map[string]migrations.Ledger{}
	for script, home := range homes {
		if _, ok := s.known(script); ok || d.path == "" {
			continue
		}
		hs, err := d.other(home).read()
		if err != nil {
			return nil, err
		}
		l, ok := hs.known(script)
		if ok && !slices.ContainsFunc(l.Namespaces, func(n migrations.Namespace) bool { return s.holds(n.UniqueKey, script) }) {
			seeds[script] = l
		}
	}
	p, err := d.plan(s, seeds, cfgs)
	if err != nil || len(seeds) == 0 {
		return p, err
	}
	all := len(seeds)
	for script := range seeds {
		if len(p.transfers(script)) == 0 {
			delete(seeds, script)
		}
	}
	if len(seeds) < all { // who gives nothing is planned as if it had no other state
		if p, err = d.plan(s, seeds, cfgs); err != nil {
			return nil, err
		}
	}
	for _, w := range p.Workers {
		script := w.Config.ScriptName()
		if _, ok := seeds[script]; !ok {
			continue
		}
		for _, step := range p.transfers(script) {
			if err := d.planHandover(p, w, d.other(homes[script]), step); err != nil {
				return nil, err
			}
		}
		if err := d.warnOfRest(p, w, d.other(homes[script])); err != nil {
			return nil, err
		}
	}
	p.Findings.Sort()
	return p, nil
}

// warnOfRest names the classes whose objects stay with the giver: should it run
// on this state some day, they start empty.
func (d *Dir) warnOfRest(p *Plan, giver Worker, home *Dir) error {
	for _, n := range giver.Changes.Open {
		there, err := home.hasObjects(state{}, n.UniqueKey)
		if err != nil {
			return err
		}
		here, err := d.hasObjects(p.next, n.UniqueKey)
		if err != nil {
			return err
		}
		if there && !here {
			p.Findings = append(p.Findings, &wranglercfg.Diagnostic{
				Severity: wranglercfg.SeverityWarning, Code: migrations.CodeTransfer, Pos: giver.Config.Lifecycle,
				Msg:  fmt.Sprintf("the objects of class %q stay in the own state of Worker %q, %s", n.Class, giver.Config.ScriptName(), home.path),
				Hint: "run that Worker there; on " + d.path + " this class starts empty",
			})
		}
	}
	return nil
}

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

func (d *Dir) planHandover(p *Plan, giver Worker, home *Dir, step migrations.Step) error {
	if folderName(step.UniqueKey) != nil {
		return folderName(step.UniqueKey)
	}
	h := Handover{
		Script: step.FromScript, Class: step.From, Key: step.UniqueKey, Home: home.path,
		From: filepath.Join(home.Objects(), step.UniqueKey), To: filepath.Join(d.Objects(), step.UniqueKey),
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
	refuse := func(msg, hint string) {
		p.Findings = append(p.Findings, &wranglercfg.Diagnostic{Code: migrations.CodeTransfer, Pos: step.Pos, Msg: msg, Hint: hint})
	}
	switch {
	case len(giver.Changes.Steps) > 0:
		refuse(fmt.Sprintf("Worker %q has changes that its own state, %s, has not seen", h.Script, home.path),
			"apply them there first: dormouse migrations apply -c "+giver.Config.Path)
	case there && here:
		refuse(fmt.Sprintf("class %q of Worker %q has objects in two states: %s and %s", h.Class, h.Script, h.From, h.To),
			"move aside the folder that is not wanted")
	}
	p.Handovers = append(p.Handovers, h)
	return nil
}
