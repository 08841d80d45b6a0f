package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// socketProbe is a class with WebSocket handlers that a test gives.
type socketProbe struct {
	state *durable.State
	env   *durable.Env
	b     *sockets
}

// sockets says what a [socketProbe] does; nil functions log into got.
type sockets struct {
	made    int
	got     []string
	make    func(ctx context.Context, p *socketProbe) error
	accept  func(p *socketProbe, w http.ResponseWriter, req *http.Request) error
	message func(ctx context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error
	close   func(ctx context.Context, p *socketProbe, ws *durable.WebSocket, code int, reason string, clean bool) error
	do      func(ctx context.Context, p *socketProbe, what string) (any, error)
}

func (b *sockets) log(format string, args ...any) {
	b.got = append(b.got, fmt.Sprintf(format, args...))
}

// take gives the log and empties it.
func (b *sockets) take() []string {
	got := b.got
	b.got = nil
	return got
}

func (p *socketProbe) Do(ctx context.Context, what string) (any, error) {
	if p.b.do == nil {
		return nil, nil
	}
	return p.b.do(ctx, p, what)
}

func (p *socketProbe) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	err := error(nil)
	if p.b.accept != nil {
		err = p.b.accept(p, w, req)
	} else {
		_, err = p.state.AcceptWebSocket(w, req, req.URL.Query()["tag"]...)
	}
	if err != nil {
		panic(err)
	}
}

func (p *socketProbe) WebSocketMessage(ctx context.Context, ws *durable.WebSocket, m durable.Message) error {
	if p.b.message != nil {
		return p.b.message(ctx, p, ws, m)
	}
	p.b.log("message %q", m.Text())
	return ws.Send("echo " + m.Text())
}

func (p *socketProbe) WebSocketClose(ctx context.Context, ws *durable.WebSocket, code int, reason string, clean bool) error {
	if p.b.close != nil {
		return p.b.close(ctx, p, ws, code, reason, clean)
	}
	p.b.log("close %d %q %v state %d", code, reason, clean, ws.ReadyState())
	return nil
}

func (p *socketProbe) WebSocketError(ctx context.Context, ws *durable.WebSocket, err error) error {
	p.b.log("error %v state %d", err, ws.ReadyState())
	return nil
}

// newSockets starts an emulator of socket probes; requests of the entry go to
// the object that the path names.
func newSockets(t testing.TB, b *sockets, opts ...emulator.Option) *probes {
	t.Helper()
	class := durable.NewClass("Probe", func(ctx context.Context, state *durable.State, env *durable.Env) (*socketProbe, error) {
		p := &socketProbe{state, env, b}
		b.made++
		if b.make != nil {
			return p, b.make(ctx, p)
		}
		return p, nil
	})
	handler := func(env *durable.Env) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			env.Namespace("PROBE").GetByName(strings.Trim(req.URL.Path, "/")).ServeHTTP(w, req)
		})
	}
	opts = append([]emulator.Option{emulator.InMemory, emulator.VirtualClock{}, quiet}, opts...)
	em, err := emulator.New(emulator.Worker{Config: config(t, probeConfig), Classes: []durable.Class{class}, Handler: handler}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	})
	return &probes{em, t}
}

// dial connects to an object by name and query.
func (em *probes) dial(target string) *durable.WebSocket {
	em.t.Helper()
	ws, res := em.tryDial(em.t.Context(), target)
	if ws == nil {
		body, err := io.ReadAll(res.Body)
		em.t.Fatalf("dial %s: %s: %s %v", target, res.Status, body, err)
	}
	return ws
}

func (em *probes) tryDial(ctx context.Context, target string) (*durable.WebSocket, *http.Response) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://x/"+target, http.NoBody)
	if err != nil {
		em.t.Fatal(err)
	}
	return em.DialWebSocket(req)
}

// send sends texts.
func send(t testing.TB, ws *durable.WebSocket, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := ws.Send(text); err != nil {
			t.Fatal(err)
		}
	}
}

// next gives what arrives at a client, as a line.
func next(t testing.TB, ws *durable.WebSocket) string {
	t.Helper()
	m, err := ws.Receive(t.Context())
	var end *durable.CloseError
	switch {
	case errors.As(err, &end):
		return fmt.Sprintf("close %d %q %v", end.Code, end.Reason, end.Clean)
	case err != nil:
		return "error " + err.Error()
	case m.Binary:
		return fmt.Sprintf("binary %x", m.Data)
	}
	return m.Text()
}

