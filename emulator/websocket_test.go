package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// Rules 9.28, 9.37: messages go to the handler in order, and answers come back.
func TestWebSocketEcho(t *testing.T) {
	b := &sockets{}
	em := newSockets(t, b)
	ws := em.dial("a")
	send(t, ws, "one", "two", "three")
	same(t, []string{"echo one", "echo two", "echo three"}, nextN(t, ws, 3))
	same(t, []string{`message "one"`, `message "two"`, `message "three"`}, b.take())
	if err := ws.SendBinary([]byte{1, 2}); err != nil {
		t.Fatal(err)
	}
	same(t, "echo \x01\x02", next(t, ws))
}

// Rules 9.34 to 9.36.
func TestWebSocketLists(t *testing.T) {
	b := &sockets{}
	list := func(p *socketProbe, tags ...string) (names []string) {
		for _, ws := range p.state.WebSockets(tags...) {
			var name string
			if _, err := ws.DeserializeAttachment(&name); err != nil {
				t.Error(err)
			}
			names = append(names, name)
		}
		return names
	}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		q := req.URL.Query()
		ws, err := p.state.AcceptWebSocket(w, req, q["tag"]...)
		if err != nil {
			return err
		}
		return ws.SerializeAttachment(q.Get("name"))
	}
	b.message = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		if m.Text() == "close" {
			if err := ws.Close(4001, "asked"); err != nil {
				return err
			}
		}
		b.log("%v %v %v %v %d", list(p), list(p, "x"), list(p, "none"), list(p, "y", "x"), ws.ReadyState())
		return nil
	}
	b.close = func(ctx context.Context, p *socketProbe, ws *durable.WebSocket, code int, reason string, clean bool) error {
		b.log("close %d %q %v in %v", code, reason, ws.ReadyState(), list(p))
		if err := durable.Sleep(ctx, 0); err != nil {
			return err
		}
		b.log("then %v", list(p))
		return nil
	}
	em := newSockets(t, b)
	first := em.dial("a?name=1&tag=x")
	em.dial("a?name=2&tag=y&tag=x")
	em.dial("a?name=3")
	send(t, first, "go", "close")
	same(t, `close 4001 "asked" true`, next(t, first))
	if err := first.Close(4002, "answer"); err != nil {
		t.Fatal(err)
	}
	em.Clock().Advance(time.Second)
	same(t, []string{
		"[3 2 1] [1 2] [] [2] 1", "[3 2 1] [1 2] [] [2] 2",
		`close 4002 "answer" 3 in [3 2 1]`, "then [3 2]",
	}, b.take())
}

