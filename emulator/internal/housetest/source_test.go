package housetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

// sources parses every Go file of the module that is not a test, by path from
// the root.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		files[filepath.ToSlash(rel)] = f
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files found", len(files))
	}
	return files
}

// TestPackageDocs: each package has one comment, in doc.go, or main.go for a
// command.
func TestPackageDocs(t *testing.T) {
	docs, packages := map[string][]string{}, map[string]string{}
	for path, f := range sources(t) {
		dir := filepath.Dir(path)
		packages[dir] = f.Name.Name
		if f.Doc != nil {
			docs[dir] = append(docs[dir], path)
		}
	}
	for dir, name := range packages {
		want := []string{filepath.Join(dir, "doc.go")}
		if name == "main" && !slices.Equal(docs[dir], want) {
			want = []string{filepath.Join(dir, "main.go")}
		}
		if got := docs[dir]; !slices.Equal(got, want) {
			t.Errorf("package %s: doc comments in %v, want one in %v", dir, got, want)
		}
	}
}

// owners are the files that may ask package time, make random numbers and
// start goroutines: everything that touches an object must go through the
// scheduler. The command line runs no objects when it asks for the date.
var owners = []string{
	"cmd/dormouse/check.go",
	"emulator/internal/actor/clock.go",
	"emulator/internal/actor/close.go",
	"emulator/internal/actor/link.go",
	"emulator/internal/actor/scheduler.go",
	"emulator/internal/actor/watchdog.go",
	"wranglercfg/bundle/stat.go",    // compares the times of files with now
	"wranglercfg/bundle/outside.go", // runs no objects: it keeps esbuild's goroutines out of bubbles
}

// drivers are packages that call objects from outside: those for tests, and the
// dev server and its inspector, which live on the machine's clock.
var drivers = []string{"cmd/dormouse/internal/dev", "cmd/dormouse/internal/inspector", "emulator/internal/classtest", "emulator/internal/storetest"}

func TestTimeAndGoroutinesBelongToTheScheduler(t *testing.T) {
	forbidden := map[string]bool{
		"time.Now": true, "time.Since": true, "time.Until": true, "time.After": true, "time.AfterFunc": true, "time.NewTimer": true,
		"time.NewTicker": true, "time.Tick": true, "time.Sleep": true,
	}
	for path, f := range sources(t) {
		if slices.Contains(owners, path) || slices.Contains(drivers, filepath.Dir(path)) || strings.HasPrefix(path, "fixtures/") && f.Name.Name == "main" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine: the scheduler must", path)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && forbidden[x.Name+"."+n.Sel.Name] {
					t.Errorf("%s uses %s.%s: time comes from the emulator's clock", path, x.Name, n.Sel.Name)
				}
			case *ast.ImportSpec:
				if p := strings.Trim(n.Path.Value, `"`); p == "math/rand" || p == "math/rand/v2" || p == "crypto/rand" {
					t.Errorf("%s imports %s: randomness comes from the emulator's seed", path, p)
				}
			}
			return true
		})
	}
}

// TestTopLevel: the top-level folders are fixed.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"cmd", "emulator", "wranglercfg", "migrations", "testkit", "fixtures", "go.mod", "go.sum", "README.md", "LICENSE"}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
}
