package js_test

import (
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

const sections = `import { DurableObject } from "cloudflare:workers";
const made = [];
let resolveForeign;
export class Section extends DurableObject {
	constructor(ctx, env) {
		super(ctx, env);
		made.push(ctx.id.name);
		if (ctx.id.name === "bad") ctx.blockConcurrencyWhile(async () => { await scheduler.wait(1); throw new RangeError("in constructor"); });
		if (ctx.id.name === "ready") { this.log = ["constructor"]; ctx.blockConcurrencyWhile(async () => { await scheduler.wait(5); this.log.push("ready"); }); }
	}
	seen() { this.log.push("seen"); return this.log; }
	count() { return made.filter((n) => n === this.ctx.id.name).length; }
	kv(key) { return this.ctx.storage.kv.get(key) ?? null; }
	async fails() {
		try {
			await this.ctx.blockConcurrencyWhile(async () => {
				this.ctx.storage.kv.put("kept", 1);
				await scheduler.wait(1);
				this.ctx.storage.kv.put("lost", 1);
				throw Object.assign(new TypeError("no"), { seat: 7 });
			});
		} catch (e) { this.ctx.storage.kv.put("caught", String(e)); }
	}
	async failsAtOnce() { this.ctx.blockConcurrencyWhile(() => { throw new SyntaxError("now"); }); this.ctx.storage.kv.put("once", 1); return 1; }
	async result() { const o = {}; return [await this.ctx.blockConcurrencyWhile(async () => o) === o, await this.ctx.blockConcurrencyWhile(() => 5)]; }
	async nested() { return this.ctx.blockConcurrencyWhile(() => this.ctx.blockConcurrencyWhile(async () => { await scheduler.wait(1); return "deep"; })); }
	async long() { await this.ctx.blockConcurrencyWhile(() => scheduler.wait(31000)); }
	foreign() { return this.ctx.blockConcurrencyWhile(() => new Promise((_, reject) => { resolveForeign = reject; })); }
	reject() { resolveForeign(new TypeError("from elsewhere")); return 1; }
	async transaction() {
		const e = new RangeError("mine"), out = [];
		for (const fn of [async () => { throw e; }, () => { throw e; }, async () => { this.ctx.storage.kv.put("lost", 1); await scheduler.wait(1); throw e; }]) {
			try { await this.ctx.storage.transaction(fn); } catch (x) { out.push(x === e); }
		}
		return [...out, this.ctx.storage.kv.get("lost") ?? null];
	}
}
`

// TestSections holds critical sections to rules 2.7, 2.11, 3.18 to 3.25, 6.4,
// 6.5 and 6.21.
func TestSections(t *testing.T) {
	em := start(t, sections)
	for _, step := range []struct {
		rule, object, method, want string
	}{
		{"2.7", "ready", "seen", `["constructor","ready","seen"]`},
		{"2.11", "bad", "seen", `RangeError: in constructor {reset}`},
		{"3.23", "a", "fails", `TypeError: no {reset}`},
		{"2.15", "a", "count", `2`},
		{"6.5", "a", "kv kept", `1`},
		{"6.5", "a", "kv lost", `null`},
		{"3.23", "a", "kv caught", `null`},
		{"3.26", "b", "failsAtOnce", `1`},
		{"3.26", "b", "count", `2`},
		{"6.4", "b", "kv once", `1`},
		{"3.19", "c", "result", `[true,5]`},
		{"3.22", "c", "nested", `"deep"`},
		{"3.25", "c", "long", "Error: A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled " +
			"and the Durable Object was reset. {overloaded} {reset}"},
		{"6.21", "d", "transaction", `[true,true,true,null]`},
	} {
		method, args := step.method, []any(nil)
		if len(method) > 3 && method[:3] == "kv " {
			method, args = "kv", []any{method[3:]}
		}
		em.Clock().Advance(time.Millisecond) // a section that goes on behind its reply is over
		if got := call(t, em, "Section", step.object, method, args...); got != step.want {
			t.Errorf("rule %s: %s: got %s, want %s", step.rule, step.method, got, step.want)
		}
	}
}

// A section whose promise another object's code rejects resets its own object
// and not the other one.
func TestSectionRejectedFromElsewhere(t *testing.T) {
	em := start(t, sections)
	ns := em.Namespace("Section")
	foreign := ns.GetByName("a").Start("foreign")
	if got := call(t, em, "Section", "b", "reject"); got != "1" {
		t.Errorf("who rejects: got %s", got)
	}
	_, err := durable.Wait[any](t.Context(), foreign)
	if got, want := failure(err), "TypeError: from elsewhere {reset}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := call(t, em, "Section", "b", "count"); got != "1" {
		t.Errorf("instances of who rejected: %s", got)
	}
}
