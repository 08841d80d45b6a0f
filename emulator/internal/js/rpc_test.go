package js_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

const references = `import { DurableObject, RpcTarget } from "cloudflare:workers";
class Target extends RpcTarget {
	constructor(log) { super(); this.log = log; }
	next() { this.log.push("next"); return this.log.length; }
	[Symbol.dispose]() { this.log.push("disposed"); }
}
let made = 0;
export class Maker extends DurableObject {
	log = [];
	made = ++made;
	target() { return new Target(this.log); }
	fn() { return () => this.made; }
	logs() { return this.log; }
	instance() { return this.made; }
	async reset() { this.ctx.abort("reset"); }
	async callLater(f) { f = f.dup(); await scheduler.wait(50); return f("later"); }
	async twice(f) { return [await f(1), await f(2)]; }
	async order(f) { const out = []; for (const i of [1, 2, 3]) f(i).then((v) => out.push(v)); await f("last"); return out; }
}
export class Holder extends DurableObject {
	maker = this.env.Maker.getByName("m");
	async hold() { this.held = await this.maker.target(); return this.held.next(); }
	async holdFunction() { this.fn = await this.maker.fn(); return this.fn(); }
	async use() { return this.held.next(); }
	async useFunction() { return this.fn(); }
	async drop() { this.held[Symbol.dispose](); this.held = undefined; }
	async caught(method) { try { return await this[method](); } catch (e) { return [e.name, e.message, e.remote ?? false, e.durableObjectReset ?? false]; } }
	async resetMaker() { try { await this.maker.reset(); } catch (e) { return e.message; } }
	pin() { return scheduler.wait(3e6); }
	resetSelf() { this.ctx.abort("gone"); }
	callback() { return this.maker.twice((n) => n * 10); }
	orderOfCallbacks() { return this.maker.order(async (n) => n); }
	withoutWaiting() { this.pending = this.maker.callLater((s) => { this.said = s; return s; }); return 1; }
	async said_() { return [this.said ?? null, await this.pending.catch((e) => e.message)]; }
	async unawaited() { this.maker.missing(); this.maker.target().missing(); await scheduler.wait(5); return "fine"; }
}
`

// A target keeps its object in memory while it is held (rule 2.23).
func TestReferencesHoldTheirObject(t *testing.T) {
	em := start(t, references, quiet)
	em.Namespace("Holder").GetByName("m").Start("pin") // keeps the holder
	if got := call(t, em, "Holder", "m", "hold"); got != "1" {
		t.Fatal(got)
	}
	em.Clock().Advance(time.Minute)
	if got := call(t, em, "Maker", "m", "instance"); got != "1" {
		t.Errorf("held for a minute: instance %s", got)
	}
	if got := call(t, em, "Holder", "m", "drop"); got != "null" {
		t.Fatal(got)
	}
	em.Clock().Advance(time.Minute)
	if got := call(t, em, "Maker", "m", "instance"); got == "1" {
		t.Error("not evicted though nobody holds it")
	}
}

func TestReferenceLifetimes(t *testing.T) {
	em := start(t, references, quiet)
	steps := func(what string, list ...[3]string) {
		t.Helper()
		for _, s := range list {
			class, method, arg := s[0], s[1], []any(nil)
			if method == "caught" {
				arg = []any{s[2]}
			}
			em.Clock().Advance(time.Millisecond)
			if got := call(t, em, class, "m", method, arg...); method != "caught" && got != s[2] || method == "caught" && got != `["Error","The execution context which hosts this callback is no longer running.",false,false]` {
				t.Errorf("%s: %s: got %s, want %s", what, method, got, s[2])
			}
		}
	}
	steps("a target that is used, and dropped", [][3]string{
		{"Holder", "hold", "1"}, {"Holder", "use", "2"}, {"Maker", "logs", `["next","next"]`}, {"Holder", "drop", "null"}, {"Maker", "logs", `["next","next","disposed"]`},
	}...)
	steps("a reset of the object", [][3]string{{"Holder", "hold", "4"}, {"Holder", "holdFunction", "1"}, {"Holder", "resetMaker", `"reset"`}, {"Holder", "caught", "use"}, {"Holder", "caught", "useFunction"}}...)
}

