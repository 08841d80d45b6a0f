package testkit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// socketMain is a class with both kinds of sockets, whose handlers send back
// what they are told.
const socketMain = `
import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject {
	made = new Date().toISOString();
	constructor(ctx, env) {
		super(ctx, env);
		ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
	}
	async fetch(request) {
		const url = new URL(request.url);
		const [client, server] = Object.values(new WebSocketPair());
		if (url.pathname === "/standard") {
			server.accept();
			server.binaryType = "arraybuffer";
			server.addEventListener("message", ({ data }) => {
				if (data === "throw") throw new RangeError("listener");
				server.send(typeof data === "string" ? "echo " + data : data);
			});
			server.onclose = ({ code, reason, wasClean }) => console.log("close", code, reason, wasClean, server.readyState);
			server.addEventListener("error", (e) => console.log("error", e.message));
		} else {
			this.ctx.acceptWebSocket(server, url.searchParams.getAll("tag"));
			server.serializeAttachment({ name: url.searchParams.get("name"), at: new Date() });
		}
		return new Response(null, { status: 101, webSocket: client, headers: { "x-room": "yes" } });
	}
	webSocketMessage(ws, message) {
		if (message === "throw") throw new Error("handler");
		if (message === "made") return ws.send(this.made);
		if (message === "state") {
			const all = this.ctx.getWebSockets();
			return ws.send(JSON.stringify({
				me: all.indexOf(ws), all: all.length, tagged: this.ctx.getWebSockets("a").length, none: this.ctx.getWebSockets("?").length,
				tags: this.ctx.getTags(ws), attachment: ws.deserializeAttachment(), same: this.ctx.getWebSockets()[0] === all[0],
				auto: String(this.ctx.getWebSocketAutoResponse().request), stamp: this.ctx.getWebSocketAutoResponseTimestamp(ws),
				ready: ws.readyState, kind: ws instanceof WebSocket, url: ws.url, timeout: this.ctx.getHibernatableWebSocketEventTimeout(),
			}));
		}
		ws.send(typeof message === "string" ? "got " + message : new Uint8Array(message).map((b) => b + 1));
	}
	webSocketClose(ws, code, reason, wasClean) {
		console.log("closed", code, reason, wasClean, ws.readyState);
		ws.close(4001, "and you");
	}
	refusals() {
		const tried = (fn) => {
			try { fn(); return "fine"; } catch (e) { return e.name + ": " + e.message; }
		};
		const [a, b] = Object.values(new WebSocketPair());
		const accepted = Object.values(new WebSocketPair())[0];
		accepted.accept();
		return [
			tried(() => a.send("x")),
			tried(() => accepted.close(1006)),
			tried(() => accepted.close(undefined, "why")),
			tried(() => accepted.close(3000, "x".repeat(124))),
			tried(() => accepted.send()),
			tried(() => this.ctx.acceptWebSocket({})),
			tried(() => this.ctx.acceptWebSocket(a, "tag")),
			tried(() => this.ctx.acceptWebSocket(a, ["x".repeat(257)])),
			tried(() => this.ctx.acceptWebSocket(accepted)),
			tried(() => this.ctx.getTags(b)),
			tried(() => a.serializeAttachment("x".repeat(16384))),
			tried(() => a.serializeAttachment(() => {})),
			tried(() => this.ctx.setWebSocketAutoResponse(null)),
			tried(() => this.ctx.setHibernatableWebSocketEventTimeout(604800001)),
			tried(() => new WebSocket("nowhere")),
			tried(() => new WebSocket("http://localhost/")),
			tried(() => new WebSocket("ws://localhost/#x")),
			tried(() => new WebSocket("ws://localhost/", ["a", "a"])),
			tried(() => new Response(null, { status: 200, webSocket: a })),
			tried(() => new Response(null, { status: 101 })),
			tried(() => accepted.close(1000)),
			tried(() => accepted.send("x")),
		];
	}
}
export default {
	fetch: (request, env) => env.ROOM.getByName("lobby").fetch(request),
};
`

