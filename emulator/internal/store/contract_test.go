package store_test

import (
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/storetest"
)

var epoch = time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)

func now() time.Time { return epoch }

func inMemory(t testing.TB, o store.Options) *store.Engine {
	t.Helper()
	if o.Now == nil {
		o.Now = now
	}
	e, err := store.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	return e
}

func onDisk(t testing.TB, o store.Options) *store.Engine {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	return inMemory(t, o)
}

func TestRecorded(t *testing.T) {
	t.Run("memory", func(t *testing.T) { storetest.Recorded(t, inMemory) })
	t.Run("disk", func(t *testing.T) { storetest.Recorded(t, onDisk) })
}

func TestContract(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) { storetest.Run(t, kind.open) })
		t.Run(kind.name+",one connection", func(t *testing.T) {
			storetest.Run(t, func(t testing.TB, o store.Options) *store.Engine {
				o.MaxOpen = 1
				return kind.open(t, o)
			})
		})
	}
}
