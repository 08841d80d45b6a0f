package classtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// Orders plays every script in the orders that seeds choose. Whatever the order,
// a script ends, and its results and storage are the recorded ones; so is its
// log, line by line, unless calls that are under way at once write it.
func Orders(t *testing.T, s Subject, seeds ...uint64) {
	scripts := Scripts(t)
	for _, key := range slices.Sorted(maps.Keys(scripts)) {
		if _, skip := s.Inexpressible[key]; skip {
			continue
		}
		t.Run(key, func(t *testing.T) {
			want := scripts[key].Answer
			if d, differs := s.Differences[key]; differs {
				want = clone(t, want)
				d.Script(&want)
			}
			for _, seed := range seeds {
				got := s.Play(t, scripts[key], Mode{Seed: seed})
				if err := inAnyOrder(t, key, want, got); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
	for _, key := range slices.Concat(concurrent, slices.Collect(maps.Keys(contended))) {
		if scripts[key] == nil {
			t.Errorf("%s is listed and not recorded", key)
		}
	}
}

// inAnyOrder compares what does not depend on the order of events.
func inAnyOrder(t *testing.T, key string, want, got workerd.Answer) error {
	if check, ok := contended[key]; ok {
		return check(want, got)
	}
	if slices.Contains(concurrent, key) {
		want.Log, got.Log = slices.Sorted(slices.Values(want.Log)), slices.Sorted(slices.Values(got.Log))
	}
	if diff := cmp.Diff(tree(t, want), tree(t, got)); diff != "" {
		return fmt.Errorf("another outcome (-want +got):\n%s", diff)
	}
	return nil
}

// concurrent are the scripts with several calls under way at once, whose lines
// come in any order.
var concurrent = []string{
	"gates/alarm-is-an-ordinary-event",
	"gates/bcw-catches-inside",
	"gates/bcw-lets-own-events-in",
	"gates/bcw-nested",
	"gates/bcw-not-awaited",
	"gates/bcw-then-continuation-then-queue",
	"gates/bcw-then-sync",
	"gates/bcw-two-in-order",
	"gates/bcw-without-wait",
	"gates/constructor-bcw",
	"gates/constructor-two-bcw",
	"gates/transaction-blocks-events",
	"gates/transaction-throw-goes-on",
	"gates/transaction-without-wait",
	"gates/turn-ends-bookmark",
	"gates/turn-ends-call",
	"gates/turn-ends-fetch",
	"gates/turn-ends-self-call",
	"gates/turn-ends-sleep-0",
	"gates/turn-ends-sync",
	"gates/turn-ends-sync-pending",
	"gates/turn-kept-by-storage",
	"gates/two-stubs-keep-order",
}

// contended are the scripts whose outcome depends on who comes first, each with
// what holds all the same.
var contended = map[string]func(want, got workerd.Answer) error{
	"gates/constructor-throws-once-for-all": func(want, got workerd.Answer) error {
		// Each construction answers whoever waits for it by then.
		if n := len(got.Log); n < 2 || n > 4 {
			return fmt.Errorf("%d constructions for four calls", n)
		}
		if len(got.Results) != 4 {
			return fmt.Errorf("%d of four calls have a result", len(got.Results))
		}
		return nil
	},
	"gates/book-one-seat": func(_, got workerd.Answer) error {
		booked := 0
		for _, o := range got.Results {
			if o.Error == nil {
				booked++
			}
		}
		if rows := got.Storage["a"].Tables["seats"]; booked != 1 || len(rows) != 1 {
			return fmt.Errorf("%d calls booked, and the table has %v", booked, rows)
		}
		return nil
	},
	"gates/five-increments-atomic": func(want, got workerd.Answer) error {
		// No update is lost, and no two calls see the same value.
		return sameSet(want, got)
	},
	"gates/five-increments-call":  lastWriteCounts,
	"gates/five-increments-fetch": lastWriteCounts,
}

func sameSet(want, got workerd.Answer) error {
	values := func(a workerd.Answer) (out []string) {
		for _, o := range a.Results {
			out = append(out, string(o.Value))
		}
		slices.Sort(out)
		return out
	}
	if diff := cmp.Diff(values(want), values(got)); diff != "" {
		return fmt.Errorf("other results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Storage["a"].Tables, got.Storage["a"].Tables); diff != "" {
		return fmt.Errorf("another count (-want +got):\n%s", diff)
	}
	return nil
}

// lastWriteCounts: updates may be lost, but what is stored is what was written
// last, and each call gave what it wrote.
func lastWriteCounts(_, got workerd.Answer) error {
	stored := toJSON(got.Storage["a"].Tables["t"])
	last := ""
	wrote := map[string]string{}
	for _, line := range got.Log {
		var who, n string
		if _, err := fmt.Sscanf(line, "a: %s wrote %s", &who, &n); err == nil {
			last, wrote["c"+who] = n, n
		}
	}
	if want := "[[" + last + "]]"; stored != want {
		return fmt.Errorf("stored %s, written last %s", stored, want)
	}
	for call, o := range got.Results {
		if want := json.RawMessage(wrote[call]); !slices.Equal(o.Value, want) {
			return fmt.Errorf("%s gave %s and wrote %s", call, o.Value, want)
		}
	}
	return nil
}
