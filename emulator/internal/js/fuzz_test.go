package js_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// fuzzed runs programs of bytes: each instruction is an operation with two
// operands, which are values that are hard to take.
const fuzzed = `import { DurableObject } from "cloudflare:workers";
let shared = [];
export class Fuzzed extends DurableObject {
	#sql = this.ctx.storage.sql;
	ping() { return this.#sql.exec("SELECT 1 AS n").one().n; }
	async run(program) {
		const { ctx, env } = this, { storage } = ctx, { sql, kv } = storage;
		const cycle = { list: [] }; cycle.self = cycle; cycle.list.push(cycle, cycle.list);
		const values = [undefined, null, true, 0, -0, NaN, Infinity, -1, 1.5, 2 ** 53, 1e300, 1n, -(2n ** 70n), "", "a", "ab", "\ud800", "\0", "x".repeat(3000),
			Symbol("s"), () => 1, class C {}, {}, [], [1, , 2], { a: 1, b: [2] }, { limit: 2 }, { prefix: "a", reverse: true }, { start: "a", end: "c" }, { startAfter: "", limit: -1 },
			new Date(0), new Date(NaN), /x/g, new Map([[1, {}]]), new Set([1]), new Uint8Array([1, 2, 3]).subarray(1), new ArrayBuffer(4), new DataView(new ArrayBuffer(8), 2), new BigInt64Array(2),
			Object.create(null), new Proxy({}, { get() { throw new Error("trap"); } }), { toString() { throw new Error("text"); } }, { valueOf() { return 7; } },
			{ get a() { throw new Error("getter"); } }, { then() {} }, { then(f) { f(1); } }, Promise.resolve(1), Promise.reject(new Error("rejected")), new Promise(() => {}),
			ctx, storage, sql, kv, ctx.id, env, env.Fuzzed, env.Fuzzed.getByName("x"), new Error("e", { cause: cycle }), new AggregateError([1]), Object("boxed"), cycle, function* () { yield 1; }, [].values(), new WeakMap(), globalThis, Math, arguments];
		values[47].catch(() => {});
		const queries = ["SELECT 1 AS a, 2 AS b", "SELECT ?", "SELECT ? AS x, ? AS __proto__", "CREATE TABLE IF NOT EXISTS t (k, v)", "INSERT INTO t VALUES (?, ?)", "SELECT * FROM t", "DELETE FROM t", "DROP TABLE t",
			"INSERT INTO t VALUES (?, ?) RETURNING *", "SELECT typeof(?), hex(?)", "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 50) SELECT * FROM c", "PRAGMA user_version", "", "SELECT", "BEGIN", "SELECT 1; SELECT ?"];
		let cursor = sql.exec("SELECT 1"), listing = kv.list(), depth = 0, at = 0, txn = storage;
		const next = () => program[at++] ?? 0, value = () => values[next() % values.length];
		const ops = [
			(v, w) => storage.get(v, w), (v, w) => storage.put(v, w), (v, w) => storage.put("k", v, w), (v, w) => storage.delete(v, w), (v) => storage.list(v), (v, w) => storage.put({ a: v, b: w }),
			(v) => kv.get(v), (v, w) => kv.put(v, w), (v) => kv.put("k", v), (v) => kv.delete(v), (v) => { listing = kv.list(v); }, () => listing.next(), () => [...listing], () => listing.map((e) => e).toArray(),
			(v, w) => { cursor = sql.exec(queries[next() % queries.length], v, w); }, (v) => { cursor = sql.exec(queries[next() % queries.length], v); }, () => { cursor = sql.exec(queries[next() % queries.length]); },
			(v) => { cursor = sql.exec(v); }, () => cursor.next(), () => cursor.toArray(), () => cursor.one(), () => [...cursor.raw()], () => { listing = cursor[Symbol.iterator](); }, () => cursor.columnNames.push(1), () => [cursor.rowsRead, cursor.rowsWritten, sql.databaseSize],
			(v) => storage.setAlarm(v), () => storage.setAlarm(Date.now() + 1e9), () => storage.getAlarm(), () => storage.deleteAlarm(), (v) => storage.deleteAll(v), () => storage.sync(), () => storage.getCurrentBookmark(), (v) => storage.getBookmarkForTime(v),
			(v) => storage.transactionSync(() => { block(); return v; }), (v) => storage.transactionSync(() => { block(); throw v; }), (v) => storage.transactionSync(v),
			(v) => storage.transaction(async (t) => { txn = t; await block(); return v; }), (v) => storage.transaction(async (t) => { txn = t; await block(); throw v; }), (v) => storage.transaction(v), () => txn.rollback(), (v, w) => txn.put(v, w), (v) => txn.get(v),
			() => ctx.blockConcurrencyWhile(async () => { await block(); }), (v) => ctx.blockConcurrencyWhile(v), (v) => ctx.waitUntil(v), (v) => ctx.abort(v), (v) => { ctx.blockConcurrencyWhile(async () => { throw v; }); },
			(v, w) => setTimeout(v, w), (v) => clearTimeout(v), (v, w) => scheduler.wait(Number(v) % 50, w), (v) => queueMicrotask(v), (v) => setInterval(() => block(), 5000),
			(v, w) => env.Fuzzed.idFromName(v).equals(w), (v) => env.Fuzzed.idFromString(v), (v) => env.Fuzzed.newUniqueId(v), (v, w) => env.Fuzzed.get(v, w), (v, w) => env.Fuzzed.getByName(v, w), (v) => env.Fuzzed.jurisdiction(v),
			() => { shared.push(cursor, listing, storage, ctx); if (shared.length > 20) shared = []; }, () => shared[next() % shared.length].next(), () => shared[next() % shared.length].get("k"), (v) => shared[next() % shared.length].waitUntil(v),
			(v, w) => Reflect.apply(storage.get, v, [w]), (v, w) => Reflect.apply(cursor.next, v, [w]), (v) => Object.setPrototypeOf(cursor, v), (v) => { ctx.storage = v; }, (v) => { Promise.reject(v); },
		];
		const step = () => {
			const op = ops[next() % ops.length], v = value(), w = value(), waits = next() % 2;
			try {
				const result = op(v, w);
				if (waits && result instanceof Promise) return result.catch(() => {});
			} catch {}
		};
		const block = async () => {
			if (++depth > 20) return;
			for (let n = next() % 6; n > 0 && at < program.length; n--) await step();
		};
		while (at < program.length) await step();
		return at;
	}
	alarm() {}
}
`

