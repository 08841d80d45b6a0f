package check_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
	"github.com/dormouse-do/dormouse/wranglercfg/internal/wranglertest"
)

// Variables of the environment that these tests read, beside those of wranglertest.
const (
	countVar   = "DORMOUSE_WRANGLER_COUNT"   // how many configurations to compare; else 500
	seedVar    = "DORMOUSE_WRANGLER_SEED"    // where to begin; else 1
	deploysVar = "DORMOUSE_WRANGLER_DEPLOYS" // how many of them to deploy dry, a second each; else 10
)

func number(name string, fallback int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return fallback
}

// question is one configuration for both sides.
type question struct {
	Path string `json:"path"`
	Env  string `json:"env"`
	text string
	name string
}

// questions writes random configurations into a folder, in both formats.
func questions(t *testing.T, dir string, seed, count int) []question {
	t.Helper()
	var qs []question
	for i := seed; i < seed+count; i++ {
		g := newGenerator(i)
		data, err := json.Marshal(g.document())
		if err != nil {
			t.Fatal(err)
		}
		text, ending := string(data), "jsonc"
		if f, err := wranglercfg.Parse("w.json", data); err == nil && i%2 == 0 {
			if toml, ok := asTOML(f.Root()); ok {
				text, ending = toml, "toml"
			}
		}
		q := question{
			Path: filepath.Join(dir, fmt.Sprintf("%d.%s", i, ending)), Env: g.oneOf([]string{"", "", "e"}, "f", "none"),
			text: text, name: fmt.Sprintf("seed %d", i),
		}
		if err := os.WriteFile(q.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		qs = append(qs, q)
	}
	return qs
}

// beyond lists the codes with which check may refuse what wrangler's validation
// accepts: wrangler looks at the same only in dev, at deploy, or not at all.
var beyond = []wranglercfg.Code{
	migrations.CodeExistingClass, migrations.CodeMissingClass, migrations.CodeOccupied, migrations.CodeNotLive,
	migrations.CodeTwoDirectives, migrations.CodeTagTwice, migrations.CodeExport,
	check.CodeNameMissing, check.CodeMainMissing, check.CodeDateMissing, check.CodeDateFuture, check.CodeDeletedBound,
}

// knownStricter says which words of a refusal that wrangler does not share are
// meant: the rule book asks for them, or the runtime does.
var knownStricter = regexp.MustCompile(`Invalid compatibility date: ` + // the runtime refuses it (G3)
	`|"name" that is not empty|\.tag" is empty` + // B2, M2
	`|should be an object but got \[` + // an environment that is a list (E2)
	`|code_update_strategy|"exports\.[^"]*\.name"` + // of later wranglers
	`|missing the required "bindings" property` + // B1: wrangler since 4.164 accepts it
	`|keys cannot be the empty string` + // X2, of any type
	`|configuration names are: \[\]`) // an env that is an empty string

// newer matches a refusal of what later wranglers accept: the rule book asks for
// a warning (X3).
var newer = regexp.MustCompile(`^ +- "exports\.[^"]*\.type" must be "durable-object" or "worker", but got "workflow"\.$`)

// refusals returns what of an answer counts.
func refusals(answer string) string {
	lines := strings.Split(answer, "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool {
		return newer.MatchString(l) || strings.HasPrefix(l, "Processing ") || strings.HasSuffix(l, "environment configuration") || strings.TrimSpace(l) == ""
	})
	return strings.Join(lines, "\n")
}

// TestWranglerReads feeds random configurations to the validation of a real
// wrangler and to check: nothing that wrangler refuses is accepted, and what
// wrangler accepts is refused for reasons of the rule book only.
func TestWranglerReads(t *testing.T) {
	in := wranglertest.Find(t)
	qs := questions(t, t.TempDir(), number(seedVar, 1), number(countVar, 500))
	input, err := json.Marshal(qs)
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("testdata/wrangler.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), in.Node, script, in.Folder)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var answers []string
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(qs) {
		t.Fatalf("%d answers to %d questions, %v", len(answers), len(qs), err)
	}
	refused := 0
	for i, q := range qs {
		if answers[i] != "" {
			refused++
		}
		compare(t, q, answers[i])
	}
	t.Logf("wrangler refused %d of %d", refused, len(qs))
}

func compare(t *testing.T, q question, answer string) {
	t.Helper()
	report, err := check.Run(check.Request{Path: q.Path, Env: q.Env, NoCode: true, Now: now})
	if err != nil {
		t.Errorf("%s: %v", q.name, err)
		return
	}
	switch {
	case refusals(answer) != "" && report.Verdict() != check.Error:
		t.Errorf("%s, environment %q: accepted (%s), but wrangler says:\n%s\n%s\n%s", q.name, q.Env, report.Verdict(), answer, q.text, render(report))
	case answer == "" && report.Verdict() == check.Error:
		for _, d := range report.Diagnostics {
			if d.Severity == wranglercfg.SeverityError && !slices.Contains(beyond, d.Code) && !knownStricter.MatchString(d.Msg) {
				t.Errorf("%s, environment %q: wrangler accepts it, but:\n%v\n%s", q.name, q.Env, d, q.text)
			}
		}
	}
}

// TestWranglerDeploys does the same with dry deploys, which bundle the code.
func TestWranglerDeploys(t *testing.T) {
	in := wranglertest.Find(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(corpus)); err != nil {
		t.Fatal(err)
	}
	var qs []question
	for name, envs := range expected(t) {
		for env := range envs {
			qs = append(qs, question{Path: filepath.Join(dir, name), Env: env, name: name})
		}
	}
	slices.SortFunc(qs, func(a, b question) int { return strings.Compare(a.name+a.Env, b.name+b.Env) })
	limit := number(deploysVar, 10)
	qs = append(qs[:min(limit, len(qs))], questions(t, dir, 100_000+number(seedVar, 1), limit)...)
	refused := 0
	for _, q := range qs {
		args := []string{"--config", q.Path}
		if q.Env != "" {
			args = append(args, "--env", q.Env)
		}
		out, failed := in.Deploy(t, filepath.Dir(q.Path), args...)
		report, err := check.Run(check.Request{Path: q.Path, Env: q.Env, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if failed {
			refused++
		}
		if failed && report.Verdict() != check.Error {
			t.Errorf("%s, environment %q: accepted (%s), but wrangler says:\n%s\n%s\n%s", q.name, q.Env, report.Verdict(), out, q.text, render(report))
		}
	}
	t.Logf("wrangler refused %d of %d", refused, len(qs))
}
