package js_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

const lifetimes = `import { DurableObject } from "cloudflare:workers";
const made = [];
let count = 0;
export class Life extends DurableObject {
	constructor(ctx, env) {
		super(ctx, env);
		this.instance = ++count;
		made.push(new WeakRef(this));
	}
	which() { return this.instance; }
	timer(ms) { setTimeout(() => this.ctx.storage.kv.put("fired", this.instance), ms); return this.instance; }
	interval() { let n = 0; this.id = setInterval(() => this.ctx.storage.kv.put("ticks", ++n), 1000); return this.instance; }
	stop() { clearInterval(this.id); }
	work() { this.ctx.waitUntil(scheduler.wait(40000)); return this.instance; }
	die() { this.ctx.abort("reset"); }
	get(key) { return this.ctx.storage.kv.get(key) ?? null; }
	async busy() {
		const { storage } = this.ctx;
		storage.sql.exec("CREATE TABLE IF NOT EXISTS t (n)");
		for (let n = 0; n < 20; n++) storage.sql.exec("INSERT INTO t VALUES (?)", n);
		this.cursor = storage.sql.exec("SELECT * FROM t");
		this.cursor.next();
		this.rows = this.cursor.raw();
		this.names = this.cursor.columnNames;
		this.listing = storage.kv.list();
		this.never = new Promise(() => {});
		this.self = this;
		this.never.then(() => this);
		setTimeout(() => this.self, 1000);
		await storage.transaction(async (txn) => { await txn.put("k", { big: "x".repeat(1000) }); this.txn = txn; });
		await this.ctx.blockConcurrencyWhile(async () => storage.get("k"));
		return this.instance;
	}
	alive() {
		for (let n = 0; n < 200; n++) { const a = {}; a.b = { a, big: new Array(1000).fill(n) }; } // lets cycles be collected
		return made.filter((r) => r.deref() !== undefined).length;
	}
}
`

// TestTimersAndLife holds timers and unfinished work to rules 2.22 to 2.25 and
// 2.15: they hold an instance, and are lost with it.
func TestTimersAndLife(t *testing.T) {
	em := start(t, lifetimes)
	step := func(rule, object, method, want string, args ...any) {
		t.Helper()
		if got := call(t, em, "Life", object, method, args...); got != want {
			t.Errorf("rule %s: %s of %s: got %s, want %s", rule, method, object, got, want)
		}
	}
	advance := em.Clock().Advance
	step("2.22", "a", "which", "1")
	advance(9 * time.Second)
	step("2.22", "a", "which", "1")
	advance(12 * time.Second)
	step("2.22", "a", "which", "2")

	step("2.23", "b", "timer", "3", 30000)
	advance(29 * time.Second)
	step("2.23", "b", "which", "3")
	advance(2 * time.Second)
	step("2.23", "b", "get", "3", "fired")
	advance(12 * time.Second)
	step("2.22", "b", "which", "4")

	step("2.15", "c", "timer", "5", 1000)
	step("2.15", "c", "die", "Error: reset {reset}")
	advance(5 * time.Second)
	step("2.15", "c", "get", "null", "fired")
	step("2.15", "c", "which", "6")

	step("2.25", "d", "interval", "7")
	advance(100 * time.Second)
	step("2.25", "d", "which", "7")
	step("2.25", "d", "get", "100", "ticks")
	step("2.25", "d", "stop", "null")
	advance(12 * time.Second)
	step("2.25", "d", "which", "8")

	step("2.39", "e", "work", "9")
	advance(39 * time.Second)
	step("2.39", "e", "which", "9")
	advance(13 * time.Second)
	step("2.39", "e", "which", "10")
}

// TestReleased finds what keeps an instance in memory after it is gone.
func TestReleased(t *testing.T) {
	em := start(t, lifetimes)
	const objects = 300
	ns := em.Namespace("Life")
	for i := range objects {
		if _, err := durable.Call[float64](t.Context(), ns.GetByName(fmt.Sprint(i)), "busy"); err != nil {
			t.Fatal(err)
		}
	}
	em.Clock().Advance(30 * time.Second)
	alive, err := durable.Call[float64](t.Context(), ns.GetByName("other"), "alive")
	if err != nil || alive > 20 {
		t.Errorf("%v of %d instances are still in memory, %v", alive, objects, err)
	}
}
