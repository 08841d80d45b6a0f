package migrations_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
)

// declare returns a configuration with exports: each is "Class", "Class:state"
// or "Class:state:detail"; live ones have the SQLite backend unless "kv" is said.
func declare(name string, exports ...string) string {
	var b strings.Builder
	b.WriteString("name = '" + name + "'\n")
	for _, e := range exports {
		class, rest, _ := strings.Cut(e, ":")
		state, detail, _ := strings.Cut(rest, ":")
		b.WriteString("[exports." + class + "]\ntype = 'durable-object'\n")
		switch state {
		case "", "kv":
			b.WriteString("storage = '" + map[string]string{"": "sqlite", "kv": "legacy-kv"}[state] + "'\n")
		case "deleted":
			b.WriteString("state = 'deleted'\n")
		case "renamed":
			b.WriteString("state = 'renamed'\nrenamed_to = '" + detail + "'\n")
		case "transferred":
			b.WriteString("state = 'transferred'\ntransferred_to = '" + detail + "'\n")
		case "expecting":
			b.WriteString("state = 'expecting-transfer'\nstorage = 'sqlite'\ntransfer_from = '" + detail + "'\n")
		}
	}
	return b.String()
}

func TestPlanExports(t *testing.T) {
	const bound = "durable_objects.bindings = [{ name = 'X', class_name = 'A' }]\n"
	tests := []struct {
		name, rule string
		applied    []string
		config     string
		want       []string
	}{
		{"new classes", "X4", nil, declare("w", "A", "B:kv"), []string{"create A: w-A sqlite", "create B: w-B kv", "open A: w-A sqlite", "open B: w-B kv"}},
		{"kept", "X4", []string{declare("w", "A")}, declare("w", "A"), []string{"open A: w-A sqlite"}},
		{"deleted", "X4", []string{declare("w", "A", "B")}, declare("w", "A:deleted", "B"), []string{"delete A: w-A sqlite", "open B: w-B sqlite"}},
		{"deleted long ago", "X12", []string{declare("w", "B")}, declare("w", "A:deleted", "B"), []string{"open B: w-B sqlite"}},
		{"deleted, then wanted", "X4", []string{declare("w", "A"), declare("w", "A:deleted")}, declare("w", "A:kv"), []string{"create A: w-A kv", "open A: w-A kv"}},
		{"renamed", "X6", []string{declare("w", "A")}, declare("w", "A:renamed:B", "B"), []string{"rename B from A: w-A sqlite", "open B: w-A sqlite"}},
		{"renamed, the tombstone stays", "X12", []string{declare("w", "A"), declare("w", "A:renamed:B", "B")}, declare("w", "A:renamed:B", "B"), []string{"open B: w-A sqlite"}},
		{"renamed, then the name again", "X6", []string{declare("w", "A"), declare("w", "A:renamed:B", "B")}, declare("w", "A", "B"), []string{"create A: w-A-2 sqlite", "open B: w-A sqlite", "open A: w-A-2 sqlite"}},
		{"renamed on a new state", "12.1", nil, declare("w", "A:renamed:B", "B"), []string{"create B: w-B sqlite", "open B: w-B sqlite"}},
		{
			"renamed to nothing", "X7", nil, declare("w", "A:renamed:B"),
			[]string{`w.toml:5:14: DM1010: "exports.A.renamed_to" names class "B", which has no live entry in exports`},
		},
		{
			"renamed to a tombstone", "X7", nil, declare("w", "A:renamed:B", "B:deleted"),
			[]string{`w.toml:5:14: DM1010: "exports.A.renamed_to" names class "B", which has no live entry in exports`},
		},
		{
			"renamed to a class with objects", "X12", []string{declare("w", "A", "B")}, declare("w", "A:renamed:B", "B"),
			[]string{"w.toml:5:14: DM1010: [tombstone_renamed_to_occupied] class 'A': class 'B' has a namespace already"},
		},
		{
			"two renamed to one", "X12", []string{declare("w", "A", "C")}, declare("w", "A:renamed:B", "C:renamed:B", "B"),
			[]string{"w.toml:9:14: DM1010: [tombstone_renamed_to_occupied] class 'C': class 'B' has a namespace already"},
		},
		{
			"other storage", "X10", []string{declare("w", "A")}, declare("w", "A:kv"),
			[]string{`w.toml:4:11: DM1010: [storage_type_mismatch] class 'A': its namespace has storage "sqlite", not "legacy-kv"`},
		},
		{
			"renamed to other storage", "X10", []string{declare("w", "A")}, declare("w", "A:renamed:B", "B:kv"),
			[]string{`w.toml:8:11: DM1010: [storage_type_mismatch] class 'B': its namespace has storage "sqlite", not "legacy-kv"`},
		},
		{
			"entry removed", "X12", []string{declare("w", "A", "B")}, declare("w", "A"),
			[]string{"w.toml:2:2: DM1010: [orphaned_provisioned_namespace] class 'B': it has a namespace and no entry in exports"},
		},
		{
			"all entries removed", "X12", []string{declare("w", "A")}, "name = 'w'",
			[]string{"w.toml:1:1: DM1010: [orphaned_provisioned_namespace] class 'A': it has a namespace and no entry in exports"},
		},
		{"from migrations to exports", "X13", []string{renameA}, declare("w", "B"), []string{"open B: w-B sqlite"}},
		{
			"from exports to migrations", "X13", []string{declare("w", "A")}, createA,
			[]string{"w.toml:2:1: DM1009: exports were applied to this state, so migrations no longer can be"},
		},
		{"bound and live", "X9", nil, bound + declare("w", "A"), []string{"create A: w-A sqlite", "open A: w-A sqlite"}},
		{
			"bound and deleted", "X9", []string{declare("w", "A")}, bound + declare("w", "A:deleted"),
			[]string{
				"delete A: w-A sqlite", "open A: w-A kv undeclared",
				"w.toml:1:56: warning: DM1004: Cannot create binding for class 'A' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.",
			},
		},
		{"transferred, waits for the taker", "X4", []string{declare("w", "A")}, declare("w", "A:transferred:x"), nil},
		{
			"expecting from nowhere", "X4", nil, declare("w", "A:expecting:x"),
			[]string{"create A of x: w-A sqlite", "open A: w-A sqlite", `w.toml:6:17: warning: DM1011: class "A" of Worker "x" is not on this state`},
		},
		{"a worker entry", "X3", nil, "name = 'w'\nexports.default.type = 'worker'", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := outcome(migrations.Plan(ledger(t, tt.applied...), config(t, tt.config)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rule %s: plan (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

func TestExportsTransfer(t *testing.T) {
	source := ledger(t, declare("old", "A"), declare("old", "A:transferred:new"))
	c, ds := migrations.Plan(migrations.Ledger{}, config(t, declare("new", "A:expecting:old")), source)
	want := []string{"transfer A from A of old: old-A sqlite", "open A: old-A sqlite"}
	if diff := cmp.Diff(want, outcome(c, ds)); diff != "" {
		t.Errorf("rule X4: plan of the receiver (-want +got):\n%s", diff)
	}
	got := outcome(migrations.Plan(c.Ledger, config(t, declare("new", "A")), c.Sources...))
	if diff := cmp.Diff([]string{"open A: old-A sqlite"}, got); diff != "" {
		t.Errorf("rule X4: plan of the receiver, later (-want +got):\n%s", diff)
	}
	got = outcome(migrations.Plan(c.Sources[0], config(t, declare("old", "A")), c.Ledger))
	if diff := cmp.Diff([]string{"create A: old-A-2 sqlite", "open A: old-A-2 sqlite"}, got); diff != "" {
		t.Errorf("rule X4: plan of the giver, later (-want +got):\n%s", diff)
	}
}
