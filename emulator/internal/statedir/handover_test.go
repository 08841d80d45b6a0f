package statedir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// bring is what an application does for a Worker x that takes from w, which has
// the state directory home.
func bring(t testing.TB, taker, home *Dir, texts ...string) (*Plan, error) {
	t.Helper()
	for _, d := range []*Dir{taker, home} {
		if _, err := d.Recover(); err != nil {
			return nil, err
		}
	}
	p, err := taker.PlanWith(map[string]string{"w": home.Path()}, config(t, texts[0]), config(t, texts[1]))
	if err != nil {
		return nil, err
	}
	_, err = taker.Apply(p)
	return p, err
}

func givenAway(t testing.TB, d *Dir) []string {
	t.Helper()
	ls, err := d.Ledgers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range ls {
		if l.Script == "w" {
			return l.GivenAway
		}
	}
	return nil
}

// handoverCase is a way in which w-A, with its objects, comes from the state of
// Worker w to that of x.
type handoverCase struct {
	name         string
	home, taker  [][]string // applied before, on either side
	takes, gives string
	class        string // its name at last
}

var handoverCases = []handoverCase{
	{"migrations", [][]string{{createA}}, nil, takeA, createA, "C"},
	{"exports", [][]string{{exportA}}, nil, expectA, giveA, "A"},
	{"the taker was alone before", [][]string{{createA}}, [][]string{{takeA}}, takeA, createA, "C"},
	{"both shared the giver's state before", [][]string{{createA}, {createA, takeA}}, nil, takeA, createA, "C"},
}

// open makes the two directories.
func (c handoverCase) open(t *testing.T) (home, taker *Dir) {
	t.Helper()
	root := t.TempDir()
	home, taker = At(filepath.Join(root, "w")), At(filepath.Join(root, "x"))
	for _, texts := range c.home {
		mustMigrate(t, home, texts...)
	}
	for _, texts := range c.taker {
		mustMigrate(t, taker, texts...)
	}
	object(t, home, "w-A", "a")
	if err := os.WriteFile(filepath.Join(home.Objects(), "w-A", "metadata.sqlite"), []byte("alarms"), 0o600); err != nil {
		t.Fatal(err)
	}
	return home, taker
}

// decided reports whether the taker's ledger has the objects.
func (c handoverCase) decided(t *testing.T, taker *Dir) bool {
	t.Helper()
	return slices.Contains(contents(t, taker), "ledger x: "+c.class+" is w-A")
}

var errStop = errors.New("stopped")

// stopBefore lets the n-th operation on both directories and all after it fail.
// What it returns reports whether that was reached, and lets all go on.
func stopBefore(n int, dirs ...*Dir) (release func() bool) {
	steps := 0
	for _, d := range dirs {
		d.files.step = func(string) error {
			if steps++; steps > n { // a process that is dead does nothing more
				return errStop
			}
			return nil
		}
	}
	return func() bool {
		for _, d := range dirs {
			d.files.step = nil
		}
		return steps > n
	}
}

// TestHandoverInterrupted stops a transfer between two state directories before
// each of its operations. Whichever side is opened again first, on both sides it
// has happened or it has not (M12, X12).
func TestHandoverInterrupted(t *testing.T) {
	for _, c := range handoverCases {
		for _, takerFirst := range []bool{true, false} {
			name := c.name + ", giver opens first"
			if takerFirst {
				name = c.name + ", taker opens first"
			}
			t.Run(name, func(t *testing.T) {
				done, fired := map[bool]int{}, true
				for n := 0; fired; n++ {
					var decided bool
					decided, fired = c.interrupt(t, n, takerFirst)
					done[decided]++
				}
				if done[true] < 5 || done[false] < 5 {
					t.Errorf("%d stops after the decision, %d before", done[true], done[false])
				}
			})
		}
	}
}

