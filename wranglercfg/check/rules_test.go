package check_test

import "testing"

const (
	room     = `"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] }`
	roomV1   = `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]`
	roomLive = room + ",\n  " + roomV1
)

// TestConfiguration shows the findings about the file alone.
func TestConfiguration(t *testing.T) {
	runGolden(t, []golden{
		{name: "nothing to say", rule: "M8", text: roomLive},
		{name: "nothing given", rule: "G1 G2 G3", text: `raw:{}`},
		{name: "empty name and main", rule: "G1 G2", text: `raw:{ "name": "", "main": "", "compatibility_date": "2025-06-01" }`},
		{name: "assets only", rule: "G2", text: `raw:{ "name": "a", "assets": { "directory": "public" }, "compatibility_date": "2025-06-01" }`},
		{name: "dates", rule: "G3", text: `raw:{ "name": "a", "main": "a.js", "compatibility_date": "2026-02-30", "env": { "future": { "compatibility_date": "2026-11-24" }, "today": { "compatibility_date": "2026-11-23" }, "words": { "compatibility_date": "Jan 1 2026" } } }`, all: true},
		{name: "flags", rule: "G4", text: `"compatibility_flags": ["nodejs_compat", "nodejs_compt", "no_such_thing_at_all"]`},
		{name: "removed fields", rule: "G7", text: `"legacy_env": false, "node_compat": null, "account_id": "", "route": "", "usage_model": "bundled"`},
		{name: "types of general fields", rule: "G8", text: `"workers_dev": "yes", "tsconfig": 7, "kv_namespaces": { "binding": "A" }, "queues": [], "r2_buckets": [7, {}]`},
		{name: "pages", rule: "Pages", text: `raw:{ "name": "site", "pages_build_output_dir": "dist" }`},
		{name: "unknown fields", rule: "G6 B4 M6 X3 E8", env: "e", text: `"exprots": {}, "durable_objects": { "bindings": [{ "name": "R", "class_name": "Room", "script": "other", "jurisdiction": "eu" }], "binding": [] },
  "migrations": [{ "tag": "v1", "new_sqlite_class": ["Room"], "new_sqlite_classes": ["Room"], "renamed_classes": [{ "from": "Room", "to": "R2", "why": 1 }] }],
  "env": { "e": { "keep_vars": true, "durable_object": {}, "exports": { "W": { "type": "worker", "cache": { "enabled": true, "ttl": 1 }, "state": "x" } } } }`},
		{name: "swallowed", rule: "F9 G2 G3", file: "wrangler.toml", text: "raw:name = \"chat\"\n\n[vars]\nmain = \"src/a.js\"\n\n[[migrations]]\ntag = \"v1\"\ncompatibility_date = \"2025-06-01\"\nkeep_vars = true\n"},
		{name: "one name for two bindings", rule: "G8", text: `"vars": { "ROOM": "x", "binding": "R2", "directory": 1 }, "assets": { "directory": "public" }, "kv_namespaces": [{ "binding": "ROOM" }],
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room", "script_name": "o" }, { "name": "ROOM", "class_name": "Room", "script_name": "o" }, { "name": "R2", "class_name": "Room", "script_name": "o" }, { "name": "toString", "class_name": "Room", "script_name": "o" }] }`},
		{name: "newer than the record", rule: "B1 X3", text: `"durable_objects": { "code_update_strategy": { "mode": "later", "max_delay": 90000, "x": 1 } }, "exports": { "W": { "type": "workflow" }, "W2": { "type": "workflow", "name": "a b" }, "W3": { "type": "workflow", "name": "w", "schedules": "x" } },
  "env": { "e": { "durable_objects": { "bindings": [], "code_update_strategy": { "mode": "deferred", "max_delay": "1" } } }, "f": { "durable_objects": { "code_update_strategy": [] } } }`, all: true},
		{name: "script names", rule: "B5", text: `"durable_objects": { "bindings": [{ "name": "A", "class_name": "Room", "script_name": "chat" }, { "name": "B", "class_name": "Room", "script_name": "" }, { "name": "C", "class_name": "Else", "script_name": "other", "remote": "yes" }] }, ` + roomV1},
		{name: "environment without what it needs", rule: "E5 E6", env: "e", text: `"vars": { "A": 1, "B": 2 }, "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }, { "name": "R2", "class_name": "Room" }] }, "kv_namespaces": [], ` + roomV1 + `,
  "env": { "e": { "vars": { "B": 3 }, ` + room + ` } }`},
		{name: "name of an environment", rule: "E4", env: "Staging", text: `"env": { "Staging": {} }`},
		{name: "all environments", rule: "E7 E9 M17", all: true, text: room + `, "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Old"] }, { "tag": "v2", "deleted_classes": ["Old"] }],
  "env": { "same": { ` + room + ` }, "own": { ` + room + `, "migrations": [{ "tag": "o1", "new_sqlite_classes": ["Hall"] }] } }`},
		{name: "unselected environments are not judged", rule: "E7", text: roomLive + `, "env": { "e": { "durable_objects": 7, "migrations": 7 } }`},
		{name: "top level without lifecycle beside an environment", rule: "E7 B6", env: "e", text: room + `, "env": { "e": { ` + roomLive + ` } }`},
		{name: "not an environment", rule: "E2", env: "qa", text: `"env": { "e": {} }`},
	})
}

