package js_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// calling runs programs of bytes: each instruction makes a call, or does
// something with a stub, a result or a stream that an earlier one gave.
const calling = `import { DurableObject, RpcStub, RpcTarget } from "cloudflare:workers";
class Target extends RpcTarget {
	same(x) { return x; }
	target() { return new Target(); }
	get prop() { return { f: () => 1, t: new Target() }; }
	call(f, ...args) { return f(...args); }
	fail() { throw new Error("failed"); }
	[Symbol.dispose]() { if (Math.random() < 0.1) throw new Error("in a disposer"); }
}
export class Peer extends DurableObject {
	kept = [];
	same(x) { return x; }
	target() { return new Target(); }
	nest() { return { t: new Target(), f: (x) => x, list: [new Target()], map: new Map([[1, () => 2]]), [Symbol.dispose]() {} }; }
	get prop() { return { t: new Target() }; }
	keep(x) { this.kept.push(x?.dup?.() ?? x); }
	async useKept(...args) { return this.kept.at(-1)?.(...args); }
	async call(f, ...args) { return f(...args); }
	async later(x) { await scheduler.wait(1); return x; }
	fail() { throw Object.assign(new TypeError("failed"), { f: () => 1 }); }
	stream() { return new Response("a stream").body; }
	async read(s) { return new Response(s).text(); }
	reset() { this.ctx.abort("reset"); }
	stubs() { return [this.env.Peer.getByName("c"), this.env.Peer.getByName("d")]; }
	async run(program) {
		const names = ["same", "target", "nest", "prop", "keep", "useKept", "call", "later", "fail", "stream", "read", "stubs", "run", "missing", "fetch", "dup", "constructor", "then", "t", "f", "list", "map", "0", "toString", "__proto__", "hasOwnProperty", "then2", Symbol.dispose, Symbol.iterator, "catch", "length", "name"];
		let at = 0;
		const next = () => program[at++] ?? 0;
		const things = [this.env.Peer.getByName("a"), this.env.Peer.getByName("b"), new Target(), () => 1, 5, "x", {}, [], undefined, null, Promise.resolve(1), new Proxy(() => {}, {}), this, this.env, new Response("r"), new Headers(), new Error("e"), Symbol("s"), class {}];
		const thing = () => things[next() % things.length];
		const push = (x) => { things.push(x); if (x?.catch) try { Promise.resolve(x.catch(() => {})).catch(() => {}); } catch {} };
		const ops = [
			(x, n, y) => x[n](y), (x, n, y) => x[n](y, thing()), (x, n) => x[n], (x, n, y) => x(y), (x) => x.dup(), (x) => x[Symbol.dispose](), async (x) => await x, (x, n, y) => x[n](y)[n](x), (x, n) => x[n][n][n], (x, n, y) => new RpcStub(x),
			(x, n, y) => { x[n] = y; }, (x, n) => delete x[n], (x, n) => n in x, (x) => Object.keys(x), (x) => String(x), (x) => JSON.stringify(x), (x, n, y) => new x(y), (x) => Object.getPrototypeOf(x), (x) => Reflect.ownKeys(x), async (x) => { for (const v of await x) push(v); },
			(x) => x.fetch("http://x/"), (x, n, y) => x.call(y, x), (x, n, y) => x.keep(y), (x, n, y) => x.useKept(y), (x) => x.stream(), (x, n, y) => x.read(y), (x, n, y) => x.later(y), (x) => x.then((v) => v, () => {}), (x) => x.finally(() => {}), () => scheduler.wait(1), () => this.env.Peer.getByName("b").reset(),
			(x, n, y) => Object.defineProperty(x, n, { value: y }), (x) => Object.preventExtensions(x), (x, n, y) => Object.setPrototypeOf(x, y), (x) => structuredClone(x), (x) => this.ctx.storage.put("k", x),
		];
		while (at < program.length) {
			const op = ops[next() % ops.length], x = thing(), n = names[next() % names.length], y = thing();
			try {
				const r = op(x, n, y);
				push(r);
				if (next() & 1) push(await Promise.race([r, scheduler.wait(20)]));
			} catch {}
		}
		return things.length;
	}
}
`

// FuzzCalls runs random programs of calls by two objects: none may take the
// emulator down, and the objects answer afterwards.
func FuzzCalls(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 1, 0, 0, 2, 0, 1, 8, 19, 0, 0, 1, 30, 0, 0, 0, 1})
	f.Add([]byte{22, 0, 0, 2, 1, 23, 0, 0, 0, 1, 4, 20, 0, 0, 1, 5, 20, 0, 0, 1})
	f.Add([]byte{24, 0, 0, 0, 1, 25, 1, 0, 19, 1, 7, 0, 2, 2, 1, 21, 0, 0, 3, 1})
	f.Add([]byte{26, 0, 0, 2, 0, 30, 0, 0, 0, 0, 6, 19, 0, 0, 1, 19, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 400 {
			return
		}
		faults := &faultLog{}
		em := start(t, calling, emulator.Logger(slog.New(faults)), emulator.OnUncaught(func(*emulator.UncaughtError) {}))
		list := make([]float64, len(program))
		for i, b := range program {
			list[i] = float64(b)
		}
		_, err := durable.Call[float64](t.Context(), em.Namespace("Peer").GetByName("main"), "run", list)
		if e := durable.AsError(err); e != nil && !e.Reset {
			t.Errorf("run: %v", err)
		}
		em.Clock().Advance(time.Second)
		if text := faults.take(); text != "" {
			t.Error(text)
		}
		for _, name := range []string{"main", "a", "b"} {
			if got := call(t, em, "Peer", name, "same", "alive"); got != `"alive"` {
				t.Errorf("%s afterwards: %s", name, got)
			}
		}
	})
}
