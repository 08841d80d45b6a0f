package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// sleeper is a class whose alarm counts its runs in storage.
type sleeper struct{ state *durable.State }

func newSleeper(_ context.Context, state *durable.State, _ *durable.Env) (*sleeper, error) {
	return &sleeper{state}, nil
}

func (s *sleeper) SetIn(_ context.Context, minutes int) error {
	return s.state.Storage().SetAlarm(s.state.Now().Add(time.Duration(minutes) * time.Minute))
}

func (s *sleeper) Cancel(context.Context) error { return s.state.Storage().DeleteAlarm() }

func (s *sleeper) Alarm(context.Context, durable.AlarmInfo) error {
	st := s.state.Storage()
	var runs int
	if _, err := st.Get("runs", &runs); err != nil {
		return err
	}
	return st.Put("runs", runs+1)
}

const sleeperConfig = `
name = "crash"
compatibility_date = "2026-07-01"
[[durable_objects.bindings]]
name = "SLEEPER"
class_name = "Sleeper"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Sleeper"]
`

func openSleeper(t *testing.T, state string, opts ...Option) *Emulator {
	t.Helper()
	config := filepath.Join(t.TempDir(), "wrangler.toml")
	if err := os.WriteFile(config, []byte(sleeperConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	opts = append([]Option{StateDir(state), VirtualClock{}}, opts...)
	em, err := New(Worker{Config: config, Classes: []durable.Class{durable.NewClass("Sleeper", newSleeper)}}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return em
}

// TestNoAlarmIsLostByACrash kills the process between each pair of durable
// steps of commits that set, move and delete an alarm, and of its run: at each
// step the state directory is copied as it is, which is what a dead process
// leaves behind. In every copy the alarm that the object's database has must
// run.
func TestNoAlarmIsLostByACrash(t *testing.T) {
	state := t.TempDir()
	type copied struct{ after, dir string }
	var copies []copied
	during := ""
	snapshot := func(step string) {
		dir := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(dir, os.DirFS(state)); err != nil {
			t.Error(err)
		}
		copies = append(copies, copied{during + ", " + step, dir})
	}
	em := openSleeper(t, state, option(func(s *settings) { s.step = snapshot }))
	stub := em.Namespace("SLEEPER").GetByName("a")
	for _, s := range []struct {
		method string
		args   []any
	}{
		{"setIn", []any{10}}, {"setIn", []any{5}}, {"setIn", []any{20}}, {"cancel", nil}, {"setIn", []any{1}},
	} {
		during = fmt.Sprint(s.method, s.args)
		if _, err := stub.Call(t.Context(), s.method, s.args...); err != nil {
			t.Fatal(err)
		}
	}
	during = "run"
	em.Clock().Advance(2 * time.Minute)
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	if len(copies) < 10 {
		t.Fatalf("only %d steps were seen", len(copies))
	}
	for _, c := range copies {
		t.Run(c.after, func(t *testing.T) { checkAlarmRuns(t, c.dir) })
	}
}

// checkAlarmRuns looks at one copy, and lets time pass in another whose object
// nobody has addressed: looking would put its alarm right.
func checkAlarmRuns(t *testing.T, dir string) {
	looked := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(looked, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	set, before := sleeperState(t, looked, 0)
	_, after := sleeperState(t, dir, time.Hour)
	if want := before + map[bool]int{true: 1}[set]; after != want {
		t.Errorf("an alarm was set: %v; runs before %d, after %d, want %d", set, before, after, want)
	}
}

// sleeperState opens a state directory, lets time pass and looks into the
// object.
func sleeperState(t *testing.T, dir string, pass time.Duration) (set bool, runs int) {
	t.Helper()
	em := openSleeper(t, dir)
	em.Clock().Advance(pass)
	err := RunIn(em.Namespace("SLEEPER").GetByName("a"), func(_ context.Context, _ any, s *durable.State) (err error) {
		if _, set, err = s.Storage().Alarm(); err != nil {
			return err
		}
		_, err = s.Storage().Get("runs", &runs)
		return err
	})
	if err := errors.Join(err, em.Close()); err != nil {
		t.Fatal(err)
	}
	return set, runs
}
