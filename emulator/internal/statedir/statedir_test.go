package statedir

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

const (
	id1 = "0000000000000000000000000000000000000000000000000000000000000001"

	createA = "name = 'w'\n[[migrations]]\ntag = 'v1'\nnew_sqlite_classes = ['A']\n"
	renameA = createA + "[[migrations]]\ntag = 'v2'\nrenamed_classes = [{ from = 'A', to = 'B' }]\n"
	deleteA = createA + "[[migrations]]\ntag = 'v2'\ndeleted_classes = ['A']\n"
	againA  = deleteA + "[[migrations]]\ntag = 'v3'\nnew_sqlite_classes = ['A']\n"
	takeA   = "name = 'x'\n[[migrations]]\ntag = 'v1'\ntransferred_classes = [{ from = 'A', from_script = 'w', to = 'C' }]\n"

	exportA  = "name = 'w'\n[exports]\nA = { type = 'durable-object', storage = 'sqlite' }\n"
	exportAB = "name = 'w'\n[exports]\nA = { type = 'durable-object', state = 'renamed', renamed_to = 'B' }\nB = { type = 'durable-object', storage = 'sqlite' }\n"
	exportNo = "name = 'w'\n[exports]\nA = { type = 'durable-object', state = 'deleted' }\n"
	giveA    = "name = 'w'\n[exports]\nA = { type = 'durable-object', state = 'transferred', transferred_to = 'x' }\n"
	expectA  = "name = 'x'\n[exports]\nA = { type = 'durable-object', state = 'expecting-transfer', storage = 'sqlite', transfer_from = 'w' }\n"
)

