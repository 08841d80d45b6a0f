package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// asTOML prints a document with headers for what is a table, or a list of
// tables, at the top level. ok is false if TOML cannot say it.
func asTOML(root *wranglercfg.Node) (text string, ok bool) {
	var lines, tables strings.Builder
	ok = true
	for _, m := range root.Members() {
		items := m.Value.Items()
		switch {
		case m.Value.Kind() == wranglercfg.Object:
			fmt.Fprintf(&tables, "\n[%s]\n", tomlKeyOf(m.Key))
			body(&tables, m.Value, &ok)
		case len(items) > 0 && !slices.ContainsFunc(items, func(n *wranglercfg.Node) bool { return n.Kind() != wranglercfg.Object }):
			for _, item := range items {
				fmt.Fprintf(&tables, "\n[[%s]]\n", tomlKeyOf(m.Key))
				body(&tables, item, &ok)
			}
		default:
			fmt.Fprintf(&lines, "%s = %s\n", tomlKeyOf(m.Key), inlineTOML(m.Value, &ok))
		}
	}
	return lines.String() + tables.String(), ok
}

func body(b *strings.Builder, n *wranglercfg.Node, ok *bool) {
	for _, m := range n.Members() {
		fmt.Fprintf(b, "%s = %s\n", tomlKeyOf(m.Key), inlineTOML(m.Value, ok))
	}
}

func inlineTOML(n *wranglercfg.Node, ok *bool) string {
	var parts []string
	switch n.Kind() {
	case wranglercfg.List:
		for _, item := range n.Items() {
			parts = append(parts, inlineTOML(item, ok))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case wranglercfg.Object:
		for _, m := range n.Members() {
			parts = append(parts, tomlKeyOf(m.Key)+" = "+inlineTOML(m.Value, ok))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case wranglercfg.String:
		return tomlString(n.Text())
	case wranglercfg.Null, wranglercfg.Date:
		*ok = false
	}
	return n.JSON()
}

func tomlKeyOf(key string) string {
	if key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" {
		return key
	}
	return tomlString(key)
}

func tomlString(s string) string {
	return strings.NewReplacer(`\x7f`, `\u007f`).Replace(strconv.QuoteToGraphic(s))
}

// asJSON prints a document with one top-level key to a line.
func asJSON(root *wranglercfg.Node) (text string, ok bool) {
	ok = true
	var lines []string
	for _, m := range root.Members() {
		if m.Value.Kind() == wranglercfg.Date {
			ok = false
		}
		lines = append(lines, "  "+strconv.Quote(m.Key)+": "+m.Value.JSON())
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}\n", ok
}

// finding is a finding without its place in one format: the path of the values
// that begin there.
type finding struct {
	Code     wranglercfg.Code
	Severity string
	Paths    []string
}

func findings(t *testing.T, r check.Report) []finding {
	t.Helper()
	f, err := wranglercfg.Parse(r.Path, r.Source)
	if err != nil {
		t.Fatal(err)
	}
	paths := map[[2]int][]string{}
	var walk func(n *wranglercfg.Node, path string)
	at := func(p wranglercfg.Pos, path string) {
		key := [2]int{p.Line, p.Column}
		paths[key] = append(paths[key], path)
	}
	walk = func(n *wranglercfg.Node, path string) {
		at(n.Pos(), path)
		for i, item := range n.Items() {
			walk(item, fmt.Sprintf("%s[%d]", path, i))
		}
		for _, m := range n.Members() {
			at(m.Pos, path+"."+m.Key+" key")
			walk(m.Value, path+"."+m.Key)
		}
	}
	walk(f.Root(), "")
	var fs []finding
	for _, d := range r.Diagnostics {
		fs = append(fs, finding{d.Code, d.Severity.String(), paths[[2]int{d.Pos.Line, d.Pos.Column}]})
	}
	slices.SortStableFunc(fs, func(a, b finding) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return fs
}

// oneFormat says why a case of the corpus exists in one format only.
var oneFormat = map[string]string{
	"bom-utf16.wrangler.jsonc":            "it cannot be read",
	"unclosed.wrangler.jsonc":             "it cannot be read",
	"toml-table-twice.wrangler.toml":      "it cannot be read",
	"json-duplicate-key.wrangler.jsonc":   "TOML refuses a key twice",
	"compat-date-toml-date.wrangler.toml": "JSON has no dates",
	"var-toml-date.wrangler.toml":         "JSON has no dates",
	"swallowed-by-table.wrangler.toml":    "JSON has no headers",
	"binding-shapes.wrangler.jsonc":       "TOML has no null",
}

// TestCorpusInTheOtherFormat judges each case of the corpus as it reads in the
// other format: the same verdict, the same findings at the same values.
func TestCorpusInTheOtherFormat(t *testing.T) {
	for name, envs := range expected(t) {
		if oneFormat[name] != "" {
			continue
		}
		path := filepath.Join(corpus, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := wranglercfg.Parse(path, data)
		if err != nil {
			t.Fatal(err)
		}
		other, print := path+".toml", asTOML
		if strings.HasSuffix(name, ".toml") {
			other, print = path+".jsonc", asJSON
		}
		text, ok := print(f.Root())
		if !ok {
			t.Fatalf("%s has no equivalent in the other format", name)
		}
		for env, want := range envs {
			t.Run(name+"/"+env, func(t *testing.T) {
				one, err := check.Run(check.Request{Path: path, Env: env, Now: now})
				if err != nil {
					t.Fatal(err)
				}
				two, err := check.Run(check.Request{Path: other, Data: []byte(text), Env: env, Now: now})
				if err != nil {
					t.Fatal(err)
				}
				if got := two.Verdict().String(); got != want.Check {
					t.Errorf("verdict %s, want %s", got, want.Check)
				}
				sameFindings(t, findings(t, one), findings(t, two), text)
			})
		}
	}
}

func sameFindings(t *testing.T, one, two []finding, text string) {
	t.Helper()
	bare := func(fs []finding) (out []finding) {
		for _, f := range fs {
			out = append(out, finding{Code: f.Code, Severity: f.Severity})
		}
		return out
	}
	if diff := cmp.Diff(bare(one), bare(two)); diff != "" {
		t.Errorf("findings (-want +got):\n%s\n%s", diff, text)
		return
	}
	for i := range one {
		if !slices.ContainsFunc(one[i].Paths, func(p string) bool { return slices.Contains(two[i].Paths, p) }) {
			t.Errorf("%s is at %v in one format and at %v in the other:\n%s", one[i].Code, one[i].Paths, two[i].Paths, text)
		}
	}
}
