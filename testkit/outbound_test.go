package testkit_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

const fetchingMain = `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	async ask(body) {
		const res = await fetch("https://api.example/echo?q=1", { method: "POST", body, headers: { "x-key": "k" } });
		return [res.status, res.headers.get("x-seen"), await res.text()].join(" ");
	}
	dice() {
		return [Math.random(), crypto.randomUUID(), Array.from(crypto.getRandomValues(new Uint8Array(4))), Date.now(), new Date().toISOString(), performance.now()];
	}
}
export default { fetch() {} };
`

func TestOutbound(t *testing.T) {
	api := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Seen", req.Method+" "+req.Host+req.RequestURI+" "+req.Header.Get("X-Key"))
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, "you said %s", body)
	})
	em := testkit.New(t, jsProject(t, fetchingMain), testkit.Outbound(api))
	got, err := durable.Call[string](t.Context(), em.Namespace("ROOM").GetByName("a"), "ask", "hello")
	if want := "202 POST api.example/echo?q=1 k you said hello"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}

	em = testkit.New(t, jsProject(t, fetchingMain))
	_, err = durable.Call[string](t.Context(), em.Namespace("ROOM").GetByName("a"), "ask", "hello")
	if err == nil || !strings.Contains(err.Error(), "outgoing request POST https://api.example/echo?q=1 refused") {
		t.Errorf("a request that the test has not set up fails with %v", err)
	}
}

// TestJavaScriptRepeats: time and randomness are the emulator's, and the same in
// every run.
func TestJavaScriptRepeats(t *testing.T) {
	worker := jsProject(t, fetchingMain)
	dice := func() string {
		em := testkit.New(t, worker)
		room := em.Namespace("ROOM").GetByName("a")
		var out []string
		for range 2 {
			v, err := durable.Call[[]any](t.Context(), room, "dice")
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(v))
			em.Clock().Advance(1500 * 1000 * 1000)
		}
		return strings.Join(out, "\n")
	}
	first := dice()
	if second := dice(); first != second {
		t.Errorf("two runs differ:\n%s\n%s", first, second)
	}
	if !strings.Contains(first, "2026-01-01T00:00:00.000Z") || !strings.Contains(first, "2026-01-01T00:00:01.500Z") {
		t.Errorf("time is not the emulator's:\n%s", first)
	}
}
