package js_test

import (
	"context"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

const benched = `import { DurableObject } from "cloudflare:workers";
export class Bench extends DurableObject {
	constructor(ctx, env) {
		super(ctx, env);
		this.sql = ctx.storage.sql;
		this.sql.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, name TEXT, score REAL)");
		this.sql.exec("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, name TEXT, score REAL)");
		if (this.sql.exec("SELECT count(*) AS n FROM rows").one().n === 0) {
			for (let n = 0; n < 1000; n++) this.sql.exec("INSERT INTO rows (name, score) VALUES (?, ?)", "row number " + n, n / 3);
		}
	}
	nothing() {}
	insert(n) { for (let i = 0; i < n; i++) this.sql.exec("INSERT INTO t (name, score) VALUES (?, ?)", "ada", i); }
	one(n) { let sum = 0; for (let i = 1; i <= n; i++) sum += this.sql.exec("SELECT score FROM rows WHERE id = ?", i % 1000 + 1).one().score; return sum; }
	toArray(n) { let rows = 0; for (let i = 0; i < n; i++) rows += this.sql.exec("SELECT id, name, score FROM rows").toArray().length; return rows; }
	raw(n) { let rows = 0; for (let i = 0; i < n; i++) for (const r of this.sql.exec("SELECT id, name, score FROM rows").raw()) rows += r.length; return rows; }
	forOf(n) { let sum = 0; for (let i = 0; i < n; i++) for (const r of this.sql.exec("SELECT id, name, score FROM rows")) sum += r.score; return sum; }
	kvPut(n) { for (let i = 0; i < n; i++) this.ctx.storage.kv.put("key", { n: i, name: "ada" }); }
	kvGet(n) { this.ctx.storage.kv.put("key", { n: 1, name: "ada" }); for (let i = 0; i < n; i++) this.ctx.storage.kv.get("key"); }
	async asyncPut(n) { for (let i = 0; i < n; i++) await this.ctx.storage.put("key", i); }
	async asyncGet(n) { await this.ctx.storage.put("key", 1); for (let i = 0; i < n; i++) await this.ctx.storage.get("key"); }
}
`

// BenchmarkStorage measures one operation, of many in one event, from
// JavaScript. Those that read rows read 1,000 of three columns.
func BenchmarkStorage(b *testing.B) {
	for _, method := range []string{"insert", "one", "toArray", "raw", "forOf", "kvPut", "kvGet", "asyncPut", "asyncGet"} {
		b.Run("op="+method, func(b *testing.B) {
			_, room := bench(b)
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := durable.Call[any](b.Context(), room, method, b.N); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkCall measures a call from Go, with one insert and its commit or
// without.
func BenchmarkCall(b *testing.B) {
	for name, method := range map[string]string{"nothing": "nothing", "insert+commit": "insert"} {
		b.Run("op="+name, func(b *testing.B) {
			em, room := bench(b)
			b.ReportAllocs()
			em.Clients(b.Context(), 1, func(ctx context.Context, _ int) {
				for b.Loop() {
					if _, err := durable.Call[any](ctx, room, method, 1); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func bench(b *testing.B) (*emulator.Emulator, *durable.Stub) {
	b.Helper()
	em := start(b, benched, quiet)
	room := em.Namespace("Bench").GetByName("a")
	if _, err := durable.Call[any](b.Context(), room, "nothing"); err != nil {
		b.Fatal(err)
	}
	return em, room
}
