package wranglercfg_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// ignorePlaces compares configurations of different files.
var ignorePlaces = cmp.Options{
	cmp.Comparer(func(a, b wranglercfg.Pos) bool { return true }),
	cmp.Comparer(func(a, b *wranglercfg.Node) bool { return a.JSON() == b.JSON() }),
	cmpopts.IgnoreUnexported(wranglercfg.Config{}),
	cmpopts.IgnoreFields(wranglercfg.Config{}, "Path"),
	cmpopts.EquateEmpty(),
}

func text(s string) wranglercfg.Text { return wranglercfg.Text{Value: s} }

// TestResolve gives each case in both formats.
func TestResolve(t *testing.T) {
	const envs = `
name = "chat"
main = "src/chat.js"
compatibility_date = "2025-06-01"
compatibility_flags = ["nodejs_compat"]
vars = { REGION = "weur" }
durable_objects.bindings = [ { name = "ROOM", class_name = "Room" } ]
migrations = [ { tag = "v1", new_sqlite_classes = ["Room"] } ]

[env.full]
name = "chat-live"
main = "src/live.js"
compatibility_date = "2026-01-02"
compatibility_flags = []
vars = { REGION = "enam" }
durable_objects.bindings = [ { name = "R2", class_name = "Room" } ]
migrations = []

[env.empty]

[env.exports]
migrations = []
exports.Room = { type = "durable-object", storage = "legacy-kv" }
`
	const envsJSON = `{
  "name": "chat", "main": "src/chat.js", "compatibility_date": "2025-06-01",
  "compatibility_flags": ["nodejs_compat"], "vars": { "REGION": "weur" },
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }],
  "env": {
    "full": {
      "name": "chat-live", "main": "src/live.js", "compatibility_date": "2026-01-02",
      "compatibility_flags": [], "vars": { "REGION": "enam" },
      "durable_objects": { "bindings": [{ "name": "R2", "class_name": "Room" }] },
      "migrations": []
    },
    "empty": { "migrations": null },
    "exports": { "migrations": [], "exports": { "Room": { "type": "durable-object", "storage": "legacy-kv" } } }
  }
}`
	room := wranglercfg.Migration{Tag: text("v1"), NewSQLiteClasses: []wranglercfg.Text{text("Room")}}
	inherited := wranglercfg.Config{
		Main: text("src/chat.js"), CompatibilityDate: text("2025-06-01"),
		CompatibilityFlags: []wranglercfg.Text{text("nodejs_compat")},
		Migrations:         []wranglercfg.Migration{room},
	}
	with := func(change func(*wranglercfg.Config)) wranglercfg.Config {
		c := inherited
		change(&c)
		return c
	}
	tests := []struct {
		name, rule, toml, json, env string
		want                        wranglercfg.Config
	}{
		{"top level", "E1", envs, envsJSON, "", with(func(c *wranglercfg.Config) {
			c.Name = text("chat")
			c.Vars = []wranglercfg.Var{{Name: text("REGION"), Value: value(t, `"weur"`)}}
			c.Bindings = []wranglercfg.Binding{{Name: text("ROOM"), ClassName: text("Room")}}
		})},
		{"all overridden", "E3 E4 E9", envs, envsJSON, "full", wranglercfg.Config{
			Env: "full", Name: text("chat-live"), Main: text("src/live.js"), CompatibilityDate: text("2026-01-02"),
			Vars:     []wranglercfg.Var{{Name: text("REGION"), Value: value(t, `"enam"`)}},
			Bindings: []wranglercfg.Binding{{Name: text("R2"), ClassName: text("Room")}},
		}},
		{"nothing but what is inherited", "E3 E4", envs, envsJSON, "empty", with(func(c *wranglercfg.Config) {
			c.Env, c.Name = "empty", text("chat-empty")
		})},
		{"exports instead of migrations", "E9 X1", envs, envsJSON, "exports", with(func(c *wranglercfg.Config) {
			c.Env, c.Name, c.Migrations = "exports", text("chat-exports"), nil
			c.Exports = []wranglercfg.Export{{
				ClassName: text("Room"), Type: text("durable-object"), State: text("created"), Storage: text("legacy-kv"),
			}}
		})},
		{"no name", "E4", "[env.a]", `{"env":{"a":{}}}`, "a", wranglercfg.Config{Env: "a"}},
		{"empty name of its own", "E4", "name='x'\n[env.a]\nname=''", `{"name":"x","env":{"a":{"name":""}}}`, "a", wranglercfg.Config{Env: "a"}},
		{"no environments at all", "E2", "name = 'x'\nvars.A = 1", `{"name":"x","vars":{"A":1}}`, "a", wranglercfg.Config{
			Env: "a", Name: text("x-a"), Vars: []wranglercfg.Var{{Name: text("A"), Value: value(t, "1")}},
		}},
		{"vars of all kinds", "G5", "[vars]\nA = [1, 2.5, true, { B = 'c' }]\nI = inf", `{"vars":{"A":[1,2.5,true,{"B":"c"}],"I":1e999}}`, "", wranglercfg.Config{
			Vars: []wranglercfg.Var{
				{Name: text("A"), Value: value(t, `[1,2.5,true,{"B":"c"}]`)},
				{Name: text("I"), Value: value(t, "null")},
			},
		}},
		{"all directives", "M3 M4 M5", `
[[migrations]]
tag = "v1"
new_classes = ["A", "B"]
new_sqlite_classes = ["C"]
[[migrations]]
tag = "v2"
deleted_classes = ["A"]
[[migrations.renamed_classes]]
from = "B"
to = "D"
[[migrations.transferred_classes]]
from = "X"
from_script = "other"
to = "Y"
`, `{"migrations": [
 {"tag": "v1", "new_classes": ["A", "B"], "new_sqlite_classes": ["C"]},
 {"tag": "v2", "deleted_classes": ["A"], "renamed_classes": [{"from": "B", "to": "D"}],
  "transferred_classes": [{"from": "X", "from_script": "other", "to": "Y"}]},
]}`, "", wranglercfg.Config{Migrations: []wranglercfg.Migration{
			{Tag: text("v1"), NewClasses: []wranglercfg.Text{text("A"), text("B")}, NewSQLiteClasses: []wranglercfg.Text{text("C")}},
			{
				Tag: text("v2"), DeletedClasses: []wranglercfg.Text{text("A")},
				RenamedClasses:     []wranglercfg.Rename{{From: text("B"), To: text("D")}},
				TransferredClasses: []wranglercfg.Transfer{{From: text("X"), FromScript: text("other"), To: text("Y")}},
			},
		}}},
		{"all states", "X4 X5", `
[exports.A]
type = "durable-object"
storage = "sqlite"
[exports.B]
type = "durable-object"
state = "deleted"
[exports.C]
type = "durable-object"
state = "renamed"
renamed_to = "A"
[exports.D]
type = "durable-object"
state = "transferred"
transferred_to = "other"
[exports.E]
type = "durable-object"
state = "expecting-transfer"
storage = "sqlite"
transfer_from = "other"
container = "c"
[exports.default]
type = "worker"
cache.enabled = true
`, `{"exports": {
 "A": {"type": "durable-object", "storage": "sqlite"},
 "B": {"type": "durable-object", "state": "deleted"},
 "C": {"type": "durable-object", "state": "renamed", "renamed_to": "A"},
 "D": {"type": "durable-object", "state": "transferred", "transferred_to": "other"},
 "E": {"type": "durable-object", "state": "expecting-transfer", "storage": "sqlite", "transfer_from": "other", "container": "c"},
 "default": {"type": "worker", "cache": {"enabled": true}}
}}`, "", wranglercfg.Config{Exports: []wranglercfg.Export{
			{ClassName: text("A"), Type: text("durable-object"), State: text("created"), Storage: text("sqlite")},
			{ClassName: text("B"), Type: text("durable-object"), State: text("deleted")},
			{ClassName: text("C"), Type: text("durable-object"), State: text("renamed"), RenamedTo: text("A")},
			{ClassName: text("D"), Type: text("durable-object"), State: text("transferred"), TransferredTo: text("other")},
			{ClassName: text("E"), Type: text("durable-object"), State: text("expecting-transfer"), Storage: text("sqlite"), TransferFrom: text("other")},
			{ClassName: text("default"), Type: text("worker")},
		}}},
		{"the last of two keys", "F8", "name = 'b'\nmain = 'm'", `{"name":"a","main":"m","name":"b"}`, "", wranglercfg.Config{Name: text("b"), Main: text("m")}},
		{"unknown fields", "G6", "foo = 1\nbar.baz = {}", `{"foo":1,"bar":{"baz":{}}}`, "", wranglercfg.Config{}},
	}
	for _, tt := range tests {
		for _, doc := range []struct{ name, text string }{{"w.toml", tt.toml}, {"w.json", tt.json}} {
			t.Run(tt.name+"/"+doc.name, func(t *testing.T) {
				f, err := wranglercfg.Parse(doc.name, []byte(doc.text))
				if err != nil {
					t.Fatalf("rule %s: %v", tt.rule, err)
				}
				got, ds := f.Resolve(tt.env)
				if err := ds.Err(); err != nil {
					t.Fatalf("rule %s: %v", tt.rule, err)
				}
				if diff := cmp.Diff(&tt.want, got, ignorePlaces); diff != "" {
					t.Errorf("rule %s: configuration (-want +got):\n%s", tt.rule, diff)
				}
			})
		}
	}
}

