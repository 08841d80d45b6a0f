package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/statedir"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// MigrationPlan is what the configurations of Workers ask of a state directory,
// or what was done to it.
type MigrationPlan struct {
	StateDir string
	Workers  []WorkerPlan // the first one, then those of [Also]

	// Findings are those of the configurations and of the plan, sorted. If one is
	// an error, nothing is to be done, and there are no Workers above.
	Findings wranglercfg.Diagnostics

	// Interrupted says that an earlier application stopped between its decision
	// and its end. Whoever runs or migrates this state next finishes it.
	Interrupted bool

	// Moves are the folders that transfers bring from the state directories of
	// the Workers that give the classes.
	Moves []MovedFolder

	// Moved are the folders of deleted classes, and those of Moves. A plan that
	// was not applied has none.
	Moved []MovedFolder

	inner *statedir.Plan
}

// WorkerPlan is one Worker's part of a [MigrationPlan].
type WorkerPlan struct {
	Config  *wranglercfg.Config
	Changes migrations.Changes
	// TakesOver are the unique keys of created classes that have objects already:
	// the state has no ledger of this Worker, wrangler dev has left them.
	TakesOver []string
}

// MovedFolder says where the objects of a class went, or will go: aside if it
// is deleted, to the taker's state if it is transferred.
type MovedFolder struct {
	Class string `json:"class"`
	From  string `json:"from"`
	To    string `json:"to"`

	Transfer bool `json:"transfer,omitempty"`
}

// PlanMigrations compares a Worker's configuration, and those of [Also], with
// the state directory that [New] would use: [StateDir], or its default. It only
// reads, and needs no lock. Other options have no effect.
//
// Workers that ran alone have a state directory each, the default one, and a
// class may be transferred from one to the other: [MigrationPlan.Moves]. The
// objects go to the taker. So without StateDir the state is that of the first
// Worker, as in New, unless the other one takes a class from it and has been run
// on a state of its own: then it is that one. See [StateDir] for what happens
// where a state was chosen.
//
// The error says why there is nothing to judge; what is wrong with a
// configuration that could be read is in the findings.
func PlanMigrations(w Worker, opts ...Option) (*MigrationPlan, error) {
	m, err := newMigration(w, opts)
	if err != nil {
		return nil, err
	}
	return m.plan()
}

// PlanMigrationsFrom is [PlanMigrations] for a state that has the given ledgers
// and no other data, such as one that was saved elsewhere.
func PlanMigrationsFrom(ledgers []migrations.Ledger, w Worker, opts ...Option) (*MigrationPlan, error) {
	m, err := newMigration(w, opts)
	if err != nil {
		return nil, err
	}
	m.dir = statedir.Of(ledgers)
	return m.plan()
}

// ApplyMigrations does to the state directory what [PlanMigrations] says, and
// returns what was done. It holds the directory as a running emulator does, and
// first finishes an application that was interrupted. A Worker that gives a class
// from its own state directory must not run meanwhile. A plan that deletes a class
// which allowDelete does not name is not done at all: the error is a
// [DeletionError].
func ApplyMigrations(w Worker, allowDelete []string, opts ...Option) (_ *MigrationPlan, err error) {
	m, err := newMigration(w, opts)
	if err != nil {
		return nil, err
	}
	if m.dir.Path() == "" {
		return nil, errors.New("emulator: migrations are applied to a state directory, not to memory")
	}
	if len(m.cfgs) < m.workers { // nothing can be planned, so nothing is touched
		return m.plan()
	}
	locks := stateLocks{}
	defer func() {
		if closeErr := locks.release(); err == nil {
			err = closeErr
		}
	}()
	m.dir.Lock = locks.lock
	earlier, err := m.recover(locks)
	if err != nil {
		return nil, err
	}
	p, err := m.plan()
	if err != nil || p.Findings.Err() != nil {
		return p, err
	}
	if err := p.mayDelete(allowDelete); err != nil {
		return p, err
	}
	moved, err := m.dir.Apply(p.inner)
	p.Interrupted = len(earlier) > 0
	p.Moved = movedFolders(append(earlier, moved...))
	if err != nil {
		return p, fmt.Errorf("emulator: migrations: %w", err)
	}
	return p, nil
}