// Rules 9.13 to 9.18, 9.29 to 9.33, 9.46 to 9.53: what is refused, in the
// runtime's words.
func TestWebSocketRefusals(t *testing.T) {
	long := strings.Repeat("a", 257)
	pair := func(req, res int) *durable.WebSocketAutoResponse {
		return &durable.WebSocketAutoResponse{Request: strings.Repeat("q", req), Response: strings.Repeat("r", res)}
	}
	rows := []struct {
		name string
		do   func(p *socketProbe, ws *durable.WebSocket) error
		want string
	}{
		{"9.14 999", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.Close(999, "") }, "InvalidAccessError: Invalid WebSocket close code: 999."},
		{"9.14 1004", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.Close(1004, "") }, "InvalidAccessError: Invalid WebSocket close code: 1004."},
		{"9.14 1006", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.Close(1006, "") }, "InvalidAccessError: Invalid WebSocket close code: 1006."},
		{"9.14 1015", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.Close(1015, "") }, "InvalidAccessError: Invalid WebSocket close code: 1015."},
		{"9.14 5000", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.Close(5000, "") }, "InvalidAccessError: Invalid WebSocket close code: 5000."},
		{"9.15", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.Close(0, "x") }, "InvalidAccessError: If you specify a WebSocket close reason, you must also specify a code."},
		{"9.16", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.Close(1000, strings.Repeat("é", 62)) }, "SyntaxError: WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded."},
		{"9.47", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.SerializeAttachment(make([]byte, 16380)) }, "A WebSocket 'attachment' cannot be larger than 16384 bytes.'attachment' was"},
		{"9.48", func(_ *socketProbe, ws *durable.WebSocket) error { return ws.SerializeAttachment(func() {}) }, "DataCloneError: "},
		{"9.50 request", func(p *socketProbe, _ *durable.WebSocket) error {
			return p.state.SetWebSocketAutoResponse(pair(2049, 1))
		}, "RangeError: Request cannot be larger than 2048 bytes. A request of size 2049 was provided."},
		{"9.50 response", func(p *socketProbe, _ *durable.WebSocket) error {
			return p.state.SetWebSocketAutoResponse(pair(1, 2050))
		}, "RangeError: Response cannot be larger than 2048 bytes. A response of size 2050 was provided."},
		{"9.50 fits", func(p *socketProbe, _ *durable.WebSocket) error {
			return p.state.SetWebSocketAutoResponse(pair(2048, 2048))
		}, ""},
		{"9.51", func(p *socketProbe, _ *durable.WebSocket) error {
			err := p.state.SetWebSocketAutoResponse(nil)
			if p.state.WebSocketAutoResponse() != nil {
				return errors.New("there is still one")
			}
			return err
		}, ""},
		{"9.53 long", func(p *socketProbe, _ *durable.WebSocket) error {
			return p.state.SetWebSocketEventTimeout(7*24*time.Hour + time.Millisecond)
		}, "Event timeout should not exceed 604800000 ms."},
		{"9.53 negative", func(p *socketProbe, _ *durable.WebSocket) error { return p.state.SetWebSocketEventTimeout(-1) }, "TypeError: The value cannot be converted because it is negative and this API expects a positive number."},
		{"9.13 closed", func(_ *socketProbe, ws *durable.WebSocket) error {
			if err := errors.Join(ws.Close(1000, strings.Repeat("a", 123)), ws.Close(3000, "second")); err != nil {
				return err
			}
			return ws.Send("late")
		}, "TypeError: Can't call WebSocket send() after close()."},
	}
	b := &sockets{}
	b.message = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, _ durable.Message) error {
		for _, r := range rows {
			switch err := r.do(p, ws); {
			case err == nil && r.want != "":
				t.Errorf("%s: no error", r.name)
			case err != nil && (r.want == "" || !strings.HasPrefix(err.Error(), r.want)):
				t.Errorf("%s: %v, want %s", r.name, err, r.want)
			}
		}
		return nil
	}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		_, err := p.state.AcceptWebSocket(w, req, req.URL.Query()["tag"]...)
		return err
	}
	em := newSockets(t, b)
	ws := em.dial("a")
	send(t, ws, "go")
	same(t, fmt.Sprintf("close 1000 %q true", strings.Repeat("a", 123)), next(t, ws))
	for target, want := range map[string]string{
		"a" + "?x" + strings.Repeat("&tag=t", 11): "a Hibernatable WebSocket cannot have more than 10 tags",
		"a?tag=" + long: fmt.Sprintf("%q is longer than the max tag length (256 characters).", long),
	} {
		_, res := em.tryDial(t.Context(), target)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 500 || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s: %s %q %v", target, res.Status, body, err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	_, err = em.stub("a").Fetch(req)
	if want := `TypeError: Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".`; err == nil || err.Error() != want {
		t.Errorf("9.5: %v", err)
	}
}

// Rules 9.20, 3.14: nothing leaves before the commit of the turn that sent it.
func TestWebSocketOutputGate(t *testing.T) {
	b := &sockets{}
	b.message = func(ctx context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		if err := ws.Send("committed"); err != nil {
			return err
		}
		if err := durable.Sleep(ctx, time.Second); err != nil {
			return err
		}
		if err := ws.Send("lost"); err != nil {
			return err
		}
		p.state.Abort("boom")
		return nil
	}
	em := newSockets(t, b)
	ws := em.dial("a")
	send(t, ws, "go")
	same(t, []string{"committed", `close 1006 "WebSocket disconnected without sending Close frame." false`}, nextN(t, ws, 2))
	if _, err := ws.Receive(t.Context()); err != io.EOF {
		t.Errorf("behind the end: %v", err)
	}
	if err := ws.Send("into the void"); err != nil {
		t.Error(err)
	}
}

// Rules 2.15, 9.60: a reset ends all connections; the new instance has none and
// hears nothing of them.
func TestWebSocketReset(t *testing.T) {
	b := &sockets{}
	b.do = func(_ context.Context, p *socketProbe, what string) (any, error) {
		return len(p.state.WebSockets()), nil
	}
	for name, reset := range map[string]func(em *probes) error{
		"abort": func(em *probes) error { return emulator.Abort(em.stub("a"), "test") },
		"crash": func(em *probes) error { return em.Crash() },
		"hibernated": func(em *probes) error {
			em.Clock().Advance(time.Minute)
			return emulator.Abort(em.stub("a"), "test")
		},
	} {
		t.Run(name, func(t *testing.T) {
			em := newSockets(t, b)
			ws := em.dial("a")
			if err := reset(em); err != nil {
				t.Fatal(err)
			}
			same(t, `close 1006 "WebSocket disconnected without sending Close frame." false`, next(t, ws))
			n, err := em.do("a", "count")
			same(t, any(0.0), n)
			if err != nil {
				t.Error(err)
			}
			same(t, []string(nil), b.take())
		})
	}
}

