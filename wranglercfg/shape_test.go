package wranglercfg_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// TestShapes gives each fault in both formats. A finding begins with line and
// column in that format, the rest is the same for both.
func TestShapes(t *testing.T) {
	tests := []struct {
		name, rule string
		toml, json string
		env        string
		at         [2]string // in TOML, in JSON
		want       string    // "" is: no finding
	}{
		{
			name: "name with capitals", rule: "G1", toml: `name = "ChatApp"`, json: `{"name":"ChatApp"}`, at: [2]string{"1:8", "1:9"},
			want: `DM1301: Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got "ChatApp".`,
		},
		{name: "name with an underscore", rule: "G1", toml: `name = "_a-1"`, json: `{"name":"_a-1"}`},
		{name: "empty name", rule: "G1", toml: `name = ""`, json: `{"name":""}`},
		{
			name: "name of an environment", rule: "G1 E3", env: "e", toml: "[env.e]\nname = 7", json: `{"env":{"e":{"name":7}}}`, at: [2]string{"2:8", "1:21"},
			want: `DM1301: Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got 7.`,
		},
		{
			name: "main a number", rule: "G2", toml: `main = 7`, json: `{"main":7}`, at: [2]string{"1:8", "1:9"},
			want: `DM1302: Expected "main" to be of type string but got 7.`,
		},
		{
			name: "date a number", rule: "G3", toml: "compatibility_date = 2026", json: `{"compatibility_date":2026}`, at: [2]string{"1:22", "1:23"},
			want: `DM1303: Expected "compatibility_date" to be of type string but got 2026.`,
		},
		{
			name: "date without zeros", rule: "G3", toml: `compatibility_date = "2026-1-5"`, json: `{"compatibility_date":"2026-1-5"}`, at: [2]string{"1:22", "1:23"},
			want: `DM1303: Invalid compatibility date: 2026-1-5 (write it as YYYY-MM-DD)`,
		},
		{name: "date that is no day", rule: "G3", toml: `compatibility_date = "2026-02-30"`, json: `{"compatibility_date":"2026-02-30"}`},
		{
			name: "flags a string", rule: "G4", toml: `compatibility_flags = "a"`, json: `{"compatibility_flags":"a"}`, at: [2]string{"1:23", "1:24"},
			want: `DM1304: Expected "compatibility_flags" to be of type string array but got "a".`,
		},
		{
			name: "flags with a number", rule: "G4", toml: `compatibility_flags = ["a", 1]`, json: `{"compatibility_flags":["a",1]}`, at: [2]string{"1:29", "1:29"},
			want: `DM1304: Expected "compatibility_flags" to be of type string array but got ["a",1].`,
		},
		{
			name: "vars a string", rule: "G5", toml: `vars = "a"`, json: `{"vars":"a"}`, at: [2]string{"1:8", "1:9"},
			want: `DM1305: The field "vars" should be an object but got "a".`,
		},
		{
			name: "vars a list", rule: "G5", toml: `vars = [1]`, json: `{"vars":[1]}`, at: [2]string{"1:8", "1:9"},
			want: `warning: DM1305: The field "vars" should be an object but got [1]. (the variables are called 0, 1 and so on)`,
		},
		{
			name: "vars of an environment", rule: "G5 E3", env: "e", toml: "[env.e]\nvars = true", json: `{"env":{"e":{"vars":true}}}`, at: [2]string{"2:8", "1:21"},
			want: `DM1305: The field "env.e.vars" should be an object but got true.`,
		},
		{
			name: "durable_objects a list", rule: "B1", toml: "[[durable_objects]]\nname='R'", json: `{"durable_objects":[{"name":"R"}]}`, at: [2]string{"1:1", "1:20"},
			want: `DM1401: The field "durable_objects" should be an object but got [{"name":"R"}].`,
		},
		{
			name: "no bindings", rule: "B1", toml: "[durable_objects]", json: `{"durable_objects":{}}`, at: [2]string{"1:1", "1:20"},
			want: `DM1401: The field "durable_objects" is missing the required "bindings" property.`,
		},
		{name: "no bindings, another property", rule: "B1", toml: "durable_objects.code_update_strategy.mode = 'immediate'", json: `{"durable_objects":{"code_update_strategy":{"mode":"immediate"}}}`},
		{
			name: "bindings a table", rule: "B1", toml: "[durable_objects.bindings]\nname = 'R'", json: `{"durable_objects":{"bindings":{"name":"R"}}}`, at: [2]string{"1:1", "1:32"},
			want: `DM1401: The field "durable_objects.bindings" should be an array but got {"name":"R"}. (in TOML a list of tables has two brackets: [[durable_objects.bindings]])`,
		},
		{
			name: "binding a string", rule: "B2", toml: "durable_objects.bindings = ['Room']", json: `{"durable_objects":{"bindings":["Room"]}}`, at: [2]string{"1:29", "1:33"},
			want: `DM1402: Expected "durable_objects.bindings[0]" to be an object but got "Room"`,
		},
		{
			name: "no class_name", rule: "B2", toml: "[[durable_objects.bindings]]\nname = 'R'", json: `{"durable_objects":{"bindings":[{"name":"R"}]}}`, at: [2]string{"2:8", "1:41"},
			want: `DM1402: "durable_objects.bindings[0]": binding should have a string "class_name" field.`,
		},
		{
			name: "name a number", rule: "B2", toml: "durable_objects.bindings = [{ name = 7, class_name = 'R' }]", json: `{"durable_objects":{"bindings":[{"name":7,"class_name":"R"}]}}`, at: [2]string{"1:38", "1:41"},
			want: `DM1402: "durable_objects.bindings[0]": binding should have a string "name" field.`,
		},
		{
			name: "empty binding name", rule: "B2", toml: "durable_objects.bindings = [{ name = '', class_name = 'R' }]", json: `{"durable_objects":{"bindings":[{"name":"","class_name":"R"}]}}`, at: [2]string{"1:38", "1:41"},
			want: `DM1402: "durable_objects.bindings[0]": binding should have a "name" that is not empty.`,
		},
		{
			name: "script_name a list", rule: "B2", toml: "durable_objects.bindings = [{ name = 'R', class_name = 'R', script_name = [] }]", json: `{"durable_objects":{"bindings":[{"name":"R","class_name":"R","script_name":[]}]}}`, at: [2]string{"1:75", "1:76"},
			want: `DM1402: "durable_objects.bindings[0]": the field "script_name", when present, should be a string.`,
		},
		{
			name: "environment without script_name", rule: "B3 E3", env: "e", toml: "[[env.e.durable_objects.bindings]]\nname = 'R'\nclass_name = 'R'\nenvironment = 'x'",
			json: `{"env":{"e":{"durable_objects":{"bindings":[{"name":"R","class_name":"R","environment":"x"}]}}}}`, at: [2]string{"4:15", "1:88"},
			want: `DM1402: "env.e.durable_objects.bindings[0]": binding should have a "script_name" field if "environment" is present.`,
		},
		{name: "one class under two names", rule: "B2", toml: "durable_objects.bindings = [{ name = 'A', class_name = 'R' }, { name = 'B', class_name = 'R' }]", json: `{"durable_objects":{"bindings":[{"name":"A","class_name":"R"},{"name":"B","class_name":"R"}]}}`},
		{
			name: "migrations a table", rule: "M1", toml: "[migrations]\ntag = 'v1'", json: `{"migrations":{"tag":"v1"}}`, at: [2]string{"1:1", "1:15"},
			want: `DM1501: The optional "migrations" field should be an array, but got {"tag":"v1"} (in TOML a list of tables has two brackets: [[migrations]])`,
		},
		{
			name: "a step is a string", rule: "M1", toml: "migrations = ['v1']", json: `{"migrations":["v1"]}`, at: [2]string{"1:15", "1:16"},
			want: `DM1501: Expected "migrations[0]" to be an object but got "v1"`,
		},
		{
			name: "no tag", rule: "M2", toml: "[[migrations]]\nnew_classes = ['A']", json: `{"migrations":[{"new_classes":["A"]}]}`, at: [2]string{"1:1", "1:16"},
			want: `DM1502: "migrations[0].tag" is a required field.`,
		},
		{
			name: "tag a number", rule: "M2", toml: "[[migrations]]\ntag = 1", json: `{"migrations":[{"tag":1}]}`, at: [2]string{"2:7", "1:23"},
			want: `DM1502: Expected "migrations[0].tag" to be of type string but got 1.`,
		},
		{
			name: "empty tag", rule: "M2", toml: "[[migrations]]\ntag = ''", json: `{"migrations":[{"tag":""}]}`, at: [2]string{"2:7", "1:23"},
			want: `DM1502: "migrations[0].tag" is empty (an empty tag counts as never migrated, so that every deploy sends the whole list again)`,
		},
		{name: "a tag and nothing else", rule: "M2", toml: "migrations = [{ tag = 'v1' }]", json: `{"migrations":[{"tag":"v1"}]}`},
		{
			name: "new_sqlite_classes a string", rule: "M3", toml: "[[migrations]]\ntag = 'v1'\nnew_sqlite_classes = 'X'", json: `{"migrations":[{"tag":"v1","new_sqlite_classes":"X"}]}`, at: [2]string{"3:22", "1:49"},
			want: `DM1502: Expected "migrations[0].new_sqlite_classes" to be an array of strings but got "X"`,
		},
		{
			name: "a class is a number", rule: "M3", toml: "[[migrations]]\ntag = 'v1'\ndeleted_classes = ['X', 42]", json: `{"migrations":[{"tag":"v1","deleted_classes":["X",42]}]}`, at: [2]string{"3:25", "1:51"},
			want: `DM1502: Expected "migrations[0].deleted_classes.[1]" to be of type string but got 42.`,
		},
		{
			name: "renamed_classes of strings", rule: "M4", toml: "[[migrations]]\ntag = 'v1'\nrenamed_classes = ['A', 'B']", json: `{"migrations":[{"tag":"v1","renamed_classes":["A","B"]}]}`, at: [2]string{"3:20", "1:47"},
			want: `DM1502: Expected "migrations[0].renamed_classes" to be an array of "{from: string, to: string}" objects but got ["A","B"].`,
		},
		{
			name: "transferred_classes without from_script", rule: "M5", toml: "[[migrations]]\ntag = 'v1'\ntransferred_classes = [{ from = 'A', to = 'B' }]", json: `{"migrations":[{"tag":"v1","transferred_classes":[{"from":"A","to":"B"}]}]}`, at: [2]string{"3:24", "1:51"},
			want: `DM1502: Expected "migrations[0].transferred_classes" to be an array of "{from: string, from_script: string, to: string}" objects but got [{"from":"A","to":"B"}].`,
		},
		{
			name: "migrations and exports", rule: "X1", toml: "[[migrations]]\ntag = 'v1'\n[exports.A]\ntype = 'durable-object'\nstorage = 'sqlite'",
			json: "{\"migrations\":[{\"tag\":\"v1\"}],\n\"exports\":{\"A\":{\"type\":\"durable-object\",\"storage\":\"sqlite\"}}}", at: [2]string{"3:2", "2:11"},
			want: "DM1601: `migrations` and `exports` are mutually exclusive. Choose one or the other to declare your Durable Object lifecycle, but not both. (migrations is on line 1; an environment can drop what it inherits with an empty value)",
		},
		{
			name: "inherited migrations and exports", rule: "X1 E9", env: "e", toml: "[[migrations]]\ntag = 'v1'\n[env.e.exports.A]\ntype = 'durable-object'\nstorage = 'sqlite'",
			json: "{\"migrations\":[{\"tag\":\"v1\"}],\n\"env\":{\"e\":{\"exports\":{\"A\":{\"type\":\"durable-object\",\"storage\":\"sqlite\"}}}}}", at: [2]string{"3:8", "2:23"},
			want: "DM1601: `migrations` and `exports` are mutually exclusive. Choose one or the other to declare your Durable Object lifecycle, but not both. (migrations is on line 1; an environment can drop what it inherits with an empty value)",
		},
		{name: "migrations and a worker export", rule: "X1", toml: "migrations = [{ tag = 'v1' }]\nexports.default.type = 'worker'", json: `{"migrations":[{"tag":"v1"}],"exports":{"default":{"type":"worker"}}}`},
		{
			name: "exports a list", rule: "X2", toml: "exports = []", json: `{"exports":[]}`, at: [2]string{"1:11", "1:12"},
			want: `DM1602: The optional "exports" field should be an object keyed by class name, but got []`,
		},
		{
			name: "export a string", rule: "X2", toml: "exports.A = 'x'", json: `{"exports":{"A":"x"}}`, at: [2]string{"1:13", "1:17"},
			want: `DM1603: "exports.A" should be an object but got "x"`,
		},
		{
			name: "empty export key", rule: "X2", toml: "exports.'' = {}", json: `{"exports":{"":{}}}`, at: [2]string{"1:9", "1:13"},
			want: `DM1602: "export" keys cannot be the empty string.`,
		},
		{
			name: "no type", rule: "X3", toml: "exports.A = {}", json: `{"exports":{"A":{}}}`, at: [2]string{"1:13", "1:17"},
			want: `DM1603: "exports.A.type" must be "durable-object" or "worker", but got undefined.`,
		},
		{
			name: "type workflow", rule: "X3", toml: "exports.A.type = 'workflow'", json: `{"exports":{"A":{"type":"workflow"}}}`, at: [2]string{"1:18", "1:25"},
			want: `warning: DM1603: "exports.A.type" is "workflow", which wrangler before 4.164 refuses`,
		},
		{
			name: "cache without enabled", rule: "X3", toml: "exports.A = { type = 'worker', cache = {} }", json: `{"exports":{"A":{"type":"worker","cache":{}}}}`, at: [2]string{"1:40", "1:42"},
			want: `DM1603: Expected "exports.A.cache.enabled" to be of type boolean but got undefined.`,
		},
		{
			name: "unknown state", rule: "X4", toml: "exports.A = { type = 'durable-object', state = 'live' }", json: `{"exports":{"A":{"type":"durable-object","state":"live"}}}`, at: [2]string{"1:48", "1:50"},
			want: `DM1603: "exports.A.state" must be one of "created", "deleted", "renamed", "transferred", or "expecting-transfer" but got "live".`,
		},
		{
			name: "no storage", rule: "X5", toml: "exports.A = { type = 'durable-object' }", json: `{"exports":{"A":{"type":"durable-object"}}}`, at: [2]string{"1:13", "1:17"},
			want: `DM1603: "exports.A.storage" is required for state "created" and must be one of sqlite and legacy-kv, but got undefined`,
		},
		{
			name: "storage kv", rule: "X5", toml: "exports.A = { type = 'durable-object', storage = 'kv' }", json: `{"exports":{"A":{"type":"durable-object","storage":"kv"}}}`, at: [2]string{"1:50", "1:52"},
			want: `DM1603: "exports.A.storage" is required for state "created" and must be one of sqlite and legacy-kv, but got "kv"`,
		},
		{
			name: "forbidden property", rule: "X5", toml: "exports.A = { type = 'durable-object', state = 'deleted', foo = 1 }", json: `{"exports":{"A":{"type":"durable-object","state":"deleted","foo":1}}}`, at: [2]string{"1:59", "1:60"},
			want: `DM1603: "exports.A.foo" is forbidden on state "deleted". (Allowed properties are: type and state.)`,
		},
		{
			name: "forbidden property of a live entry", rule: "X5", toml: "exports.A = { type = 'durable-object', storage = 'sqlite', foo = 1 }", json: `{"exports":{"A":{"type":"durable-object","storage":"sqlite","foo":1}}}`, at: [2]string{"1:60", "1:61"},
			want: `DM1603: "exports.A.foo" is forbidden on state "created". (Allowed properties are: type, state, storage, and container.)`,
		},
		{
			name: "no renamed_to", rule: "X5", toml: "exports.A = { type = 'durable-object', state = 'renamed' }", json: `{"exports":{"A":{"type":"durable-object","state":"renamed"}}}`, at: [2]string{"1:13", "1:17"},
			want: `DM1603: "exports.A.renamed_to" is required for state "renamed" and must be a non-empty string.`,
		},
		{
			name: "empty transfer_from", rule: "X5", toml: "exports.A = { type = 'durable-object', state = 'expecting-transfer', storage = 'sqlite', transfer_from = '' }", json: `{"exports":{"A":{"type":"durable-object","state":"expecting-transfer","storage":"sqlite","transfer_from":""}}}`, at: [2]string{"1:106", "1:106"},
			want: `DM1603: "exports.A.transfer_from" is required for state "expecting-transfer" and must be a non-empty string.`,
		},
		{
			name: "renamed to no identifier", rule: "X6", toml: "exports.A = { type = 'durable-object', state = 'renamed', renamed_to = 'my-class' }", json: `{"exports":{"A":{"type":"durable-object","state":"renamed","renamed_to":"my-class"}}}`, at: [2]string{"1:72", "1:73"},
			want: `DM1603: "exports.A.renamed_to" must be a valid JavaScript identifier (got "my-class").`,
		},
		{
			name: "renamed to itself", rule: "X6", toml: "exports.A = { type = 'durable-object', state = 'renamed', renamed_to = 'A' }", json: `{"exports":{"A":{"type":"durable-object","state":"renamed","renamed_to":"A"}}}`, at: [2]string{"1:72", "1:73"},
			want: `DM1603: "exports.A.renamed_to" cannot equal the source class name "A".`,
		},
		{
			name: "vars at the top only", rule: "E5", env: "e", toml: "vars = {}\n[env.e]\ndurable_objects.bindings = []", json: "{\"vars\":{},\"durable_objects\":{\"bindings\":[]},\n\"env\":{\"e\":{\"durable_objects\":{\"bindings\":[]}}}}", at: [2]string{"2:1", "2:12"},
			want: `warning: DM1202: "vars" exists at the top level, but not on "env.e". ("vars" is not inherited by environments; add it to "env.e")`,
		},
		{name: "faults of another environment", rule: "E7", env: "e", toml: "[env.e]\n[env.f]\nvars = 1\nmigrations = 2", json: `{"env":{"e":{},"f":{"vars":1,"migrations":2}}}`},
		{
			name: "faults of the top level", rule: "E7", env: "e", toml: "main = 7\n[env.e]\nmain = 'x'", json: `{"main":7,"env":{"e":{"main":"x"}}}`, at: [2]string{"1:8", "1:9"},
			want: `DM1302: Expected "main" to be of type string but got 7.`,
		},
	}
	for _, tt := range tests {
		for i, doc := range []struct{ name, text string }{{"w.toml", tt.toml}, {"w.json", tt.json}} {
			t.Run(tt.name+"/"+doc.name, func(t *testing.T) {
				f, err := wranglercfg.Parse(doc.name, []byte(doc.text))
				if err != nil {
					t.Fatalf("rule %s: %v", tt.rule, err)
				}
				_, ds := f.Resolve(tt.env)
				var want []string
				if tt.want != "" {
					want = []string{doc.name + ":" + tt.at[i] + ": " + tt.want}
				}
				if diff := cmp.Diff(want, lines(ds)); diff != "" {
					t.Errorf("rule %s: findings (-want +got):\n%s", tt.rule, diff)
				}
			})
		}
	}
}

