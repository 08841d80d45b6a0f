package statedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/migrations"
)

// Dir is a state directory. It keeps nothing of what it reads.
type Dir struct {
	path  string
	given []migrations.Ledger // of a state in memory
	files files

	// Lock gets the lock on the objects of another state directory, for a
	// transfer between the two, and does nothing if the caller has it already. It
	// is held until the caller releases it. Nil locks nothing.
	Lock func(objects string) error
}

// At returns the state directory at path, which need not be there. The empty
// path is a state in memory: it is empty at first, and ends with the Dir.
func At(path string) *Dir { return &Dir{path: path} }

// Of returns a state in memory that has the given ledgers.
func Of(ledgers []migrations.Ledger) *Dir { return &Dir{given: ledgers} }

// Path returns where the directory is.
func (d *Dir) Path() string { return d.path }

// Objects returns the folder that holds a folder per unique key; "" in memory.
// Who holds the lock on it may run objects and apply migrations.
func (d *Dir) Objects() string {
	if d.path == "" {
		return ""
	}
	return filepath.Join(d.path, "v3", "do")
}

func (d *Dir) ledgerPath() string { return filepath.Join(d.path, "ledger.json") }

// Ledgers returns the ledgers of the state's Workers. It only reads.
func (d *Dir) Ledgers() ([]migrations.Ledger, error) {
	s, err := d.read()
	return s.Workers, err
}

// Moved is a folder that a deletion has moved aside, or that a transfer has
// brought from another state directory.
type Moved struct {
	Class    string
	From     string
	To       string
	Transfer bool
}

// Apply does what a plan says: the decision first, in one replacement of
// ledger.json, and then the moves that the decision names. The caller holds the
// lock, and has held it since before the plan was made.
func (d *Dir) Apply(p *Plan) ([]Moved, error) {
	if err := p.Findings.Err(); err != nil {
		return nil, err
	}
	next := p.next
	if d.path == "" {
		d.given = next.Workers
		return nil, nil
	}
	taken := map[string]bool{}
	for _, w := range p.Workers {
		for _, step := range w.Changes.Steps {
			if step.Kind != migrations.Delete {
				continue
			}
			m, ok, err := d.aside(step, taken)
			if err != nil {
				return nil, fmt.Errorf("deleting class %s: %w", step.Class, err)
			}
			if ok {
				next.Moving = append(next.Moving, m)
			}
		}
	}
	taking, err := d.prepare(p.Handovers)
	if err != nil {
		return nil, err
	}
	next.Taking = append(next.Taking, taking...)
	if err := d.write(next); err != nil {
		return nil, err
	}
	return d.finish(next)
}

// Recover finishes an application that was interrupted after its decision, and
// returns what it moved. A transfer from or to another directory that was
// prepared there and not decided is taken back. The caller holds the lock.
func (d *Dir) Recover() ([]Moved, error) {
	s, err := d.read()
	if err != nil {
		return nil, err
	}
	if err := d.sweep(); err != nil {
		return nil, err
	}
	return d.finish(s)
}

// Interrupted reports whether Recover has something to finish.
func (d *Dir) Interrupted() (bool, error) {
	s, err := d.read()
	return len(s.Moving)+len(s.Taking)+len(s.Giving) > 0, err
}

// finish does the moves of a decision and then forgets them. One whose
// destination is there was done before: what is at its source now came later.
func (d *Dir) finish(s state) ([]Moved, error) {
	if len(s.Moving) == 0 {
		return d.settle(s)
	}
	var moved []Moved
	for _, m := range s.Moving {
		from, to := d.abs(m.From), d.abs(m.To)
		done, err := exists(to)
		if err != nil {
			return nil, err
		}
		if !done {
			if err := d.files.mkdir(filepath.Dir(to)); err != nil {
				return nil, err
			}
			if err := d.files.move(from, to); err != nil {
				return nil, fmt.Errorf("deleting class %s: %w", m.Class, err)
			}
		}
		moved = append(moved, Moved{Class: m.Class, From: from, To: to})
	}
	s.Moving = nil
	if err := d.write(s); err != nil {
		return moved, err
	}
	more, err := d.settle(s)
	return append(moved, more...), err
}

func (d *Dir) abs(slashed string) string { return filepath.Join(d.path, filepath.FromSlash(slashed)) }

// aside chooses where the objects of a deleted namespace go. ok is false if it
// has no folder.
func (d *Dir) aside(step migrations.Step, taken map[string]bool) (m move, ok bool, err error) {
	if err := folderName(step.UniqueKey); err != nil {
		return m, false, err
	}
	m = move{Class: step.Class, From: "v3/do/" + step.UniqueKey}
	if there, err := exists(d.abs(m.From)); err != nil || !there {
		return m, false, err
	}
	for n := 1; ; n++ {
		m.To = fmt.Sprintf("deleted/%s.%d", step.UniqueKey, n)
		there, err := exists(d.abs(m.To))
		if err != nil {
			return m, false, err
		}
		if !there && !taken[m.To] {
			taken[m.To] = true
			return m, true, nil
		}
	}
}

// CheckKey refuses a unique key that cannot be the name of a folder.
func CheckKey(key string) error { return folderName(key) }

// folderName refuses a unique key that would lead out of its folder: the name
// of a class may be any text.
func folderName(key string) error {
	if key == "." || key == ".." || key == "" || filepath.Base(key) != key || strings.ContainsAny(key, "/\\\x00") {
		return fmt.Errorf("unique key %q cannot name a folder", key)
	}
	return nil
}

// hasObjects reports whether the folder of a unique key holds the database of
// an object. One that is on its way out does not count.
func (d *Dir) hasObjects(s state, key string) (bool, error) {
	if d.path == "" || folderName(key) != nil {
		return false, nil
	}
	if slices.ContainsFunc(s.Moving, func(m move) bool { return m.From == "v3/do/"+key }) {
		return false, nil
	}
	entries, err := os.ReadDir(filepath.Join(d.Objects(), key))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return strings.HasSuffix(e.Name(), ".sqlite") && e.Name() != "metadata.sqlite"
	}), err
}
