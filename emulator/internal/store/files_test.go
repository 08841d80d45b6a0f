package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/storetest"
)

// workerdID is the object in testdata/workerd, which the real runtime has written (miniflare's durableObjectsPersist).
const workerdID = "600e92eacb2f185abd16d08088beafd6c7b817b822f91ffde8c89fe4f725ce08"

// TestFilesOfTheRealRuntime is rules 12.1 to 12.11 and 12.15.
func TestFilesOfTheRealRuntime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "do")
	if err := os.CopyFS(dir, os.DirFS("testdata/workerd")); err != nil {
		t.Fatal(err)
	}
	n := onDisk(t, store.Options{Dir: dir}).Namespace("w-Obj", true)
	ids, err := n.IDs()
	if diff := cmp.Diff([]string{workerdID}, ids); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	alarms, err := n.Alarms()
	if diff := cmp.Diff([]store.AlarmRecord{{ID: workerdID, Name: "hello", Time: 4102444800000}}, alarms); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	s := n.Open(workerdID, "hello")
	value, ok, err := s.Get("k")
	if !ok || err != nil || !bytes.Equal(value, []byte("\xff\x0fo\"\x01aI\x02{\x01")) {
		t.Errorf("got %q %v %v", value, ok, err)
	}
	if ms, ok, err := s.Alarm(); ms != 4102444800000 || !ok || err != nil {
		t.Errorf("got alarm %d %v %v", ms, ok, err)
	}
	row, _, err := mustExec(t, s, "select b from t").Next()
	if err != nil || row[0] != "from workerd" {
		t.Errorf("got %v %v", row, err)
	}
	if counter, err := s.NextBookmark(); counter != 1 || err != nil {
		t.Errorf("got bookmark %d %v, want 1", counter, err)
	}
}

func TestFolderHasOneOwner(t *testing.T) {
	dir := t.TempDir()
	e := onDisk(t, store.Options{Dir: dir})
	_, err := store.New(store.Options{Dir: dir, Now: now})
	var f *store.FileError
	if !errors.Is(err, store.ErrInUse) || !errors.As(err, &f) || f.Path != dir || f.Hint == "" {
		t.Fatalf("second engine: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	onDisk(t, store.Options{Dir: dir})
}

func TestDamagedFiles(t *testing.T) {
	for name, content := range map[string]func(valid []byte) []byte{
		"text":      func([]byte) []byte { return []byte("this is no database, whatever its name says") },
		"torn":      func(valid []byte) []byte { return append(valid[:4096:4096], bytes.Repeat([]byte{0xab}, 8192)...) },
		"overwrite": func(valid []byte) []byte { return append(valid[:100:100], bytes.Repeat([]byte{0xab}, 4000)...) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := onDisk(t, store.Options{Dir: dir})
			s := e.Namespace("w-Obj", true).Open(storetest.ID(1), "")
			mustExec(t, s, "create table t(a)")
			mustCommit(t, s)
			s.Close()
			path := filepath.Join(dir, "w-Obj", storetest.ID(1)+".sqlite")
			damaged := content(mustRead(t, path))
			for _, suffix := range []string{"-wal", "-shm"} {
				_ = os.Remove(path + suffix)
			}
			if name == "torn" { // the schema points to a page that is rubbish
				copy(damaged, mustRead(t, path))
			}
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			s = e.Namespace("w-Obj", true).Open(storetest.ID(1), "")
			_, err := s.Exec("select * from sqlite_master, t")
			if name == "torn" && err != nil && strings.Contains(err.Error(), "no such table") {
				return // the first page alone is an empty database
			}
			var f *store.FileError
			if !errors.As(err, &f) || f.Path != path || !strings.Contains(f.Error(), "recover") {
				t.Errorf("got %v, want an error that names %s and a cure", err, path)
			}
			if got := mustRead(t, path); !bytes.Equal(got, damaged) {
				t.Error("the damaged file was changed")
			}
		})
	}
}

// TestRollbackJournalFile is 12.5: a file in the old journal mode is switched.
func TestRollbackJournalFile(t *testing.T) {
	dir := t.TempDir()
	e := onDisk(t, store.Options{Dir: dir})
	s := e.Namespace("w-Obj", true).Open(storetest.ID(1), "")
	mustExec(t, s, "select 1")
	s.Close()
	path := filepath.Join(dir, "w-Obj", storetest.ID(1)+".sqlite")
	page := mustRead(t, path)
	page[18], page[19] = 1, 1
	_ = os.Remove(path + "-wal")
	_ = os.Remove(path + "-shm")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		t.Fatal(err)
	}
	s = e.Namespace("w-Obj", true).Open(storetest.ID(1), "")
	mustExec(t, s, "create table t(a)")
	mustCommit(t, s)
	if page := mustRead(t, path); page[18] != 2 || page[19] != 2 {
		t.Errorf("header says versions %d, %d; want 2, 2", page[18], page[19])
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "v3", "do")
	s := onDisk(t, store.Options{Dir: dir}).Namespace("w-Obj", true).Open(storetest.ID(1), "")
	mustExec(t, s, "create table t(a)")
	mustCommit(t, s)
	for path, want := range map[string]os.FileMode{
		dir:                         0o700 | os.ModeDir,
		filepath.Join(dir, "w-Obj"): 0o700 | os.ModeDir,
		filepath.Join(dir, "w-Obj", storetest.ID(1)+".sqlite"):     0o600,
		filepath.Join(dir, "w-Obj", storetest.ID(1)+".sqlite-wal"): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s: mode %v, want %v", path, info.Mode(), want)
		}
	}
}

