package emulator_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// TestStateSurvivesClose: what was written is there when the directory is
// opened again, in the layout of local workerd (rules 12.1, 12.2).
func TestStateSurvivesClose(t *testing.T) {
	path := config(t, probeConfig)
	counts := behaviour{do: func(_ context.Context, p *probe, _ string) (any, error) {
		var n int
		if _, err := p.state.Storage().Get("n", &n); err != nil {
			return nil, err
		}
		return n + 1, p.state.Storage().Put("n", n+1)
	}}
	for want := 1; want <= 3; want++ {
		em, err := emulator.New(emulator.Worker{Config: path, Classes: []durable.Class{counts.class()}}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		stub := em.Namespace("PROBE").GetByName("a")
		got, err := durable.Call[int](t.Context(), stub, "do", "")
		if got != want || err != nil {
			t.Errorf("got %d, %v, want %d", got, err, want)
		}
		if err := em.Close(); err != nil {
			t.Error(err)
		}
		file := filepath.Join(filepath.Dir(path), ".dormouse", "state", "v3", "do", "probes-Probe", stub.ID().String()+".sqlite")
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

// TestAlarmsSurviveClose: an alarm that has fallen due meanwhile runs at the
// start, with its own time, no retries counted, and the object's name known; one
// that is not due waits (rules 1.38, 7.24, 12.11).
func TestAlarmsSurviveClose(t *testing.T) {
	for _, clock := range []struct {
		name string
		at   func(hours int) emulator.Option
	}{
		{"virtual", func(hours int) emulator.Option {
			return emulator.VirtualClock{Start: emulator.DefaultStart.Add(time.Duration(hours) * time.Hour)}
		}},
		{"real", func(int) emulator.Option { return realClock }}, // the bubble's, which is slept on
	} {
		t.Run(clock.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				state, log := emulator.StateDir(t.TempDir()), &events{}
				var begun time.Time
				b := behaviour{
					construct: func(_ context.Context, p *probe) error {
						log.add("%s constructed", p.name())
						return nil
					},
					do: func(_ context.Context, p *probe, what string) (any, error) {
						d, err := time.ParseDuration(what)
						if err != nil {
							return nil, err
						}
						return nil, p.state.Storage().SetAlarm(p.state.Now().Add(d))
					},
					alarm: func(_ context.Context, p *probe, info durable.AlarmInfo) error {
						log.add("%s set for %v, retry %d", p.name(), info.ScheduledTime.Sub(begun), info.RetryCount)
						if p.name() == "failing" {
							return errors.New("no")
						}
						return nil
					},
				}
				em := newProbes(t, b, state, clock.at(0))
				begun = em.Clock().Now().Truncate(time.Millisecond)
				for name, in := range map[string]string{"due": "1h", "later": "10h", "failing": "0s"} {
					if _, err := em.do(name, in); err != nil {
						t.Fatal(err)
					}
				}
				synctest.Wait() // the failing one has run and will be tried again
				if err := em.Close(); err != nil {
					t.Fatal(err)
				}
				log.take()
				if clock.name == "real" {
					time.Sleep(5 * time.Hour)
				}
				em = newProbes(t, b, state, clock.at(5))
				synctest.Wait()
				want := []string{
					"failing constructed", "failing set for 0s, retry 0",
					"due constructed", "due set for 1h0m0s, retry 0",
				}
				if diff := cmp.Diff(want, log.take()); diff != "" {
					t.Errorf("at the start (-want +got):\n%s", diff)
				}
				if _, err := em.do("failing", "100h"); err != nil { // ends the retries
					t.Error(err)
				}
				log.take()
				wait(em, clock.name == "real", 4*time.Hour)
				if early := log.take(); len(early) > 0 {
					t.Errorf("before its time: %v", early)
				}
				wait(em, clock.name == "real", 2*time.Hour)
				if diff := cmp.Diff([]string{"later constructed", "later set for 10h0m0s, retry 0"}, log.take()); diff != "" {
					t.Errorf("at its time (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// wait lets time pass, on whichever clock.
func wait(em *probes, real bool, d time.Duration) {
	if !real {
		em.Clock().Advance(d)
		return
	}
	time.Sleep(d)
	synctest.Wait()
}

// TestStateDirIsRelativeToTheConfiguration: not to the working directory.
func TestStateDirIsRelativeToTheConfiguration(t *testing.T) {
	path := config(t, probeConfig)
	em, err := emulator.New(emulator.Worker{Config: path, Classes: []durable.Class{behaviour{}.class()}}, emulator.StateDir("here"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := em.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "here", "v3", "do")); err != nil {
		t.Error(err)
	}
}

// TestMemoryLeavesNothing: an emulator in memory writes nowhere.
func TestMemoryLeavesNothing(t *testing.T) {
	path := config(t, probeConfig)
	em, err := emulator.New(emulator.Worker{Config: path, Classes: []durable.Class{behaviour{
		do: func(_ context.Context, p *probe, _ string) (any, error) { return nil, p.state.Storage().Put("k", 1) },
	}.class()}}, emulator.InMemory, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := em.Namespace("PROBE").GetByName("a").Call(t.Context(), "do", ""); err != nil {
		t.Error(err)
	}
	if err := em.Close(); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("beside the configuration lie %v", entries)
	}
}
