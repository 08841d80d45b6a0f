package js_test

import (
	"testing"
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
