package emulator_test

import (
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

// TestEntrypoints: what the real runtime answered to the same requests.
func TestEntrypoints(t *testing.T) {
	rooms := project(t, `
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Room extends DurableObject { hello() { return "room of rooms " + this.ctx.id.name; } }
export class Admin extends WorkerEntrypoint { who(name) { return this.env.NAME + " " + name + " " + JSON.stringify(this.ctx.props); } }
export default class extends WorkerEntrypoint {
	fetch(request) { return new Response("rooms " + new URL(request.url).pathname); }
	add(a, b) { return a + b; }
}
`)
	writeFile(t, rooms, `{
		"name": "rooms", "main": "index.ts", "compatibility_date": "2026-07-01", "vars": { "NAME": "the rooms" },
		"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
		"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]
	}`)
	app := project(t, `
import { DurableObject, WorkerEntrypoint, RpcTarget, env as imported, exports, withEnv, waitUntil } from "cloudflare:workers";
export class Room extends DurableObject {
	greet(n) { return "hello " + n + " from " + this.ctx.id.name; }
	async around() { return await this.ctx.exports.Helper.twice(21); }
}
export class Helper extends WorkerEntrypoint {
	twice(n) { return 2 * n; }
	props() { return this.ctx.props; }
	counter() { return new Counter(); }
	fail() { throw new RangeError("no"); }
}
class Counter extends RpcTarget { n = 0; next() { return ++this.n; } }
export class Plain { constructor(state, env) { this.env = env; } fetch() { return new Response("plain"); } }
const tests = {
	loop: (ctx) => ctx.exports.Helper.twice(4),
	props: (ctx) => ctx.exports.Helper({ props: { a: [1, new Date(0)] } }).props(),
	noProps: (ctx) => ctx.exports.Helper.props(),
	object: (ctx) => ctx.exports.Room.getByName("x").greet("y"),
	nested: (ctx) => ctx.exports.Room.getByName("x").around(),
	self: async (ctx) => (await ctx.exports.default.fetch("http://self/static")).text(),
	keys: (ctx) => [Object.keys(ctx.exports), typeof ctx.exports.Helper, typeof ctx.exports.Room],
	service: async (ctx, env) => (await env.ROOMS.fetch("http://anywhere/path")).text(),
	rpc: (ctx, env) => env.ROOMS.add(1, 2),
	admin: (ctx, env) => env.ADMIN.who("ada"),
	error: (ctx) => ctx.exports.Helper.fail(),
	session: async (ctx) => {
		const counter = await ctx.exports.Helper.counter();
		await counter.next();
		await new Promise((resolve) => setTimeout(resolve, 1000));
		return counter.next();
	},
	pipelined: (ctx) => ctx.exports.Helper.counter().next(),
	imported: (ctx, env) => [imported.NAME, withEnv({ NAME: "other" }, () => imported.NAME), imported.NAME, typeof exports.Helper, Object.keys(imported).length],
	wait: (ctx) => { waitUntil(Promise.resolve()); ctx.waitUntil(Promise.resolve()); return String(ctx.passThroughOnException()); },
};
export default {
	async fetch(request, env, ctx) {
		const name = new URL(request.url).pathname.slice(1);
		if (name === "static") return new Response("static");
		try {
			return Response.json(await tests[name](ctx, env));
		} catch (e) {
			return new Response(e.name + ": " + e.message, { status: 500 });
		}
	},
};
`)
	writeFile(t, app, `{
		"name": "app", "main": "index.ts", "compatibility_date": "2026-07-01", "vars": { "NAME": "app" },
		"durable_objects": { "bindings": [{ "name": "OTHER", "class_name": "Room", "script_name": "rooms" }] },
		"services": [{ "binding": "ROOMS", "service": "rooms" }, { "binding": "ADMIN", "service": "rooms", "entrypoint": "Admin" }],
		"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]
	}`)
	em, err := emulator.New(emulator.Worker{Config: app}, emulator.InMemory, emulator.VirtualClock{}, emulator.Also(emulator.Worker{Config: rooms}))
	if err != nil {
		t.Fatal(err)
	}
	defer em.Close()
	for name, want := range map[string]string{
		"loop": "8", "props": `{"a":[1,"1970-01-01T00:00:00.000Z"]}`, "noProps": "{}", "object": `"hello y from x"`, "nested": "42",
		"self": `"static"`, "keys": `[["default","Helper","Plain","Room"],"function","function"]`, "service": `"rooms /path"`, "rpc": "3",
		"admin": `"the rooms ada {}"`, "error": "RangeError: no", "pipelined": "1", "session": "2",
		"imported": `["app","other","app","function",4]`, "wait": `"undefined"`,
	} {
		t.Run(name, func(t *testing.T) {
			res := httptest.NewRecorder()
			em.Handler().ServeHTTP(res, httptest.NewRequest("GET", "http://localhost/"+name, nil))
			if body, _ := io.ReadAll(res.Body); strings.TrimSpace(string(body)) != want {
				t.Errorf("got %s, want %s", body, want)
			}
		})
	}
}

// TestBindingsNotThere: a binding that leads nowhere says so where it is used.
func TestBindingsNotThere(t *testing.T) {
	config := project(t, `
export class Room {}
export default {
	async fetch(request, env) {
		const what = [];
		for (const use of [() => env.KV.get("a"), () => env.GONE.fetch("http://x/"), () => env.SELF.nothing()]) {
			try { what.push(await use()); } catch (e) { what.push(e.message); }
		}
		return Response.json(what);
	},
};
`)
	writeFile(t, config, `{
		"name": "app", "main": "index.ts", "compatibility_date": "2026-07-01",
		"kv_namespaces": [{ "binding": "KV", "id": "0" }],
		"services": [{ "binding": "GONE", "service": "gone" }, { "binding": "SELF", "service": "app", "entrypoint": "Missing" }]
	}`)
	em, err := emulator.New(emulator.Worker{Config: config}, emulator.InMemory, emulator.VirtualClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer em.Close()
	res := httptest.NewRecorder()
	em.Handler().ServeHTTP(res, httptest.NewRequest("GET", "http://localhost/", nil))
	for _, want := range []string{
		"the binding KV (KV Namespace, " + filepath.ToSlash(config) + ":3:34) is of a kind that is not supported yet",
		`the Worker \"gone\" is not part of this emulator: add it with emulator.Also, or with another -c`,
		`main of the Worker \"app\" has no entrypoint \"Missing\"`,
	} {
		if !strings.Contains(res.Body.String(), want) {
			t.Errorf("got %s\nwant %s", res.Body, want)
		}
	}
}
