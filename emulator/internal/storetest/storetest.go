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
