package emulator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// worker is one Worker with its configuration read.
type worker struct {
	Worker
	cfg      *wranglercfg.Config
	warnings wranglercfg.Diagnostics
	changes  migrations.Changes
	classes  map[string]host.Class
	bindings map[string]binding
	all      []*worker // of the deployment

	spaces      map[string]*actor.Namespace // by class
	entrypoints map[string]*entrypoint      // by export
	script      *js.Worker                  // of main; nil if nothing in it is needed
	bundle      *bundle.Bundle
	noEntry     error // why main, wanted for its entry alone, has none
	vars        []variable
	inputs      []string // files that were read beside the configuration
}

// readConfig reads the configuration of a Worker. The error says why there is
// none; what is wrong with it is in the findings.
func readConfig(w Worker) (*wranglercfg.Config, wranglercfg.Diagnostics, error) {
	path := w.Config
	if path == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, nil, fmt.Errorf("emulator: %w", err)
		}
		if path, err = wranglercfg.Find(dir); err != nil {
			return nil, nil, fmt.Errorf("emulator: %w", err)
		}
	}
	file, err := wranglercfg.Load(path)
	if err != nil {
		return nil, nil, err
	}
	cfg, ds := file.Resolve(w.Env)
	return cfg, ds, nil
}

func loadWorker(w Worker) (*worker, error) {
	cfg, ds, err := readConfig(w)
	if err != nil {
		return nil, err
	}
	if err := ds.Err(); err != nil {
		return nil, err
	}
	out := &worker{Worker: w, cfg: cfg, warnings: ds, classes: map[string]host.Class{}}
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
	return out, errors.Join(append(errs, out.loadVars())...)
}

// stateDirOf gives the state directory, or "" for memory. A relative one starts
// at the folder of the first Worker's configuration.
func stateDirOf(chosen *string, first *wranglercfg.Config) (string, error) {
	dir := filepath.Join(".dormouse", "state")
	if chosen != nil {
		dir = *chosen
	}
	if dir == "" || filepath.IsAbs(dir) {
		return dir, nil
	}
	abs, err := filepath.Abs(filepath.Join(filepath.Dir(first.Path), dir))
	if err != nil {
		return "", fmt.Errorf("emulator: state directory: %w", err)
	}
	return abs, nil
}

// checkClasses compares what the configuration names with what Go provides.
func (w *worker) checkClasses() error {
	var errs []error
	seen := map[string]bool{}
	for _, b := range w.cfg.LocalBindings() {
		class := b.ClassName.Value
		if w.classes[class] == nil && !seen[class] {
			seen[class] = true
			errs = append(errs, w.missingClass(b))
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

// missingClass says that nothing provides the class of a binding.
func (w *worker) missingClass(b wranglercfg.Binding) error {
	class := b.ClassName.Value
	if w.script != nil {
		return fmt.Errorf("%s: class %q is bound to %s, and %s does not export it: export it, or add a Go class to Worker.Classes",
			at(b.ClassName.Pos), class, b.Name.Value, w.cfg.Main.Value)
	}
	return fmt.Errorf("%s: class %q is bound to %s, and no Go class of that name was given: add it to Worker.Classes, "+
		"or export it from main, which the configuration does not name", at(b.ClassName.Pos), class, b.Name.Value)
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
