package emulator_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// project writes a wrangler project with one SQLite-backed class, Room.
func project(t testing.TB, main string) (config string) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "index.ts"), main)
	config = filepath.Join(dir, "wrangler.jsonc")
	writeFile(t, config, `{
		"name": "reload", "main": "index.ts", "compatibility_date": "2026-07-01",
		"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
		"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]
	}`)
	return config
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// reloadMain is code whose version shows.
const reloadMain = `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	calls = 0;
	version() { return "v1:" + ++this.calls; }
	async hold() {
		await new Promise((resolve) => { this.release = resolve; });
		return "held by v1";
	}
	letGo() { this.release(); }
}
export default { fetch() { return new Response("v1"); } };
`

func TestReload(t *testing.T) {
	config := project(t, reloadMain)
	em, err := emulator.New(emulator.Worker{Config: config}, emulator.InMemory, emulator.VirtualClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer em.Close()
	ctx := context.Background()
	idle, busy := em.Namespace("ROOM").GetByName("idle"), em.Namespace("ROOM").GetByName("busy")
	version := func(stub *durable.Stub, want string) {
		t.Helper()
		if got, err := durable.Call[string](ctx, stub, "version"); err != nil || got != want {
			t.Errorf("version is %q, %v, want %q", got, err, want)
		}
	}
	reload := func(old, new string) {
		t.Helper()
		path := filepath.Join(filepath.Dir(config), "index.ts")
		writeFile(t, path, strings.ReplaceAll(reloadMain, old, new))
		if err := em.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	version(idle, "v1:1")
	version(idle, "v1:2")
	version(busy, "v1:1")
	held := busy.Start("hold")

	reload("v1", "v2")
	version(idle, "v2:1") // idle objects have the new code at once, and a new instance
	version(busy, "v1:2") // one that is busy goes on with the old
	if _, err := busy.Call(ctx, "letGo"); err != nil {
		t.Fatal(err)
	}
	if got, err := durable.Wait[string](ctx, held); err != nil || got != "held by v1" {
		t.Errorf("the call that was held gives %q, %v", got, err)
	}
	version(busy, "v2:1")

	// An object that does not end in time is reset.
	held = busy.Start("hold")
	version(busy, "v2:2")
	reload("v1", "v3")
	em.Clock().Advance(3 * time.Second)
	if _, err := held.Wait(ctx); err == nil || err.Error() != "Durable Object reset because its code was updated." {
		t.Errorf("the call that was held fails with %v", err)
	}
	version(em.Namespace("ROOM").GetByName("busy"), "v3:1")
}

// TestReloadBroken: what cannot be put in place leaves the old code.
func TestReloadBroken(t *testing.T) {
	tests := map[string]struct{ main, config, want string }{
		"syntax":          {main: "export class {", want: "index.ts:1:13:"},
		"global scope":    {main: "throw new Error('not today'); export class Room {}; export default {}", want: "not today"},
		"Node's module":   {main: "import 'node:fs'; export class Room {}; export default {}", want: "Node's modules (nodejs_compat) are not supported by dormouse yet"},
		"class is gone":   {main: "export default {}", want: `class "Room" is bound to ROOM, and index.ts does not export it`},
		"config":          {config: "{", want: "wrangler.jsonc"},
		"class deleted":   {config: `{"name":"reload","main":"index.ts","compatibility_date":"2026-07-01","migrations":[{"tag":"v1","new_sqlite_classes":["Room"]},{"tag":"v2","deleted_classes":["Room"]}]}`, want: "--allow-delete Room"},
		"class not there": {main: strings.ReplaceAll(reloadMain, "export class Room extends DurableObject", "export const Room = 1; class R"), want: `class "Room"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			config := project(t, reloadMain)
			em, err := emulator.New(emulator.Worker{Config: config}, emulator.InMemory, emulator.VirtualClock{})
			if err != nil {
				t.Fatal(err)
			}
			defer em.Close()
			if tt.main != "" {
				writeFile(t, filepath.Join(filepath.Dir(config), "index.ts"), tt.main)
			}
			if tt.config != "" {
				writeFile(t, config, tt.config)
			}
			if err := em.Reload(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Reload gives %v, want %q", err, tt.want)
			}
			got, err := durable.Call[string](context.Background(), em.Namespace("ROOM").GetByName("a"), "version")
			if err != nil || got != "v1:1" {
				t.Errorf("afterwards version is %q, %v", got, err)
			}
		})
	}
}