func TestUniqueKeyMustNameAFolder(t *testing.T) {
	e := onDisk(t, store.Options{})
	for _, key := range []string{"", ".", "..", "a/b", "../x"} {
		if err := e.Namespace(key, true).Open(storetest.ID(1), "").Put("k", nil); err == nil {
			t.Errorf("key %q was accepted", key)
		}
	}
}

// TestDescriptors checks that the limit of open connections holds and that nothing leaks.
func TestDescriptors(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	before := count()
	e := onDisk(t, store.Options{MaxOpen: 4})
	n := e.Namespace("w-Obj", true)
	for i := range 40 {
		s := n.Open(storetest.ID(i), "")
		mustExec(t, s, "create table t(a)")
		mustCommit(t, s)
		if open := count() - before; open > 4*3+6 {
			t.Fatalf("%d descriptors after %d objects", open, i+1)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// TestMemoryIsGivenBack opens, fills and closes objects; what the process holds must not grow with every round.
func TestMemoryIsGivenBack(t *testing.T) {
	round := func() {
		e := inMemory(t, store.Options{})
		n := e.Namespace("w-Obj", true)
		for i := range 20 {
			s := n.Open(storetest.ID(i), "")
			mustExec(t, s, "create table t(a, b); create index i on t(a); insert into t values (1, zeroblob(20000))")
			for range 5 {
				mustExec(t, s, "insert into t values (?, ?)", 5.0, "text")
				mustExec(t, s, "select * from t").Close()
				mustExec(t, s, "create index if not exists j on t(b)")
				mustExec(t, s, "drop index if exists j")
				if _, err := s.Exec("select nope"); err == nil {
					t.Fatal("no error")
				}
			}
			mustCommit(t, s)
			if err := s.Suspend(); err != nil {
				t.Fatal(err)
			}
			mustExec(t, s, "select count(*) from t")
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		round()
	}
	before := residentBytes(t)
	for range 12 {
		round()
	}
	if grown := residentBytes(t) - before; grown > 8<<20 {
		t.Errorf("12 rounds cost %d KiB", grown>>10)
	}
}

func TestRandomnessRepeats(t *testing.T) {
	ask := func() string {
		next := byte(0)
		s := inMemory(t, store.Options{Rand: func(b []byte) {
			for i := range b {
				next++
				b[i] = next
			}
		}}).Namespace("w-Obj", true).Open(storetest.ID(1), "")
		row, _, err := mustExec(t, s, "select random(), hex(randomblob(3)), random()").Next()
		if err != nil {
			t.Fatal(err)
		}
		return cmp.Diff(nil, row)
	}
	if a, b := ask(), ask(); a != b || !strings.Contains(a, "090A0B") {
		t.Errorf("got %s and %s", a, b)
	}
}

func TestAllowUserVersion(t *testing.T) {
	s := inMemory(t, store.Options{AllowUserVersion: true}).Namespace("w-Obj", true).Open(storetest.ID(1), "")
	mustExec(t, s, "pragma user_version = 7")
	row, _, err := mustExec(t, s, "pragma user_version").Next()
	if err != nil || row[0] != 7.0 {
		t.Errorf("got %v %v", row, err)
	}
}
