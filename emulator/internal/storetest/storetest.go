// Package storetest holds every kind of store to one contract: what rules 4 to 8, 12 and 13 promise about storage.
//
// Start with [Run], which takes a way to open an engine. Its rows carry the number of the rule they check; [Recorded]
// compares with answers of the real runtime (testdata/record.mjs makes them).
//
// # Promises
//
//   - Memory and disk pass the same rows.
//   - A difference from the real runtime is listed with its reason, and a listed one that is gone is a failure.
//
// # What it knows nothing of
//
// Events, turns and how values are serialized.
package storetest

import (
	"fmt"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// Opener opens an engine for one test. It fills in what Options leaves open (Dir, Now) and closes the engine at the end.
// Engines opened twice in one test share their data if they are on disk.
type Opener func(t testing.TB, o store.Options) *store.Engine

// ID is the n-th object id.
func ID(n int) string {
	return fmt.Sprintf("%064x", n)
}
