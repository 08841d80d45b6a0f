package dev

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

const talkative = `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	async say(text) {
		console.log("line\nbreak", "\x1b[31m", "\u2028", "\ud800");
		console.error({ text });
		if (text === "throw") throw new Error("two\nlines");
		return text;
	}
}
export default {
	async fetch(req, env) {
		return new Response(await env.ROOM.getByName("a").say(new URL(req.url).pathname.slice(1)));
	},
};
`

// TestJSONLog: whatever is logged, each line is an object.
func TestJSONLog(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("index.js", talkative)
	write("wrangler.toml", `name = "w"
main = "index.js"
compatibility_date = "2026-07-01"
durable_objects.bindings = [{ name = "ROOM", class_name = "Room" }]
migrations = [{ tag = "v1", new_sqlite_classes = ["Room"] }]
`)
	r, w := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := Run(ctx, Options{Worker: emulator.Worker{Config: filepath.Join(dir, "wrangler.toml")}, Out: w, JSON: true})
		w.CloseWithError(err)
		ended <- err
	}()
	var seen []string
	lines := make(chan string, 1000) // the server never waits for this test
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			lines <- s.Text()
		}
	}()
	// until reads lines up to one with a message.
	until := func(prefix string) map[string]any {
		t.Helper()
		for line := range lines {
			var entry map[string]any
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatalf("%q is no JSON: %v", line, err)
			}
			msg, _ := entry["msg"].(string)
			if seen = append(seen, msg); prefix != "" && strings.HasPrefix(msg, prefix) {
				return entry
			}
		}
		if prefix != "" {
			t.Fatalf("there is no %q among %q", prefix, seen)
		}
		return nil
	}
	url := fmt.Sprint(until("Ready on ")["url"])
	for _, path := range []string{"/hello", "/throw"} {
		res, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		until("request")
	}
	write("index.js", "export default {{")
	until("the last edit cannot run")
	write("index.js", talkative)
	until("reloaded")
	stop()
	until("")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, want := range []string{"migration", "class", "line\nbreak \x1b[31m \u2028 \ufffd", "{ text: 'hello' }"} {
		if !slices.Contains(seen, want) {
			t.Errorf("%q is not among %q", want, seen)
		}
	}
}