// What an object holds of another is given up with its instance.
func TestHolderThatEndsGivesUpItsStubs(t *testing.T) {
	em := start(t, references, quiet)
	if got := call(t, em, "Holder", "m", "hold"); got != "1" {
		t.Fatal(got)
	}
	if got := call(t, em, "Holder", "m", "resetSelf"); got != "Error: gone {reset}" {
		t.Fatal(got)
	}
	em.Clock().Advance(time.Millisecond)
	if got := call(t, em, "Maker", "m", "logs"); got != `["next","disposed"]` {
		t.Errorf("after the holder's reset: got %s", got)
	}
}

func TestCallbacks(t *testing.T) {
	em := start(t, references, quiet)
	for method, want := range map[string]string{
		"callback": "[10,20]", "orderOfCallbacks": "[1,2,3]", "unawaited": `"fine"`, "withoutWaiting": "1",
	} {
		if got := call(t, em, "Holder", "m", method); got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
	em.Clock().Advance(time.Second)
	if got, want := call(t, em, "Holder", "m", "said_"), `["later","later"]`; got != want {
		t.Errorf("a callback after the call: got %s, want %s", got, want)
	}
}

// goCounter is the class in Go of the tests of both languages.
type goCounter struct {
	env *durable.Env
	n   int64
}

var errTooMuch = &durable.Error{Name: "TooMuch", Message: "that is too much"}

func (g *goCounter) Add(_ context.Context, n int64) (int64, error) {
	if n > 100 {
		return 0, errTooMuch.With(map[string]any{"most": 100})
	}
	g.n += n
	return g.n, nil
}

func (g *goCounter) Look(context.Context) (map[string]any, error) {
	return map[string]any{"deep": map[string]any{"n": g.n}}, nil
}

func (g *goCounter) Ask(ctx context.Context, method string) (string, error) {
	_, err := g.env.Namespace("Asker").GetByName("js").Call(ctx, method)
	return failure(err), nil
}

const asker = `import { DurableObject } from "cloudflare:workers";
export class Asker extends DurableObject {
	counter = this.env.Counter.getByName("go");
	add(n) { return this.counter.add(n); }
	async caught(...args) { try { return await this.counter[args.shift()](...args); } catch (e) { return { name: e.name, message: e.message, remote: e.remote, most: e.most }; } }
	async pipelined() { return [await this.counter.look().deep.n, await this.counter.look().deep, await this.counter.look().missing.catch((e) => e.message), await this.counter.look().deep.n.x.catch((e) => e.message), await this.counter.look().deep().catch((e) => e.message)]; }
	fails() { throw Object.assign(new RangeError("in JavaScript"), { at: 1 }); }
	function() { return () => 1; }
}
export class Counter extends DurableObject {}
`

// JavaScript calls Go and Go calls JavaScript, with the same errors.
func TestCallsBetweenLanguages(t *testing.T) {
	class := durable.NewClass("Counter", func(_ context.Context, _ *durable.State, env *durable.Env) (*goCounter, error) {
		return &goCounter{env: env}, nil
	})
	em := testkit.New(t, emulator.Worker{Config: project(t, asker, "2026-07-01"), Classes: []durable.Class{class}}, quiet)
	for _, step := range []struct {
		class, object, method string
		args                  []any
		want                  string
	}{
		{"Asker", "js", "add", []any{5}, "5"},
		{"Asker", "js", "add", []any{500}, "TooMuch: that is too much {remote}"},
		{"Asker", "js", "caught", []any{"add", 500}, `{"message":"that is too much","most":100,"name":"TooMuch","remote":true}`},
		{"Asker", "js", "caught", []any{"missing"}, `{"message":"The RPC receiver does not implement the method \"missing\".","most":{},"name":"TypeError","remote":true}`},
		{"Asker", "js", "pipelined", nil, `[5,{"n":5},"The RPC receiver does not implement the method \"missing\".","The RPC receiver does not implement the method \"x\".","\"deep\" is not a function."]`},
		{"Counter", "go", "ask", []any{"fails"}, `"RangeError: in JavaScript {remote}"`},
		{"Counter", "go", "ask", []any{"function"}, `"TypeError: the result has a function, an RpcTarget, a stub or a stream in it: Go can take plain values alone"`},
		{"Asker", "js", "function", nil, "TypeError: the result has a function, an RpcTarget, a stub or a stream in it: Go can take plain values alone"},
	} {
		if got := call(t, em, step.class, step.object, step.method, step.args...); got != step.want {
			t.Errorf("%s: got %s, want %s", step.method, got, step.want)
		}
	}
	_, err := em.Namespace("Asker").GetByName("js").Call(t.Context(), "fails")
	var e *durable.Error
	if !errors.As(err, &e) || e.Props["at"] != 1.0 {
		t.Errorf("the error of JavaScript in Go: %#v", err)
	}
}

const callbackKeeper = `import { DurableObject } from "cloudflare:workers";
export class Keeper extends DurableObject {
	keep(f) { this.f = f.dup(); }
	async use() { try { return await this.f(); } catch (e) { return e.message; } }
	async relay() { return this.f(); }
}
let other;
export default {
	async fetch(request, env) {
		const stub = env.Keeper.getByName("a");
		switch (new URL(request.url).pathname) {
			case "/keep": await stub.keep(() => 1); return new Response(await stub.use());
			case "/stub": other = stub; return new Response("kept");
			case "/other": try { await other.use(); } catch (e) { return new Response(e.message); }
		}
	},
};
`

// A callback of a request is gone with it, and so is a stub (rules 1.39, 10.32).
func TestReferencesOfARequestThatIsOver(t *testing.T) {
	em := start(t, callbackKeeper, quiet)
	get := func(path string) string {
		rec := httptest.NewRecorder()
		em.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return rec.Body.String()
	}
	for _, step := range [][2]string{{"/keep", "1"}, {"/stub", "kept"}} {
		if got := get(step[0]); got != step[1] {
			t.Errorf("%s: got %q", step[0], got)
		}
	}
	if got, want := call(t, em, "Keeper", "a", "use"), `"The execution context which hosts this callback is no longer running."`; got != want {
		t.Errorf("the callback: got %s, want %s", got, want)
	}
	if got, want := call(t, em, "Keeper", "a", "relay"), "Error: The execution context which hosts this callback is no longer running. {remote}"; got != want {
		t.Errorf("relayed: got %s, want %s", got, want)
	}
	if got, want := get("/other"), "Cannot perform I/O on behalf of a different request."; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "(I/O type: OutgoingFactory)") {
		t.Errorf("a stub of another request: got %q", got)
	}
}

