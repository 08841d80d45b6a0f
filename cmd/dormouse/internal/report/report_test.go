package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

var update = flag.Bool("update", false, "write the golden files")

func at(line, column int) wranglercfg.Pos {
	return wranglercfg.Pos{Path: "wrangler.toml", Line: line, Column: column}
}

const source = "name = \"chat\"\n\n\t[[migrations]]\r\n\ttag = \"日本\" # v1\n"

// sample has one of each: severities, places, causes, hints of several lines,
// texts that try to break out of a format.
func sample() Report {
	return Report{
		Findings: wranglercfg.Diagnostics{
			{Code: "DM1101", Pos: wranglercfg.Pos{Path: "wrangler.toml"}, Msg: "Could not read file", Err: errors.New("is a directory")},
			{Code: "DM1301", Pos: at(1, 8), Msg: `Expected "name" to be 100% right`, Hint: "write one of\nname = \"a\"\nname = \"b\""},
			{Code: "DM1006", Severity: wranglercfg.SeverityWarning, Pos: at(4, 12), Msg: "tag, with: a colon"},
			{Code: "DM2204", Severity: wranglercfg.SeverityNote, Pos: at(3, 2), Msg: "a note"},
			{Code: "DM1502", Pos: at(9, 1), Msg: "behind the end\n::error::injected\x1b[31m\u202e"},
			{Code: "DM1502", Msg: "nowhere"},
		},
		Plans: []Plan{
			{Worker: "chat", Since: `tag "v1"`, Steps: []migrations.Step{
				{Kind: migrations.Create, Class: "Room", SQLite: true, UniqueKey: "chat-Room", Tag: "v2"},
				{Kind: migrations.Create, Class: "Guest", UniqueKey: "chat-Guest", Tag: "v2"},
				{Kind: migrations.Rename, Class: "Hall", From: "Lobby", UniqueKey: "chat-Lobby", Tag: "v2"},
				{Kind: migrations.Transfer, Class: "User", From: "Person", FromScript: "accounts", SQLite: true, UniqueKey: "accounts-Person"},
				{Kind: migrations.Delete, Class: "Old\n::error::x", UniqueKey: "chat-Old", Tag: "v3"},
			}, TakesOver: []string{"chat-Guest"}},
			{Worker: "", Env: "staging", Done: true},
		},
		Source:  map[string][]byte{"wrangler.toml": []byte(source)},
		Rules:   []Rule{{Code: "DM1006", Summary: "a tag is there twice", Help: "M7"}},
		Version: "v0.0.0",
	}
}

func render(t *testing.T, format string, colour bool, r Report) []byte {
	t.Helper()
	write, err := Format(format, colour)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFormats(t *testing.T) {
	tests := map[string]struct {
		format string
		colour bool
	}{
		"sample.txt": {"text", false}, "sample.ansi": {"text", true}, "sample.json": {"json", true},
		"sample.github": {"github", true}, "sample.sarif": {"sarif", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := render(t, tt.format, tt.colour, sample())
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEmpty: programs that read a report find their lists.
func TestEmpty(t *testing.T) {
	for format, want := range map[string]string{
		"text": "", "github": "",
		"json": "{\n\t\"errors\": 0,\n\t\"warnings\": 0,\n\t\"findings\": [],\n\t\"plans\": []\n}\n",
	} {
		if got := string(render(t, format, true, Report{})); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}

func TestSARIFIsValid(t *testing.T) {
	file, err := os.Open(filepath.Join("testdata", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	const name = "sarif-2.1.0.json"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, text); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(data []byte) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(v)
	}
	outside := Report{Findings: wranglercfg.Diagnostics{{Code: "DM1", Pos: wranglercfg.Pos{Path: "/a b/日.toml", Line: 1, Column: 1}, Msg: "x"}}}
	for _, r := range []Report{sample(), {}, outside} {
		out := render(t, "sarif", false, r)
		if err := validate(out); err != nil {
			t.Errorf("%v in\n%s", err, out)
		}
	}
	broken := bytes.Replace(render(t, "sarif", false, sample()), []byte(`"level": "error"`), []byte(`"level": "fatal"`), 1)
	if err := validate(broken); err == nil {
		t.Error("the schema accepts what it must not")
	}
}

func TestSARIFPoints(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(render(t, "sarif", false, sample()), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != len(sample().Findings) {
		t.Fatalf("%d results", len(run.Results))
	}
	for i, r := range run.Results {
		if got := run.Tool.Driver.Rules[r.RuleIndex].ID; got != r.RuleID || got != string(sample().Findings[i].Code) {
			t.Errorf("result %d of rule %s points to rule %s", i, r.RuleID, got)
		}
	}
	if len(run.Tool.Driver.Rules) != 5 {
		t.Errorf("%d rules, want each code once", len(run.Tool.Driver.Rules))
	}
}

func TestCaret(t *testing.T) {
	long := strings.Repeat("a", 300) + "X" + strings.Repeat("b", 300)
	tests := []struct {
		name   string
		line   string
		column int
		before string
	}{
		{"start", "abc", 1, ""},
		{"middle", "abc", 3, "  "},
		{"behind the end", "abc", 4, "   "},
		{"far behind the end", "abc", 99, "   "},
		{"column 0", "abc", 0, ""},
		{"empty line", "", 1, ""},
		{"tabs", "\ta\tb", 4, "\t \t"},
		{"wide", "日本x", 3, "    "},
		{"combining", "e\u0301x", 3, " "},
		{"emoji", "👩‍🚀x", 4, "  "},
		{"zero width", "a\u200bx", 3, " "},
		{"control", "a\x1bx", 3, "     "},
		{"long", long, 301, strings.Repeat(" ", 81)},
		{"long, at the start", long, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shown, before := quote(tt.line, tt.column)
			if before != tt.before {
				t.Errorf("got %q before the caret, want %q, under %q", before, tt.before, shown)
			}
			if n := len([]rune(shown)); n > quoted+2 {
				t.Errorf("%d characters are shown", n)
			}
		})
	}
	shown, before := quote(long, 301)
	if []rune(shown)[len(before)] != 'X' {
		t.Errorf("the caret is not under the X of %q", shown)
	}
}

func TestStrict(t *testing.T) {
	r := sample()
	errs, warnings, notes := r.Strict().Counts()
	if errs != 5 || warnings != 0 || notes != 1 {
		t.Errorf("strict: %d %d %d", errs, warnings, notes)
	}
	if errs, warnings, notes := r.Counts(); errs != 4 || warnings != 1 || notes != 1 {
		t.Errorf("the report itself has changed: %d %d %d", errs, warnings, notes)
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := Format("xml", false); err == nil {
		t.Error("no error")
	}
	for _, name := range Formats {
		if _, err := Format(name, false); err != nil {
			t.Error(err)
		}
	}
}
