package dev

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Times of a watcher. An editor's save is several events, and a version control
// system's checkout is many.
const (
	quiet   = 15 * time.Millisecond  // without events, before a change is told
	longest = 300 * time.Millisecond // of events that do not end
	replace = 500 * time.Millisecond // that a file may be missing while it is replaced
)

// watcher tells when files of a set change. It watches their folders, since
// editors replace files instead of writing to them. It belongs to the goroutine
// that runs it.
type watcher struct {
	notify *fsnotify.Watcher
	asked  chan struct{} // to tell a change that was none
	files  map[string]bool
	dirs   map[string]bool
}

func newWatcher() (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	return &watcher{notify: notify, asked: make(chan struct{}, 1), files: map[string]bool{}, dirs: map[string]bool{}}, nil
}

// ask makes next return as if something had changed. Any goroutine may call it.
func (w *watcher) ask() {
	select {
	case w.asked <- struct{}{}:
	default: // it is asked already
	}
}

func (w *watcher) close() error { return w.notify.Close() }

// follow replaces the set of files. A folder that cannot be watched is an error
// after all others are.
func (w *watcher) follow(paths []string) (err error) {
	w.files = map[string]bool{}
	dirs := map[string]bool{}
	for _, path := range paths {
		w.files[path] = true
		dirs[filepath.Dir(path)] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(w.dirs)) {
		if !dirs[dir] {
			delete(w.dirs, dir)
			_ = w.notify.Remove(dir) // it may be gone
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		if w.dirs[dir] {
			continue
		}
		if e := w.notify.Add(dir); e != nil {
			err = fmt.Errorf("watch %s: %w", dir, e)
			continue
		}
		w.dirs[dir] = true
	}
	return err
}

// concerns reports whether an event may be about the set: about a file of it, or
// a file that appears beside one and may take its place in an import.
func (w *watcher) concerns(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	return w.files[e.Name] || e.Has(fsnotify.Create) && w.dirs[filepath.Dir(e.Name)]
}

// next waits for a change and for the end of the events that it comes with.
func (w *watcher) next(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.asked:
			return nil
		case err := <-w.notify.Errors:
			return fmt.Errorf("watch files: %w", err)
		case e := <-w.notify.Events:
			if w.concerns(e) {
				return w.settle(ctx)
			}
		}
	}
}

// settle waits until nothing happens any more, and files that are being replaced
// are back.
func (w *watcher) settle(ctx context.Context) error {
	end := time.Now().Add(longest)
	back := time.Now().Add(replace)
	for {
		timer := time.NewTimer(quiet)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-w.notify.Events:
			timer.Stop()
			if time.Now().Before(end) {
				continue
			}
		case <-timer.C:
		}
		if !w.missing() || time.Now().After(back) {
			return nil
		}
	}
}

func (w *watcher) missing() bool {
	for path := range w.files {
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			return true
		}
	}
	return false
}
