package wranglercfg_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// FuzzParseJSON and FuzzParseTOML hold that no input panics and that every
// place that is reported lies inside the file.
func FuzzParseJSON(f *testing.F) { fuzzParse(f, "w.jsonc", "*.jsonc") }

func FuzzParseTOML(f *testing.F) { fuzzParse(f, "w.toml", "*.toml") }

func fuzzParse(f *testing.F, name, fixtures string) {
	paths, err := filepath.Glob(filepath.Join("testdata", fixtures))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no fixtures %s: %v", fixtures, err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		places := placesOf(data)
		file, err := wranglercfg.Parse(name, data)
		if err != nil {
			for _, d := range diagnostics(t, err) {
				places.check(t, d.Pos, d.Error())
			}
			return
		}
		places.checkTree(t, file.Root())
		for _, env := range append(file.Environments(), "", "no such environment") {
			c, ds := file.Resolve(env)
			for _, d := range ds {
				places.check(t, d.Pos, d.Error())
			}
			places.check(t, c.Pos, "the configuration")
		}
	})
}

// diagnostics returns what an error of Parse consists of.
func diagnostics(t *testing.T, err error) []*wranglercfg.Diagnostic {
	if d, ok := err.(*wranglercfg.Diagnostic); ok {
		return []*wranglercfg.Diagnostic{d}
	}
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %T without a place: %v", err, err)
	}
	var ds []*wranglercfg.Diagnostic
	for _, e := range all.Unwrap() {
		ds = append(ds, diagnostics(t, e)...)
	}
	return ds
}

// places knows the number of characters of each line.
type places []int

func placesOf(data []byte) places {
	var ps places
	for _, line := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		ps = append(ps, utf8.RuneCountInString(line))
	}
	return ps
}

// check wants a place on a character, or right behind the last one of a line.
func (ps places) check(t *testing.T, p wranglercfg.Pos, what string) {
	t.Helper()
	if p.Line < 1 || p.Line > len(ps) || p.Column < 1 || p.Column > ps[p.Line-1]+1 {
		t.Errorf("%d:%d is outside the file: %s", p.Line, p.Column, what)
	}
}

func (ps places) checkTree(t *testing.T, n *wranglercfg.Node) {
	ps.check(t, n.Pos(), "a value")
	for _, item := range n.Items() {
		ps.checkTree(t, item)
	}
	for _, m := range n.Members() {
		ps.check(t, m.Pos, "the key "+m.Key)
		ps.checkTree(t, m.Value)
	}
}

// FuzzFormats writes one made-up document as TOML and as JSON and holds that
// both give the same configuration and the same findings.
func FuzzFormats(f *testing.F) {
	f.Add([]byte("\x00\x03\x01"))
	f.Add([]byte("durable objects have migrations"))
	f.Add([]byte{9, 4, 8, 1, 2, 0, 0, 7, 3, 3, 3, 1, 9, 9, 0, 4, 5, 6, 7, 8, 9, 2, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		m := maker{data: data}
		doc := m.document()
		asTOML, asJSON := doc.toml(), doc.json()
		tomlFile, err := wranglercfg.Parse("w.toml", []byte(asTOML))
		if err != nil {
			t.Fatalf("%v in\n%s", err, asTOML)
		}
		jsonFile, err := wranglercfg.Parse("w.json", []byte(asJSON))
		if err != nil {
			t.Fatalf("%v in\n%s", err, asJSON)
		}
		for _, env := range []string{"", "e", "none"} {
			a, aFindings := tomlFile.Resolve(env)
			b, bFindings := jsonFile.Resolve(env)
			if diff := cmp.Diff(a, b, ignorePlaces); diff != "" {
				t.Errorf("environment %q: configurations (-TOML +JSON):\n%s\n%s\n%s", env, diff, asTOML, asJSON)
			}
			if diff := cmp.Diff(codes(aFindings), codes(bFindings)); diff != "" {
				t.Errorf("environment %q: findings (-TOML +JSON):\n%s\n%s\n%s", env, diff, asTOML, asJSON)
			}
		}
	})
}

// codes counts findings by code and text; the order depends on the places.
func codes(ds wranglercfg.Diagnostics) map[string]int {
	out := map[string]int{}
	for _, d := range ds {
		out[fmt.Sprint(d.Code, d.Severity, d.Msg)]++
	}
	return out
}

// made is a value that both formats can say.
type made struct {
	scalar string // the same text in both formats; "" for the others
	list   []made
	keys   []string // of a table, with values in list
	table  bool
}