// interrupt stops before operation n, opens both sides and applies again.
func (c handoverCase) interrupt(t *testing.T, n int, takerFirst bool) (decided, fired bool) {
	t.Helper()
	home, taker := c.open(t)
	before := [][]string{contents(t, home), contents(t, taker)}
	release := stopBefore(n, home, taker)
	_, err := bring(t, taker, home, c.takes, c.gives)
	fired = release()
	if fired != errors.Is(err, errStop) || !fired && err != nil {
		t.Fatalf("stopped before operation %d: %v", n, err)
	}
	order := []*Dir{home, taker}
	if takerFirst {
		slices.Reverse(order)
	}
	for i, d := range order {
		if _, err := d.Recover(); err != nil {
			t.Fatalf("stopped before operation %d: %v", n, err)
		}
		if i == 0 && c.decided(t, taker) { // the first alone sees the end
			c.wantDone(t, home, taker)
		}
	}
	c.wantNoTrial(t, home, taker)
	if decided = c.decided(t, taker); !decided {
		if diff := cmp.Diff(before, [][]string{contents(t, home), contents(t, taker)}); diff != "" {
			t.Errorf("stopped before operation %d: both sides (-want +got):\n%s", n, diff)
		}
	}
	if _, err := bring(t, taker, home, c.takes, c.gives); err != nil {
		t.Fatal(err)
	}
	c.wantDone(t, home, taker)
	c.wantQuiet(t, home, taker)
	return decided, fired
}

// wantDone wants the transfer to have happened on both sides.
func (c handoverCase) wantDone(t *testing.T, home, taker *Dir) {
	t.Helper()
	if diff := cmp.Diff([]string(nil), contents(t, home)); diff != "" {
		t.Errorf("the giver (-want +got):\n%s", diff)
	}
	want := []string{"ledger x: " + c.class + " is w-A", "v3/do/w-A: a", "v3/do/w-A: alarms"}
	if diff := cmp.Diff(want, contents(t, taker)); diff != "" {
		t.Errorf("the taker (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"w-A"}, givenAway(t, home)); diff != "" {
		t.Error(diff)
	}
}

func (c handoverCase) wantNoTrial(t *testing.T, dirs ...*Dir) {
	t.Helper()
	for _, d := range dirs {
		if left, err := exists(filepath.Join(d.Objects(), trial)); left || err != nil {
			t.Errorf("%s: a trial is still there, %v", c.name, err)
		}
	}
}

// wantQuiet wants nothing to be left to do.
func (c handoverCase) wantQuiet(t *testing.T, home, taker *Dir) {
	t.Helper()
	for _, d := range []*Dir{home, taker} {
		if interrupted, err := d.Interrupted(); interrupted || err != nil {
			t.Errorf("still interrupted, %v", err)
		}
	}
	c.wantNoTrial(t, home, taker)
	if p := mustMigrate(t, home, c.gives); len(p.Workers[0].Changes.Steps) > 0 || len(givenAway(t, home)) != 1 {
		t.Errorf("the giver alone: %v, given away %v", p.Workers[0].Changes.Steps, givenAway(t, home))
	}
	if p := mustMigrate(t, taker, c.takes); len(p.Workers[0].Changes.Steps) > 0 {
		t.Errorf("the taker alone: %v", p.Workers[0].Changes.Steps)
	}
}

func TestHandoverRefused(t *testing.T) {
	root := t.TempDir()
	home, taker := At(filepath.Join(root, "w")), At(filepath.Join(root, "x"))
	mustMigrate(t, home, createA)
	object(t, home, "w-A", "a")
	take := "name = 'x'\n[[migrations]]\ntag = 'v1'\ntransferred_classes = [{ from = 'B', from_script = 'w', to = 'C' }]\n"
	if p, err := bring(t, taker, home, take, renameA); err == nil {
		t.Errorf("a giver with changes that its state has not seen: %v", p.Handovers)
	}
	object(t, taker, "w-A", "other")
	if p, err := bring(t, taker, home, takeA, createA); err == nil {
		t.Errorf("objects on both sides: %v", p.Handovers)
	}
	busy := errors.New("in use")
	taker = At(filepath.Join(root, "y"))
	taker.Lock = func(objects string) error {
		if objects != home.Objects() {
			t.Errorf("it locks %s", objects)
		}
		return busy
	}
	if _, err := bring(t, taker, home, takeA, createA); !errors.Is(err, busy) {
		t.Errorf("a giver that runs: %v", err)
	}
	if interrupted, err := home.Interrupted(); interrupted || err != nil {
		t.Errorf("a refusal left something: %v", err)
	}
}

// TestHandoverLeavesTheRest: what is not transferred stays, and a plan says so.
func TestHandoverLeavesTheRest(t *testing.T) {
	root := t.TempDir()
	home, taker := At(filepath.Join(root, "w")), At(filepath.Join(root, "x"))
	const two = "name = 'w'\n[[migrations]]\ntag = 'v1'\nnew_sqlite_classes = ['A', 'B']\n"
	mustMigrate(t, home, two)
	object(t, home, "w-A", "a")
	object(t, home, "w-B", "b")
	p, err := bring(t, taker, home, takeA, two)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Findings) != 1 || p.Findings[0].Severity != wranglercfg.SeverityWarning {
		t.Errorf("findings: %v", p.Findings)
	}
	if diff := cmp.Diff([]string{"ledger w: B is w-B", "v3/do/w-B: b"}, contents(t, home)); diff != "" {
		t.Error(diff)
	}
}

