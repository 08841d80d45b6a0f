package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/storetest"
)

// TestParallelStores uses many objects at once, each from one goroutine at a time but from changing ones, with far fewer
// connections than objects, while others ask the namespace.
func TestParallelStores(t *testing.T) {
	const objects, rounds = 12, 8
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			n := kind.open(t, store.Options{MaxOpen: 3}).Namespace("w-Obj", true)
			for round := range rounds {
				var wait sync.WaitGroup
				for i := range objects {
					wait.Go(func() {
						s := n.Open(storetest.ID(i), "")
						if err := turn(s, round); err != nil {
							t.Errorf("object %d, round %d: %v", i, round, err)
						}
						if _, err := n.Alarms(); err != nil {
							t.Error(err)
						}
						if _, err := n.IDs(); err != nil {
							t.Error(err)
						}
					})
				}
				wait.Wait()
			}
			for i := range objects {
				row, _, err := mustExec(t, n.Open(storetest.ID(i), ""), "select count(*), sum(a) from t").Next()
				if got, want := fmt.Sprint(row, err), fmt.Sprint([]any{float64(rounds), float64(rounds * (rounds - 1) / 2)}, nil); got != want {
					t.Errorf("object %d: got %s, want %s", i, got, want)
				}
			}
		})
	}
}

func turn(s *store.Store, round int) error {
	if err := exec(s, "create table if not exists t(a)"); err != nil {
		return err
	}
	if err := exec(s, "insert into t values (?)", float64(round)); err != nil {
		return err
	}
	if err := s.Put(fmt.Sprint(round), []byte("v")); err != nil {
		return err
	}
	if err := s.SetAlarm(int64(1000 + round%3)); err != nil {
		return err
	}
	return s.Commit()
}