// TestShapesOfOneFormat holds what the other format cannot say.
func TestShapesOfOneFormat(t *testing.T) {
	tests := []struct{ name, rule, file, text, want string }{
		{
			"date without quotes", "G3", "w.toml", "compatibility_date = 2025-06-01",
			`w.toml:1:22: DM1303: Expected "compatibility_date" to be of type string but got "2025-06-01". (put the date in quotes: compatibility_date = "2025-06-01")`,
		},
		{
			"date in vars", "G5", "w.toml", "[vars]\nA = { B = 2025-06-01 }\nC = 2025-06-01",
			`w.toml:3:5: DM1305: The field "vars.C" is a TOML date, which is not supported. Please use a string instead, e.g. C = "2025-06-01".`,
		},
		{"null for a lifecycle", "E3 M1", "w.json", `{"migrations":null,"exports":null}`, ""},
		{
			"null for a string", "G1 G2", "w.json", `{"name":null,"main":null}`,
			`w.json:1:9: DM1301: Expected "name" to be of type string, alphanumeric and lowercase with dashes only but got null.` + "\n" +
				`w.json:1:21: DM1302: Expected "main" to be of type string but got null.`,
		},
		{
			"dash of a word processor", "G3", "w.json", `{"compatibility_date":"2025–06–01"}`,
			`w.json:1:23: DM1303: "compatibility_date" field should use ISO-8601 accepted hyphens (-) rather than en-dashes (–) or em-dashes (—). (write it as YYYY-MM-DD)`,
		},
		{
			"null for durable_objects", "E3", "w.json", `{"durable_objects":null}`,
			`w.json:1:20: DM1401: The field "durable_objects" should be an object but got null.`,
		},
		{"null as a step", "M1", "w.json", `{"migrations":[null]}`, `w.json:1:16: DM1501: Expected "migrations[0]" to be an object but got null`},
		{"null as a tag", "M2", "w.json", `{"migrations":[{"tag":null}]}`, `w.json:1:23: DM1502: Expected "migrations[0].tag" to be of type string but got null.`},
		{"null as an export", "X2", "w.json", `{"exports":{"A":null}}`, `w.json:1:17: DM1603: "exports.A" should be an object but got null`},
		{
			"null as script_name", "B2", "w.json", `{"durable_objects":{"bindings":[{"name":"A","class_name":"B","script_name":null}]}}`,
			`w.json:1:76: DM1402: "durable_objects.bindings[0]": the field "script_name", when present, should be a string.`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := wranglercfg.Parse(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatalf("rule %s: %v", tt.rule, err)
			}
			_, ds := f.Resolve("")
			if diff := cmp.Diff(tt.want, strings.Join(lines(ds), "\n")); diff != "" {
				t.Errorf("rule %s: findings (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

// TestAllFindings holds that one run reports everything, in order.
func TestAllFindings(t *testing.T) {
	f, err := wranglercfg.Parse("w.toml", []byte("name = 1\nmain = 2\ncompatibility_flags = 3\nmigrations = [{}, { tag = 4 }]\n[env.e]\nmain = 5\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, ds := f.Resolve("e")
	var got []string
	for _, d := range ds {
		got = append(got, d.Pos.String())
	}
	want := []string{"w.toml:1:8", "w.toml:2:8", "w.toml:3:23", "w.toml:4:15", "w.toml:4:27", "w.toml:6:8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	if err := ds.Err(); strings.Count(err.Error(), "\n") != len(want)-1 {
		t.Errorf("got error %v, want all findings, one to a line", err)
	}
}
