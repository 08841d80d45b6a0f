package check_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// record is what real wrangler said of one file, and what check is to say.
type record struct {
	Check string   `json:"check"`
	Rules []string `json:"rules"`
	Line  int      `json:"line"`
	Why   string   `json:"why"`
}

const corpus = "testdata/corpus"

// now is after the versions that the corpus records.
func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func expected(t *testing.T) map[string]map[string]record {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Files map[string]map[string]record `json:"files"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Files) < 60 {
		t.Fatalf("the corpus has %d files", len(doc.Files))
	}
	return doc.Files
}

// TestCorpus judges every file as real wrangler's verdicts say it should be.
func TestCorpus(t *testing.T) {
	for name, envs := range expected(t) {
		for env, want := range envs {
			t.Run(name+"/"+env, func(t *testing.T) {
				path := filepath.Join(corpus, name)
				report, err := check.Run(check.Request{Path: path, Env: env, Now: now})
				if err != nil {
					t.Fatal(err)
				}
				got := record{Check: report.Verdict().String(), Rules: want.Rules, Line: want.Line, Why: want.Why}
				if want.Line != 0 && !slices.Contains(lines(report), want.Line) {
					got.Line = 0
					if ls := lines(report); len(ls) > 0 {
						got.Line = ls[0]
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("rules %s: verdict (-want +got):\n%s\n%s", strings.Join(want.Rules, " "), diff, render(report))
				}
			})
		}
	}
}

// lines returns the lines of the findings that make the verdict.
func lines(r check.Report) []int {
	var ls []int
	for _, d := range r.Diagnostics {
		if r.Verdict() == check.Error && d.Severity == wranglercfg.SeverityError || r.Verdict() == check.Warning {
			ls = append(ls, d.Pos.Line)
		}
	}
	return ls
}

func render(r check.Report) string {
	var b strings.Builder
	for _, d := range r.Diagnostics {
		b.WriteString(d.Error() + "\n")
	}
	return b.String()
}
