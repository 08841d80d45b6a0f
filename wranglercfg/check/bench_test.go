package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// thousand is a configuration of 1,000 migrations: creations, renames, and a
// deletion in every tenth step, with a binding to every class that is left.
func thousand(file string) []byte {
	var steps, bindings []string
	toml := strings.HasSuffix(file, ".toml")
	for i := range 1000 {
		tag, class := fmt.Sprintf("v%d", i), fmt.Sprintf("Class%d", i)
		body := fmt.Sprintf(`"new_sqlite_classes": ["%s", "%sOld"]`, class, class)
		if i%10 == 9 {
			body += fmt.Sprintf(`, "deleted_classes": ["Class%dOld"], "renamed_classes": [{ "from": "Class%dOld", "to": "Class%dNew" }]`, i-1, i-2, i-2)
		}
		steps = append(steps, fmt.Sprintf(`{ "tag": "%s", %s }`, tag, body))
		bindings = append(bindings, fmt.Sprintf(`{ "name": "B%d", "class_name": "%s" }`, i, class))
	}
	list := func(items []string) string { return "[\n  " + strings.Join(items, ",\n  ") + "\n]" }
	text := `"durable_objects": { "bindings": ` + list(bindings) + ` }, "migrations": ` + list(steps)
	if toml {
		text = "durable_objects.bindings = " + list(bindings) + "\nmigrations = " + list(steps) + "\n"
		for _, key := range []string{"tag", "new_sqlite_classes", "deleted_classes", "renamed_classes", "from", "to", "name", "class_name"} {
			text = strings.ReplaceAll(text, `"`+key+`": `, key+" = ")
		}
	}
	return []byte(complete(file, text))
}

// TestThousandMigrations holds the time for 1,000 migrations under 50 ms. It is
// about 12 ms on two cores that do nothing else.
func TestThousandMigrations(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measured without the race detector, in long runs")
	}
	for _, file := range []string{"wrangler.jsonc", "wrangler.toml"} {
		req := check.Request{Path: file, Data: thousand(file), NoCode: true, Now: now}
		result := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				if r, err := check.Run(req); err != nil || r.Verdict() == check.Error {
					b.Fatalf("%v\n%.2000s", err, render(r))
				}
			}
		})
		if limit := int64(50_000_000); result.NsPerOp() > limit || result.N == 0 {
			t.Errorf("%s: %d ns in %d runs, want at most %d", file, result.NsPerOp(), result.N, limit)
		}
	}
}

func BenchmarkThousandMigrations(b *testing.B) {
	for _, file := range []string{"wrangler.jsonc", "wrangler.toml"} {
		data := thousand(file)
		for _, base := range []bool{false, true} {
			b.Run(fmt.Sprintf("file=%s/base=%t", file, base), func(b *testing.B) {
				req := check.Request{Path: file, Data: data, NoCode: true, Now: now}
				if base {
					req.Base = &check.Base{Revision: "before", Data: data}
				}
				b.ReportAllocs()
				for b.Loop() {
					r, err := check.Run(req)
					if err != nil || r.Verdict() == check.Error {
						b.Fatalf("%v\n%.2000s", err, render(r))
					}
				}
			})
		}
	}
}
