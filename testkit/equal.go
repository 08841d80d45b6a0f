package testkit

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Equal fails the test, and lets it go on, if got is not what is wanted. The
// message shows the difference. Values are compared by their Equal methods,
// where they have one, and else by all their fields, unexported ones too; nil
// and empty slices differ.
func Equal[T any](tb testing.TB, want, got T) {
	tb.Helper()
	all := cmp.Exporter(func(reflect.Type) bool { return true })
	if diff := cmp.Diff(want, got, all); diff != "" {
		tb.Errorf("(-want +got):\n%s", diff)
	}
}
