package check_test

import "testing"

const (
	worker    = "export default { async fetch() { return new Response(); } };\n"
	roomClass = "import { DurableObject } from \"cloudflare:workers\";\nexport class Room extends DurableObject {}\n" + worker
)

const noBundle = roomLive + `, "no_bundle": true`

// js is a project whose main is the text.
func js(text string, more ...string) map[string]string {
	files := map[string]string{"src/index.js": text}
	for i := 0; i+1 < len(more); i += 2 {
		files[more[i]] = more[i+1]
	}
	return files
}

// TestCode shows the findings about main.
func TestCode(t *testing.T) {
	runGolden(t, []golden{
		{name: "exported", rule: "B7 M16", text: roomLive, code: js(roomClass)},
		{name: "main is not there", rule: "G2", text: roomLive, code: map[string]string{"src/other.js": ""}},
		{name: "main is a folder", rule: "G2", text: roomLive, code: map[string]string{"src/index.js/a.js": ""}},
		{name: "main is built", rule: "G2", text: roomLive + `, "build": { "command": "npm run build" }`, code: map[string]string{"src/other.js": ""}},
		{name: "main without an ending", rule: "G2", file: "wrangler.json", text: `raw:{ "name": "a", "main": "src/index", "compatibility_date": "2025-06-01", ` + roomLive + `}`, code: map[string]string{"src/index.ts": "export class Room { x: number = 1 }\n" + worker}},
		{
			name: "not exported", rule: "B7 M16",
			text: room + `, "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall", "Gone"] }, { "tag": "v2", "deleted_classes": ["Gone"] }]`,
			code: js("// export class Room {}\nconst text = `export class Room {}`;\nclass Hall {}\nexport class rooms {}\n" + worker),
		},
		{name: "types do not count", rule: "B7", text: roomLive, code: js("export { Room } from './room';\n"+worker, "src/room.ts", "export interface Room { a: string }\n")},
		{name: "exported by another module", rule: "B7", text: roomLive, code: js("export * from './all.js';\n"+worker, "src/all.js", "class Lobby {}\nexport { Lobby as Room };\n")},
		{name: "typescript, tsconfig paths, jsx, texts and wasm", rule: "B7", text: roomLive, code: js(
			"import page from './page.html';\nimport wasm from './a.wasm';\nimport { readFileSync } from 'node:fs';\nimport path from 'node:path';\nimport { Room } from '@/room';\nexport { Room };\nexport const view = <p>{page}{wasm}{readFileSync}{path}</p>;\n"+worker,
			"src/room.ts", "import { DurableObject } from 'cloudflare:workers';\nexport class Room extends DurableObject<{ A: string }> { private n = 1 as number; }\n",
			"tsconfig.json", `{ "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["src/*"] } } }`, "src/page.html", "<p>", "src/a.wasm", "\x00asm",
		)},
		{name: "class of a package", rule: "B7", text: roomLive, code: js("export { Room } from 'rooms';\n"+worker,
			"node_modules/rooms/package.json", `{ "name": "rooms", "exports": { "workerd": "./w.js", "default": "./d.js" } }`,
			"node_modules/rooms/w.js", "export class Room {}", "node_modules/rooms/d.js", "export const other = 1;")},
		{name: "package that is not there", rule: "B7", text: roomLive, code: js("import 'other';\n"+roomClass, "node_modules/x/index.js", "")},
		{name: "packages are not installed", rule: "B7", text: roomLive, code: js("export * from 'rooms';\nimport 'other/sub';\n" + worker)},
		{name: "packages are not installed, one of them through another module", rule: "B7", text: roomLive, code: js("export * from './all';\n"+worker, "src/all.js", "export * from 'rooms';\n")},
		{name: "packages are not installed, one of them through more modules", rule: "B7", text: roomLive, code: js(
			"import * as more from './more';\nexport * from './all';\nexport const x = [more];\n"+worker, "src/all.js", "export * from './some';\nexport const one = 1;\n", "src/some.js", "export * from './all';\nexport * from 'rooms';\n", "src/more.js", "export * from 'more';")},
		{name: "packages are not installed, one exports the class by name", rule: "B7", text: roomLive, code: js("export { Hall as Room } from 'rooms';\n" + worker)},
		{name: "packages are not installed, one is exported after its import", rule: "B7", text: roomLive, code: js("import { Room } from 'rooms';\nexport { Room };\n" + worker)},
		{name: "packages are not installed, none exports a class", rule: "B7 M16", text: room + `, "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Hall"] }]`, code: js(
			"import { Hono } from 'hono';\nimport * as all from './all';\nexport * as rooms from 'rooms';\nexport const app = new Hono(all);\n// export * from 'rooms';\nexport const text = `export * from 'rooms'`;\n"+worker, "src/all.js", "export * from 'rooms';\n")},
		{name: "packages are not installed, a module of Node is exported", rule: "B7", text: roomLive + `, "compatibility_flags": ["nodejs_compat"]`, code: js("export * from 'node:path';\nimport 'hono';\n" + worker)},
		{name: "packages are not installed, and exports", rule: "X8", text: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" } }`, code: js("import 'hono';\n" + worker)},
		{name: "modules of Node", rule: "B7", text: roomLive + `, "compatibility_flags": ["nodejs_compat"]`, code: js("import 'path';\nimport 'node:sqlite';\nrequire('fs');\n" + roomClass)},
		{name: "modules of Node without the flag", rule: "B7", text: roomLive, code: js("import 'path';\n" + roomClass)},
		{name: "broken code", rule: "B7", text: roomLive, code: js("export class Room {\n  fetch( {\n")},
		{name: "service worker", rule: "B8", text: roomLive, code: js("addEventListener('fetch', () => {});\n")},
		{name: "service worker without a binding", rule: "B8", text: roomV1, code: js("module.exports = { Room: class {} };\n")},
		{name: "module without a default export", rule: "B8", text: roomLive, code: js("export class Room {}\nexport const other = 1;\n")},
		{name: "module of classes alone", rule: "B8", text: roomLive, code: js("export class Room {}\n")},
		{name: "no bundle and no code", rule: "B8", text: noBundle, code: js("not even code")},
		{name: "no bundle, exported", rule: "M16", text: noBundle, code: js("import 'lost'; import wasm from './lost.wasm';\n" + roomClass)},
		{name: "no bundle, not exported", rule: "M16", text: noBundle, code: js("import 'lost'; import './lost.js';\nexport class Rooms {}\n" + worker)},
		{name: "no bundle, exported by another module", rule: "M16", text: noBundle, code: js("export * from './all.js';\n"+worker, "src/all.js", "export class Room {}\n")},
		{name: "no bundle, not exported by another module either", rule: "M16", text: noBundle, code: js("export * from './all.js';\n"+worker, "src/all.js", "export class Rooms {}\n")},
		{name: "no bundle, another module that is not there", rule: "M16", text: noBundle, code: js("export * from './lost.js';\n" + worker)},
		{name: "no bundle, of a package", rule: "M16", text: noBundle, code: js("export * from 'rooms';\n" + worker)},
		{name: "no bundle and exports", rule: "X8", text: `"no_bundle": true, "exports": { "Room": { "type": "durable-object", "storage": "sqlite" } }`, code: js(worker)},
		{name: "no bundle, service worker", rule: "B8", text: noBundle, code: js("addEventListener('fetch', () => {});\n")},
		{name: "no bundle, guesses", rule: "B7", text: noBundle, code: js("import{DurableObject as b}from\"cloudflare:workers\";class a extends b{x=1\nlater(){this.ctx.storage.setAlarm(1)}}export{a as Room};" + worker)},
		{name: "assets without a folder", rule: "G2", text: roomLive + `, "assets": { "directory": "public" }`, code: js(roomClass)},
		{name: "broken list and code", rule: "B7 M3", text: room + `, "migrations": [{ "tag": "v1", "new_sqlite_classes": "Room" }]`, code: js(worker)},
		{name: "python", rule: "B7", text: `raw:{ "name": "a", "main": "a.py", "compatibility_date": "2025-06-01", ` + roomLive + `}`, code: map[string]string{"a.py": "class Room: pass"}},
		{name: "assets and a class", rule: "B7", text: `raw:{ "name": "a", "assets": { "directory": "." }, "compatibility_date": "2025-06-01", ` + roomLive + `}`, code: js("")},
		{
			name: "exports and code", rule: "X8",
			text: `"exports": { "Room": { "type": "durable-object", "storage": "sqlite" }, "Gone": { "type": "durable-object", "state": "deleted" }, "Old": { "type": "durable-object", "state": "renamed", "renamed_to": "Room" }, "Soon": { "type": "durable-object", "state": "expecting-transfer", "storage": "sqlite", "transfer_from": "o" } }`,
			code: js("export class Gone {}\nexport class Old {}\nexport class Ignored {}\n" + worker),
		},
		{name: "renamed class is not exported", rule: "M16", text: `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }, { "tag": "v2", "renamed_classes": [{ "from": "Room", "to": "Hall" }] }]`, code: js("export class Room {}\n" + worker)},
		{
			name: "environments share a bundle", rule: "E7 B7", all: true,
			text: roomLive + `, "env": { "a": { ` + room + ` }, "b": { ` + room + `, "main": "src/b.js" } }`,
			code: js(roomClass, "src/b.js", worker),
		},
	})
}

// TestGuesses shows the warnings that rest on the text of the bundle.
func TestGuesses(t *testing.T) {
	const plain = "export class Room { async add(n) { return n; } async fetch() {} }\n"
	const call = "export default { async fetch(req, env) { const stub = env.ROOM.get(env.ROOM.idFromName(`a${req.url}`)); return new Response(`n: ${await stub.add(1)}`); } };\n"
	runGolden(t, []golden{
		{name: "rpc without DurableObject", rule: "B7", text: roomLive, code: js("export class Room { constructor(state) { this.state = state; } async add(n) { return n; } async fetch() {} }\n" + call)},
		{name: "rpc without DurableObject, in one expression", rule: "B7", text: roomLive, code: js("class Base { async add() {} }\nexport class Room extends Base {}\nexport default { fetch: (req, env) => env.ROOM.getByName('a').add() };\n")},
		{name: "rpc with DurableObject", rule: "B7", text: roomLive, code: js("import * as cf from 'cloudflare:workers';\nclass Base extends cf.DurableObject {}\nexport class Room extends Base { async add() {} }\n" + call)},
		{name: "rpc with a base that is not known", rule: "B7", text: roomLive, code: js("import { mixin } from './m.js';\nexport class Room extends mixin(Object) { async add() {} }\n"+call, "src/m.js", "export const mixin = (b) => class extends b {};")},
		{name: "no rpc", rule: "B7", text: roomLive, code: js("export class Room { async add() {} async fetch() { this.add(); } }\nexport default { fetch: (req, env) => env.ROOM.get(env.ROOM.newUniqueId()).fetch(req) };\n")},
		{name: "a map is no namespace", rule: "B7", text: roomLive, code: js("export class Room { async add() {} }\nconst m = new Map();\nexport default { fetch(req) { const x = m.get(req); x.add(1); } };\n")},
		{name: "rpc over a namespace out of a pattern", rule: "B7", text: roomLive, code: js(plain + "export default { async fetch(req, { ROOM }) { const stub = ROOM.get(ROOM.idFromName('a')); return Response.json(await stub.add(1)); } };\n")},
		{name: "rpc over a namespace in brackets and a variable", rule: "B7", text: roomLive, code: js(plain + "export default { async fetch(req, env) { const rooms = env['ROOM']; const stub = rooms.jurisdiction('eu').getByName('a'); return Response.json(await stub.add(1)); } };\n")},
		{name: "rpc over a stub from a function", rule: "B7", text: roomLive, code: js(plain + "function room(env, name) { if (name) { return env.ROOM.get(env.ROOM.idFromName(name)); } }\nexport default { async fetch(req, env) { const r = await room(env, 'a'); return Response.json(await r.add(1)); } };\n")},
		{name: "rpc over a stub from an arrow function", rule: "B7", text: roomLive, code: js(plain + "const room = (env) => env.ROOM.getByName('a');\nexport default { fetch: async (req, env) => Response.json(await room(env).add(1)) };\n")},
		{name: "rpc over a stub from a method, in a field", rule: "B7", text: roomLive, code: js(plain + "export class Hall { constructor(s, env) { this.env = env; this.room = this.find(); } find() { return this.env.ROOM.getByName('a'); } fetch() { return this.room.add(1); } }\n" + worker)},
		{name: "rpc of another stub in a variable of the same name", rule: "B7", text: roomLive, code: js(plain + "const f = async (env) => { const stub = env.ROOM.getByName('a'); await stub.fetch('/'); };\nconst g = async (env) => { const stub = env.OTHER.getByName('a'); await stub.add(1); };\nexport default { f, g, fetch() {} };\n")},
		{name: "rpc of what a method called get returns", rule: "B7", text: roomLive, code: js(plain + "class Rooms { get(env) { return env.ROOM.getByName('a'); } }\nexport default { fetch(req, env) { new Rooms().get(env); return new Map().get(req).add(1); } };\n")},
		{name: "rpc of a map that has the name of the binding", rule: "B7", text: roomLive, code: js(plain + "const ROOM = new Map();\nexport default { fetch(req, env) { return ROOM.get(req).add(1); } };\n")},
		{name: "alarm by a variable", rule: "B7", text: roomLive, code: js("export class Room { constructor(ctx) { this.storage = ctx.storage; } async fetch() { const s = this.storage; await s.setAlarm(1); } }\n" + worker)},
		{name: "alarm by a function", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nconst later = async (ctx) => { await ctx.storage.setAlarm(1); };\nexport class Room extends DurableObject { async fetch() { await later(this.ctx); } }\n" + worker)},
		{name: "alarm by a function that another class calls", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nconst later = async (ctx) => { await ctx.storage.setAlarm(1); };\nexport class Room extends DurableObject { later() {} async fetch() { this.later(); } }\nexport class Hall extends DurableObject { async alarm() { await later(this.ctx); } }\n" + worker)},
		{name: "alarm of a class of a function", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nconst timed = (base) => class extends base { async alarm() {} };\nexport class Room extends timed(DurableObject) { async fetch() { await this.ctx.storage.setAlarm(1); } }\n" + worker)},
		{name: "alarm of a clock in a variable", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nexport class Room extends DurableObject { async fetch() { const s = this.env.storage.clock; await s.setAlarm(1); } }\n" + worker)},
		{name: "alarm without a handler", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nexport class Room extends DurableObject { static alarm() {} async later() { await this.ctx.storage.setAlarm(1); } }\n" + worker)},
		{name: "alarm with a handler in the base", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nclass Base extends DurableObject { async alarm() {} }\nexport class Room extends Base { async later() { const { storage } = this.ctx; await storage.setAlarm(1); } }\n" + worker)},
		{name: "alarm as a field", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nexport class Room extends DurableObject { static { this.x = 1; } 'a b' = { c: [1] }; #p = /[/}]/; get = 1; alarm = async () => {}; async later() { await this.ctx.storage.setAlarm(1); } }\n" + worker)},
		{name: "alarm of something else", rule: "B7", text: roomLive, code: js("import { DurableObject } from 'cloudflare:workers';\nexport class Room extends DurableObject { async later() { await this.env.CLOCK.setAlarm(1); } }\n" + worker)},
	})
}
