package emulator

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// journal is a class whose callers count on what was acknowledged.
type journal struct{ state *durable.State }

func newJournal(_ context.Context, state *durable.State, _ *durable.Env) (*journal, error) {
	_, err := state.Storage().SQL().Exec("CREATE TABLE IF NOT EXISTS entries (n INTEGER PRIMARY KEY, half INTEGER)")
	return &journal{state}, err
}

// Append writes two rows that belong together.
func (j *journal) Append(_ context.Context, n int) error {
	for half := range 2 {
		if _, err := j.state.Storage().SQL().Exec("INSERT INTO entries VALUES (?, ?)", 2*n+half, half); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) Count(context.Context) (int, error) {
	return durable.One[int](j.state.Storage().SQL().Query("SELECT count(*) FROM entries"))
}

const journalConfig = `
name = "kill"
compatibility_date = "2026-07-01"
[[durable_objects.bindings]]
name = "JOURNAL"
class_name = "Journal"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Journal"]
`

// killStateEnv makes the test binary the process that is killed.
const killStateEnv = "DORMOUSE_TEST_KILL_STATE"

func openJournal(t *testing.T, state string) *Emulator {
	t.Helper()
	config := t.TempDir() + "/wrangler.toml"
	if err := os.WriteFile(config, []byte(journalConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	em, err := New(Worker{Config: config, Classes: []durable.Class{durable.NewClass("Journal", newJournal)}}, StateDir(state))
	if err != nil {
		t.Fatal(err)
	}
	return em
}

// TestKill: a process that is killed with SIGKILL in the middle of its writes
// loses nothing that it has acknowledged, and no half of anything (rule 6.9).
func TestKill(t *testing.T) {
	if state := os.Getenv(killStateEnv); state != "" {
		stub := openJournal(t, state).Namespace("JOURNAL").GetByName("a")
		for n := range 1_000_000 { // until killed
			if _, err := stub.Call(context.Background(), "append", n); err != nil {
				t.Fatal(err)
			}
			fmt.Println(n)
		}
		return
	}
	state := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), killStateEnv+"="+state)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged++; acknowledged == 500 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the process was not killed")
	}
	if acknowledged < 500 {
		t.Fatalf("the process acknowledged only %d writes", acknowledged)
	}
	em := openJournal(t, state)
	rows, err := durable.Call[int](t.Context(), em.Namespace("JOURNAL").GetByName("a"), "count")
	if err != nil {
		t.Fatal(err)
	}
	if rows%2 != 0 || rows < 2*acknowledged {
		t.Errorf("%d rows are there after %d acknowledged pairs", rows, acknowledged)
	}
	if err := em.Close(); err != nil {
		t.Error(err)
	}
}
