package statedir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/dormouse-do/dormouse/migrations"
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
	// Objects says that there was a folder to move when this was decided.
	Objects bool `json:"objects,omitempty"`
	// Whole says that the Worker leaves with its last namespace.
	Whole bool `json:"whole,omitempty"`
}

// Handover says which folder comes from another state directory: by a transfer,
// or with its Worker.
type Handover struct {
	Script, Class string // as the giver calls it
	Key           string
	Home          string // the giver's state directory
	From, To      string // the folder of the objects
	Objects       bool   // there is such a folder, and none at its destination
	Whole         bool   // the Worker leaves with it
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
	if gs, err = giver.read(); err != nil { // as it is under the lock
		return m, false, err
	}
	if i, err = d.counterpart(h, giver, gs.Giving); err != nil || i < 0 {
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
			return m, false, fmt.Errorf("%w (it will be tried again; or move %s to %s by hand)", err, from, to)
		}
		there = true
	}
	gs.Giving = slices.Delete(slices.Clone(gs.Giving), i, i+1)
	gs.giveAway(h)
	return Moved{Class: h.Class, From: from, To: to, Transfer: true}, there && h.Objects, giver.write(gs)
}

// giveAway takes a namespace out of its Worker's ledger, which keeps the key, or
// forgets the ledger of a Worker that has left.
func (s *state) giveAway(h handover) {
	l, ok := s.known(h.Script)
	if !ok {
		return
	}
	l.Namespaces = slices.DeleteFunc(slices.Clone(l.Namespaces), func(n migrations.Namespace) bool { return n.UniqueKey == h.Key })
	if h.Whole && len(l.Namespaces) == 0 {
		s.Workers = slices.DeleteFunc(slices.Clone(s.Workers), func(o migrations.Ledger) bool { return o.Script == h.Script })
		return
	}
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
		way := handover{Script: h.Script, Class: h.Class, Key: h.Key, Other: giver.wayTo(d), Objects: h.Objects, Whole: h.Whole}
		s.Giving = append(slices.Clone(s.Giving), way)
		if err := giver.write(s); err != nil {
			return nil, err
		}
		way.Other = d.wayTo(giver)
		taking = append(taking, way)
	}
	return taking, nil
}

// trial is a file of no meaning, with which a rename is tried.
const trial = ".dormouse-transfer"

// canMove tries a rename: after the decision it would be too late to find that
// the directories are on two file systems.
func (d *Dir) canMove(h Handover) error {
	if !h.Objects {
		return nil
	}
	if err := d.files.mkdir(d.Objects()); err != nil {
		return err
	}
	from, to := filepath.Join(filepath.Dir(h.From), trial), filepath.Join(d.Objects(), trial)
	if err := d.files.do("write", func() error { return writeSynced(from, nil) }); err != nil {
		return err
	}
	if err := d.files.do("rename", func() error { return d.files.rename(from, to) }); err != nil {
		return errors.Join(d.cannotMove(h, err), d.files.do("remove", func() error { return os.Remove(from) }))
	}
	return d.files.do("remove", func() error { return os.Remove(to) })
}

func (d *Dir) cannotMove(h Handover, err error) error {
	why := "cannot be renamed into"
	if errors.Is(err, syscall.EXDEV) {
		why = "are on another file system than"
	}
	return fmt.Errorf("the objects of class %s of Worker %s %s %s, so nothing was done: "+
		"copy %s to %s, remove it from where it was, and apply again: %w", h.Class, h.Script, why, d.Objects(), h.From, h.To, err)
}

// sweep removes what an interrupted trial has left. The caller holds the lock.
func (d *Dir) sweep() error {
	path := filepath.Join(d.Objects(), trial)
	if there, err := exists(path); err != nil || !there {
		return err
	}
	return d.files.do("remove", func() error { return os.Remove(path) })
}