// Deletions returns the steps that destroy data.
func (p *MigrationPlan) Deletions() []migrations.Step {
	var steps []migrations.Step
	for _, w := range p.Workers {
		for _, s := range w.Changes.Steps {
			if s.Kind == migrations.Delete {
				steps = append(steps, s)
			}
		}
	}
	return steps
}

func (p *MigrationPlan) mayDelete(allowed []string) error {
	var refused []migrations.Step
	for _, s := range p.Deletions() {
		if !slices.Contains(allowed, s.Class) {
			refused = append(refused, s)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return &DeletionError{Steps: refused}
}

// DeletionError refuses a plan that deletes classes which may not be deleted.
type DeletionError struct{ Steps []migrations.Step }

func (e *DeletionError) Error() string {
	var lines []string
	for _, s := range e.Steps {
		lines = append(lines, fmt.Sprintf("%s: deleting class %s takes all its objects away, and nobody has allowed it", s.Pos, s.Class))
	}
	return strings.Join(lines, "\n")
}

// ReadLedgers returns what was applied to a state directory, a ledger per
// Worker. It only reads; a directory that is not there has none.
func ReadLedgers(dir StateDir) ([]migrations.Ledger, error) {
	return statedir.At(string(dir)).Ledgers()
}

// ParseLedgers reads the text of a state directory's ledger.json; name is the
// path in its error, a [wranglercfg.Diagnostic].
func ParseLedgers(name string, data []byte) ([]migrations.Ledger, error) {
	return statedir.ParseLedgers(name, data)
}

// FormatLedgers returns ledgers as ledger.json has them.
func FormatLedgers(ls []migrations.Ledger) ([]byte, error) { return statedir.FormatLedgers(ls) }

// migration is the input of a plan.
type migration struct {
	dir      *statedir.Dir
	chosen   bool // the directory was
	workers  int
	cfgs     []*wranglercfg.Config // those that can be planned
	homes    map[string]string     // the own state directories of the others, by script
	findings wranglercfg.Diagnostics
}

func newMigration(w Worker, opts []Option) (*migration, error) {
	var set settings
	for _, o := range opts {
		o.apply(&set)
	}
	ws := append([]Worker{w}, set.also...)
	m := &migration{workers: len(ws), chosen: set.stateDir != nil}
	for i, w := range ws {
		cfg, ds, err := readConfig(w)
		if err != nil {
			return nil, err
		}
		m.findings = append(m.findings, ds...)
		if ds.Err() == nil {
			m.cfgs = append(m.cfgs, cfg)
		}
		if i > 0 {
			continue
		}
		path, err := stateDirOf(set.stateDir, cfg)
		if err != nil {
			return nil, err
		}
		m.dir = statedir.At(path)
	}
	if len(m.cfgs) < m.workers {
		return m, nil
	}
	return m, m.settleHomes()
}

// recover locks the state, and those from which transfers come, in the order of
// their paths, and finishes what was interrupted there.
func (m *migration) recover(locks stateLocks) ([]statedir.Moved, error) {
	p, err := m.dir.PlanWith(m.homes, m.cfgs...)
	if err != nil {
		return nil, err
	}
	dirs := []string{m.dir.Path()}
	for _, h := range p.Handovers {
		dirs = append(dirs, h.Home)
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	for _, dir := range dirs {
		if err := locks.lock(statedir.At(dir).Objects()); err != nil {
			return nil, err
		}
	}
	var moved []statedir.Moved
	for _, path := range dirs {
		dir := statedir.At(path)
		dir.Lock = locks.lock
		more, err := dir.Recover()
		moved = append(moved, more...)
		if err != nil {
			return moved, fmt.Errorf("emulator: finishing an interrupted migration: %w", err)
		}
	}
	return moved, nil
}

// stateLocks are the locks on folders of objects, by path. Nobody waits for one:
// a folder in use is an error.
type stateLocks map[string]*store.Engine

func (l stateLocks) lock(objects string) error {
	if _, ok := l[objects]; ok {
		return nil
	}
	e, err := store.New(store.Options{
		Dir: objects,
		Now: func() time.Time { return DefaultStart }, // only the folder is wanted: no SQL runs
	})
	if err == nil {
		l[objects] = e
	}
	return err
}

func (l stateLocks) release() error {
	var errs []error
	for _, e := range l {
		if e != nil {
			errs = append(errs, e.Close())
		}
	}
	return errors.Join(errs...)
}

func (m *migration) plan() (*MigrationPlan, error) {
	p := &MigrationPlan{StateDir: m.dir.Path()}
	if len(m.cfgs) == m.workers {
		inner, err := m.dir.PlanWith(m.homes, m.cfgs...)
		if err != nil {
			return nil, err
		}
		p = planned(m.dir, inner)
		if err := p.elsewhere(m.dir); err != nil {
			return nil, err
		}
		if err := m.noteShared(p); err != nil {
			return nil, err
		}
		if p.Interrupted, err = m.dir.Interrupted(); err != nil {
			return nil, err
		}
	}
	p.Findings = append(p.Findings, m.findings...)
	p.Findings.Sort()
	if p.Findings.Err() != nil {
		p.Workers, p.Moves = nil, nil
	}
	return p, nil
}

func planned(dir *statedir.Dir, inner *statedir.Plan) *MigrationPlan {
	p := &MigrationPlan{StateDir: dir.Path(), Findings: slices.Clone(inner.Findings), inner: inner}
	for _, w := range inner.Workers {
		p.Workers = append(p.Workers, WorkerPlan{Config: w.Config, Changes: w.Changes, TakesOver: w.TakesOver})
	}
	for _, h := range inner.Handovers {
		if h.Objects {
			p.Moves = append(p.Moves, MovedFolder{Class: h.Class, From: h.From, To: h.To, Transfer: true})
		}
	}
	return p
}

func movedFolders(list []statedir.Moved) []MovedFolder {
	var out []MovedFolder
	for _, m := range list {
		out = append(out, MovedFolder(m))
	}
	return out
}

// migrate does what [ApplyMigrations] does, for an emulator that starts: its
// engine holds the directory, and a deletion is one that the configuration asks
// for.
//
// It moves nothing out of the state directory of another Worker, where that one
// may be about to run: a transfer of objects that are there is an error, unless
// the directory was chosen.
//
// ready is called between the plan and its application; its error stops it.
func (em *Emulator) migrate(d *deployment, ready func() error) (err error) {
	dir := em.dir
	locks := stateLocks{dir.Objects(): nil} // the engine's
	defer func() { err = errors.Join(err, locks.release()) }()
	dir.Lock = locks.lock
	moved, err := dir.Recover()
	em.tellMoved(moved)
	if err != nil {
		return fmt.Errorf("emulator: finishing an interrupted migration: %w", err)
	}
	cfgs := d.configs()
	if err := refuseHandovers(dir, em.set.stateDir != nil, cfgs); err != nil {
		return err
	}
	p, err := dir.PlanWith(nil, cfgs...)
	if err != nil {
		return fmt.Errorf("emulator: %w", err)
	}
	if err := p.Findings.Err(); err != nil {
		return err
	}
	for _, d := range p.Findings {
		em.set.logger.Warn(d.Error())
	}
	for i, w := range d.workers {
		w.changes = p.Workers[i].Changes
		if err := w.checkClasses(); err != nil {
			return err
		}
	}
	if em.live.Load() != nil {
		if err := refuseLoss(d.workers); err != nil {
			return err
		}
	}
	if err := ready(); err != nil {
		return err
	}
	d.migrated = planned(dir, p)
	more, err := dir.Apply(p)
	em.tellMoved(more)
	if err != nil {
		return fmt.Errorf("emulator: migrations: %w", err)
	}
	d.migrated.Interrupted = len(moved) > 0
	d.migrated.Moved = movedFolders(append(moved, more...))
	return nil
}

// Migrated returns what [New], or the last [Emulator.Reload], has done to the
// state directory.
func (em *Emulator) Migrated() *MigrationPlan { return em.live.Load().migrated }

func (em *Emulator) tellMoved(moved []statedir.Moved) {
	for _, m := range moved {
		if m.Transfer {
			em.set.logger.Warn("an interrupted transfer was finished", "class", m.Class, "from", m.From, "to", m.To)
			continue
		}
		em.set.logger.Warn("a migration deleted a class; its objects were moved aside", "class", m.Class, "to", m.To)
	}
}
