package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// readBase returns the configuration at a git revision. If the revision has
// none, everything is new and there is nothing to compare with: nil.
func readBase(config, revision string, stderr io.Writer) (*check.Base, error) {
	if revision == "" {
		return nil, errors.New("--base needs a revision, such as origin/main")
	}
	if config == "" {
		found, err := wranglercfg.Find(".")
		if err != nil {
			return nil, err
		}
		config = found
	}
	g := git(filepath.Dir(config))
	if _, err := g.run("rev-parse", "--show-prefix"); err != nil {
		return nil, fmt.Errorf("--base: %s is not in a git repository: %w", shortest(config), err)
	}
	commit, err := g.run("rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil && revision == "HEAD" { // a hook of the first commit
		fmt.Fprintln(stderr, "dormouse: the repository has no commit yet: everything is new")
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--base: git knows no revision %q here; fetch it first (actions/checkout needs fetch-depth: 0)", revision)
	}
	for _, name := range namesThen(config) {
		data, err := g.run("cat-file", "blob", strings.TrimSpace(string(commit))+":./"+name)
		if err != nil {
			continue
		}
		if name != filepath.Base(config) {
			fmt.Fprintf(stderr, "dormouse: %s was %s at %s\n", shortest(config), name, revision)
		}
		return &check.Base{Revision: revision, Path: shortest(filepath.Join(filepath.Dir(config), name)), Data: data}, nil
	}
	fmt.Fprintf(stderr, "dormouse: %s is not in %s: everything is new\n", shortest(config), revision)
	return nil, nil
}

// namesThen returns the names that a configuration may have had: its own, and
// if it is one that wrangler finds, the other ones that are no longer there.
func namesThen(config string) []string {
	names := []string{filepath.Base(config)}
	standard := []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"}
	if !slices.Contains(standard, names[0]) {
		return names
	}
	for _, name := range standard {
		if _, err := os.Stat(filepath.Join(filepath.Dir(config), name)); errors.Is(err, fs.ErrNotExist) {
			names = append(names, name)
		}
	}
	return names
}

// git runs git in a folder.
type git string

func (dir git) run(args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = string(dir)
	// A hook's variables name the repository as seen from its folder; from this
	// one, git has to find it again.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}, name)
	})
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && stderr.Len() > 0 {
		return nil, errors.New(strings.TrimSpace(stderr.String()))
	}
	return out, err
}