func (v made) json() string {
	switch {
	case v.scalar != "":
		return v.scalar
	case v.table:
		var parts []string
		for i, k := range v.keys {
			parts = append(parts, strconv.Quote(k)+": "+v.list[i].json())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	var parts []string
	for _, item := range v.list {
		parts = append(parts, item.json())
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// toml writes tables of the top level as headers where their content allows it.
func (v made) toml() string {
	var head, tail strings.Builder
	for i, k := range v.keys {
		value := v.list[i]
		switch {
		case value.table:
			fmt.Fprintf(&tail, "[%s]\n", strconv.Quote(k))
			for j, sub := range value.keys {
				fmt.Fprintf(&tail, "%s = %s\n", strconv.Quote(sub), value.list[j].inline())
			}
		case value.scalar == "" && len(value.list) > 0 && value.tables():
			for _, item := range value.list {
				fmt.Fprintf(&tail, "[[%s]]\n", strconv.Quote(k))
				for j, sub := range item.keys {
					fmt.Fprintf(&tail, "%s = %s\n", strconv.Quote(sub), item.list[j].inline())
				}
			}
		default:
			fmt.Fprintf(&head, "%s = %s\n", strconv.Quote(k), value.inline())
		}
	}
	return "# made\n" + head.String() + tail.String()
}

func (v made) tables() bool {
	for _, item := range v.list {
		if !item.table {
			return false
		}
	}
	return true
}

func (v made) inline() string {
	switch {
	case v.scalar != "":
		return v.scalar
	case v.table:
		var parts []string
		for i, k := range v.keys {
			parts = append(parts, strconv.Quote(k)+" = "+v.list[i].inline())
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	var parts []string
	for _, item := range v.list {
		parts = append(parts, item.inline())
	}
	return "[" + strings.Join(parts, ",\n  ") + "]"
}

// maker turns bytes into a document that resembles a configuration.
type maker struct{ data []byte }

func (m *maker) n(limit int) int {
	if len(m.data) == 0 {
		return 0
	}
	b := m.data[0]
	m.data = m.data[1:]
	return int(b) % limit
}

func (m *maker) document() made {
	doc := m.level()
	if m.n(2) == 1 {
		doc.keys = append(doc.keys, "env")
		doc.list = append(doc.list, made{table: true, keys: []string{"e"}, list: []made{m.level()}})
	}
	return doc
}

func (m *maker) level() made {
	class := func() made { return m.text("A", "B", "Café", "C") }
	classes := func() made { return m.listOf(class) }
	fields := []struct {
		key  string
		make func() made
	}{
		{"name", func() made { return m.text("chat", "", "Chat") }},
		{"main", func() made { return m.text("a.js") }},
		{"compatibility_date", func() made { return m.text("2026-01-01", "2026") }},
		{"compatibility_flags", func() made { return m.listOf(func() made { return m.text("a", "b") }) }},
		{"vars", func() made { return m.object("A", m.any, "B \"'\\", m.any) }},
		{"durable_objects", func() made {
			return m.object("bindings", func() made {
				return m.listOf(func() made {
					return m.object("name", class, "class_name", class, "script_name", class, "environment", class)
				})
			})
		}},
		{"migrations", func() made {
			return m.listOf(func() made {
				return m.object("tag", func() made { return m.text("v1", "v2", "") }, "new_classes", classes, "new_sqlite_classes", classes, "deleted_classes", classes,
					"renamed_classes", func() made { return m.listOf(func() made { return m.object("from", class, "to", class) }) })
			})
		}},
		{"exports", func() made {
			entry := func() made {
				return m.object("type", func() made { return m.text("durable-object", "worker", "x") },
					"state", func() made { return m.text("created", "deleted", "renamed", "transferred", "expecting-transfer") },
					"storage", func() made { return m.text("sqlite", "legacy-kv", "kv") }, "renamed_to", class, "transfer_from", class)
			}
			return m.object("A", entry, "B", entry, "", entry)
		}},
	}
	v := made{table: true}
	for _, f := range fields {
		if m.n(3) > 0 {
			continue
		}
		v.keys = append(v.keys, f.key)
		if m.n(8) == 1 {
			v.list = append(v.list, m.any())
		} else {
			v.list = append(v.list, f.make())
		}
	}
	return v
}

func (m *maker) text(choices ...string) made {
	b, _ := json.Marshal(choices[m.n(len(choices))])
	return made{scalar: string(b)}
}

func (m *maker) listOf(item func() made) made {
	var v made
	for range m.n(4) {
		v.list = append(v.list, item())
	}
	return v
}

// object takes pairs of a key and a maker, and leaves some out.
func (m *maker) object(pairs ...any) made {
	v := made{table: true}
	for i := 0; i < len(pairs); i += 2 {
		if m.n(4) == 3 {
			continue
		}
		v.keys = append(v.keys, pairs[i].(string))
		v.list = append(v.list, pairs[i+1].(func() made)())
	}
	return v
}

func (m *maker) any() made {
	switch m.n(7) {
	case 1:
		return made{scalar: "true"}
	case 2:
		return made{scalar: strconv.Itoa(m.n(256) - 128)}
	case 3:
		return made{scalar: "2.5e-3"}
	case 4:
		return m.listOf(m.any)
	case 5:
		return m.object("a", m.any, "é", m.any)
	}
	return m.text("x", "ü\u2028\t\"", "")
}
