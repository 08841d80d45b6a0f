package migrations_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// config reads a configuration in TOML and refuses one with errors.
func config(t testing.TB, text string) *wranglercfg.Config {
	t.Helper()
	f, err := wranglercfg.Parse("w.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, ds := f.Resolve("")
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

// ledger returns the ledger after configurations were applied one by one.
func ledger(t testing.TB, texts ...string) migrations.Ledger {
	t.Helper()
	var l migrations.Ledger
	for _, text := range texts {
		c, ds := migrations.Plan(l, config(t, text))
		if err := ds.Err(); err != nil {
			t.Fatal(err)
		}
		l = c.Ledger
	}
	return l
}

// outcome is a plan as text: steps, namespaces that are open, findings.
func outcome(c migrations.Changes, ds wranglercfg.Diagnostics) []string {
	var out []string
	for _, s := range c.Steps {
		line := fmt.Sprintf("%s %s", s.Kind, s.Class)
		if s.From != "" {
			line += " from " + s.From
		}
		if s.FromScript != "" {
			line += " of " + s.FromScript
		}
		out = append(out, line+": "+s.UniqueKey+" "+backend(s.SQLite))
	}
	for _, n := range c.Open {
		line := fmt.Sprintf("open %s: %s %s", n.Class, n.UniqueKey, backend(n.SQLite))
		if n.Undeclared {
			line += " undeclared"
		}
		out = append(out, line)
	}
	for _, d := range ds {
		line, _, _ := strings.Cut(d.Error(), " (")
		out = append(out, line)
	}
	return out
}

func backend(sqlite bool) string {
	if sqlite {
		return "sqlite"
	}
	return "kv"
}

const (
	createA = "name = 'w'\n[[migrations]]\ntag = 'v1'\nnew_sqlite_classes = ['A']\n"
	renameA = createA + "[[migrations]]\ntag = 'v2'\nrenamed_classes = [{ from = 'A', to = 'B' }]\n"
	againA  = renameA + "[[migrations]]\ntag = 'v3'\nnew_classes = ['A']\n"
)

func TestPlan(t *testing.T) {
	tests := []struct {
		name, rule string
		applied    []string // configurations that this state has seen
		config     string
		want       []string
	}{
		{"nothing", "M8", nil, "name = 'w'", nil},
		{"a new state", "M9 1.6", nil, createA, []string{"create A: w-A sqlite", "open A: w-A sqlite"}},
		{"no name", "1.6", nil, "migrations = [{ tag = 'v1', new_classes = ['A'] }]", []string{"create A: -A kv", "open A: -A kv"}},
		{"applied", "M18", []string{createA}, createA, []string{"open A: w-A sqlite"}},
		{"a tag and nothing else", "M2", []string{createA}, createA + "[[migrations]]\ntag = 'v2'", []string{"open A: w-A sqlite"}},
		{"a rename keeps the key", "M11 16.2", []string{createA}, renameA, []string{"rename B from A: w-A sqlite", "open B: w-A sqlite"}},
		{"a rename on a new state", "12.1", nil, renameA, []string{"create B: w-B sqlite", "open B: w-B sqlite"}},
		{"the name again", "M11", []string{createA, renameA}, againA, []string{"create A: w-A-2 kv", "open B: w-A sqlite", "open A: w-A-2 kv"}},
		{"rename and the name again", "M11", []string{createA}, againA, []string{"rename B from A: w-A sqlite", "create A: w-A-2 kv", "open B: w-A sqlite", "open A: w-A-2 kv"}},
		{"rename and the name again, new state", "12.1", nil, againA, []string{"create B: w-B sqlite", "create A: w-A kv", "open B: w-B sqlite", "open A: w-A kv"}},
		{
			"rename and the name again in one step", "M8 M14", []string{createA},
			createA + "[[migrations]]\ntag = 'v2'\nrenamed_classes = [{ from = 'A', to = 'B' }]\nnew_sqlite_classes = ['A']",
			[]string{"rename B from A: w-A sqlite", "create A: w-A-2 sqlite", "open B: w-A sqlite", "open A: w-A-2 sqlite"},
		},
		{
			"the third of a name", "M11", []string{createA, renameA, againA},
			againA + "[[migrations]]\ntag = 'v4'\nrenamed_classes = [{ from = 'A', to = 'C' }]\n[[migrations]]\ntag = 'v5'\nnew_classes = ['A']",
			[]string{"rename C from A: w-A-2 kv", "create A: w-A-3 kv", "open B: w-A sqlite", "open C: w-A-2 kv", "open A: w-A-3 kv"},
		},
		{
			"a deletion frees the key", "M10 M13", []string{createA},
			createA + "[[migrations]]\ntag = 'v2'\ndeleted_classes = ['A']\n[[migrations]]\ntag = 'v3'\nnew_classes = ['A']",
			[]string{"delete A: w-A sqlite", "create A: w-A kv", "open A: w-A kv"},
		},
		{
			"a renamed class is deleted, then its first name is free", "M10 M11", []string{createA, renameA},
			renameA + "[[migrations]]\ntag = 'v3'\ndeleted_classes = ['B']\n[[migrations]]\ntag = 'v4'\nnew_classes = ['A']",
			[]string{"delete B: w-A sqlite", "create A: w-A kv", "open A: w-A kv"},
		},
		{"created and deleted before this state", "M17", nil, createA + "[[migrations]]\ntag = 'v2'\ndeleted_classes = ['A']", nil},
		{
			"a new class takes a name that a deletion frees", "M8 M10", []string{createA},
			createA + "[[migrations]]\ntag = 'v2'\nnew_classes = ['B']\n[[migrations]]\ntag = 'v3'\ndeleted_classes = ['A']\n[[migrations]]\ntag = 'v4'\nrenamed_classes = [{ from = 'B', to = 'A' }]",
			[]string{"delete A: w-A sqlite", "create A: w-A kv", "open A: w-A kv"},
		},
		{
			"names change places", "M8 M11", []string{"name = 'w'\nmigrations = [{ tag = 'v1', new_classes = ['A', 'B'] }]"},
			"name = 'w'\nmigrations = [{ tag = 'v1', new_classes = ['B', 'A'] }, { tag = 'v2', renamed_classes = [{ from = 'A', to = 'C' }, { from = 'B', to = 'A' }] }, { tag = 'v3', renamed_classes = [{ from = 'C', to = 'B' }] }]",
			[]string{"rename C from A: w-A kv", "rename A from B: w-B kv", "rename B from C: w-A kv", "open B: w-A kv", "open A: w-B kv"},
		},

		{
			"created twice", "M9 16.4", nil, createA + "[[migrations]]\ntag = 'v2'\nnew_sqlite_classes = ['B', 'A']",
			[]string{"w.toml:7:28: DM1001: Cannot apply new_sqlite_classes migration to existing class A"},
		},
		{
			"other backend", "M13 16.4", nil, createA + "[[migrations]]\ntag = 'v2'\nnew_classes = ['A']",
			[]string{"w.toml:7:16: DM1001: Cannot apply new_classes migration to existing class A"},
		},
		{
			"deleted, never created", "M10 16.4", nil, "migrations = [{ tag = 'v1', deleted_classes = ['A'] }]",
			[]string{"w.toml:1:48: DM1002: Cannot apply deleted_classes migration to non-existent class A"},
		},
		{
			"renamed, never created", "M11 16.4", nil, "migrations = [{ tag = 'v1', renamed_classes = [{ from = 'A', to = 'B' }] }]",
			[]string{"w.toml:1:57: DM1002: Cannot apply renamed_classes migration to non-existent class A"},
		},
		{
			"renamed to a class that exists", "M11", nil, "migrations = [{ tag = 'v1', new_classes = ['A', 'B'] }, { tag = 'v2', renamed_classes = [{ from = 'A', to = 'B' }] }]",
			[]string{"w.toml:1:109: DM1003: Cannot apply renamed_classes migration to existing class B"},
		},
		{
			"transferred to a class that exists", "M12", nil, "migrations = [{ tag = 'v1', new_classes = ['B'] }, { tag = 'v2', transferred_classes = [{ from = 'A', from_script = 'x', to = 'B' }] }]",
			[]string{"w.toml:1:127: DM1003: Cannot apply transferred_classes migration to existing class B"},
		},
		{
			"transferred, then deleted", "M12 M10", nil, "migrations = [{ tag = 'v1', transferred_classes = [{ from = 'A', from_script = 'x', to = 'B' }] }, { tag = 'v2', deleted_classes = ['B'] }]",
			[]string{
				`w.toml:1:61: warning: DM1011: class "A" of Worker "x" is not on this state`,
				"w.toml:1:133: DM1002: Cannot apply deleted_classes migration to non-existent class B",
			},
		},
		{
			"both backends in one step", "M14", nil, "migrations = [{ tag = 'v1', new_classes = ['A'], new_sqlite_classes = ['A'] }]",
			[]string{"w.toml:1:72: DM1001: Cannot apply new_sqlite_classes migration to existing class A"},
		},
		{
			"deleted and created in one step", "M14", nil, createA + "[[migrations]]\ntag = 'v2'\nnew_classes = ['A']\ndeleted_classes = ['A']",
			[]string{"w.toml:7:16: DM1005: class 'A' cannot be the target of more than one migration"},
		},
		{
			"deleted and target of a rename in one step", "M14", nil, "migrations = [{ tag = 'v1', new_classes = ['A', 'B'] }, { tag = 'v2', deleted_classes = ['B'], renamed_classes = [{ from = 'A', to = 'B' }] }]",
			[]string{"w.toml:1:134: DM1005: class 'B' cannot be the target of more than one migration"},
		},
		{
			"a tag twice", "M7", nil, createA + "[[migrations]]\ntag = 'v1'\nnew_classes = ['B']",
			[]string{`w.toml:6:7: DM1006: migration tag "v1" is already on line 2`},
		},

		{
			"an applied step is removed", "M18", []string{renameA}, createA,
			[]string{`w.toml:2:1: DM1007: migration "v2" was applied to this state and is no longer in the list`},
		},
		{
			"all steps are removed", "M18", []string{createA}, "name = 'w'",
			[]string{`w.toml:1:1: DM1007: migration "v1" was applied to this state and is no longer in the list`},
		},
		{
			"a step before the applied one", "M18", []string{createA}, "name = 'w'\nmigrations = [{ tag = 'v0' }, { tag = 'v1', new_sqlite_classes = ['A'] }]",
			[]string{`w.toml:2:39: DM1007: migration "v1" was applied as step 1 and is step 2 now`},
		},
		{
			"an applied step is edited", "M18", []string{createA}, "name = 'w'\nmigrations = [{ tag = 'v1', new_sqlite_classes = ['A', 'B'] }]",
			[]string{`w.toml:2:15: DM1008: migration "v1" was applied to this state and was edited since`},
		},
		{
			"an applied step is reordered inside", "M18", []string{"name = 'w'\nmigrations = [{ tag = 'v1', new_classes = ['A', 'B'] }]"},
			"name = 'w'\nmigrations = [{ new_classes = ['B', 'A'], tag = 'v1' }]", []string{"open A: w-A kv", "open B: w-B kv"},
		},
		{
			"another Worker's ledger", "E4", []string{createA}, strings.Replace(createA, "'w'", "'x'", 1),
			[]string{`w.toml:1:8: DM1013: the ledger is that of Worker "w", not of "x"`},
		},

		{
			"bound, without any lifecycle", "B6", nil, "name = 'w'\ndurable_objects.bindings = [{ name = 'X', class_name = 'A' }, { name = 'Y', class_name = 'A' }]",
			[]string{
				"open A: w-A kv undeclared",
				"w.toml:2:56: warning: DM1004: Cannot create binding for class 'A' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.",
			},
		},
		{
			"bound under its old name", "B6 M11", []string{createA}, "durable_objects.bindings = [{ name = 'X', class_name = 'A' }]\n" + renameA,
			[]string{
				"rename B from A: w-A sqlite", "open B: w-A sqlite", "open A: w-A-2 kv undeclared",
				"w.toml:1:56: warning: DM1004: Cannot create binding for class 'A' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.",
			},
		},
		{
			"bound elsewhere", "B5", nil, "name = 'w'\ndurable_objects.bindings = [{ name = 'X', class_name = 'A', script_name = 'x' }]", nil,
		},
		{
			"declared after it ran undeclared", "B6 M9", []string{"name = 'w'\ndurable_objects.bindings = [{ name = 'X', class_name = 'A' }]"}, createA,
			[]string{"create A: w-A sqlite", "open A: w-A sqlite"},
		},
		{
			"no longer bound, undeclared", "B6", []string{"name = 'w'\ndurable_objects.bindings = [{ name = 'X', class_name = 'A' }]"}, "name = 'w'", nil,
		},
		{
			"an undeclared class keeps its key", "B6", []string{createA, "durable_objects.bindings = [{ name = 'X', class_name = 'A' }]\n" + renameA},
			"durable_objects.bindings = [{ name = 'X', class_name = 'A' }]\n" + renameA + "[[migrations]]\ntag = 'v3'\ndeleted_classes = ['B']\n[[migrations]]\ntag = 'v4'\nnew_classes = ['A']",
			[]string{"delete B: w-A sqlite", "create A: w-A-2 kv", "open A: w-A-2 kv"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := ledger(t, tt.applied...)
			before := l
			got := outcome(migrations.Plan(l, config(t, tt.config)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rule %s: plan (-want +got):\n%s", tt.rule, diff)
			}
			if diff := cmp.Diff(before, l); diff != "" {
				t.Errorf("the ledger that was given changed:\n%s", diff)
			}
		})
	}
}

// TestPlanTwice holds that what was planned is done: a second plan has no steps.
func TestPlanTwice(t *testing.T) {
	for _, text := range []string{createA, renameA, againA} {
		c := config(t, text)
		first, ds := migrations.Plan(migrations.Ledger{}, c)
		if err := ds.Err(); err != nil || len(first.Steps) == 0 {
			t.Fatalf("first plan: %v, %v", first, err)
		}
		second, _ := migrations.Plan(first.Ledger, c)
		if len(second.Steps) != 0 {
			t.Errorf("rule M18: the second plan has the steps %v, want none", second.Steps)
		}
		if diff := cmp.Diff(first.Open, second.Open); diff != "" {
			t.Errorf("open namespaces (-first +second):\n%s", diff)
		}
	}
}

func TestTransfer(t *testing.T) {
	const giver = "name = 'old'\nmigrations = [{ tag = 'v1', new_classes = ['Room', 'Stays'] }]"
	const taker = "name = 'new'\nmigrations = [{ tag = 'v1', transferred_classes = [{ from = 'Room', from_script = 'old', to = 'Chat' }] }]"
	source := ledger(t, giver)

	c, ds := migrations.Plan(migrations.Ledger{}, config(t, taker), source)
	want := []string{"transfer Chat from Room of old: old-Room kv", "open Chat: old-Room kv"}
	if diff := cmp.Diff(want, outcome(c, ds)); diff != "" {
		t.Errorf("rule M12: plan of the taker (-want +got):\n%s", diff)
	}
	if len(c.Sources) != 1 || !slices.Equal(c.Sources[0].GivenAway, []string{"old-Room"}) || len(c.Sources[0].Namespaces) != 1 {
		t.Fatalf("rule M12: sources are %+v, want one without old-Room", c.Sources)
	}
	if _, ok := source.Namespace("Room"); !ok {
		t.Errorf("the ledger that was given changed")
	}

	// The giver goes on: the name is free for it, the key is not.
	after := giver[:len(giver)-1] + ", { tag = 'v2', deleted_classes = ['Room'] }, { tag = 'v3', new_classes = ['Room'] }]"
	want = []string{"create Room: old-Room-2 kv", "open Stays: old-Stays kv", "open Room: old-Room-2 kv"}
	for _, others := range [][]migrations.Ledger{nil, {c.Ledger}, {c.Ledger, c.Sources[0]}} {
		got := outcome(migrations.Plan(c.Sources[0], config(t, after), others...))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rule M12: plan of the giver beside %d others (-want +got):\n%s", len(others), diff)
		}
	}

	// The class comes back.
	back := giver[:len(giver)-1] + ", { tag = 'v2', deleted_classes = ['Room'], transferred_classes = [{ from = 'Chat', from_script = 'new', to = 'Home' }] }]"
	b, ds := migrations.Plan(c.Sources[0], config(t, back), c.Ledger)
	want = []string{"transfer Home from Chat of new: old-Room kv", "open Stays: old-Stays kv", "open Home: old-Room kv"}
	if diff := cmp.Diff(want, outcome(b, ds)); diff != "" {
		t.Errorf("rule M12: plan of the return (-want +got):\n%s", diff)
	}
	for _, l := range []migrations.Ledger{b.Ledger, b.Sources[0]} {
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := migrations.ParseLedger("ledger.json", data); err != nil {
			t.Errorf("rule M12: after the return: %v", err)
		}
	}

	// Without the giver on this state.
	got := outcome(migrations.Plan(migrations.Ledger{}, config(t, taker)))
	want = []string{
		"create Chat of old: new-Chat sqlite", "open Chat: new-Chat sqlite",
		`w.toml:2:61: warning: DM1011: class "Room" of Worker "old" is not on this state`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rule M12: plan without the giver (-want +got):\n%s", diff)
	}
}

func TestAdopt(t *testing.T) {
	swapped := "name = 'w'\nmigrations = [{ tag = 'v1', new_classes = ['A'] }, { tag = 'v2', renamed_classes = [{ from = 'A', to = 'B' }] }, { tag = 'v3', new_classes = ['A'] }]"
	shared := swapped[:len(swapped)-1] + ", { tag = 'v4', renamed_classes = [{ from = 'A', to = 'C' }] }]"
	tests := []struct {
		name, config string
		folders      []string
		want         []string
	}{
		{"no objects", renameA, nil, []string{"create B: w-B sqlite", "open B: w-B sqlite"}},
		{"objects from before the rename", renameA, []string{"w-A"}, []string{"create B: w-A sqlite", "open B: w-A sqlite"}},
		{"objects from after the rename", renameA, []string{"w-B"}, []string{"create B: w-B sqlite", "open B: w-B sqlite"}},
		{"objects of both", renameA, []string{"w-A", "w-B"}, []string{
			`w.toml:7:39: DM1012: class "B" has objects under "w-A" and "w-B", from before and after a rename`,
		}},
		{"the old name has a class of its own", swapped, []string{"w-A"}, []string{
			"create B: w-B kv", "create A: w-A kv", "open B: w-B kv", "open A: w-A kv",
		}},
		{"two classes had the name", shared, []string{"w-A"}, []string{
			`w.toml:2:203: DM1012: the objects under "w-A" may belong to class "B" and to class "C"`,
		}},
		{"exports", "name = 'w'\n[exports.B]\ntype = 'durable-object'\nstorage = 'sqlite'\n[exports.A]\ntype = 'durable-object'\nstate = 'renamed'\nrenamed_to = 'B'", []string{"w-A"}, []string{
			"create B: w-A sqlite", "open B: w-A sqlite",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, ds := migrations.Adopt(config(t, tt.config), func(key string) bool { return slices.Contains(tt.folders, key) })
			if diff := cmp.Diff(tt.want, outcome(c, ds)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}
