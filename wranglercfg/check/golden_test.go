package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// golden is one project and what to compare it with. The findings and the plan
// are in testdata/golden under its name.
type golden struct {
	name, rule string
	file       string // wrangler.jsonc if empty
	text       string // of the configuration; what every Worker needs is added if it begins with a key
	env        string
	all        bool
	code       map[string]string // files beside it; without any the code is left out
	base       string            // the older revision
	tag        *string           // deployed
	ledger     *migrations.Ledger
	others     []migrations.Ledger
	allow      []string
}

// complete adds what every Worker needs to a fragment of a configuration.
func complete(file, text string) string {
	switch {
	case text == "" || strings.HasPrefix(text, "raw:"):
		return strings.TrimPrefix(text, "raw:")
	case strings.HasSuffix(file, ".toml"):
		return "name = \"chat\"\nmain = \"src/index.js\"\ncompatibility_date = \"2025-06-01\"\n" + text
	}
	return "{\n  \"name\": \"chat\", \"main\": \"src/index.js\", \"compatibility_date\": \"2025-06-01\",\n  " + text + "\n}\n"
}

func runGolden(t *testing.T, cases []golden) {
	seen := map[string]bool{}
	for _, tt := range cases {
		if seen[tt.name] || tt.rule == "" {
			t.Fatalf("case %q: it is there twice, or has no rule", tt.name)
		}
		seen[tt.name] = true
		t.Run(tt.name, func(t *testing.T) { tt.run(t) })
	}
}

func (g golden) run(t *testing.T) {
	dir := t.TempDir()
	file := g.file
	if file == "" {
		file = "wrangler.jsonc"
	}
	path := filepath.Join(dir, file)
	text := complete(file, g.text)
	write(t, path, text)
	for name, content := range g.code {
		write(t, filepath.Join(dir, name), content)
	}
	req := check.Request{Path: path, Env: g.env, AllEnvs: g.all, NoCode: g.code == nil, AllowDelete: g.allow, Now: now}
	if g.base != "" {
		req.Base = &check.Base{Revision: "origin/main", Data: []byte(complete(file, g.base))}
	}
	if g.ledger != nil || g.tag != nil {
		req.Deployed = &check.Deployed{Ledger: g.ledger, Others: g.others}
		if g.tag != nil {
			req.Deployed.Tag = *g.tag
		}
	}
	report, err := check.Run(req)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("# %s\n\n%s\n-- findings: %s --\n%s%s", g.rule, text, report.Verdict(), render(report), plans(report))
	got = strings.ReplaceAll(got, filepath.ToSlash(dir)+"/", "")
	name := filepath.Join("testdata", "golden", strings.NewReplacer(" ", "-", "'", "", ",", "").Replace(g.name)+".txt")
	if *update {
		write(t, name, got)
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("rule %s (-want +got), go test -update writes it:\n%s", g.rule, diff)
	}
}

func plans(r check.Report) string {
	var b strings.Builder
	for _, e := range r.Environments {
		if e.Plan == nil {
			continue
		}
		fmt.Fprintf(&b, "-- plan %q since %s --\n", e.Name, e.Plan.Since)
		for _, s := range e.Plan.Steps {
			fmt.Fprintf(&b, "%s %s", s.Kind, s.Class)
			if s.From != "" {
				fmt.Fprintf(&b, " from %s", s.From)
			}
			if s.FromScript != "" {
				fmt.Fprintf(&b, " of %s", s.FromScript)
			}
			fmt.Fprintf(&b, " sqlite=%t tag=%q line %d\n", s.SQLite, s.Tag, s.Pos.Line)
		}
	}
	return b.String()
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
