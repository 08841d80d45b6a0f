package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestFullDisk is rule 4.17; the limit on pages stands for the disk.
func TestFullDisk(t *testing.T) {
	e, err := New(Options{Dir: t.TempDir(), Now: func() time.Time { return time.Unix(0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	s := e.Namespace("w-Obj", true).Open(strings.Repeat("0", 64), "")
	if err := errors.Join(s.Put("kept", []byte("v")), s.Commit()); err != nil {
		t.Fatal(err)
	}
	if err := s.c.run("PRAGMA max_page_count = 3"); err != nil {
		t.Fatal(err)
	}
	sp, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	err = s.Put("k", make([]byte, 100_000))
	var f *FileError
	if !errors.As(err, &f) || f.Hint == "" || !strings.Contains(err.Error(), "database or disk is full: SQLITE_FULL") {
		t.Fatalf("got %v, want an error that names the full disk and a cure", err)
	}
	if err := sp.Release(); !errors.Is(err, ErrCritical) {
		t.Errorf("release: got %v, want %v", err, ErrCritical)
	}
	if err := s.Commit(); !errors.As(err, &f) {
		t.Errorf("commit: got %v, want the full disk", err)
	}
	if _, ok, err := s.Get("kept"); !ok || err != nil {
		t.Errorf("what was committed: %v %v", ok, err)
	}
	if _, ok, _ := s.Get("k"); ok {
		t.Error("what did not fit was kept")
	}
}