func config(t testing.TB, text string) *wranglercfg.Config {
	t.Helper()
	f, err := wranglercfg.Parse("w.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, ds := f.Resolve("")
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

// migrate is what an emulator does when it starts.
func migrate(t testing.TB, d *Dir, texts ...string) (*Plan, []Moved, error) {
	t.Helper()
	moved, err := d.Recover()
	if err != nil {
		return nil, nil, err
	}
	var cfgs []*wranglercfg.Config
	for _, text := range texts {
		cfgs = append(cfgs, config(t, text))
	}
	p, err := d.Plan(cfgs...)
	if err != nil {
		return nil, nil, err
	}
	if err := p.Findings.Err(); err != nil {
		return nil, nil, err
	}
	more, err := d.Apply(p)
	return p, append(moved, more...), err
}

func mustMigrate(t testing.TB, d *Dir, texts ...string) *Plan {
	t.Helper()
	p, _, err := migrate(t, d, texts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// object puts an object under a key, with content to know it by.
func object(t testing.TB, d *Dir, key, content string) {
	t.Helper()
	path := filepath.Join(d.Objects(), key, id1+".sqlite")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// objects are the contents of all objects by folder, and the classes of the
// ledgers by key: what must never be lost or half done.
func contents(t testing.TB, d *Dir) []string {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir(d.Path(), func(path string, e fs.DirEntry, err error) error {
		if path == d.Path() && errors.Is(err, fs.ErrNotExist) { // an empty state
			return nil
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".sqlite") {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(d.Path(), filepath.Dir(path))
		out[filepath.ToSlash(rel)+": "+string(data)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ls, err := d.Ledgers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range ls {
		for _, n := range l.Namespaces {
			out[fmt.Sprintf("ledger %s: %s is %s", l.Script, n.Class, n.UniqueKey)] = true
		}
	}
	return slices.Sorted(maps.Keys(out))
}

func TestApply(t *testing.T) {
	tests := []struct {
		name, rule string
		before     []string // applied one after the other, then each class gets an object
		then       []string // applied together
		want       []string
	}{
		{"creation", "M9", nil, []string{createA}, []string{"ledger w: A is w-A"}},
		{"a rename keeps key and objects", "M11 16.2", []string{createA}, []string{renameA}, []string{"ledger w: B is w-A", "v3/do/w-A: A of w"}},
		{"a deletion moves the folder", "M10", []string{createA}, []string{deleteA}, []string{"deleted/w-A.1: A of w"}},
		{"deleted and created again", "M13", []string{createA}, []string{againA}, []string{"deleted/w-A.1: A of w", "ledger w: A is w-A"}},
		{"a transfer keeps key and objects", "M12", []string{createA}, []string{takeA}, []string{"ledger x: C is w-A", "v3/do/w-A: A of w"}},
		{"the taker is named first", "M12", nil, []string{takeA, createA}, []string{"ledger x: C is w-A"}},
		{"exports: rename", "X7", []string{exportA}, []string{exportAB}, []string{"ledger w: B is w-A", "v3/do/w-A: A of w"}},
		{"exports: deletion", "X4", []string{exportA}, []string{exportNo}, []string{"deleted/w-A.1: A of w"}},
		{"exports: transfer", "X12", []string{exportA}, []string{giveA, expectA}, []string{"ledger x: A is w-A", "v3/do/w-A: A of w"}},
		{"exports after migrations", "X13", []string{createA}, []string{exportA}, []string{"ledger w: A is w-A", "v3/do/w-A: A of w"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := At(filepath.Join(t.TempDir(), "state"))
			for _, text := range tt.before {
				for _, w := range mustMigrate(t, d, text).Workers {
					for _, n := range w.Changes.Open {
						object(t, d, n.UniqueKey, n.Class+" of "+w.Config.ScriptName())
					}
				}
			}
			mustMigrate(t, d, tt.then...)
			if diff := cmp.Diff(tt.want, contents(t, d)); diff != "" {
				t.Errorf("rule %s (-want +got):\n%s", tt.rule, diff)
			}
			p := mustMigrate(t, d, tt.then...)
			for _, w := range p.Workers {
				if len(w.Changes.Steps) > 0 {
					t.Errorf("rule %s: steps of a second application: %v", tt.rule, w.Changes.Steps)
				}
			}
			if diff := cmp.Diff(tt.want, contents(t, d)); diff != "" {
				t.Errorf("rule %s, applied twice (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

func TestGiverNoLongerRunsTheClass(t *testing.T) {
	d := At("")
	p := mustMigrate(t, d, createA, takeA)
	if got := p.Workers[0].Changes.Open; len(got) != 0 {
		t.Errorf("w runs %v", got)
	}
	want := []migrations.Namespace{{Class: "C", UniqueKey: "w-A", SQLite: true}}
	if diff := cmp.Diff(want, p.Workers[1].Changes.Open); diff != "" {
		t.Error(diff)
	}
}

func TestDeletionsOfOneKeyGetFoldersOfTheirOwn(t *testing.T) {
	d := At(t.TempDir())
	mustMigrate(t, d, createA)
	object(t, d, "w-A", "first")
	_, moved, err := migrate(t, d, againA)
	want := []Moved{{"A", filepath.Join(d.Objects(), "w-A"), filepath.Join(d.Path(), "deleted", "w-A.1"), false}}
	if diff := cmp.Diff(want, moved); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	object(t, d, "w-A", "second")
	mustMigrate(t, d, againA+"[[migrations]]\ntag = 'v4'\ndeleted_classes = ['A']\n")
	if diff := cmp.Diff([]string{"deleted/w-A.1: first", "deleted/w-A.2: second"}, contents(t, d)); diff != "" {
		t.Error(diff)
	}
}

// TestInterrupted stops an application after each of its steps. What is on disk
// then is the state before or the state after, for readers too, and the next
// application finds all objects where they belong.
func TestInterrupted(t *testing.T) {
	const two = "name = 'w'\n[[migrations]]\ntag = 'v1'\nnew_sqlite_classes = ['A', 'D', 'E']\n"
	const giver = two + "[[migrations]]\ntag = 'v2'\ndeleted_classes = ['D', 'E']\n"
	before := []string{"ledger w: A is w-A", "ledger w: D is w-D", "ledger w: E is w-E", "v3/do/w-A: a", "v3/do/w-D: d", "v3/do/w-E: e"}
	after := []string{"deleted/w-D.1: d", "deleted/w-E.1: e", "ledger x: C is w-A", "v3/do/w-A: a"}
	decided := 0
	for n := 0; ; n++ {
		d := At(t.TempDir())
		mustMigrate(t, d, two)
		object(t, d, "w-A", "a")
		object(t, d, "w-D", "d")
		object(t, d, "w-E", "e")
		release := stopBefore(n, d)
		_, _, err := migrate(t, d, takeA, giver)
		fired := release()
		if fired != errors.Is(err, errStop) {
			t.Fatalf("stopped before step %d: %v", n, err)
		}
		ledgers, err := d.Ledgers()
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case len(ledgers) == 1: // rolled back
			if diff := cmp.Diff(before, contents(t, d)); diff != "" {
				t.Errorf("stopped before step %d (-want +got):\n%s", n, diff)
			}
		default:
			decided++
			p, err := d.Plan(config(t, takeA), config(t, giver))
			if err != nil || len(p.Workers[0].Changes.Steps)+len(p.Workers[1].Changes.Steps) > 0 {
				t.Errorf("stopped before step %d: a reader sees %v, %v", n, p, err)
			}
			if _, err := d.Recover(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(after, contents(t, d)); diff != "" {
				t.Errorf("stopped before step %d, then recovered (-want +got):\n%s", n, diff)
			}
		}
		mustMigrate(t, d, takeA, giver)
		if diff := cmp.Diff(after, contents(t, d)); diff != "" {
			t.Errorf("stopped before step %d, then applied (-want +got):\n%s", n, diff)
		}
		if interrupted, err := d.Interrupted(); interrupted || err != nil {
			t.Errorf("stopped before step %d: still interrupted, %v", n, err)
		}
		if !fired {
			break
		}
	}
	if decided < 5 {
		t.Errorf("only %d stops came after the decision", decided)
	}
}

// TestInterruptedThenNewObjects: what wrangler dev writes under the key of a
// deleted class before the application is finished is not moved aside with it.
func TestInterruptedThenNewObjects(t *testing.T) {
	d := At(t.TempDir())
	mustMigrate(t, d, createA)
	object(t, d, "w-A", "old")
	renamed := false
	d.files.step = func(op string) error {
		moved, _ := exists(filepath.Join(d.Path(), "deleted", "w-A.1"))
		if renamed = moved; renamed {
			return errors.New("stopped")
		}
		return nil
	}
	if _, _, err := migrate(t, d, deleteA); err == nil || !renamed {
		t.Fatal("not stopped", err)
	}
	d.files.step = nil
	object(t, d, "w-A", "new")
	mustMigrate(t, d, againA)
	if diff := cmp.Diff([]string{"deleted/w-A.1: old", "ledger w: A is w-A", "v3/do/w-A: new"}, contents(t, d)); diff != "" {
		t.Error(diff)
	}
}

func TestAdopt(t *testing.T) {
	tests := []struct {
		name    string
		folders []string
		config  string
		want    []string
		err     string
	}{
		{"nothing", nil, renameA, []string{"ledger w: B is w-B"}, ""},
		{"under the last name", []string{"w-B"}, renameA, []string{"ledger w: B is w-B", "v3/do/w-B: w-B"}, ""},
		{"under the first name", []string{"w-A"}, renameA, []string{"ledger w: B is w-A", "v3/do/w-A: w-A"}, ""},
		{"under both", []string{"w-A", "w-B"}, renameA, []string{"v3/do/w-A: w-A", "v3/do/w-B: w-B"}, `objects under "w-A" and "w-B"`},
		{"of a class that is deleted", []string{"w-A"}, deleteA, []string{"v3/do/w-A: w-A"}, ""},
		{"of another Worker", []string{"v-A"}, createA, []string{"ledger w: A is w-A", "v3/do/v-A: v-A"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := At(t.TempDir())
			for _, key := range tt.folders {
				object(t, d, key, key)
			}
			p, _, err := migrate(t, d, tt.config)
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got error %v, want %q", err, tt.err)
			}
			if err != nil && !strings.Contains(err.Error(), d.Objects()) {
				t.Errorf("the error does not name the folder: %v", err)
			}
			if diff := cmp.Diff(tt.want, contents(t, d)); diff != "" {
				t.Error(diff)
			}
			if p == nil {
				return
			}
			var taken []string
			for _, n := range p.Workers[0].Changes.Open {
				if slices.Contains(tt.folders, n.UniqueKey) {
					taken = append(taken, n.UniqueKey)
				}
			}
			if diff := cmp.Diff(taken, p.Workers[0].TakesOver); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReadersWriteNothing: a plan leaves no trace, also where nothing is.
func TestReadersWriteNothing(t *testing.T) {
	d := At(filepath.Join(t.TempDir(), "none"))
	d.files.step = func(op string) error { t.Errorf("it does %s", op); return nil }
	if _, err := d.Plan(config(t, createA)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Ledgers(); err != nil {
		t.Fatal(err)
	}
	if there, err := exists(d.Path()); there || err != nil {
		t.Errorf("the folder is there: %v %v", there, err)
	}
}

func TestPermissions(t *testing.T) {
	d := At(filepath.Join(t.TempDir(), "state"))
	mustMigrate(t, d, createA)
	for path, want := range map[string]fs.FileMode{d.Path(): 0o700 | fs.ModeDir, d.ledgerPath(): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v %v, want %v", path, info.Mode(), err, want)
		}
	}
}

// TestKeysStayInside: the name of a class may be any text.
func TestKeysStayInside(t *testing.T) {
	root := t.TempDir()
	d := At(filepath.Join(root, "state"))
	precious := filepath.Join(root, "precious")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const name = "/../../../../precious"
	create := strings.ReplaceAll(createA, "'A'", "'"+name+"'")
	mustMigrate(t, d, create)
	if _, _, err := migrate(t, d, strings.ReplaceAll(deleteA, "'A'", "'"+name+"'")); err == nil {
		t.Error("no error")
	}
	if there, err := exists(precious); !there || err != nil {
		t.Errorf("gone: %v", err)
	}
}

func TestTwoWorkersOfOneName(t *testing.T) {
	if _, err := At("").Plan(config(t, createA), config(t, deleteA)); err == nil {
		t.Error("no error")
	}
}
