package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/migrations"
)

func BenchmarkPlan(b *testing.B) {
	var text strings.Builder
	text.WriteString("name = 'w'\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "[[migrations]]\ntag = 'v%d'\nnew_sqlite_classes = ['A%d', 'B%d']\n", i, i, i)
		if i > 0 {
			fmt.Fprintf(&text, "renamed_classes = [{ from = 'A%d', to = 'C%d' }]\n", i-1, i-1)
		}
	}
	cfg := config(b, text.String())
	first, ds := migrations.Plan(migrations.Ledger{}, cfg)
	if err := ds.Err(); err != nil {
		b.Fatal(err)
	}
	for _, state := range []struct {
		name   string
		ledger migrations.Ledger
	}{{"new", migrations.Ledger{}}, {"applied", first.Ledger}} {
		b.Run("migrations=1000/state="+state.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c, ds := migrations.Plan(state.ledger, cfg); ds.Err() != nil || len(c.Open) != 2000 {
					b.Fatalf("%d namespaces, %v", len(c.Open), ds)
				}
			}
		})
	}
}
