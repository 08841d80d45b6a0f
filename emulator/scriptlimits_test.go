package emulator

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

const limitsMain = `import { DurableObject } from "cloudflare:workers";

let never = new Promise(() => {});

export class Limits extends DurableObject {
  field = 0;
  constructor(ctx, env) {
    super(ctx, env);
    if (ctx.id.name === "constructor") spin();
  }
  count() { return ++this.field; }
  loop() { this.ctx.storage.kv.put("written", 1); spin(); }
  async later() { await null; spin(); }
  caught() { try { spin(); } catch { return "caught"; } finally { this.field = 100; } }
  timer() { setTimeout(spin, 1); return scheduler.wait(10); }
  section() { return this.ctx.blockConcurrencyWhile(async () => { await null; spin(); }); }
  sync() { this.ctx.storage.transactionSync(() => { this.ctx.storage.kv.put("written", 1); spin(); }); }
  getter() { return { get x() { spin(); } }; }
  recursion() { const f = () => f() + 1; return f(); }
  memory() { const kept = []; for (;;) kept.push(new Uint8Array(100000)); }
  strings() { let s = "x"; for (;;) s += s; }
  never() { return never; }
  written() { return this.ctx.storage.kv.get("written") ?? null; }
}

function spin() {
  console.log("spinning");
  for (;;) {
    Math.abs(1);
  }
}

export default {};
`

// TestScriptLimits: JavaScript without end gives an error with its place to its
// caller, resets its object and nothing else.
func TestScriptLimits(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"main.js": limitsMain, "wrangler.toml": `compatibility_date = "2026-07-01"
main = "main.js"
[[durable_objects.bindings]]
name = "LIMITS"
class_name = "Limits"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Limits"]
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const cause = "JavaScript held the turn for too long"
	var em *Emulator
	em, err := New(Worker{Config: filepath.Join(dir, "wrangler.toml")}, InMemory, VirtualClock{},
		Logger(slog.New(slog.NewTextHandler(io.Discard, nil))),
		OnConsole(func(m ConsoleMessage) {
			if m.Text == "spinning" {
				em.interrupt(errors.New(cause))
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer em.Close()
	spins := "main.js:29:"
	tests := []struct {
		object, method string
		want           []string // parts of the message
		reset          bool
	}{
		{"a", "loop", []string{cause, spins}, true},
		{"a", "later", []string{cause, spins}, true},
		{"a", "caught", []string{cause, spins}, true},
		{"constructor", "count", []string{cause, spins}, true},
		{"a", "timer", []string{cause, spins}, true},
		{"a", "section", []string{cause, spins}, true},
		{"a", "sync", []string{cause, spins}, true},
		{"a", "getter", []string{cause, spins}, true},
		{"a", "recursion", []string{"Maximum call stack size exceeded"}, false},
		{"a", "memory", []string{"memory limit of 128 MiB", "main.js:20:"}, true},
		{"a", "strings", []string{"RangeError"}, false},
		{"a", "never", []string{"a promise of JavaScript", "Limits(a)"}, false},
	}
	ns := em.Namespace("LIMITS")
	for _, tt := range tests {
		t.Run(tt.method, func(t *testing.T) {
			before, _ := durable.Call[float64](t.Context(), ns.GetByName(tt.object), "count")
			_, err := durable.Call[any](t.Context(), ns.GetByName(tt.object), tt.method)
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got %q, want %q in it", err, part)
				}
			}
			var e *durable.Error
			if errors.As(err, &e) && e.Reset != tt.reset {
				t.Errorf("reset: got %v, want %v (%v)", e.Reset, tt.reset, err)
			}
			if tt.object == "constructor" {
				return
			}
			after, err := durable.Call[float64](t.Context(), ns.GetByName(tt.object), "count")
			want := before + 1
			if tt.reset {
				want = 1
			}
			if err != nil || after != want {
				t.Errorf("count afterwards: %v, %v, want %v", after, err, want)
			}
			if written, err := durable.Call[any](t.Context(), ns.GetByName(tt.object), "written"); written != nil {
				t.Errorf("what was written before the end is there: %v, %v", written, err)
			}
			if n, err := durable.Call[float64](t.Context(), ns.GetByName("other "+tt.method), "count"); n != 1 {
				t.Errorf("another object: %v, %v", n, err)
			}
		})
	}
}
