package emulator_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// miniflareState is a copy of what Miniflare has written: testdata/miniflare.
func miniflareState(t testing.TB) emulator.StateDir {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/miniflare")); err != nil {
		t.Fatal(err)
	}
	return emulator.StateDir(dir)
}

// readState opens a state for reading until the test ends.
func readState(t testing.TB, dir emulator.StateDir) *emulator.State {
	t.Helper()
	return opened(t)(emulator.ReadState(dir))
}

func opened(t testing.TB) func(*emulator.State, error) *emulator.State {
	return func(s *emulator.State, err error) *emulator.State {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

func stateObject(t testing.TB, s *emulator.State, class, name string) *emulator.StateObject {
	t.Helper()
	n, err := s.Namespace(class)
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Object(n, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// exported gives all objects of all classes as text.
func exported(t testing.TB, s *emulator.State) string {
	t.Helper()
	var out bytes.Buffer
	e := emulator.NewExporter(&out)
	spaces, err := s.Namespaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range spaces {
		list, err := s.Objects(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			if err := e.Export(o); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out.String()
}

func TestStateOfMiniflare(t *testing.T) {
	s := readState(t, miniflareState(t))
	spaces, err := s.Namespaces()
	want := []emulator.NamespaceInfo{
		{Key: "chat-Old", Worker: "chat", Class: "Old", SQLite: true},
		{Key: "chat-Room", Worker: "chat", Class: "Room", SQLite: true},
	}
	if diff := cmp.Diff(want, spaces); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	o := stateObject(t, s, "Room", "lobby")
	if got := o.Alarm.Format("2006-01-02T15:04:05.000"); got != "2040-01-01T00:00:00.007" || o.Size < 4096 {
		t.Errorf("alarm %s, size %d", got, o.Size)
	}
	c, err := o.Contents()
	if err != nil {
		t.Fatal(err)
	}
	var tables, values []string
	for _, table := range c.Tables {
		tables = append(tables, strings.Join(append([]string{table.Name}, table.Columns...), " "))
	}
	for _, e := range c.KV {
		values = append(values, e.Key+"="+e.Text)
	}
	if diff := cmp.Diff([]string{"messages id author body score raw", "tags name n", "plain v", "search body"}, tables); diff != "" {
		t.Error(diff)
	}
	if c.Tables[0].Rows != 19 || c.Tables[3].Rows != 20 {
		t.Errorf("%d messages, %d texts", c.Tables[0].Rows, c.Tables[3].Rows)
	}
	if !slices.Contains(values, `map=Map(1) { 1 => Set(1) { "s" } }`) || !slices.Contains(values, "big=12n") {
		t.Errorf("values %q", values)
	}
	res, err := o.Query("SELECT body FROM search('11')")
	if err != nil || len(res.Rows) != 1 || res.Rows[0][0] != "hello 11 日本語" {
		t.Errorf("%v, %v", res, err)
	}
}

// TestExportImport: what was exported, imported and exported again is the same
// text, also where objects are replaced.
func TestExportImport(t *testing.T) {
	text := exported(t, readState(t, miniflareState(t)))
	if got := strings.Count(text, `{"end":`); got != 3 {
		t.Fatalf("%d objects in\n%s", got, text)
	}
	dir := emulator.StateDir(t.TempDir())
	for round, want := range []error{nil, emulator.ErrExists, nil} {
		s := opened(t)(emulator.WriteState(dir))
		done, err := s.Import(strings.NewReader(text), emulator.ImportOptions{Force: round == 2})
		if !errors.Is(err, want) {
			t.Fatalf("round %d: %v, want %v", round, err, want)
		}
		if err == nil && (len(done) != 3 || done[0].Replaced != (round == 2)) {
			t.Errorf("round %d: %+v", round, done)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, exported(t, readState(t, dir))); diff != "" {
			t.Fatalf("round %d: %s", round, diff)
		}
	}
}

// TestImportReplacesAll: nothing of an object that is replaced stays.
func TestImportReplacesAll(t *testing.T) {
	dir := miniflareState(t)
	text := exported(t, readState(t, dir))
	s := opened(t)(emulator.WriteState(dir))
	o := stateObject(t, s, "Room", "lobby")
	if _, err := o.Query("CREATE TABLE other (x); INSERT INTO other VALUES (1); DROP TABLE tags"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(strings.NewReader(text), emulator.ImportOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, exported(t, s)); diff != "" {
		t.Error(diff)
	}
}

// TestReadStateLeavesNothing: a state at rest is read without a file being made
// or changed.
func TestReadStateLeavesNothing(t *testing.T) {
	dir := emulator.StateDir(t.TempDir())
	w := opened(t)(emulator.WriteState(dir))
	if _, err := w.Import(strings.NewReader(exported(t, readState(t, miniflareState(t)))), emulator.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	logs := logsOf(t, dir)
	if len(logs) == 0 {
		t.Fatal("no logs to take away")
	}
	before := listing(t, dir)
	text := exported(t, readState(t, dir))
	if diff := cmp.Diff(before, listing(t, dir)); diff != "" {
		t.Error(diff)
	}
	if missing := emulator.StateDir(filepath.Join(t.TempDir(), "missing")); exported(t, readState(t, missing)) != "" {
		t.Error("there are objects where nothing is")
	} else if _, err := os.Stat(string(missing)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading makes a directory: %v", err)
	}
	// As wrangler leaves it: everything in the databases, and no logs.
	checkpoint(t, dir)
	before = listing(t, dir)
	if diff := cmp.Diff(text, exported(t, readState(t, dir))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, listing(t, dir)); diff != "" || len(logsOf(t, dir)) > 0 {
		t.Error(diff)
	}
}

// listing gives the files of a state with what is in them, but for the shared
// memory of those who read.
func listing(t testing.TB, dir emulator.StateDir) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(string(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.HasSuffix(path, "-shm") {
			data = nil
		}
		out[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func logsOf(t testing.TB, dir emulator.StateDir) []string {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(string(dir), "v3", "do", "*", "*-wal"))
	if err != nil {
		t.Fatal(err)
	}
	return logs
}

// TestReadStateOfRunning: an emulator that runs is read, and not disturbed;
// nothing can be changed there.
func TestReadStateOfRunning(t *testing.T) {
	dir := emulator.StateDir(filepath.Join(t.TempDir(), "state"))
	em := newProbes(t, inspected, dir)
	if _, err := em.do("a", "fill"); err != nil {
		t.Fatal(err)
	}
	s := readState(t, dir)
	o := stateObject(t, s, "Probe", "a")
	if res, err := o.Query(`SELECT count(*) FROM "odd ""name"`); err != nil || res.Rows[0][0] != 2.0 {
		t.Fatalf("%v, %v", res, err)
	}
	for _, query := range []string{`DELETE FROM "odd ""name"`, "CREATE TABLE t (a)", `SELECT 1; INSERT INTO "odd ""name" VALUES (9, '', NULL)`} {
		if _, err := o.Query(query); !errors.Is(err, emulator.ErrReadOnly) {
			t.Errorf("%s: %v", query, err)
		}
	}
	for _, query := range []string{"SELECT * FROM _cf_KV", "ATTACH 'x' AS y", "PRAGMA journal_mode = DELETE", "BEGIN"} {
		if _, err := o.Query(query); err == nil || errors.Is(err, emulator.ErrReadOnly) {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := emulator.WriteState(dir); err == nil || !strings.Contains(err.Error(), "another process runs Durable Objects") {
		t.Errorf("writing beside an emulator: %v", err)
	}
	if _, err := em.do("a", "alarm"); err != nil {
		t.Fatal(err)
	}
	if got := stateObject(t, readState(t, dir), "Probe", "a"); got.Alarm.IsZero() || got.Name != "a" {
		t.Errorf("alarm %v, name %q", got.Alarm, got.Name)
	}
}

// TestImportedRuns: an emulator takes imported objects for its own.
func TestImportedRuns(t *testing.T) {
	dir := emulator.StateDir(filepath.Join(t.TempDir(), "state"))
	em := newProbes(t, inspected, dir)
	for _, act := range []string{"fill", "alarm"} {
		if _, err := em.do("a", act); err != nil {
			t.Fatal(err)
		}
	}
	text := exported(t, readState(t, dir))
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	other := emulator.StateDir(filepath.Join(t.TempDir(), "state"))
	s := opened(t)(emulator.WriteState(other))
	if _, err := s.Import(strings.NewReader(text), emulator.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	em = newProbes(t, inspected, other)
	o := em.look("a")
	if e, ok, err := o.GetKV("a"); err != nil || !ok || e.JSON != `{"n":1,"s":["x"]}` {
		t.Errorf("%+v, %v, %v", e, ok, err)
	}
	if info, ok := o.Info(); !ok || info.Alarm.IsZero() || info.Name != "a" {
		t.Errorf("%+v, %v", info, ok)
	}
}

// checkpoint moves what is in the logs into the databases, as the real runtime
// does when it ends.
func checkpoint(t *testing.T, dir emulator.StateDir) {
	t.Helper()
	for _, log := range logsOf(t, dir) {
		db, err := sql.Open("sqlite", strings.TrimSuffix(log, "-wal"))
		if err == nil {
			_, err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadStateWhileWriting: what is read of an object that is being written is
// one moment of it, and the writer notices nothing.
func TestReadStateWhileWriting(t *testing.T) {
	dir := emulator.StateDir(filepath.Join(t.TempDir(), "state"))
	em := newProbes(t, behaviour{do: func(_ context.Context, p *probe, what string) (any, error) {
		st := p.state.Storage()
		if _, err := st.SQL().Exec("CREATE TABLE IF NOT EXISTS a (v); CREATE TABLE IF NOT EXISTS b (v); INSERT INTO a VALUES (?)", what); err != nil {
			return nil, err
		}
		_, err := st.SQL().Exec("INSERT INTO b VALUES (?)", what)
		return nil, errors.Join(err, st.KV().Put("last", what))
	}}, dir, realClock)
	const writes = 300
	if _, err := em.do("x", strings.Repeat("0", 1000)); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		for range writes {
			if _, err := em.do("x", strings.Repeat("1", 1000)); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	s := readState(t, dir)
	for reads := 0; ; reads++ {
		c, err := stateObject(t, s, "Probe", "x").Contents()
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Tables) != 2 || c.Tables[0].Rows != c.Tables[1].Rows || len(c.KV) != 1 {
			t.Fatalf("half of an event is seen: %+v", c)
		}
		select {
		case err := <-written:
			if err != nil {
				t.Fatal(err)
			}
			if c, err := stateObject(t, s, "Probe", "x").Contents(); err != nil || c.Tables[0].Rows != writes+1 {
				t.Fatalf("after %d reads: %+v, %v", reads, c.Tables, err)
			}
			return
		default:
		}
	}
}

// TestExportRefuses: what an export cannot hold is said, and not left out.
func TestExportRefuses(t *testing.T) {
	dir := miniflareState(t)
	o := stateObject(t, readState(t, dir), "Room", "small")
	path := filepath.Join(string(dir), "v3", "do", "chat-Room", o.ID)
	if err := os.WriteFile(path+".facets", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := emulator.NewExporter(&bytes.Buffer{}).Export(o); err == nil || !strings.Contains(err.Error(), "has facets, which an export cannot hold") {
		t.Errorf("facets: %v", err)
	}
	o = stateObject(t, readState(t, dir), "Room", "lobby")
	db, err := sql.Open("sqlite", filepath.Join(string(dir), "v3", "do", "chat-Room", o.ID+".sqlite"))
	if err == nil {
		_, err = db.Exec("CREATE TABLE _cf_EXTERNALS (key TEXT, idx INTEGER, token BLOB, PRIMARY KEY (key, idx)); INSERT INTO _cf_EXTERNALS VALUES ('k', 0, x'00')")
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := emulator.NewExporter(&bytes.Buffer{}).Export(o); err == nil || !strings.Contains(err.Error(), "rows in the runtime's table _cf_EXTERNALS") {
		t.Errorf("stubs: %v", err)
	}
}

// TestStateOfLegacyClass: a class without SQLite has no SQL, and takes no tables.
func TestStateOfLegacyClass(t *testing.T) {
	root := t.TempDir()
	dir := emulator.StateDir(filepath.Join(root, "state"))
	text := strings.Replace(probeConfig, "new_sqlite_classes", "new_classes", 1)
	b := behaviour{do: func(_ context.Context, p *probe, _ string) (any, error) {
		return nil, p.state.Storage().Put("k", "v")
	}}
	em, err := emulator.New(emulator.Worker{Config: config(t, text), Classes: []durable.Class{b.class()}}, dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	_, err = em.Namespace("PROBE").GetByName("a").Call(t.Context(), "do", "put")
	if err := errors.Join(err, em.Close()); err != nil {
		t.Fatal(err)
	}
	s := opened(t)(emulator.WriteState(dir))
	o := stateObject(t, s, "Probe", "a")
	if _, err := o.Query("SELECT 1"); err == nil || !strings.Contains(err.Error(), "not SQLite-backed") {
		t.Errorf("SQL: %v", err)
	}
	if c, err := o.Contents(); err != nil || len(c.KV) != 1 || c.KV[0].JSON != `"v"` {
		t.Errorf("%+v, %v", c, err)
	}
	table := exportHead + strings.ReplaceAll(objectHead, "w-C", "probes-Probe") + `{"part":"table","of":"t","sql":"CREATE TABLE t (a)","columns":["a"]}`
	if _, err := s.Import(strings.NewReader(table), emulator.ImportOptions{}); err == nil || !strings.Contains(err.Error(), "it has no tables") {
		t.Errorf("tables: %v", err)
	}
}

// TestReadStateWithoutRights: a log is read only where its index can be made, and
// the error says so; a state without logs needs no rights but to read.
func TestReadStateWithoutRights(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("the superuser may write everywhere: run this as another user")
	}
	for _, logs := range []bool{true, false} {
		dir := miniflareState(t)
		if !logs {
			checkpoint(t, dir)
		}
		folder := filepath.Join(string(dir), "v3", "do", "chat-Room")
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
		s := readState(t, dir)
		n, err := s.Namespace("Room")
		if err == nil {
			_, err = s.Object(n, "lobby")
		}
		switch {
		case logs && (err == nil || !strings.Contains(err.Error(), "copy the state, and read the copy")):
			t.Errorf("with logs: %v", err)
		case !logs && err != nil:
			t.Errorf("without logs: %v", err)
		}
	}
}
