package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTable: columns are aligned by what a terminal shows.
func TestTable(t *testing.T) {
	var b strings.Builder
	err := Table(&b, "> ", false, []string{"NAME", "N", "TEXT"}, [][]Cell{
		{Left("a"), Right("1"), Left("x")},
		{Left("世界"), Right("1000"), Left("")},
		{Left("e\u0301\n"), Right("22"), Left("\x1b[2J")},
	})
	want := "> NAME     N  TEXT\n> a        1  x\n> 世界  1000\n> e\u0301\\n     22  \\x1b[2J\n"
	if diff := cmp.Diff(want, b.String()); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