// FuzzScript: whatever JavaScript does with its storage, nothing panics, and the
// Worker answers afterwards.
func FuzzScript(f *testing.F) {
	for n := range 80 {
		f.Add([]byte{byte(n), byte(3 * n), byte(7 * n), 1, byte(n + 1), 14, 15, 1, 3, byte(n), 2, 1, 0})
	}
	f.Add([]byte{36, 24, 24, 1, 3, 40, 14, 15, 1, 39, 0, 0, 1, 30, 0, 0, 1, 41, 14, 0, 1})
	f.Add([]byte{16, 0, 0, 1, 3, 14, 14, 24, 1, 8, 29, 0, 0, 1, 18, 0, 0, 1, 45, 24, 0, 1})
	faults := &faultLog{}
	em := start(f, fuzzed, emulator.Logger(slog.New(faults)), emulator.OnUncaught(func(*emulator.UncaughtError) {}))
	objects := 0
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 200 {
			return
		}
		list := make([]any, len(program))
		for i, b := range program {
			list[i] = float64(b)
		}
		objects++
		stub := em.Namespace("Fuzzed").Get(em.Namespace("Fuzzed").NewUniqueID())
		_, err := durable.Call[any](t.Context(), stub, "run", list)
		if text := faults.take(); text != "" {
			t.Errorf("%v: %s", err, text)
		}
		n, err := ping(t, em, stub.ID())
		for tries := 0; tries < 3 && durable.AsError(err) != nil && durable.AsError(err).Reset; tries++ {
			n, err = ping(t, em, stub.ID()) // the first was in flight when the object was reset
		}
		if n != 1 && !isSlow(err) {
			t.Errorf("afterwards: %v, %v", n, err)
		}
	})
}

func ping(t *testing.T, em *emulator.Emulator, id durable.ID) (float64, error) {
	return durable.Call[float64](t.Context(), em.Namespace("Fuzzed").Get(id), "ping")
}

// isSlow tells an object that keeps its gate closed, which is its good right.
func isSlow(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "blockConcurrencyWhile()") || strings.Contains(err.Error(), "virtual"))
}

// faultLog keeps what is logged about faults of the runtime itself.
type faultLog struct{ text []string }

func (l *faultLog) Enabled(context.Context, slog.Level) bool { return true }
func (l *faultLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *faultLog) WithGroup(string) slog.Handler            { return l }

func (l *faultLog) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "panic") {
		line := r.Message
		r.Attrs(func(a slog.Attr) bool {
			line += " " + a.String()
			return true
		})
		l.text = append(l.text, line)
	}
	return nil
}

func (l *faultLog) take() string {
	out := strings.Join(l.text, "\n")
	l.text = nil
	return out
}
