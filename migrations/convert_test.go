package migrations_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

func TestConvert(t *testing.T) {
	tests := []struct {
		name, rule, file, env, text string
		want, found                 string
	}{
		{
			"both backends, a rename and a deletion", "X13", "w.toml", "",
			`migrations = [ { tag = "v1", new_classes = ["Old", "Gone"], new_sqlite_classes = ["B"] },
				{ tag = "v2", renamed_classes = [{ from = "Old", to = "New" }], deleted_classes = ["Gone"] } ]`,
			"[exports.B]\ntype = \"durable-object\"\nstorage = \"sqlite\"\n\n" +
				"[exports.New]\ntype = \"durable-object\"\nstorage = \"legacy-kv\"\n", "",
		},
		{
			"json", "X13", "w.jsonc", "", `{"migrations":[{"tag":"v1","new_classes":["A"],"new_sqlite_classes":["Café"]}]}`,
			"{\n  \"exports\": {\n    \"A\": { \"type\": \"durable-object\", \"storage\": \"legacy-kv\" },\n    \"Café\": { \"type\": \"durable-object\", \"storage\": \"sqlite\" }\n  }\n}\n", "",
		},
		{
			"keys that need quotes, in an environment", "X13 E9", "w.toml", "on stage", `migrations = [ { tag = "v1", new_sqlite_classes = ["Café", "a\"\u0001\\"] } ]
				[env."on stage"]`,
			"[env.\"on stage\".exports.\"Café\"]\ntype = \"durable-object\"\nstorage = \"sqlite\"\n\n[env.\"on stage\".exports.\"a\\\"\\u0001\\\\\"]\ntype = \"durable-object\"\nstorage = \"sqlite\"\n", "",
		},
		{
			"a transfer", "X13 M12", "w.json", "", `{"migrations":[{"tag":"v1","transferred_classes":[{"from":"R","from_script":"old","to":"Room"}]}]}`,
			"{\n  \"exports\": {\n    \"Room\": { \"type\": \"durable-object\", \"storage\": \"sqlite\" }\n  }\n}\n",
			`w.json:1:88: warning: DM1014: the storage of class "Room", which came from Worker "old", is not in the list ("sqlite" is a guess: write the storage that it has in the other Worker)`,
		},
		{
			"everything is deleted", "X13", "w.json", "", `{"migrations":[{"tag":"v1","new_classes":["A"]},{"tag":"v2","deleted_classes":["A"]}]}`,
			"{\n  \"exports\": {\n  }\n}\n", "",
		},
		{"no migrations", "X13", "w.json", "", `{"name":"a"}`, "", "w.json:1:1: DM1014: there are no migrations to convert"},
		{
			"exports already", "X13", "w.json", "", `{"exports":{"A":{"type":"durable-object","storage":"sqlite"}}}`, "",
			"w.json:1:12: DM1014: exports are in use already",
		},
		{
			"a list that is refused", "M10", "w.json", "", `{"migrations":[{"tag":"v1","deleted_classes":["A"]}]}`, "",
			"w.json:1:47: DM1002: Cannot apply deleted_classes migration to non-existent class A (every class is created by an earlier step; put the missing creation back into the first one)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := wranglercfg.Parse(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			cfg, ds := f.Resolve(tt.env)
			if err := ds.Err(); err != nil {
				t.Fatal(err)
			}
			got, ds := migrations.Convert(cfg)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rule %s: exports (-want +got):\n%s", tt.rule, diff)
			}
			var found []string
			for _, d := range ds {
				found = append(found, d.Error())
			}
			if diff := cmp.Diff(tt.found, strings.Join(found, "\n")); diff != "" {
				t.Errorf("rule %s: findings (-want +got):\n%s", tt.rule, diff)
			}
			if got != "" {
				sameClasses(t, tt.file, tt.env, cfg, got)
			}
		})
	}
}

// sameClasses applies what Convert wrote to the state that the list made:
// nothing may be left to do, and nothing may be refused (X13).
func sameClasses(t *testing.T, file, env string, cfg *wranglercfg.Config, text string) {
	t.Helper()
	before, ds := migrations.Plan(migrations.Ledger{}, cfg)
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	f, err := wranglercfg.Parse(file, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if strings.HasSuffix(file, ".json") || strings.HasSuffix(file, ".jsonc") {
		env = "" // the object is that of the environment
	}
	converted, ds := f.Resolve(env)
	if err := ds.Err(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	converted.Name = cfg.Name
	if len(converted.Exports) == 0 {
		return
	}
	after, ds := migrations.Plan(before.Ledger, converted)
	if err := ds.Err(); err != nil || len(after.Steps) > 0 {
		t.Errorf("after the conversion: steps %v, %v", after.Steps, err)
	}
	if !slices.Equal(before.Open, after.Open) {
		t.Errorf("open namespaces: before %v, after %v", before.Open, after.Open)
	}
}