const older = `import { DurableObject } from "cloudflare:workers";
const caught = async (fn) => { try { return "ok " + await fn(); } catch (e) { return e.constructor.name + " " + e + " " + JSON.stringify({ ...e, stack: undefined }); } };
export class Old extends DurableObject {
	fail(n) {
		throw [() => Object.assign(new Error("mine"), { name: "MyErr", x: 1 }), () => Object.assign(new TypeError("t"), { retryable: true, z: 1 }), () => ({ a: 1 }), () => [1], () => "text",
			() => new (class extends TypeError {})("s"), () => new Map(), () => new Error("c", { cause: 1 }), () => new AggregateError([], "all")][n]();
	}
	give() { return Object.assign(new Error("given"), { name: "MyErr" }); }
	call(fn) { return fn(1); }
	self() { return this.env.Old.getByName("b"); }
	async errors() { const out = []; for (let i = 0; i < 9; i++) out.push(await caught(() => this.self().fail(i))); out.push(await caught(() => this.self().give())); return out; }
	async stubs() { const f = await this.self().call(() => () => "f"); await this.self().call(f); return caught(() => f()); }
}
`

// Before some dates stubs are given away with arguments, and errors lose what is
// no class or text (rules 10.33, 10.39).
func TestCallsOfOlderDates(t *testing.T) {
	const errors = `["Error Error: MyErr: mine {\"remote\":true}","TypeError TypeError: t {\"remote\":true,\"retryable\":true}","Error Error: #\u003cObject\u003e {\"remote\":true}",` +
		`"Error Error: [object Array] {\"remote\":true}","Error Error: text {\"remote\":true}","TypeError TypeError: s {\"remote\":true}","Error Error: #\u003cMap\u003e {\"remote\":true}",` +
		`"Error Error: c {\"remote\":true}","AggregateError AggregateError: all {\"remote\":true}","ok Error: given"]`
	for date, want := range map[string][2]string{
		"2026-04-20": {errors, `"ok f"`},
		"2026-01-20": {errors, `"ok f"`},
		"2026-01-19": {errors, `"Error Error: RPC stub used after being disposed. {}"`},
	} {
		em := testkit.New(t, emulator.Worker{Config: project(t, older, date)}, quiet)
		for i, method := range []string{"errors", "stubs"} {
			if got := call(t, em, "Old", "a", method); got != want[i] {
				t.Errorf("%s: %s: got %s, want %s", date, method, got, want[i])
			}
		}
	}
}
