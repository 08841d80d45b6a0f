package testkit_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// TestObjectFetchArguments: rule 11.4, as recorded: three arguments, of which
// an object gets only the request.
func TestObjectFetchArguments(t *testing.T) {
	em := testkit.New(t, jsProject(t, `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	fetch(...args) { return Response.json([args.length, args[0] instanceof Request, args[1] === undefined, args[2] === undefined]); }
}
export default { fetch() {} };
`))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://object/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := em.Namespace("ROOM").GetByName("a").Fetch(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "[3,true,true,true]" {
		t.Errorf("got %s, %v", body, err)
	}
}

// TestForeignIO: the error for I/O of another context names what kind of
// context it is used in (rule 1.39).
func TestForeignIO(t *testing.T) {
	em := testkit.New(t, jsProject(t, `
import { DurableObject } from "cloudflare:workers";
const kept = {};
export class Room extends DurableObject {
	keep() {
		const pair = new WebSocketPair();
		pair[0].accept();
		kept.socket = pair[0];
	}
	use() {
		try { kept.socket.send("x"); } catch (e) { return e.message; }
	}
}
export default { fetch() {
	try { kept.socket.send("x"); } catch (e) { return new Response(e.message); }
} };
`))
	rooms := em.Namespace("ROOM")
	if _, err := rooms.GetByName("a").Call(t.Context(), "keep"); err != nil {
		t.Fatal(err)
	}
	used, err := durable.Call[string](t.Context(), rooms.GetByName("b"), "use")
	if want := "Cannot perform I/O on behalf of a different Durable Object. "; err != nil || !strings.HasPrefix(used, want) || !strings.HasSuffix(used, "(I/O type: Native)") {
		t.Errorf("another object gets %q, %v", used, err)
	}
	res := httptest.NewRecorder()
	em.Handler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "http://localhost/", nil))
	if !strings.HasPrefix(res.Body.String(), "Cannot perform I/O on behalf of a different request. ") {
		t.Errorf("a request gets %q", res.Body)
	}
}
