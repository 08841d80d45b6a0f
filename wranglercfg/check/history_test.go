package check_test

import (
	"testing"

	"github.com/dormouse-do/dormouse/migrations"
)

const (
	grown = `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall"] }, { "tag": "v2", "new_sqlite_classes": ["Attic"] }]`
)

// TestBase shows the findings and plans against an older revision.
func TestBase(t *testing.T) {
	runGolden(t, []golden{
		{name: "base, nothing changed", rule: "M18", text: grown, base: grown},
		{name: "base, only format changed", rule: "M18", text: `"migrations": [ // as before
    { "new_sqlite_classes": ["Hall", "Room"], "deleted_classes": [], "tag": "v1" },
    { "tag": "v2", "new_sqlite_classes": ["Attic"] }]`, base: grown},
		{name: "base, grown", rule: "M18", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall"] }, { "tag": "v2", "new_sqlite_classes": ["Attic"] }, { "tag": "v3", "renamed_classes": [{ "from": "Room", "to": "Chamber" }], "new_sqlite_classes": ["Cellar"], "transferred_classes": [{ "from": "B", "from_script": "bath", "to": "Bath" }] }]`, base: grown},
		{name: "base, deletion", rule: "M10", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall"] }, { "tag": "v2", "new_sqlite_classes": ["Attic"] }, { "tag": "v3", "deleted_classes": ["Room", "Hall"] }]`, base: grown, allow: []string{"Hall", "Never"}},
		{name: "base, edited", rule: "M18", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"], "new_classes": ["Hall"] }, { "tag": "v2", "new_sqlite_classes": ["Attic"] }]`, base: grown},
		{name: "base, edited, toml", rule: "M18", file: "wrangler.toml", text: "[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\", \"Lobby\"]\n", base: "[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\"]\n"},
		{name: "base, removed", rule: "M18", text: `"migrations": [{ "tag": "v2", "new_sqlite_classes": ["Attic"] }]`, base: grown},
		{name: "base, all removed", rule: "M18", text: `"vars": {}`, base: grown},
		{name: "base, reordered", rule: "M18", text: `"migrations": [{ "tag": "v2", "new_sqlite_classes": ["Attic"] }, { "tag": "v1", "new_sqlite_classes": ["Room", "Hall"] }]`, base: grown},
		{name: "base, tag changed", rule: "M18", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall"] }, { "tag": "v2b", "new_sqlite_classes": ["Attic"] }]`, base: grown},
		{name: "base, inserted", rule: "M18", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall"] }, { "tag": "v1b", "new_sqlite_classes": ["Shed"] }, { "tag": "v2", "new_sqlite_classes": ["Attic"] }]`, base: grown},
		{name: "base, first migrations", rule: "M18", text: grown, base: `"vars": {}`},
		{name: "base, to exports", rule: "X13", text: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" }, "Hall": { "type": "durable-object", "storage": "sqlite" }, "Attic": { "type": "durable-object", "storage": "sqlite" }, "Shed": { "type": "durable-object", "storage": "sqlite" } }`, base: grown},
		{name: "base, to exports that lose a class and change another", rule: "X10 X12 X13", text: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" }, "Hall": { "type": "durable-object", "storage": "legacy-kv" } }`, base: grown},
		{name: "base, exports back to migrations", rule: "X13", text: grown, base: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" } }`},
		{name: "base, exports deleted and renamed", rule: "X12", text: `"exports": { "Room": { "type": "durable-object", "state": "deleted" }, "Hall": { "type": "durable-object", "state": "renamed", "renamed_to": "Chamber" }, "Chamber": { "type": "durable-object", "storage": "sqlite" } }`,
			base: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" }, "Hall": { "type": "durable-object", "storage": "sqlite" } }`},
		{name: "base, another name", rule: "E4", text: `raw:{ "name": "chat2", "main": "a.js", "compatibility_date": "2025-06-01", "migrations": [{ "tag": "n1", "new_sqlite_classes": ["Room"] }] }`, base: grown},
		{name: "base, a new environment", rule: "E9", env: "e", text: grown + `, "env": { "e": {} }`, base: grown + `, "env": { "f": {} }`},
		{name: "base, unreadable", rule: "F6", text: grown, base: "raw:{"},
		{name: "base, refused itself", rule: "M10", text: grown, base: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall"], "deleted_classes": ["Room"] }]`},
		{name: "base, a broken list is not compared", rule: "M1", text: `"migrations": {}`, base: grown},
	})
}

// TestDeployed shows the findings and plans against what is deployed.
func TestDeployed(t *testing.T) {
	tag := func(s string) *string { return &s }
	sqlite := func(script string, classes ...string) []migrations.Namespace {
		var ns []migrations.Namespace
		for _, c := range classes {
			ns = append(ns, migrations.Namespace{Class: c, UniqueKey: script + "-" + c, SQLite: true})
		}
		return ns
	}
	const history = `"migrations": [{ "tag": "v1", "new_classes": ["Room"], "new_sqlite_classes": ["Hall"] }, { "tag": "v2", "deleted_classes": ["Room"] }, { "tag": "v3", "new_sqlite_classes": ["Room"] }, { "tag": "v4", "renamed_classes": [{ "from": "Room", "to": "Chamber" }] }]`
	runGolden(t, []golden{
		{name: "deployed tag, the last one", rule: "M18", text: history, tag: tag("v4")},
		{name: "deployed tag, before a deletion", rule: "M14 M17 M18", text: history, tag: tag("v1")},
		{name: "deployed tag, after a deletion", rule: "M18", text: history, tag: tag("v2"), allow: []string{"Room"}},
		{name: "deployed tag, before a rename", rule: "M18", text: history, tag: tag("v3")},
		{name: "never deployed", rule: "M14 M17 M18", text: history, tag: tag("")},
		{name: "deployed tag that is not there", rule: "M18", text: history, tag: tag("V4")},
		{name: "deployed tag and exports", rule: "M18 X13", text: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" } }`, tag: tag("v1")},
		{name: "tag and base", rule: "M18", text: history, tag: tag("v3"), base: history},
		{name: "ledger", rule: "M18", text: grown, ledger: &migrations.Ledger{
			Script: "chat", Applied: []migrations.Migration{{Tag: "v1", NewSQLiteClasses: []string{"Room", "Hall"}}}, Namespaces: sqlite("chat", "Room", "Hall"),
		}},
		{name: "ledger of an edited list", rule: "M18", text: grown, ledger: &migrations.Ledger{
			Script: "chat", Applied: []migrations.Migration{{Tag: "v1", NewSQLiteClasses: []string{"Room"}}, {Tag: "v0", DeletedClasses: []string{"X"}}}, Namespaces: sqlite("chat", "Room"),
		}},
		{name: "ledger of another Worker", rule: "M18", text: grown, ledger: &migrations.Ledger{Script: "other", Namespaces: sqlite("other", "Room")}},
		{name: "ledger of exports, and a class without an entry", rule: "X12", text: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" } }`, ledger: &migrations.Ledger{
			Script: "chat", Declarative: true, Namespaces: sqlite("chat", "Room", "Hall"),
		}},
		{name: "ledger of exports, and the key-value backend", rule: "M19 X10", text: `"exports": { "Room": { "type": "durable-object", "storage": "legacy-kv" }, "Hall": { "type": "durable-object", "storage": "legacy-kv" } }`, ledger: &migrations.Ledger{
			Script: "chat", Declarative: true, Namespaces: []migrations.Namespace{{Class: "Room", UniqueKey: "chat-Room"}},
		}},
		{name: "ledgers and a transfer", rule: "M12", text: `"migrations": [{ "tag": "v1", "transferred_classes": [{ "from": "B", "from_script": "bath", "to": "Bath" }] }]`,
			ledger: &migrations.Ledger{}, others: []migrations.Ledger{{Script: "bath", Namespaces: sqlite("bath", "B")}}},
		{name: "ledger of one of all environments", rule: "M18 E4", all: true, text: grown + `, "env": { "e": {} }`, ledger: &migrations.Ledger{
			Script: "chat-e", Applied: []migrations.Migration{{Tag: "v1", NewSQLiteClasses: []string{"Room", "Hall"}}}, Namespaces: sqlite("chat-e", "Room", "Hall"),
		}},
	})
}
