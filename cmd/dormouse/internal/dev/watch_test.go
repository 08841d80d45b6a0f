package dev

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWatcher: each way in which editors save a file is one change.
func TestWatcher(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "index.ts")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	write(path, "1")
	for name, save := range map[string]func(){
		"written in place":           func() { write(path, "2") },
		"replaced by a rename":       func() { write(path+".tmp", "3"); rename(path+".tmp", path) },
		"moved aside and made anew":  func() { rename(path, path+"~"); write(path, "4") },
		"another file takes its way": func() { write(filepath.Join(dir, "index.tsx"), "5") },
		"removed":                    func() { _ = os.Remove(path) },
	} {
		t.Run(name, func(t *testing.T) {
			write(path, "0")
			_ = os.Remove(filepath.Join(dir, "index.tsx"))
			w, err := newWatcher()
			if err != nil {
				t.Fatal(err)
			}
			defer w.close()
			if err := w.follow([]string{path}); err != nil {
				t.Fatal(err)
			}
			save()
			if err := w.next(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestWatcherFollowsWhatIsThere(t *testing.T) {
	w, err := newWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	first, second := t.TempDir(), t.TempDir()
	for _, dirs := range [][]string{{first}, {first, second}, {second}} {
		var paths []string
		for _, dir := range dirs {
			paths = append(paths, filepath.Join(dir, "a.ts"))
		}
		if err := w.follow(paths); err != nil {
			t.Fatal(err)
		}
		if got := w.notify.WatchList(); len(got) != len(dirs) {
			t.Errorf("watches %v, want %v", got, dirs)
		}
	}
	if err := w.follow([]string{filepath.Join(first, "gone", "a.ts")}); err == nil {
		t.Error("a folder that is not there is watched")
	}
}
