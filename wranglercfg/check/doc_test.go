package check_test

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

var update = flag.Bool("update", false, "rewrite golden files and the table of codes in doc.go")

// TestCodeTable compares the table of codes in the package doc with the list.
func TestCodeTable(t *testing.T) {
	data, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, c := range check.Codes() {
		fmt.Fprintf(&table, "//\t%-6s  %-12s  %-24s %s\n", c.Code, c.Rules, c.API, c.Summary)
	}
	const begin, end = "// rule book, codes of Cloudflare's API, and what is found:\n//\n", "//\n// # What it knows nothing of"
	before, rest, ok := strings.Cut(string(data), begin)
	if !ok {
		t.Fatal("doc.go has no table of codes")
	}
	_, after, _ := strings.Cut(rest, strings.TrimPrefix(end, "//\n"))
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile("doc.go", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("doc.go (-want +got), go test -update writes it:\n%s", diff)
	}
}

// TestCodesAreListed holds the constants of three packages against the list:
// each code once, and none that a finding could have missing.
func TestCodesAreListed(t *testing.T) {
	listed := map[string]int{}
	var order []string
	for _, c := range check.Codes() {
		listed[string(c.Code)]++
		order = append(order, string(c.Code))
		if c.Summary == "" {
			t.Errorf("%s has no summary", c.Code)
		}
	}
	if !slices.IsSorted(order) {
		t.Errorf("the codes are not in order: %v", order)
	}
	elsewhere := map[string]string{
		"DM1012": "Adopt of package migrations, which check does not call",
		"DM1014": "Convert of package migrations, which check does not call",
		"DM1101": "an error of Run",
		"DM1102": "an error of Run",
	}
	constant := regexp.MustCompile(`"(DM\d{4})"`)
	for _, glob := range []string{"*.go", "../*.go", "../../migrations/*.go"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", glob, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range constant.FindAllStringSubmatch(string(data), -1) {
				if listed[m[1]] != 1 && elsewhere[m[1]] == "" {
					t.Errorf("%s: code %s is listed %d times", file, m[1], listed[m[1]])
				}
			}
		}
	}
}

// TestImports holds what this package must not know.
func TestImports(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatalf("found the files %v, %v", files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if strings.Contains(path, "/dormouse/emulator") || path == "os/exec" || path == "net/http" || path == "flag" {
				t.Errorf("%s imports %s: a verdict needs no runtime, no other program, no network and no command line", name, path)
			}
		}
	}
}
