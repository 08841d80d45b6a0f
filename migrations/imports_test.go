package migrations_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestImports holds what this package must not know.
func TestImports(t *testing.T) {
	banned := map[string]string{
		"os":            "planning opens no files, so that a plan can be shown without being done",
		"io/fs":         "planning opens no files",
		"path/filepath": "a unique key is no path",
		"time":          "a plan depends on the ledger and the configuration alone",
		"math/rand":     "a plan is the same each time",
		"math/rand/v2":  "a plan is the same each time",
	}
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
			path, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if reason, ok := banned[path]; ok {
				t.Errorf("%s imports %s: %s", name, path, reason)
			}
			if strings.Contains(path, "/dormouse/emulator") {
				t.Errorf("%s imports %s: planning knows nothing of the runtime", name, path)
			}
		}
	}
}
