package js_test

import (
	"testing"

	"github.com/dormouse-do/dormouse/testkit"
)

// A listener that rejects whenever it hears of a rejection hears of the first
// one only, or the turn would have no end. All are reported.
func TestRejectionsOfAListener(t *testing.T) {
	uncaught := testkit.ExpectUncaught()
	em := start(t, `
import { DurableObject } from "cloudflare:workers";
let heard = 0;
addEventListener("unhandledrejection", () => { heard++; Promise.reject(new Error("of the listener")); });
export class Obj extends DurableObject {
  reject() { Promise.reject(new Error("first")); }
  heard() { return heard; }
}`, uncaught)
	call(t, em, "Obj", "a", "reject")
	testkit.Equal(t, "1", call(t, em, "Obj", "a", "heard"))
	var got []string
	for _, e := range uncaught.Errors() {
		got = append(got, e.Err.Error())
	}
	testkit.Equal(t, []string{"first", "of the listener"}, got)
}
