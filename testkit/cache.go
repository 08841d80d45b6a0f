package testkit

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// cacheNote says once per process that results are not cached.
var cacheNote sync.Once

// noteInputs keeps go test from answering the next run from its cache when an
// input of this one lies outside of the test's module: an edit there would go
// unseen, since go test looks only at files below the module's root.
func noteInputs(tb testing.TB, inputs []string) {
	tb.Helper()
	if f := flag.Lookup("test.testlogfile"); f == nil || f.Value.String() == "" {
		return // this run's result is not going to be cached
	}
	dir, err := os.Getwd()
	if err != nil {
		return
	}
	root, ok := moduleRoot(dir)
	if !ok {
		return
	}
	for _, path := range inputs {
		if within(root, path) {
			continue
		}
		cacheNote.Do(func() {
			tb.Helper()
			if err := stamp(root); err != nil {
				tb.Logf("testkit: %s lies outside of the module %s, so go test may answer from its cache after an edit of it: use -count=1 (%v)", path, root, err)
				return
			}
			tb.Logf("testkit: results are not cached, since %s lies outside of the module %s and go test would not see an edit of it: put go.mod into the project's root", path, root)
		})
		return
	}
}

// moduleRoot finds the folder of the go.mod that counts in dir.
func moduleRoot(dir string) (root string, ok bool) {
	for {
		if info, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && !info.IsDir() {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func within(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

const stampText = "A test that reads this file is not cached by go test, since the file is never older than two seconds.\n" +
	"Package testkit made it for tests whose inputs lie outside of this module.\n"

// ahead is a time of modification in the far future. Some file systems have
// nothing later than 2038.
var ahead = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)

// stamp reads a file of the module that is younger than go test allows for a
// result to be cached: its time of modification lies far ahead, so it need not
// be written in every run.
func stamp(root string) error {
	path := filepath.Join(root, ".dormouse", "not-cached")
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || info.ModTime().Year() < 2037 {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(stampText), 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(path, ahead, ahead); err != nil {
			return err
		}
	}
	_, err = os.ReadFile(path) // go test takes note of that
	return err
}