// TestLifecycle shows the findings about migrations and exports.
func TestLifecycle(t *testing.T) {
	runGolden(t, []golden{
		{name: "class that nothing creates", rule: "B6", text: room},
		{name: "class that nothing creates, toml", rule: "B6", file: "wrangler.toml", text: "[[durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"\n\n[[migrations]]\ntag = \"v9\"\nnew_sqlite_classes = [\"Hall\"]\n"},
		{name: "class in other letters", rule: "B6", text: `"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "room" }] }, ` + roomV1},
		{name: "class in a misspelt directive", rule: "B6 M6", text: room + `, "migrations": [{ "tag": "v1", "new_sqlite_class": ["Room"] }]`},
		{name: "renamed away", rule: "B6 M11", text: room + `, "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }, { "tag": "v2", "renamed_classes": [{ "from": "Room", "to": "Hall" }] }]`},
		{name: "deleted and bound", rule: "M15", text: `"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }, { "name": "FAR", "class_name": "Room", "script_name": "far" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }, { "tag": "v2", "deleted_classes": ["Room"] }]`},
		{name: "created twice", rule: "M9 M13 M14", text: `"migrations": [{ "tag": "v1", "new_classes": ["A", "A"] }, { "tag": "v2", "new_sqlite_classes": ["A"] }]`},
		{name: "ended twice", rule: "M10 M11", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A", "B"] }, { "tag": "v2", "deleted_classes": ["A", "C"], "renamed_classes": [{ "from": "A", "to": "D" }, { "from": "B", "to": "B" }] }]`},
		{name: "destination that exists", rule: "M11 M12", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A", "B"] }, { "tag": "v2", "renamed_classes": [{ "from": "A", "to": "B" }], "transferred_classes": [{ "from": "X", "from_script": "o", "to": "B" }] }]`},
		{name: "two directives in one step", rule: "M14", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A", "B"] }, { "tag": "v2", "deleted_classes": ["A"], "renamed_classes": [{ "from": "B", "to": "A" }] }]`},
		{name: "swap of two names", rule: "M11 M14", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A", "B"] }, { "tag": "v2", "renamed_classes": [{ "from": "A", "to": "T" }] }, { "tag": "v3", "renamed_classes": [{ "from": "B", "to": "A" }] }, { "tag": "v4", "renamed_classes": [{ "from": "T", "to": "B" }] }]`},
		{name: "tags", rule: "M2 M7", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A"] }, { "tag": "v1" }, { "tag": "" }, { "tag": "keeps a tag" }]`},
		{name: "transferred class ended", rule: "M12", text: `"migrations": [{ "tag": "v1", "transferred_classes": [{ "from": "R", "from_script": "o", "to": "Room" }] }, { "tag": "v2", "renamed_classes": [{ "from": "Room", "to": "Hall" }] }]`},
		{name: "deleted and created again", rule: "M13 M17", text: `"migrations": [{ "tag": "v1", "new_classes": ["A"] }, { "tag": "v2", "deleted_classes": ["A"] }, { "tag": "v3", "new_sqlite_classes": ["A"] }]`},
		{name: "key-value backend", rule: "M19", text: `"migrations": [{ "tag": "v1", "new_classes": ["A", "B", "C"] }, { "tag": "v2", "renamed_classes": [{ "from": "A", "to": "A2" }], "deleted_classes": ["B"] }]`},
		{name: "rename of a class that never was hides nothing", rule: "M11 B6", text: `"durable_objects": { "bindings": [{ "name": "H", "class_name": "Hall" }, { "name": "X", "class_name": "Nowhere" }] }, "migrations": [{ "tag": "v2", "renamed_classes": [{ "from": "Room", "to": "Hall" }] }]`},
		{name: "broken list is not judged further", rule: "M1 M3", text: room + `, "migrations": [{ "tag": "v1", "new_sqlite_classes": "Room" }]`},
		{name: "exports", rule: "X9 X10", text: `"durable_objects": { "bindings": [{ "name": "A", "class_name": "Room" }, { "name": "B", "class_name": "Gone" }, { "name": "C", "class_name": "Old" }, { "name": "D", "class_name": "Away" }, { "name": "E", "class_name": "Soon" }, { "name": "F", "class_name": "Never" }] },
  "exports": {
    "Room": { "type": "durable-object", "storage": "legacy-kv" },
    "Gone": { "type": "durable-object", "state": "deleted" },
    "Old": { "type": "durable-object", "state": "renamed", "renamed_to": "Room" },
    "Away": { "type": "durable-object", "state": "transferred", "transferred_to": "other" },
    "Soon": { "type": "durable-object", "state": "expecting-transfer", "storage": "sqlite", "transfer_from": "other" }
  }`},
		{name: "exports renamed to what is not live", rule: "X7", text: `"exports": { "A": { "type": "durable-object", "state": "renamed", "renamed_to": "B" }, "B": { "type": "durable-object", "state": "renamed", "renamed_to": "C" } }`},
		{name: "both forms", rule: "X1", text: roomLive + `, "exports": { "Room": { "type": "durable-object", "storage": "sqlite" } }`},
		{name: "both forms by inheritance", rule: "X1 E9", env: "e", text: roomV1 + `, "env": { "e": { "exports": { "Room": { "type": "durable-object", "storage": "sqlite" } } } }`},
		{name: "worker entries and migrations", rule: "X1", text: roomLive + `, "exports": { "default": { "type": "worker" } }`},
		{name: "containers", rule: "X11", text: `"containers": [{ "name": "box", "image": "i" }, { "name": "box", "class_name": "A", "image": "i" }, { "class_name": "A", "image": "i" }, { "name": "lone", "image": "i" }, {}, 7],
  "exports": { "A": { "type": "durable-object", "storage": "sqlite", "container": "crate" }, "B": { "type": "durable-object", "storage": "legacy-kv", "container": "box" }, "C": { "type": "durable-object", "storage": "sqlite", "container": "box" } }`},
	})
}
