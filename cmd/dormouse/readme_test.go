package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestREADMECommands runs what the README shows for continuous integration and
// for hooks: in a repository without a commit, with one, and after an edit of a
// step that is deployed.
func TestREADMECommands(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var commands [][]string
	for _, m := range regexp.MustCompile(`(?m)^ *- .*\bdormouse(?:@latest)? (check [^,\n]*)|pre-commit`+"`"+`: `+"`"+`dormouse (check[^`+"`"+`]*)`).FindAllStringSubmatch(string(readme), -1) {
		line := strings.ReplaceAll(m[1]+m[2], `"origin/$GITHUB_BASE_REF"`, "origin/main")
		commands = append(commands, strings.Fields(line))
	}
	if len(commands) != 3 {
		t.Fatalf("%d commands found, want those of GitHub Actions, of pre-commit and of a hook: %q", len(commands), commands)
	}
	const first = "name = \"chat\"\nmain = \"index.js\"\ncompatibility_date = \"2026-07-01\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\"]\n"
	for _, args := range commands {
		t.Chdir(t.TempDir())
		sh := func(args ...string) {
			t.Helper()
			args = append([]string{"-c", "user.name=ada", "-c", "user.email=ada@example.com"}, args...)
			if _, err := git(".").run(args...); err != nil {
				t.Fatalf("git %q: %v", args, err)
			}
		}
		want := func(code int, state string) {
			t.Helper()
			var out bytes.Buffer
			if got := run(args, strings.NewReader(""), &out, &out); got != code {
				t.Errorf("dormouse %s %s: exit code %d, want %d\n%s", strings.Join(args, " "), state, got, code, &out)
			}
		}
		sh("init", "-q")
		write(t, "wrangler.toml", first)
		write(t, "index.js", "import { DurableObject } from 'cloudflare:workers';\nexport class Room extends DurableObject {}\nexport default {};\n")
		if args[len(args)-1] == "HEAD" {
			want(0, "before the first commit")
		}
		sh("add", ".")
		sh("commit", "-q", "-m", "first")
		sh("update-ref", "refs/remotes/origin/main", "HEAD")
		want(0, "without a change")
		write(t, "wrangler.toml", strings.Replace(first, `"v1"`, `"v2"`, 1))
		want(1, "after an edit")
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
