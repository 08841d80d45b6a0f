package housetest

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/dormouse-do/dormouse/"

// rules says what a package must not link, and why. A rule holds for all its
// dependencies.
var rules = []struct {
	pkg    string
	not    []string
	reason string
}{
	{"wranglercfg", []string{module + "emulator", module + "migrations"}, "a configuration can be read without the runtime"},
	{"wranglercfg/bundle", []string{module + "emulator", module + "migrations", "modernc.org/"}, "code can be built and checked without the runtime"},
	{"migrations", []string{module + "emulator"}, "planning is pure: it knows nothing of the runtime"},
	{"emulator/internal/host", []string{module}, "the seam stands below everything else"},
	{"emulator/internal/socket", []string{module}, "the WebSocket protocol knows nothing of objects"},
	{"emulator/internal/v8value", []string{module}, "values are a format, of use on their own"},
	{"emulator/internal/js/clone", []string{module + "emulator/internal/store", module + "emulator/internal/actor", module + "emulator/durable"},
		"values are written and read the same way wherever they go"},
	{"emulator/internal/store", []string{module}, "storage knows nothing of events, turns and values"},
	{"emulator/internal/statedir", []string{module + "emulator", "modernc.org/"}, "ledgers and folders are moved without the runtime"},
	{"emulator/durable", []string{module + "emulator/internal/actor", module + "emulator/internal/store", "modernc.org/", "testing"},
		"what a class sees must stay light enough to compile for Cloudflare"},
	{"emulator/internal/js/web", []string{module + "emulator/durable", module + "emulator/internal/actor", module + "emulator/internal/store", "modernc.org/sqlite"},
		"the web platform knows nothing of objects and storage"},
	{"emulator", []string{"testing", module + "testkit"}, "programs must not link the test framework"},
	{"fixtures/workerd/real", []string{module + "emulator"}, "the real runtime is asked without ours"},
	{"cmd/dormouse", []string{"testing", "github.com/chromedp"}, "what tests need stays out of the command"},
	{"cmd/dormouse/internal/inspector", []string{module + "wranglercfg/check", "github.com/spf13"}, "the inspector knows of objects, and of no flags"},
	{"testkit", []string{module + "cmd"}, "tests do not need the command line"},
}

func TestImports(t *testing.T) {
	for _, r := range rules {
		t.Run(r.pkg, func(t *testing.T) {
			for _, dep := range deps(t, module+r.pkg) {
				for _, not := range r.not {
					if dep == not || strings.HasPrefix(dep, strings.TrimSuffix(not, "/")+"/") {
						t.Errorf("%s links %s: %s", r.pkg, dep, r.reason)
					}
				}
			}
		})
	}
}

// TestMigrationsOpensNoFiles is about imports, not links: packages of the
// standard library that it needs link os themselves.
func TestMigrationsOpensNoFiles(t *testing.T) {
	for _, imp := range strings.Fields(goList(t, "-f", "{{join .Imports \" \"}}", module+"migrations")) {
		if imp == "os" || imp == "io/fs" || imp == "path/filepath" {
			t.Errorf("migrations imports %s: planning must be possible without a file system", imp)
		}
	}
}

// TestLibcPin: SQLite's Go translation works only with the version of libc that
// it was made with.
func TestLibcPin(t *testing.T) {
	const libc = "modernc.org/libc"
	used := strings.TrimSpace(goList(t, "-m", "-f", "{{.Version}}", libc))
	sqlite := strings.TrimSpace(goList(t, "-m", "-f", "{{.Path}}@{{.Version}}", "modernc.org/sqlite"))
	graph, err := exec.Command("go", "mod", "graph").Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := sqlite + " " + libc + "@" + used + "\n"; !strings.Contains(string(graph), want) {
		t.Errorf("%s %s is used, which is not what %s asks for", libc, used, sqlite)
	}
}

func deps(t *testing.T, pkg string) []string {
	var out []string
	for _, dep := range strings.Fields(goList(t, "-deps", pkg)) {
		if dep != pkg {
			out = append(out, dep)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s has no dependencies at all: the list is wrong", pkg)
	}
	return out
}

func goList(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}
