package testkit_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// chatMain is a chat room: a table, RPC, an alarm and a route.
const chatMain = `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	constructor(ctx, env) {
		super(ctx, env);
		ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, user TEXT, text TEXT)");
	}
	async say(user: string, text: string) {
		const { id } = this.ctx.storage.sql.exec("INSERT INTO messages (user, text) VALUES (?, ?) RETURNING id", user, text).one();
		await this.ctx.storage.setAlarm(Date.now() + 60_000);
		return id;
	}
	list() { return this.ctx.storage.sql.exec("SELECT user, text FROM messages ORDER BY id").toArray(); }
	add(n: number) { return n + 1; }
	through(n: number) { return this.env.ROOM.getByName("other").add(n); }
	insert(n: number) { for (let i = 0; i < n; i++) this.ctx.storage.sql.exec("INSERT INTO messages (user, text) VALUES (?, ?)", "ada", "hello"); }
	alarm() { this.ctx.storage.sql.exec("DELETE FROM messages"); }
}
export default {
	async fetch(request, env) {
		const room = env.ROOM.getByName(new URL(request.url).pathname);
		if (request.method === "POST") {
			const { user, text } = await request.json();
			return Response.json({ id: await room.say(user, text) });
		}
		return Response.json(await room.list());
	},
};
`

// BenchmarkTypeScript measures what TypeScript classes cost: the JavaScript
// column of the design's targets. Its do=test is one of the design's hundred
// tests.
func BenchmarkTypeScript(b *testing.B) {
	worker := jsProject(b, chatMain)
	fresh := func(name string, each func(em *emulator.Emulator)) {
		b.Run("do="+name, func(b *testing.B) {
			b.ReportAllocs()
			s := &scope{TB: b}
			for b.Loop() {
				each(testkit.New(s, worker))
				s.end()
			}
		})
	}
	call := func(stub *durable.Stub, method string, args ...any) {
		if _, err := stub.Call(b.Context(), method, args...); err != nil {
			b.Fatal(err)
		}
	}
	get := func(em *emulator.Emulator) {
		res := httptest.NewRecorder()
		em.Handler().ServeHTTP(res, httptest.NewRequest("GET", "http://localhost/lobby", nil))
		if res.Code != 200 {
			b.Fatal(res.Code, res.Body)
		}
	}
	fresh("New", func(*emulator.Emulator) {})
	fresh("first-response", get)
	fresh("test", func(em *emulator.Emulator) {
		room := em.Namespace("ROOM").GetByName("lobby")
		for _, text := range []string{"one", "two"} {
			call(room, "say", "ada", text)
		}
		call(room, "list")
		testkit.RunInDurableObject(b, room, func(ctx context.Context, _ *testkit.JSObject, s *durable.State) {
			if n, err := durable.One[int](s.Storage().SQL().Query("SELECT count(*) FROM messages")); err != nil || n != 2 {
				b.Fatal(n, err)
			}
		})
		em.Clock().Advance(time.Minute)
	})

	em := testkit.New(b, worker)
	room := em.Namespace("ROOM").GetByName("lobby")
	many := func(name string, do func()) {
		b.Run("do="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do()
			}
		})
	}
	many("rpc-from-test", func() { call(room, "add", 1) })
	many("rpc-from-test-to-object-to-object", func() { call(room, "through", 1) })
	many("fetch", func() { get(em) })
	b.Run("do=insert", func(b *testing.B) { call(room, "insert", b.N) })
}