func nextN(t testing.TB, ws *durable.WebSocket, n int) (lines []string) {
	t.Helper()
	for range n {
		lines = append(lines, next(t, ws))
	}
	return lines
}

func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

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

// Rules 9.55 to 9.58: after 10 s the instance is dropped and the connection
// stays; the next message constructs it, with tags, attachment, the automatic
// answer and the event timeout as they were.
func TestWebSocketHibernation(t *testing.T) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		ws, err := p.state.AcceptWebSocket(w, req, "b", "a", "b", "")
		if err != nil {
			return err
		}
		if err := p.state.SetWebSocketAutoResponse(&durable.WebSocketAutoResponse{Request: "ping", Response: "pong"}); err != nil {
			return err
		}
		if err := p.state.SetWebSocketEventTimeout(time.Minute); err != nil {
			return err
		}
		return ws.SerializeAttachment(map[string]any{"user": "ada", "n": 1.0})
	}
	b.make = func(_ context.Context, p *socketProbe) error {
		for _, ws := range p.state.WebSockets() {
			if err := ws.Send("welcome back"); err != nil {
				return err
			}
		}
		return nil
	}
	b.message = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		var att map[string]any
		ok, err := ws.DeserializeAttachment(&att)
		if err != nil {
			return err
		}
		tags, err := ws.Tags()
		if err != nil {
			return err
		}
		at, answered := ws.AutoResponseTimestamp()
		b.log("%s %v %v %q %v %v %v %v same=%v", m.Text(), att, ok, tags, *p.state.WebSocketAutoResponse(), p.state.WebSocketEventTimeout(),
			at.Sub(emulator.DefaultStart), answered, p.state.WebSockets()[0] == ws)
		return nil
	}
	em := newSockets(t, b)
	ws := em.dial("a")
	em.Clock().Advance(9 * time.Second)
	send(t, ws, "ping") // does not extend the idle time (9.49)
	same(t, "pong", next(t, ws))
	em.Clock().Advance(2 * time.Second)
	send(t, ws, "ping") // does not wake
	same(t, "pong", next(t, ws))
	same(t, 1, b.made)
	em.Clock().Advance(200 * time.Second)
	send(t, ws, "hello")
	em.Clock().Advance(0)
	same(t, "welcome back", next(t, ws))
	same(t, 2, b.made)
	same(t, []string{`hello map[n:1 user:ada] true ["b" "a" ""] {ping pong} 1m0s 11s true same=true`}, b.take())

	em.Clock().Advance(20 * time.Second)
	if err := emulator.DropWebSocket(ws); err != nil { // a loss wakes it too
		t.Fatal(err)
	}
	em.Clock().Advance(0)
	same(t, 3, b.made)
	same(t, []string{`close 1006 "WebSocket disconnected without sending Close frame." false state 2`}, b.take())
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

// A deployment in place keeps hibernatable sockets, with all that belongs to
// them; the next message goes to the new code.
func TestWebSocketReload(t *testing.T) {
	b := &sockets{}
	em := newSockets(t, b)
	ws := em.dial("a?tag=x")
	send(t, ws, "one")
	same(t, "echo one", next(t, ws))
	if err := em.Reload(); err != nil {
		t.Fatal(err)
	}
	send(t, ws, "two")
	same(t, "echo two", next(t, ws))
	same(t, 2, b.made)
}

// Database handles close when an object hibernates.
func TestHibernationClosesFiles(t *testing.T) {
	dir := t.TempDir()
	b := &sockets{}
	b.message = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		return errors.Join(p.state.Storage().Put("k", m.Text()), ws.Send("stored"))
	}
	em := newSockets(t, b, emulator.StateDir(dir))
	ws := em.dial("a")
	send(t, ws, "x")
	same(t, "stored", next(t, ws))
	id := em.stub("a").ID().String()
	if n := openFiles(t, id); n == 0 {
		t.Fatal("the object has no open file: the test sees nothing")
	}
	em.Clock().Advance(15 * time.Second)
	if n := openFiles(t, id); n != 0 {
		t.Errorf("%d files of the hibernated object are open", n)
	}
	send(t, ws, "y")
	same(t, "stored", next(t, ws))
	same(t, 2, b.made)
}

// openFiles counts the descriptors of this process for files of an object.
func openFiles(t *testing.T, id string) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("this system does not list open files: %v", err)
	}
	for _, e := range entries {
		path, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && strings.Contains(path, id) {
			n++
		}
	}
	return n
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
