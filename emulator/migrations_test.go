package emulator

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/migrations"
)

const (
	renamedJournal = "[[migrations]]\ntag = \"v2\"\nrenamed_classes = [{ from = \"Journal\", to = \"Diary\" }]\n"
	deletedJournal = "[[migrations]]\ntag = \"v2\"\ndeleted_classes = [\"Journal\"]\n"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wrangler.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRenameKeepsObjects: ids and data are those of the class before (16.2).
func TestRenameKeepsObjects(t *testing.T) {
	state := t.TempDir()
	em := openJournal(t, state)
	stub := em.Namespace("JOURNAL").GetByName("a")
	id := stub.ID().String()
	if _, err := stub.Call(t.Context(), "append", 1); err != nil {
		t.Fatal(err)
	}
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	renamed := writeConfig(t, strings.Replace(journalConfig, `class_name = "Journal"`, `class_name = "Diary"`, 1)+renamedJournal)
	p, err := ApplyMigrations(Worker{Config: renamed}, nil, StateDir(state))
	if err != nil || p.Findings.Err() != nil {
		t.Fatal(err, p.Findings.Err())
	}
	em, err = New(Worker{Config: renamed, Classes: []durable.Class{durable.NewClass("Diary", newJournal)}}, StateDir(state))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}()
	stub = em.Namespace("JOURNAL").GetByName("a")
	if got := stub.ID().String(); got != id {
		t.Errorf("the object has id %s, had %s", got, id)
	}
	if rows, err := durable.Call[int](t.Context(), stub, "count"); rows != 2 || err != nil {
		t.Errorf("%d rows, %v; want 2", rows, err)
	}
	if steps := em.Migrated().Workers[0].Changes.Steps; len(steps) != 0 {
		t.Errorf("applied before, and again: %v", steps)
	}
}

// TestOneOwner: migrations are not applied while objects run, and the other way
// round.
func TestOneOwner(t *testing.T) {
	state := t.TempDir()
	em := openJournal(t, state)
	config := writeConfig(t, journalConfig+renamedJournal)
	_, err := ApplyMigrations(Worker{Config: config}, nil, StateDir(state))
	var file *store.FileError
	if !errors.Is(err, store.ErrInUse) || !errors.As(err, &file) || !strings.HasPrefix(file.Path, state) || file.Hint == "" {
		t.Errorf("while an emulator runs: %v", err)
	}
	p, err := PlanMigrations(Worker{Config: config}, StateDir(state))
	if err != nil || len(p.Workers[0].Changes.Steps) != 1 {
		t.Errorf("a reader gets %+v, %v", p, err)
	}
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ApplyMigrations(Worker{Config: config}, nil, StateDir(state)); err != nil {
		t.Error(err)
	}
}

func TestDeletionNeedsPermission(t *testing.T) {
	state := t.TempDir()
	em := openJournal(t, state)
	if _, err := em.Namespace("JOURNAL").GetByName("a").Call(t.Context(), "append", 1); err != nil {
		t.Fatal(err)
	}
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(journalConfig, "[[durable_objects")
	_, list, _ := strings.Cut(journalConfig, "[[migrations]]")
	w := Worker{Config: writeConfig(t, head+"[[migrations]]"+list+deletedJournal)}
	_, err := ApplyMigrations(w, []string{"Other"}, StateDir(state))
	var refused *DeletionError
	if !errors.As(err, &refused) || len(refused.Steps) != 1 || refused.Steps[0].Class != "Journal" {
		t.Fatalf("without permission: %v", err)
	}
	before, err := ReadLedgers(StateDir(state))
	if err != nil || len(before) != 1 || len(before[0].Applied) != 1 {
		t.Fatalf("a refused plan has changed the ledger: %v %v", before, err)
	}
	p, err := ApplyMigrations(w, []string{"Journal"}, StateDir(state))
	if err != nil {
		t.Fatal(err)
	}
	want := []MovedFolder{{"Journal", filepath.Join(state, "v3", "do", "kill-Journal"), filepath.Join(state, "deleted", "kill-Journal.1"), false}}
	if diff := cmp.Diff(want, p.Moved); diff != "" {
		t.Error(diff)
	}
	if objects, err := filepath.Glob(filepath.Join(want[0].To, "*.sqlite")); len(objects) != 1 || err != nil {
		t.Errorf("%s has %v, %v", want[0].To, objects, err)
	}
	after, err := ReadLedgers(StateDir(state))
	if err != nil {
		t.Fatal(err)
	}
	text, err := FormatLedgers(after)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseLedgers("ledger.json", text)
	if diff := cmp.Diff(after, again); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if diff := cmp.Diff([]migrations.Namespace(nil), after[0].Namespaces); diff != "" {
		t.Error(diff)
	}
}

func TestMigrationsNotInMemory(t *testing.T) {
	if _, err := ApplyMigrations(Worker{Config: writeConfig(t, journalConfig)}, nil, InMemory); err == nil {
		t.Error("no error")
	}
}
