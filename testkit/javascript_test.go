package testkit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// jsProject writes a wrangler project whose class Room is TypeScript.
func jsProject(t testing.TB, main string) emulator.Worker {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index.ts": main,
		"wrangler.jsonc": `{
			"name": "js", "main": "index.ts", "compatibility_date": "2026-07-01",
			"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
			"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]
		}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return emulator.Worker{Config: filepath.Join(dir, "wrangler.jsonc")}
}

func TestJSObject(t *testing.T) {
	em := testkit.New(t, jsProject(t, `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	private count = 0;
	private tags = ["a"];
	add(n: number) { return this.count += n; }
	private async later(text: string) { await null; return text + this.count; }
	#hidden = 1;
	get broken() { throw new TypeError("no"); }
}
export default { fetch() {} };
`))
	room := em.Namespace("ROOM").GetByName("lobby")
	testkit.RunInDurableObject(t, room, func(ctx context.Context, o *testkit.JSObject, s *durable.State) {
		if err := o.Set("count", 40); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Call(ctx, "add", 2); err != nil {
			t.Fatal(err)
		}
		v, err := o.Call(ctx, "later", "n=")
		var text string
		if err != nil || v.Decode(&text) != nil || text != "n=42" {
			t.Errorf("later gives %q, %v", text, err)
		}
		v, err = o.Get("tags")
		var tags []string
		if err != nil || v.Decode(&tags) != nil || len(tags) != 1 || tags[0] != "a" {
			t.Errorf("tags are %q, %v", tags, err)
		}
		if _, err := o.Get("broken"); err == nil || err.Error() != "TypeError: no" {
			t.Errorf("the getter fails with %v", err)
		}
		if _, err := o.Call(ctx, "missing"); err == nil || !strings.Contains(err.Error(), `no method "missing"`) {
			t.Errorf("a missing method fails with %v", err)
		}
		if err := s.Storage().KV().Put("from", "Go"); err != nil {
			t.Error(err)
		}
	})
	n, err := durable.Call[int](context.Background(), room, "add", 0)
	if err != nil || n != 42 {
		t.Errorf("add gives %d, %v", n, err)
	}
}

func TestConsoleAndUncaught(t *testing.T) {
	console, uncaught := testkit.RecordConsole(t), testkit.ExpectUncaught()
	em := testkit.New(t, jsProject(t, `
import { DurableObject } from "cloudflare:workers";
console.log("global");
export class Room extends DurableObject {
	speak() { console.log("hello", { n: 1 }); console.error("oops"); }
	leak() { Promise.reject(new RangeError("nobody waits")); return 1; }
	caught() { const p = Promise.reject(new Error("x")); p.catch(() => {}); return 1; }
}
export default { fetch() {} };
`), console, uncaught)
	room := em.Namespace("ROOM").GetByName("lobby")
	for _, method := range []string{"speak", "leak", "caught"} {
		if _, err := room.Call(t.Context(), method); err != nil {
			t.Fatal(err)
		}
	}
	if got := console.Text(); got != "global\nhello { n: 1 }\noops\n" {
		t.Errorf("printed %q", got)
	}
	if m := console.Messages()[1]; m.Class != "Room" || m.Name != "lobby" || m.Worker != "js" {
		t.Errorf("the message comes from %+v", m.Source)
	}
	errs := uncaught.Errors()
	if len(errs) != 1 || errs[0].Error() != "Uncaught RangeError: nobody waits" || !strings.Contains(errs[0].Stack, "index.ts:6:") {
		t.Fatalf("uncaught errors: %q, the first from\n%s", errs, errs[0].Stack)
	}
}

// TestUncaughtFails: without a word from the test such an error fails it.
func TestUncaughtFails(t *testing.T) {
	worker := jsProject(t, `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	leak() { Promise.reject(new RangeError("nobody waits")); return 1; }
}
export default { fetch() {} };
`)
	inner := &failures{}
	em := testkit.New(inner, worker)
	if _, err := em.Namespace("ROOM").GetByName("lobby").Call(t.Context(), "leak"); err != nil {
		t.Error(err)
	}
	inner.finish()
	if log := inner.text.String(); !strings.Contains(log, `Uncaught RangeError: nobody waits in Room "lobby"; a test that wants it gives testkit.New a testkit.ExpectUncaught`) {
		t.Errorf("the test says\n%s", log)
	}
}

// failures is a recorder that keeps what fails the test.
type failures struct {
	recorder
	text strings.Builder
}

func (f *failures) Log(...any)                        {}
func (f *failures) Logf(string, ...any)               {}
func (f *failures) Errorf(format string, args ...any) { fmt.Fprintf(&f.text, format+"\n", args...) }
func (f *failures) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