// TestHandoverGiverGone: half of a transfer does not become an empty class.
func TestHandoverGiverGone(t *testing.T) {
	root := t.TempDir()
	home, taker := At(filepath.Join(root, "w")), At(filepath.Join(root, "x"))
	mustMigrate(t, home, createA)
	object(t, home, "w-A", "a")
	taker.files.step = func(op string) error {
		if s, err := taker.read(); err == nil && len(s.Taking) > 0 {
			return errors.New("stopped")
		}
		return nil
	}
	if _, err := bring(t, taker, home, takeA, createA); err == nil {
		t.Fatal("not stopped")
	}
	taker.files.step = nil
	if err := os.Rename(home.Path(), home.Path()+"2"); err != nil {
		t.Fatal(err)
	}
	if _, err := taker.Recover(); err == nil {
		t.Error("no error")
	}
	if err := os.Rename(home.Path()+"2", home.Path()); err != nil {
		t.Fatal(err)
	}
	if _, err := taker.Recover(); err != nil {
		t.Error(err)
	}
}

// TestHandoverByHand: a folder that was moved by hand is taken over, and not
// reported as moved.
func TestHandoverByHand(t *testing.T) {
	for _, c := range handoverCases {
		home, taker := c.open(t)
		if len(c.taker) > 0 {
			continue // it has started empty, and nothing says whose folder that is
		}
		if err := os.MkdirAll(taker.Objects(), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(home.Objects(), "w-A"), filepath.Join(taker.Objects(), "w-A")); err != nil {
			t.Fatal(err)
		}
		p, err := taker.PlanWith(map[string]string{"w": home.Path()}, config(t, c.takes), config(t, c.gives))
		if err != nil {
			t.Fatal(err)
		}
		moved, err := taker.Apply(p)
		if err != nil || len(moved) > 0 || len(p.Handovers) != 1 || p.Handovers[0].Objects {
			t.Errorf("%s: %v, %v, %v", c.name, p.Handovers, moved, err)
		}
		c.wantDone(t, home, taker)
	}
}

// TestHandoverToAnotherFileSystem: it is refused before anything is decided.
func TestHandoverToAnotherFileSystem(t *testing.T) {
	for _, c := range handoverCases {
		home, taker := c.open(t)
		before := [][]string{contents(t, home), contents(t, taker)}
		taker.files.mv = func(from, to string) error {
			if strings.HasPrefix(from, home.Path()) && strings.HasPrefix(to, taker.Path()) {
				return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EXDEV}
			}
			return os.Rename(from, to)
		}
		_, err := bring(t, taker, home, c.takes, c.gives)
		want := fmt.Sprintf("the objects of class %s of Worker %s are on another file system than %s, so nothing was done: copy %s to %s, ",
			map[bool]string{true: "C", false: "A"}[len(c.home) > 1], map[bool]string{true: "x", false: "w"}[len(c.home) > 1],
			taker.Objects(), filepath.Join(home.Objects(), "w-A"), filepath.Join(taker.Objects(), "w-A"))
		if !errors.Is(err, syscall.EXDEV) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s…", c.name, err, want)
		}
		if diff := cmp.Diff(before, [][]string{contents(t, home), contents(t, taker)}); diff != "" {
			t.Errorf("%s: both sides (-want +got):\n%s", c.name, diff)
		}
		c.wantNoTrial(t, home, taker)
	}
}

// TestHandoverTooLate: a class that has objects of its own keeps them, and the
// giver keeps its own.
func TestHandoverTooLate(t *testing.T) {
	c := handoverCases[2]
	home, taker := c.open(t)
	object(t, taker, "x-C", "c")
	p, err := bring(t, taker, home, c.takes, c.gives)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Handovers) > 0 || len(p.Findings) != 1 || p.Findings[0].Severity != wranglercfg.SeverityWarning {
		t.Errorf("%v, findings %v", p.Handovers, p.Findings)
	}
	if diff := cmp.Diff([]string{"ledger w: A is w-A", "v3/do/w-A: a", "v3/do/w-A: alarms"}, contents(t, home)); diff != "" {
		t.Error(diff)
	}
}