// Rules 9.44, 9.45: an error of a handler, or its absence, changes nothing.
func TestWebSocketHandlerFails(t *testing.T) {
	b := &sockets{}
	b.message = func(_ context.Context, _ *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		if err := ws.Send(m.Text()); err != nil {
			return err
		}
		if m.Text() == "panic" {
			panic("oops")
		}
		return errors.New("oops")
	}
	em := newSockets(t, b)
	ws := em.dial("a")
	send(t, ws, "error", "panic", "error")
	same(t, []string{"error", "panic", "error"}, nextN(t, ws, 3))
	same(t, 1, b.made)
}

// Rule 9.38: handlers are not serialized, and start in the order of arrival.
func TestWebSocketHandlersInterleave(t *testing.T) {
	b := &sockets{}
	b.message = func(ctx context.Context, _ *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		b.log("begin %s", m.Text())
		err := durable.Sleep(ctx, time.Second)
		b.log("end %s", m.Text())
		return err
	}
	for seed := range 20 {
		em := newSockets(t, b, emulator.Seed(seed))
		ws := em.dial("a")
		send(t, ws, "1", "2", "3")
		em.Clock().Advance(time.Minute)
		got := b.take()
		var begun []string
		for _, line := range got {
			if strings.HasPrefix(line, "begin") {
				begun = append(begun, line)
			}
		}
		same(t, []string{"begin 1", "begin 2", "begin 3"}, begun)
		same(t, 6, len(got))
	}
}

// Rule 9.54: a handler that takes too long is ended, and storage with it; the
// instance goes on.
func TestWebSocketEventTimeout(t *testing.T) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		_, err := p.state.AcceptWebSocket(w, req)
		return errors.Join(err, p.state.SetWebSocketEventTimeout(5*time.Second))
	}
	b.message = func(ctx context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		if m.Text() == "slow" {
			defer b.log("unwound")
			err := durable.Sleep(ctx, 10*time.Second)
			b.log("never")
			return err
		}
		_, err := p.state.Storage().KV().Get("k", new(int))
		return ws.Send(fmt.Sprint(err))
	}
	em := newSockets(t, b)
	ws := em.dial("a")
	send(t, ws, "fast")
	same(t, "<nil>", next(t, ws))
	send(t, ws, "slow")
	em.Clock().Advance(6 * time.Second)
	send(t, ws, "fast")
	same(t, "Actor exceeded event execution time and was disconnected.", next(t, ws))
	same(t, []string{"unwound"}, b.take())
	same(t, 1, b.made)
	em.Clock().Advance(11 * time.Second)
	send(t, ws, "fast")
	same(t, "<nil>", next(t, ws))
	same(t, 2, b.made)
}

// Rules 9.9, 9.21, 9.23, 9.27: a standard socket keeps the object in memory and
// answers a close frame by itself.
func TestStandardWebSocket(t *testing.T) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		ws, err := p.state.UpgradeWebSocket(w, req)
		if err != nil {
			return err
		}
		p.state.WaitUntil(func(ctx context.Context) error {
			for {
				m, err := ws.Receive(ctx)
				if err != nil {
					b.log("%v state %d, %v", err, ws.ReadyState(), ws.Send("late"))
					return nil
				}
				if err := ws.Send("echo " + m.Text()); err != nil {
					return err
				}
			}
		})
		return nil
	}
	em := newSockets(t, b)
	ws := em.dial("a")
	send(t, ws, "one")
	same(t, "echo one", next(t, ws))
	em.Clock().Advance(time.Hour)
	send(t, ws, "two")
	same(t, "echo two", next(t, ws))
	same(t, 1, b.made)
	if err := ws.Close(4000, "bye"); err != nil {
		t.Fatal(err)
	}
	same(t, `close 4000 "bye" true`, next(t, ws))
	same(t, []string{`WebSocket closed with code 4000 "bye" state 3, TypeError: Can't call WebSocket send() after close().`}, b.take())
	em.Clock().Advance(time.Minute)
	if _, err := em.do("a", ""); err != nil {
		t.Fatal(err)
	}
	same(t, 2, b.made) // let go
}

