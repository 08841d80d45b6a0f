package emulator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

const takerConfig = `name = "taker"
compatibility_date = "2025-06-01"
[[durable_objects.bindings]]
name = "JOURNAL"
class_name = "Diary"
[[migrations]]
tag = "v1"
transferred_classes = [{ from = "Journal", from_script = "kill", to = "Diary" }]
`

// TestTransferFromAnotherState: New does not start a class empty whose objects
// are in the giver's own state, ApplyMigrations brings them (M12).
func TestTransferFromAnotherState(t *testing.T) {
	giver := Worker{Config: writeConfig(t, journalConfig)}
	taker := Worker{Config: writeConfig(t, takerConfig), Classes: []durable.Class{durable.NewClass("Diary", newJournal)}}
	home := filepath.Join(filepath.Dir(giver.Config), ".dormouse", "state")
	em := openJournal(t, home)
	stub := em.Namespace("JOURNAL").GetByName("a")
	id := stub.ID().String()
	if _, err := stub.Call(t.Context(), "append", 1); err != nil {
		t.Fatal(err)
	}
	var file *store.FileError
	if _, err := ApplyMigrations(taker, nil, Also(giver)); !errors.Is(err, store.ErrInUse) || !errors.As(err, &file) || !strings.HasPrefix(file.Path, home) {
		t.Errorf("the giver runs: %v", err)
	}
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	// the giver lets go of its binding
	head, tail, _ := strings.Cut(journalConfig, "[[durable_objects")
	_, list, _ := strings.Cut(tail, "[[migrations]]")
	if err := os.WriteFile(giver.Config, []byte(head+"[[migrations]]"+list), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(taker, Also(giver))
	if want := fmt.Sprintf("%s: bring them here first: dormouse migrations apply -c %s -c %s", home, taker.Config, giver.Config); err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("New: %v", err)
	}
	p, err := ApplyMigrations(taker, nil, Also(giver))
	if err != nil || p.Findings.Err() != nil || len(p.Moved) != 1 || !p.Moved[0].Transfer {
		t.Fatal(p, err)
	}
	if em, err = New(taker, Also(giver)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}()
	stub = em.Namespace("JOURNAL").GetByName("a")
	if rows, err := durable.Call[int](t.Context(), stub, "count"); rows != 2 || err != nil || stub.ID().String() != id {
		t.Errorf("%d rows in %s, %v; want 2 in %s", rows, stub.ID(), err, id)
	}
}

// TestTransferToAStateOfItsOwn: a taker that has run alone gets the class there,
// also if the giver is named first; New says so (M12).
func TestTransferToAStateOfItsOwn(t *testing.T) {
	const alone = "name = \"taker\"\ncompatibility_date = \"2025-06-01\"\n"
	giver := Worker{Config: writeConfig(t, journalConfig), Classes: []durable.Class{durable.NewClass("Journal", newJournal)}}
	taker := Worker{Config: writeConfig(t, alone+"[[migrations]]\ntag = \"v0\"\nnew_sqlite_classes = [\"Other\"]\n")}
	home := filepath.Join(filepath.Dir(taker.Config), ".dormouse", "state")
	em := openJournal(t, filepath.Join(filepath.Dir(giver.Config), ".dormouse", "state"))
	if _, err := em.Namespace("JOURNAL").GetByName("a").Call(t.Context(), "append", 1); err != nil {
		t.Fatal(err)
	}
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ApplyMigrations(taker, nil); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(takerConfig, "[[migrations]]", "[[migrations]]\ntag = \"v0\"\nnew_sqlite_classes = [\"Other\"]\n[[migrations]]", 1)
	if err := os.WriteFile(taker.Config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	taker.Classes = []durable.Class{durable.NewClass("Diary", newJournal)}
	_, err := New(giver, Also(taker))
	if want := fmt.Sprintf("%s: bring the objects there first: dormouse migrations apply -c %s -c %s", home, taker.Config, giver.Config); err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("New: %v", err)
	}
	for i, want := range []int{1, 0} {
		p, err := ApplyMigrations(giver, nil, Also(taker))
		if err != nil || p.Findings.Err() != nil || p.StateDir != home || len(p.Moved) != want {
			t.Fatalf("application %d: %+v, %v", i, p, err)
		}
	}
	if _, err := New(giver, Also(taker)); err == nil || !strings.Contains(err.Error(), home+`, and class "Diary" would start empty`) {
		t.Errorf("New, after that: %v", err)
	}
	if em, err = New(taker); err != nil {
		t.Fatal(err)
	}
	if rows, err := durable.Call[int](t.Context(), em.Namespace("JOURNAL").GetByName("a"), "count"); rows != 2 || err != nil {
		t.Errorf("%d rows, %v; want 2", rows, err)
	}
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
}
