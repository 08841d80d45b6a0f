package wranglercfg_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// history returns a configuration with n steps, in both formats.
func history(n int) (toml, json string) {
	var t, j strings.Builder
	t.WriteString("name = \"chat\"\n")
	j.WriteString("{\n  \"name\": \"chat\",\n  \"migrations\": [\n")
	for i := range n {
		fmt.Fprintf(&t, "\n[[migrations]]\ntag = \"v%d\"\nnew_sqlite_classes = [\"Class%d\", \"Other%d\"]\nrenamed_classes = [ { from = \"A%d\", to = \"B%d\" } ]\n", i, i, i, i, i)
		fmt.Fprintf(&j, "    { \"tag\": \"v%d\", \"new_sqlite_classes\": [\"Class%d\", \"Other%d\"], \"renamed_classes\": [{ \"from\": \"A%d\", \"to\": \"B%d\" }] },\n", i, i, i, i, i)
	}
	j.WriteString("  ],\n}\n")
	return t.String(), j.String()
}

func BenchmarkParse(b *testing.B) {
	toml, json := history(1000)
	for _, doc := range []struct{ name, text string }{{"toml", toml}, {"json", json}} {
		b.Run("migrations=1000/format="+doc.name, func(b *testing.B) {
			data := []byte(doc.text)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f, err := wranglercfg.Parse("w."+doc.name, data)
				if err != nil {
					b.Fatal(err)
				}
				if c, ds := f.Resolve(""); ds.Err() != nil || len(c.Migrations) != 1000 {
					b.Fatalf("%d migrations, %v", len(c.Migrations), ds)
				}
			}
		})
	}
}
