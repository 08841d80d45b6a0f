package emulator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// worker is one Worker with its configuration read.
type worker struct {
	Worker
	cfg      *wranglercfg.Config
	warnings wranglercfg.Diagnostics
	changes  migrations.Changes
	classes  map[string]durable.Class
	bindings map[string]binding
}

func loadWorker(w Worker) (*worker, error) {
	path := w.Config
	if path == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("emulator: %w", err)
		}
		if path, err = wranglercfg.Find(dir); err != nil {
			return nil, fmt.Errorf("emulator: %w", err)
		}
	}
	file, err := wranglercfg.Load(path)
	if err != nil {
		return nil, err
	}
	cfg, ds := file.Resolve(w.Env)
	if err := ds.Err(); err != nil {
		return nil, err
	}
	out := &worker{Worker: w, cfg: cfg, warnings: ds, classes: map[string]durable.Class{}}
	var errs []error
	for _, c := range w.Classes {
		switch {
		case c.Err() != nil:
			errs = append(errs, c.Err())
		case out.classes[c.Name()] != nil:
			errs = append(errs, fmt.Errorf("emulator: two Go classes are named %q", c.Name()))
		}
		out.classes[c.Name()] = c
	}
	return out, errors.Join(errs...)
}

// stateDir gives the state directory, or "" for memory.
func (em *Emulator) stateDir() (string, error) {
	dir := filepath.Join(".dormouse", "state")
	if em.set.stateDir != nil {
		dir = *em.set.stateDir
	}
	if dir == "" || filepath.IsAbs(dir) {
		return dir, nil
	}
	abs, err := filepath.Abs(filepath.Join(filepath.Dir(em.workers[0].cfg.Path), dir))
	if err != nil {
		return "", fmt.Errorf("emulator: state directory: %w", err)
	}
	return abs, nil
}

func objectsDir(state string) string { return filepath.Join(state, "v3", "do") }

// plan replays the migrations of every Worker, on the ledgers of the state
// directory if there is one.
func (em *Emulator) plan(dir string) error {
	var others []migrations.Ledger
	for _, w := range em.workers {
		ledger, known, err := readLedger(dir, w.cfg.ScriptName())
		if err != nil {
			return err
		}
		var ds wranglercfg.Diagnostics
		if dir == "" || known {
			w.changes, ds = migrations.Plan(ledger, w.cfg, others...)
		} else {
			w.changes, ds = migrations.Adopt(w.cfg, func(key string) bool { return hasObjects(dir, key) }, others...)
		}
		if err := ds.Err(); err != nil {
			return err
		}
		for _, d := range ds {
			em.set.logger.Warn(d.Error())
		}
		others = append(others, w.changes.Ledger)
		if err := w.checkClasses(); err != nil {
			return err
		}
	}
	if dir == "" {
		return nil
	}
	for _, w := range em.workers {
		if err := em.applySteps(dir, w); err != nil {
			return err
		}
	}
	return nil
}

// checkClasses compares what the configuration names with what Go provides.
func (w *worker) checkClasses() error {
	var errs []error
	seen := map[string]bool{}
	for _, b := range w.cfg.LocalBindings() {
		class := b.ClassName.Value
		if w.classes[class] == nil && !seen[class] {
			seen[class] = true
			errs = append(errs, fmt.Errorf("%s: class %q is bound to %s, and no Go class of that name was given: "+
				"add it to Worker.Classes (classes of main cannot be run yet)", at(b.ClassName.Pos), class, b.Name.Value))
		}
	}
	for _, c := range w.Classes {
		if _, ok := w.changes.Namespace(c.Name()); !ok {
			errs = append(errs, fmt.Errorf("%s: nothing names the Go class %q: bind it in durable_objects.bindings and create it in migrations%s",
				w.cfg.Path, c.Name(), w.didYouMean(c.Name())))
		}
	}
	return errors.Join(errs...)
}

func (w *worker) didYouMean(name string) string {
	var live []string
	for _, n := range w.changes.Open {
		live = append(live, n.Class)
	}
	if len(live) == 0 {
		return ""
	}
	slices.Sort(live)
	return " (it has " + strings.Join(live, ", ") + ")"
}

func at(p wranglercfg.Pos) string { return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column) }

func hasObjects(dir, key string) bool {
	entries, err := os.ReadDir(filepath.Join(objectsDir(dir), key))
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return strings.HasSuffix(e.Name(), ".sqlite") && e.Name() != "metadata.sqlite"
	})
}