// Rules 9.8, 9.20: an object is another one's client, over its stub.
func TestWebSocketBetweenObjects(t *testing.T) {
	b := &sockets{}
	b.do = func(ctx context.Context, p *socketProbe, _ string) (any, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://x/", http.NoBody)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Upgrade", "websocket")
		res, err := p.env.Namespace("PROBE").GetByName("server").Fetch(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		ws, ok := durable.WebSocketOf(res)
		if !ok {
			return nil, fmt.Errorf("status %s", res.Status)
		}
		if err := ws.Send("too early"); err == nil {
			return nil, errors.New("9.11: sent before accepting")
		}
		var got []string
		p.state.WaitUntil(func(ctx context.Context) error {
			if err := durable.Sleep(ctx, time.Second); err != nil {
				return err
			}
			return errors.Join(ws.Send("from a"), ws.Close(3000, "done"))
		})
		for {
			m, err := ws.Receive(ctx)
			if err != nil {
				return append(got, err.Error()), nil
			}
			got = append(got, m.Text())
		}
	}
	b.close = func(_ context.Context, _ *socketProbe, ws *durable.WebSocket, code int, reason string, _ bool) error {
		return ws.Close(code, reason+" too")
	}
	em := newSockets(t, b)
	got, err := em.do("a", "")
	same(t, any([]any{"echo from a", `WebSocket closed with code 3000 "done too"`}), got)
	if err != nil {
		t.Error(err)
	}
}

// A handshake that nobody takes loses the connection.
func TestWebSocketResponseDropped(t *testing.T) {
	b := &sockets{}
	em := newSockets(t, b)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Upgrade", "websocket")
	res, err := em.stub("a").Fetch(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	em.Clock().Advance(0)
	same(t, []string{`close 1006 "WebSocket disconnected without sending Close frame." false state 2`}, b.take())
}

// Two clients of one test, and one that waits for what never comes.
func TestWebSocketNothingComes(t *testing.T) {
	em := newSockets(t, &sockets{})
	ws := em.dial("a")
	_, err := ws.Receive(t.Context())
	if err == nil || !strings.Contains(err.Error(), "can never return") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ws.Receive(ctx); err == nil {
		t.Error("no error of an ended context")
	}
	send(t, ws, "x")
	same(t, "echo x", next(t, ws))
}

// Everything works in a synctest bubble, on its clock.
func TestWebSocketInBubble(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := &sockets{}
		em := newSockets(t, b, realClock)
		ws := em.dial("a")
		send(t, ws, "x")
		same(t, "echo x", next(t, ws))
		time.Sleep(time.Minute)
		send(t, ws, "y")
		same(t, "echo y", next(t, ws))
		same(t, 2, b.made)
	})
}

// A handshake that is refused leaves no socket behind, and wakes nobody later.
func TestWebSocketRefusedHandshake(t *testing.T) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		_, err := p.state.AcceptWebSocket(w, req)
		b.log("%v, %d sockets", err, len(p.state.WebSockets()))
		return nil
	}
	em := newSockets(t, b)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := em.stub("a").Fetch(req); err != nil {
		t.Fatal(err)
	}
	em.Clock().Advance(time.Hour)
	same(t, []string{`TypeError: Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket"., 0 sockets`}, b.take())
	same(t, 1, b.made)
}

// A handler that fails behind its handshake loses the connection.
func TestWebSocketHandshakeThenPanic(t *testing.T) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		_, err := p.state.AcceptWebSocket(w, req)
		return errors.Join(err, errors.New("after all"))
	}
	em := newSockets(t, b)
	if ws, res := em.tryDial(t.Context(), "a"); ws != nil || res.StatusCode != http.StatusInternalServerError {
		t.Errorf("got %v, %s", ws, res.Status)
	}
	em.Clock().Advance(0)
	same(t, []string{`close 1006 "WebSocket disconnected without sending Close frame." false state 2`}, b.take())
}

// The handshake of a handler that goes on is sent by Flush.
func TestWebSocketFlush(t *testing.T) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		ws, err := p.state.UpgradeWebSocket(w, req)
		if err == nil {
			err = http.NewResponseController(w).Flush()
		}
		for err == nil {
			var m durable.Message
			if m, err = ws.Receive(req.Context()); err == nil {
				err = ws.Send("echo " + m.Text())
			}
		}
		b.log("%v", err)
		return nil
	}
	em := newSockets(t, b)
	ws := em.dial("a")
	send(t, ws, "x")
	same(t, "echo x", next(t, ws))
	if err := ws.Close(1000, ""); err != nil {
		t.Fatal(err)
	}
	em.Clock().Advance(0)
	same(t, []string{`WebSocket closed with code 1000 ""`}, b.take())
}
