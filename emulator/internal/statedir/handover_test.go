package statedir

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
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

// TestHandoverInterrupted stops a transfer between two state directories before
// each of its operations. Whichever side is opened again first, on both sides it
// has happened or it has not (M12, X12).
func TestHandoverInterrupted(t *testing.T) {
	stop := errors.New("stopped")
	tests := []struct {
		name                string
		first, giver, taker string
		class               string
	}{
		{"migrations", createA, createA, takeA, "C"},
		{"exports", exportA, giveA, expectA, "A"},
	}
	for _, tt := range tests {
		for _, takerFirst := range []bool{true, false} {
			decided, undecided := 0, 0
			for n := 0; ; n++ {
				root := t.TempDir()
				home, taker := At(filepath.Join(root, "w")), At(filepath.Join(root, "x"))
				mustMigrate(t, home, tt.first)
				object(t, home, "w-A", "a")
				if err := os.WriteFile(filepath.Join(home.Objects(), "w-A", "metadata.sqlite"), []byte("alarms"), 0o600); err != nil {
					t.Fatal(err)
				}
				before := contents(t, home)
				steps := 0
				step := func(string) error {
					if steps++; steps > n {
						return stop
					}
					return nil
				}
				home.files.step, taker.files.step = step, step
				_, err := bring(t, taker, home, tt.taker, tt.giver)
				fired := steps > n
				if fired != errors.Is(err, stop) || !fired && err != nil {
					t.Fatalf("%s, stopped before operation %d: %v", tt.name, n, err)
				}
				home.files.step, taker.files.step = nil, nil
				order := []*Dir{home, taker}
				if takerFirst {
					slices.Reverse(order)
				}
				for i, d := range order {
					if _, err := d.Recover(); err != nil {
						t.Fatalf("%s, stopped before operation %d: %v", tt.name, n, err)
					}
					if i == 0 && len(givenAway(t, d)) > 0 { // the first alone sees the end
						wantSide(t, tt.class, home, taker)
					}
				}
				if len(givenAway(t, home)) == 0 {
					undecided++
					if diff := cmp.Diff(before, contents(t, home)); diff != "" {
						t.Errorf("%s, stopped before operation %d: the giver (-want +got):\n%s", tt.name, n, diff)
					}
					if ls, err := taker.Ledgers(); len(ls) > 0 || err != nil {
						t.Errorf("%s, stopped before operation %d: the taker has %v, %v", tt.name, n, ls, err)
					}
				} else {
					decided++
				}
				if _, err := bring(t, taker, home, tt.taker, tt.giver); err != nil {
					t.Fatal(err)
				}
				wantSide(t, tt.class, home, taker)
				for _, d := range order {
					if interrupted, err := d.Interrupted(); interrupted || err != nil {
						t.Errorf("%s, stopped before operation %d: still interrupted, %v", tt.name, n, err)
					}
				}
				if p := mustMigrate(t, home, tt.giver); len(p.Workers[0].Changes.Steps) > 0 || len(givenAway(t, home)) != 1 {
					t.Errorf("%s: the giver alone: %v, given away %v", tt.name, p.Workers[0].Changes.Steps, givenAway(t, home))
				}
				if !fired {
					break
				}
			}
			if decided < 5 || undecided < 5 {
				t.Errorf("%s: %d stops after the decision, %d before", tt.name, decided, undecided)
			}
		}
	}
}

// wantSide wants the transfer to have happened on both sides.
func wantSide(t *testing.T, class string, home, taker *Dir) {
	t.Helper()
	if diff := cmp.Diff([]string(nil), contents(t, home)); diff != "" {
		t.Errorf("the giver (-want +got):\n%s", diff)
	}
	want := []string{"ledger x: " + class + " is w-A", "v3/do/w-A: a", "v3/do/w-A: alarms"}
	if diff := cmp.Diff(want, contents(t, taker)); diff != "" {
		t.Errorf("the taker (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"w-A"}, givenAway(t, home)); diff != "" {
		t.Error(diff)
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
