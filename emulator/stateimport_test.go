package emulator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

const (
	exportHead = `{"dormouse":"objects","version":1}` + "\n"
	someID     = "00000000000000000000000000000000000000000000000000000000000000ff"
	objectHead = `{"object":"` + someID + `","worker":"w","class":"C","key":"w-C"}` + "\n"
	objectEnd  = `{"end":"` + someID + `"}` + "\n"
)

func TestImportRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "line 1: no export of objects"},
		{"text", "hello\n", "line 1: no line of an export"},
		{"version", `{"dormouse":"objects","version":2}`, "line 1: an export of version 2, and this program reads 1"},
		{"outside", exportHead + `{"kv":"a","json":1}`, "line 2: outside of an object"},
		{"unknown", exportHead + objectHead + `{"value":1}`, `line 3: no line of an export: json: unknown field "value"`},
		{"two values", exportHead + objectHead + `{"kv":"a","json":1} {}`, "line 3: no line of an export: something follows the object"},
		{"empty line", exportHead + objectHead + `{}`, "line 3: no line of an export: it says neither"},
		{"no end", exportHead + objectHead + `{"kv":"a","json":1}`, "the text ends within object " + someID},
		{"other end", exportHead + objectHead + `{"end":"x"}`, "line 3: no line of an export"},
		{"twice", exportHead + objectHead + objectEnd + objectHead + objectEnd, "line 4: object " + someID + " comes twice"},
		{"nested", exportHead + objectHead + objectHead, "line 3: object " + someID + " has not ended"},
		{"id", exportHead + `{"object":"x","key":"w-C"}`, `line 2: "x" is no id`},
		{"folder", exportHead + `{"object":"` + someID + `","key":"../x"}`, `unique key "../x" cannot name a folder`},
		{"name", exportHead + `{"object":"` + someID + `","key":"w-C","name":"lobby"}`, `the name "lobby" is not that of object`},
		{"alarm", exportHead + `{"object":"` + someID + `","key":"w-C","alarm":"soon"}`, "the alarm is no time"},
		{"alarm far", exportHead + `{"object":"` + someID + `","key":"w-C","alarm":"9999-01-01T00:00:00.000Z"}`, "no alarm can be at"},
		{"no value", exportHead + objectHead + `{"kv":"a"}`, `key "a" has no value`},
		{"bad value", exportHead + objectHead + `{"kv":"a","json":[1,}`, "line 3"},
		{"row", exportHead + objectHead + `{"row":[1]}`, "a row without a table"},
		{"row length", exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE t (a)","columns":["a"]}` + "\n" + `{"row":[1,2]}`, "a row has 2 values, want 1"},
		{"row value", exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE t (a)","columns":["a"]}` + "\n" + `{"row":[true]}`, "value 1: true: want null, a number"},
		{"columns", exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE t (a)","columns":["b"]}` + "\n" + `{"row":[1]}`, "has no column named b"},
		{"not a part", exportHead + objectHead + `{"part":"table","of":"t","sql":"DELETE FROM t"}`, "no such table: t"},
		{"no creation", exportHead + objectHead + `{"part":"table","of":"t","sql":"SELECT 1"}`, "the statement makes nothing"},
		{"two statements", exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE t (a); CREATE TABLE u (a)"}`, "more than one statement"},
		{"other table", exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE u (a)"}`, "does not make that"},
		{"runtime's table", exportHead + objectHead + `{"part":"table","of":"_cf_KV","sql":"CREATE TABLE _cf_KV (a)"}`, "belongs to the runtime"},
		{"attach", exportHead + objectHead + `{"part":"table","of":"t","sql":"ATTACH 'x' AS t"}`, "not authorized"},
		{"shadow of nothing", exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE t (a)"}` + "\n" + `{"part":"shadow","of":"t","columns":["a"]}`, "comes twice"},
		{"shadow", exportHead + objectHead + `{"part":"shadow","of":"t","columns":["a"]}`, "it belongs to no virtual table"},
		{"no vtab", exportHead + objectHead + `{"part":"virtual","of":"t","sql":"CREATE VIRTUAL TABLE t USING rtree(a,b,c)"}`, "virtual"},
		{"unique", exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE t (a UNIQUE)","columns":["a"]}` + "\n{\"row\":[1]}\n{\"row\":[1]}", "line 5: table \"t\": UNIQUE constraint failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := emulator.StateDir(t.TempDir())
			s := opened(t)(emulator.WriteState(dir))
			good := strings.Replace(objectHead, someID, strings.Repeat("0", 64), 1) + `{"end":"` + strings.Repeat("0", 64) + "\"}\n"
			text := strings.Replace(tt.text, exportHead, exportHead+good, 1) // moves lines by two
			_, err := s.Import(strings.NewReader(tt.text), emulator.ImportOptions{})
			var broken *emulator.ImportError
			if !errors.As(err, &broken) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, want %s", err, tt.want)
			}
			if _, err := s.Import(strings.NewReader(text), emulator.ImportOptions{}); err == nil {
				t.Fatal("it is taken behind an object")
			}
			if spaces, err := s.Namespaces(); len(spaces) > 0 || err != nil {
				t.Errorf("something was imported: %v, %v", spaces, err)
			}
		})
	}
}

// TestImportIntoOtherClass: an object gets the id of its name there, and without
// a name it has none.
func TestImportIntoOtherClass(t *testing.T) {
	from := readState(t, miniflareState(t))
	var named, nameless strings.Builder
	if err := emulator.NewExporter(&named).Export(stateObject(t, from, "Room", "small")); err != nil {
		t.Fatal(err)
	}
	o := stateObject(t, from, "Room", "small")
	o.Name = ""
	if err := emulator.NewExporter(&nameless).Export(o); err != nil {
		t.Fatal(err)
	}
	dir := miniflareState(t)
	s := opened(t)(emulator.WriteState(dir))
	if _, err := s.Import(strings.NewReader(nameless.String()), emulator.ImportOptions{Class: "Old"}); err == nil || !strings.Contains(err.Error(), "has no known name") {
		t.Errorf("without a name: %v", err)
	}
	done, err := s.Import(strings.NewReader(named.String()), emulator.ImportOptions{Class: "Old"})
	if err != nil || len(done) != 1 || done[0].Namespace.Class != "Old" {
		t.Fatalf("%+v, %v", done, err)
	}
	c, err := stateObject(t, s, "Old", "small").Contents()
	if err != nil || len(c.KV) != 1 || c.KV[0].JSON != "1" {
		t.Errorf("%+v, %v", c, err)
	}
}

// FuzzImport: whatever is imported, nothing panics, and what is accepted comes
// out again as what it was.
func FuzzImport(f *testing.F) {
	f.Add(exportHead + objectHead + `{"kv":"a","json":{"b":[1,null,"x"]}}` + "\n" + objectEnd)
	f.Add(exportHead + objectHead + `{"kv64":"/w==","v8":"/w9UAA=="}` + "\n" + objectEnd)
	f.Add(exportHead + objectHead + `{"part":"table","of":"t","sql":"CREATE TABLE t (a)","columns":["a"],"rowid":"oid"}` + "\n" + `{"row":[7,{"real":"-Inf"}]}` + "\n" + objectEnd)
	f.Add(exportHead + `{"object":"` + someID + `","worker":"w","class":"C","key":"w-C","alarm":"2040-01-01T00:00:00.007Z","bookmark":3}` + "\n" +
		`{"part":"virtual","of":"s","sql":"CREATE VIRTUAL TABLE s USING fts5(b)","columns":["b"]}` + "\n" +
		`{"part":"shadow","of":"s_config","columns":["k","v"]}` + "\n" + `{"row":["version",4]}` + "\n" +
		`{"part":"index","of":"i","sql":"CREATE INDEX i ON t(a)"}` + "\n" + objectEnd)
	f.Fuzz(func(t *testing.T, text string) {
		dir := emulator.StateDir(t.TempDir())
		s := opened(t)(emulator.WriteState(dir))
		if _, err := s.Import(strings.NewReader(text), emulator.ImportOptions{}); err != nil {
			return
		}
		once := exported(t, s)
		other := opened(t)(emulator.WriteState(emulator.StateDir(t.TempDir())))
		if _, err := other.Import(strings.NewReader(once), emulator.ImportOptions{}); err != nil && once != "" {
			t.Fatalf("an export is refused: %v\n%s", err, once)
		}
		if twice := exported(t, other); once != twice {
			t.Errorf("exported\n%s\nand again\n%s", once, twice)
		}
	})
}
