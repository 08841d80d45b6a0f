package testkit_test

import (
	"io"
	"net/http"
	"testing"

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