func TestJavaScriptHibernatable(t *testing.T) {
	console := testkit.RecordConsole(t)
	em := testkit.New(t, jsProject(t, socketMain), console)
	ada := testkit.DialWebSocket(t, em, "http://localhost/?name=ada&tag=a&tag=b")
	bob := testkit.DialWebSocket(t, em, "http://localhost/?name=bob")
	ada.Send("hello")
	if got := ada.Next().Text(); got != "got hello" {
		t.Errorf("ada got %q", got)
	}
	bob.SendBinary([]byte{1, 2})
	if got := bob.Next(); !got.Binary || string(got.Data) != "\x02\x03" {
		t.Errorf("bob got %v", got)
	}
	ada.Send("ping")
	if got := ada.Next().Text(); got != "pong" {
		t.Errorf("the automatic answer is %q", got)
	}
	state := `{"me":1,"all":2,"tagged":1,"none":0,"tags":["a","b"],"attachment":{"name":"ada","at":"2026-01-01T00:00:00.000Z"},"same":true,` +
		`"auto":"ping","stamp":"2026-01-01T00:00:00.000Z","ready":1,"kind":true,"url":null,"timeout":null}`
	ada.Send("state")
	if got := ada.Next().Text(); got != state {
		t.Errorf("before hibernation\n%s\nwant\n%s", got, state)
	}

	// Hibernation takes the instance and nothing else.
	em.Clock().Advance(time.Minute)
	bob.Send("made")
	if got := bob.Next().Text(); got != "2026-01-01T00:01:00.000Z" {
		t.Errorf("the instance was made at %s", got)
	}
	ada.Send("state")
	if got := ada.Next().Text(); got != state {
		t.Errorf("after hibernation\n%s\nwant\n%s", got, state)
	}

	// A handler that throws ends nothing; a close is answered by the handler.
	ada.Send("throw")
	ada.Send("still here")
	if got := ada.Next().Text(); got != "got still here" {
		t.Errorf("after a throw ada got %q", got)
	}
	ada.Close(4000, "bye")
	if got := ada.Closed(); got.Code != 4001 || got.Reason != "and you" {
		t.Errorf("the close is answered with %v", got)
	}
	if text := console.Text(); !strings.Contains(text, "closed 4000 bye true 2\n") {
		t.Errorf("the console has %q", text)
	}
}

func TestJavaScriptStandardSocket(t *testing.T) {
	console := testkit.RecordConsole(t)
	em := testkit.New(t, jsProject(t, socketMain), console)
	ws := testkit.DialWebSocket(t, em, "http://localhost/standard")
	ws.Send("hello")
	if got := ws.Next().Text(); got != "echo hello" {
		t.Errorf("got %q", got)
	}
	ws.SendBinary([]byte("bytes"))
	if got := ws.Next(); !got.Binary || string(got.Data) != "bytes" {
		t.Errorf("got %v", got)
	}
	ws.Close(4000, "bye")
	if got := ws.Closed(); got.Code != 4000 || got.Reason != "bye" {
		t.Errorf("the close is answered with %v", got)
	}
	em.Clock().Advance(time.Millisecond) // until nothing is left to run
	if text := console.Text(); text != "close 4000 bye true 3\n" {
		t.Errorf("the console has %q", text)
	}
	thrower := testkit.DialWebSocket(t, em, "http://localhost/standard")
	thrower.Send("throw")
	if got := thrower.Closed(); got.Code != 1006 {
		t.Errorf("a listener that throws ends with %v", got)
	}
	em.Clock().Advance(time.Millisecond) // until nothing is left to run
	if text := console.Text(); !strings.HasSuffix(text, "error Uncaught RangeError: listener\n") {
		t.Errorf("the console has %q", text)
	}
}

// TestJavaScriptSocketRefusals: the texts are the runtime's (section 9).
func TestJavaScriptSocketRefusals(t *testing.T) {
	em := testkit.New(t, jsProject(t, socketMain))
	got, err := durable.Call[[]string](context.Background(), em.Namespace("ROOM").GetByName("lobby"), "refusals")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"TypeError: You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.",
		"InvalidAccessError: Invalid WebSocket close code: 1006.",
		"InvalidAccessError: If you specify a WebSocket close reason, you must also specify a code.",
		"SyntaxError: WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded.",
		"TypeError: Failed to execute 'send' on 'WebSocket': parameter 1 is not of type 'ArrayBuffer or ArrayBufferView or string'.",
		"TypeError: Failed to execute 'acceptWebSocket' on 'DurableObjectState': parameter 1 is not of type 'WebSocket'.",
		"TypeError: Failed to execute 'acceptWebSocket' on 'DurableObjectState': parameter 2 is not of type 'Array'.",
		`Error: "` + strings.Repeat("x", 257) + `" is longer than the max tag length (256 characters).`,
		"Error: Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`",
		"Error: you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket.",
		"Error: A WebSocket 'attachment' cannot be larger than 16384 bytes.'attachment' was 16390 bytes.",
		"DataCloneError: () => {\n      } could not be cloned.",
		"TypeError: Failed to execute 'setWebSocketAutoResponse' on 'DurableObjectState': parameter 1 is not of type 'WebSocketRequestResponsePair'.",
		"Error: Event timeout should not exceed 604800000 ms.",
		"SyntaxError: WebSocket Constructor: The url is invalid.",
		"SyntaxError: WebSocket Constructor: The url scheme must be ws or wss.",
		"SyntaxError: WebSocket Constructor: The url fragment must be empty.",
		"SyntaxError: WebSocket Constructor: The protocols header cannot have repeating values.",
		"RangeError: Responses with a WebSocket must have status code 101.",
		"RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
		"fine",
		"TypeError: Can't call WebSocket send() after close().",
	}
	for i := range max(len(want), len(got)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("%d: got %q, want %q", i, got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
}
