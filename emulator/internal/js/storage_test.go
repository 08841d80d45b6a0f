package js_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/testkit"
)

const keeper = `import { DurableObject } from "cloudflare:workers";
export class Keeper extends DurableObject {
	constructor(ctx, env) {
		super(ctx, env);
		ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, s TEXT)");
	}
	add(s) { return this.ctx.storage.sql.exec("INSERT INTO t (s) VALUES (?) RETURNING n", s).one().n; }
	all() { return this.ctx.storage.sql.exec("SELECT * FROM t").toArray(); }
	async addAndAbort(s) { this.add(s); await this.ctx.storage.put("k", s); this.ctx.abort("no"); }
	async waitAndAbort(s) { this.add(s); await this.ctx.storage.sync(); this.ctx.abort(""); }
	empty() { this.ctx.abort(""); }
	plain() { this.ctx.abort(); }
	key() { return this.ctx.storage.get("k").then((v) => v ?? null); }
}
`

// TestStorage is the first walk through an object's storage: implicit
// transactions, the gate and resets (rules 2.15 to 2.19, 6.1 to 6.3).
func TestStorage(t *testing.T) {
	em := start(t, keeper)
	for _, step := range []struct {
		rule, method string
		args         []any
		want         string
	}{
		{"6.7", "add", []any{"a"}, `1`},
		{"6.2", "addAndAbort", []any{"b"}, `Error: no {reset}`},
		{"2.19", "all", nil, `[{"n":1,"s":"a"}]`},
		{"2.19", "key", nil, `null`},
		{"2.17", "empty", nil, `Error:  {reset}`},
		{"2.17", "plain", nil, `Error: Application called abort() to reset Durable Object. {reset}`},
		{"6.3", "waitAndAbort", []any{"c"}, `Error:  {reset}`},
		{"6.3", "all", nil, `[{"n":1,"s":"a"},{"n":2,"s":"c"}]`},
	} {
		if got := call(t, em, "Keeper", "a", step.method, step.args...); got != step.want {
			t.Errorf("rule %s: %s: got %s, want %s", step.rule, step.method, got, step.want)
		}
	}
}

// TestStoredObjectsOfTheRuntime checks rules 5.36 and 5.37: which objects storage
// and structuredClone take, and in which words they refuse others.
func TestStoredObjectsOfTheRuntime(t *testing.T) {
	em := start(t, `import { DurableObject, RpcTarget } from "cloudflare:workers";
export class Keeper extends DurableObject {
	make(what) {
		switch (what) {
			case "headers": return new Headers({ a: "b" });
			case "request": return new Request("http://x/", { method: "PUT" });
			case "blob": return new Blob(["abc"]);
			case "id": return this.ctx.id;
			case "stub": return this.env.Keeper.getByName("b");
			case "target": return new RpcTarget();
			case "url": return new URL("http://x/");
			case "body": return new Response("x");
			case "map": return new Map([["k", new DOMException("m", "AbortError")]]);
		}
	}
	kept(what) { return this.keep(() => { this.ctx.storage.kv.put("k", this.make(what)); return this.ctx.storage.kv.get("k"); }); }
	copied(what) { return this.keep(() => structuredClone(this.make(what))); }
	async keep(fn) {
		try {
			const v = fn();
			return [v.constructor.name, v instanceof Headers ? v.get("a") : v instanceof Request ? v.method : v instanceof Blob ? await v.text() : v.get("k").name];
		} catch (e) { return [String(e)]; }
	}
}`)
	const unsupported = `["DataCloneError: Could not serialize object of type \"%s\". This type does not support serialization."]`
	for what, want := range map[string]string{
		"headers": `["Headers","b"]`,
		"request": `["Request","PUT"]`,
		"blob":    `["Blob","abc"]`,
		"map":     `["Map","AbortError"]`,
		"id":      fmt.Sprintf(unsupported, "DurableObjectId"),
		"url":     fmt.Sprintf(unsupported, "URL"),
		"stub":    `["DataCloneError: ServiceStub cannot be serialized in this context."]`,
		"target":  `["DataCloneError: Remote RPC references can only be serialized for RPC."]`,
		"body":    `["DataCloneError: ReadableStream can only be serialized for RPC."]`,
	} {
		for _, method := range []string{"kept", "copied"} {
			if got := call(t, em, "Keeper", "a", method, what); got != want {
				t.Errorf("%s %s: got %s, want %s", method, what, got, want)
			}
		}
	}
}

// TestKeyValueClass is a class that is not SQLite-backed (rules 13.1 to 13.3).
func TestKeyValueClass(t *testing.T) {
	source := `import { DurableObject } from "cloudflare:workers";
export class Old extends DurableObject {
	sql() { return this.ctx.storage.sql.exec("SELECT 1"); }
	size() { return this.ctx.storage.sql.databaseSize; }
	kv() { return this.ctx.storage.kv.get("a"); }
	async works() {
		const { storage } = this.ctx;
		await storage.put("a", 1);
		await storage.transaction((txn) => txn.put("b", 2));
		storage.transactionSync(() => {});
		await storage.setAlarm(Date.now() + 1e6);
		return [[...(await storage.list()).keys()], typeof await storage.getAlarm(), await storage.deleteAll() ?? null, (await storage.list()).size];
	}
	alarm() {}
}
`
	config := project(t, source, "2026-07-01")
	data, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, bytes.Replace(data, []byte("new_sqlite_classes"), []byte("new_classes"), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	em := testkit.New(t, emulator.Worker{Config: config})
	const noSQL = "Error: SQL is not enabled for this Durable Object class."
	for method, want := range map[string]string{
		"sql": noSQL, "size": noSQL,
		"kv":    "Error: The storage.kv (synchronous KV) API is only available for SQLite-backed Durable Objects",
		"works": `[["a","b"],"number",null,0]`,
	} {
		if got := call(t, em, "Old", "a", method); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
}
