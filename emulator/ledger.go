package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dormouse-do/dormouse/migrations"
)

// ledgerPath is where a Worker's ledger lies in the state directory.
func ledgerPath(dir, script string) string {
	if script == "" {
		script = "_"
	}
	return filepath.Join(dir, "ledger", filepath.Base(script)+".json")
}

func readLedger(dir, script string) (l migrations.Ledger, known bool, err error) {
	if dir == "" {
		return l, false, nil
	}
	path := ledgerPath(dir, script)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("emulator: %w", err)
	}
	l, err = migrations.ParseLedger(path, data)
	return l, true, err
}

// applySteps does to the state what a plan says, and writes the ledger. A
// deletion moves the objects aside; they are never removed.
func (em *Emulator) applySteps(dir string, w *worker) error {
	for _, step := range w.changes.Steps {
		if step.Kind != migrations.Delete {
			continue
		}
		from := filepath.Join(objectsDir(dir), step.UniqueKey)
		to, err := moveAside(from, filepath.Join(dir, "deleted"))
		if err != nil {
			return fmt.Errorf("emulator: deleting class %s: %w", step.Class, err)
		}
		if to != "" {
			em.set.logger.Warn("a migration deleted a class; its objects were moved aside", "class", step.Class, "to", to)
		}
	}
	for _, l := range append([]migrations.Ledger{w.changes.Ledger}, w.changes.Sources...) {
		if err := writeLedger(dir, l); err != nil {
			return err
		}
	}
	return nil
}

func writeLedger(dir string, l migrations.Ledger) error {
	data, err := json.MarshalIndent(l, "", "\t")
	if err != nil {
		return fmt.Errorf("emulator: ledger: %w", err)
	}
	return writeAtomically(ledgerPath(dir, l.Script), append(data, '\n'))
}

// moveAside renames a folder into dir and gives its new path, "" if there was
// none.
func moveAside(from, dir string) (string, error) {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		to := filepath.Join(dir, fmt.Sprintf("%s.%d", filepath.Base(from), n))
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			return to, os.Rename(from, to)
		}
	}
}

func writeAtomically(path string, data []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("emulator: %w", err)
	}
	old, err := os.ReadFile(path)
	if err == nil && string(old) == string(data) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("emulator: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("emulator: writing %s: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