// value returns the node of a JSON value.
func value(t testing.TB, json string) *wranglercfg.Node {
	t.Helper()
	f, err := wranglercfg.Parse("value.json", []byte(`{"v":`+json+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return f.Root().Get("v")
}

func TestUnknownEnvironment(t *testing.T) {
	tests := []struct {
		name, rule, file, text string
		want                   []string
	}{
		{"others are there, toml", "E2", "w.toml", "name = 'a'\n[env.x]\n[env.y]\n", []string{
			`w.toml:2:2: DM1201: No environment found in configuration with name "Q". (The available configured environment names are: ["x","y"])`,
		}},
		{"others are there, json", "E2", "w.json", `{"env":{"x":{},"q":{}}}`, []string{
			`w.json:1:8: DM1201: No environment found in configuration with name "Q". (The available configured environment names are: ["x","q"])`,
		}},
		{"none is there", "E2", "w.json", `{"name":"a"}`, []string{
			`w.json:1:1: warning: DM1201: No environment found in configuration with name "Q". (all of the top level is used, under the suffixed name)`,
		}},
		{"env without a name", "E2", "w.json", `{"env":{}}`, []string{
			`w.json:1:8: DM1201: No environment found in configuration with name "Q". (The available configured environment names are: [])`,
		}},
		{"null for env", "E2", "w.json", `{"env":null}`, []string{
			`w.json:1:1: warning: DM1201: No environment found in configuration with name "Q". (all of the top level is used, under the suffixed name)`,
		}},
		{"no object", "E2", "w.json", `{"env":{"Q":[]}}`, []string{
			`w.json:1:13: DM1201: The field "env.Q" should be an object but got [].`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := wranglercfg.Parse(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			_, ds := f.Resolve("Q")
			if diff := cmp.Diff(tt.want, lines(ds)); diff != "" {
				t.Errorf("rule %s: findings (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

func TestBindingsLocalAndExternal(t *testing.T) {
	const doc = `
name = "chat"
durable_objects.bindings = [
  { name = "A", class_name = "Room" },
  { name = "B", class_name = "Room", script_name = "chat" },
  { name = "C", class_name = "Room", script_name = "other" },
  { name = "D", class_name = "Room", script_name = "" },
]
[env.x]
durable_objects.bindings = [ { name = "E", class_name = "Room", script_name = "chat" }, { name = "F", class_name = "Room", script_name = "chat-x" } ]
`
	tests := []struct {
		env             string
		local, external []string
	}{
		{"", []string{"A", "B"}, []string{"C", "D"}},
		{"x", []string{"F"}, []string{"E"}},
	}
	for _, tt := range tests {
		f, err := wranglercfg.Parse("w.toml", []byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		c, ds := f.Resolve(tt.env)
		if err := ds.Err(); err != nil {
			t.Fatal(err)
		}
		names := func(bs []wranglercfg.Binding) (out []string) {
			for _, b := range bs {
				out = append(out, b.Name.Value)
			}
			return out
		}
		if diff := cmp.Diff([][]string{tt.local, tt.external}, [][]string{names(c.LocalBindings()), names(c.ExternalBindings())}); diff != "" {
			t.Errorf("rule B5, environment %q: local and external (-want +got):\n%s", tt.env, diff)
		}
	}
}

func TestMainPath(t *testing.T) {
	tests := []struct{ path, main, want string }{
		{"a/b/wrangler.toml", "src/x.ts", "a/b/src/x.ts"},
		{"a/b/wrangler.toml", "../x.ts", "a/x.ts"},
		{"wrangler.toml", "./x.ts", "x.ts"},
		{"a/wrangler.toml", "/abs/x.ts", "/abs/x.ts"},
		{"a/wrangler.toml", "", ""},
	}
	for _, tt := range tests {
		f, err := wranglercfg.Parse(tt.path, []byte("main = '"+tt.main+"'\n"))
		if err != nil {
			t.Fatal(err)
		}
		c, _ := f.Resolve("")
		if got := c.MainPath(); got != tt.want {
			t.Errorf("rule G2: main %q of %s: got %q, want %q", tt.main, tt.path, got, tt.want)
		}
	}
}

// TestInherited reads keys that have no field of their own.
func TestInherited(t *testing.T) {
	file, err := wranglercfg.Parse("wrangler.toml", []byte("minify = true\ntsconfig = \"a\"\nalias.x = \"y\"\n[env.live]\nminify = false\n"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ env, key, want string }{
		{"", "minify", "true"}, {"live", "minify", "false"}, {"live", "tsconfig", `"a"`}, {"live", "rules", "undefined"}, {"gone", "minify", "true"},
	}
	for _, tt := range tests {
		cfg, _ := file.Resolve(tt.env)
		if got := cfg.Inherited(tt.key).JSON(); got != tt.want {
			t.Errorf("%s of environment %q: got %s, want %s", tt.key, tt.env, got, tt.want)
		}
		if got := cfg.Top().Get("alias").Get("x").Text(); got != "y" {
			t.Errorf("alias of environment %q: %q", tt.env, got)
		}
	}
	if got := new(wranglercfg.Config).Inherited("minify"); got != nil {
		t.Errorf("of no configuration: %v", got)
	}
}
