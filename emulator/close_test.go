package emulator_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/actor"
)

func TestCloseTwice(t *testing.T) {
	em := newProbes(t, behaviour{do: func(context.Context, *probe, string) (any, error) { return 1, nil }})
	if _, err := em.do("a", ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := em.do("a", ""); !errors.Is(err, actor.ErrClosed) {
		t.Errorf("a call behind Close gave %v, want %v", err, actor.ErrClosed)
	}
	em.Clock().Advance(time.Hour) // returns
}

// TestCloseEndsWaits: whatever code waits for ends with the emulator.
func TestCloseEndsWaits(t *testing.T) {
	sleeps := behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
		if what == "circle" {
			return nil, ignore(p.other("b").Call(ctx, "do", ""))
		}
		return nil, durable.Sleep(ctx, time.Hour)
	}}
	for _, tt := range []struct {
		name string
		wait func(ctx context.Context, em *probes) error
	}{
		{"a call", func(ctx context.Context, em *probes) error { return ignore(em.stub("a").Call(ctx, "do", "")) }},
		{"a call behind a call", func(ctx context.Context, em *probes) error { return ignore(em.stub("a").Call(ctx, "do", "circle")) }},
		{"a sleep", func(ctx context.Context, _ *probes) error { return durable.Sleep(ctx, time.Hour) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				em := newProbes(t, sleeps, realClock)
				var got error
				done := make(chan struct{})
				go func() {
					defer close(done)
					em.Clients(t.Context(), 1, func(ctx context.Context, _ int) { got = tt.wait(ctx, em) })
				}()
				synctest.Wait()
				before := time.Now()
				if err := em.Close(); err != nil {
					t.Error(err)
				}
				<-done
				if d := time.Since(before); d != 0 {
					t.Errorf("it took %v", d)
				}
				if got == nil || !strings.Contains(got.Error(), actor.ErrClosed.Error()) {
					t.Errorf("got %v, want %v", got, actor.ErrClosed)
				}
			})
		})
	}
}

// TestCloseNamesWhatBlocks: code that blocks where the runtime cannot see it is
// named, with its stack.
func TestCloseNamesWhatBlocks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		block func(ctx context.Context, release chan struct{}) error
	}{
		{"in a turn", func(_ context.Context, release chan struct{}) error {
			<-release
			return nil
		}},
		{"in Await", func(ctx context.Context, release chan struct{}) error {
			_, err := durable.Await(ctx, func(context.Context) (int, error) {
				<-release // although the context has ended
				return 0, nil
			})
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				release := make(chan struct{})
				em, err := emulator.New(emulator.Worker{Config: config(t, probeConfig), Classes: []durable.Class{behaviour{
					do: func(ctx context.Context, _ *probe, _ string) (any, error) { return nil, tt.block(ctx, release) },
				}.class()}}, emulator.InMemory, quiet)
				if err != nil {
					t.Fatal(err)
				}
				call := em.Namespace("PROBE").GetByName("a").Start("do", "")
				synctest.Wait()
				begun := time.Now()
				err = em.Close()
				if d := time.Since(begun); d != 5*time.Second {
					t.Errorf("Close waited %v, want 5s", d)
				}
				for _, part := range []string{"emulator: not closed after 5s", "TestCloseNamesWhatBlocks"} {
					if err == nil || !strings.Contains(err.Error(), part) {
						t.Errorf("the error lacks %q: %v", part, err)
					}
				}
				close(release)
				_ = ignore(call.Wait(t.Context())) // the call was failed by Close
				synctest.Wait()
			})
		})
	}
}

// TestNoCallsWhileClosing: what comes while Close unwinds the objects is
// refused, so that Close ends.
func TestNoCallsWhileClosing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var em *probes
		var late error
		em = newProbes(t, behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
			if what == "late" {
				t.Error("the late call was delivered")
				return nil, nil
			}
			defer func() {
				_, late = em.stub("b").Start("do", "late").Wait(context.Background())
			}()
			return nil, durable.Sleep(ctx, time.Hour)
		}}, realClock)
		call := em.stub("a").Start("do", "")
		synctest.Wait()
		if err := em.Close(); err != nil {
			t.Error(err)
		}
		if !errors.Is(late, actor.ErrClosed) {
			t.Errorf("the late call gave %v, want %v", late, actor.ErrClosed)
		}
		_ = ignore(call.Wait(t.Context()))
	})
}
