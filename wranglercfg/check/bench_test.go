package check_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// manySteps is a configuration of so many migrations: creations, renames, and a
// deletion in every tenth step, with a binding to every class that is left.
func manySteps(file string, count int) []byte {
	var steps, bindings []string
	toml := strings.HasSuffix(file, ".toml")
	for i := range count {
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

// TestLinearWork holds that four times the migrations make no more than four
// times the work, counted in what is allocated, with some room for tables that
// grow by doubling. The time is what BenchmarkThousandMigrations tells.
func TestLinearWork(t *testing.T) {
	for _, file := range []string{"wrangler.jsonc", "wrangler.toml"} {
		work := func(count int) (objects, bytes uint64) {
			data := manySteps(file, count)
			req := check.Request{Path: file, Data: data, NoCode: true, Now: now, Base: &check.Base{Revision: "before", Data: data}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, err := check.Run(req)
			runtime.ReadMemStats(&after)
			if err != nil || r.Verdict() == check.Error {
				t.Fatalf("%v\n%.2000s", err, render(r))
			}
			return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
		}
		work(1000) // what is made once
		objects, bytes := work(1000)
		objects4, bytes4 := work(4000)
		if objects4 > objects*17/4 || bytes4 > bytes*5 {
			t.Errorf("%s: 1,000 migrations: %d objects, %d bytes; 4,000: %d objects, %d bytes", file, objects, bytes, objects4, bytes4)
		}
	}
}

// BenchmarkThousandMigrations is to stay under 50 ms.
func BenchmarkThousandMigrations(b *testing.B) {
	for _, file := range []string{"wrangler.jsonc", "wrangler.toml"} {
		data := manySteps(file, 1000)
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

// BenchmarkThousandMigrationsWithCode has a main of 3,000 classes, too.
func BenchmarkThousandMigrationsWithCode(b *testing.B) {
	dir := b.TempDir()
	data := manySteps("wrangler.jsonc", 1000)
	main := []byte("export default {};\n")
	for i := range 1000 {
		main = fmt.Appendf(main, "export class Class%[1]d {}; export class Class%[1]dOld {}; export class Class%[1]dNew {};\n", i)
	}
	write(b, filepath.Join(dir, "src/index.js"), string(main))
	b.ReportAllocs()
	for b.Loop() {
		r, err := check.Run(check.Request{Path: filepath.Join(dir, "wrangler.jsonc"), Data: data, Now: now})
		if err != nil || r.Verdict() == check.Error {
			b.Fatalf("%v\n%.2000s", err, render(r))
		}
	}
}
