package emulator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// serve serves an emulator's entry on a loopback port and gives its URL.
func serve(t testing.TB, em *probes) string {
	t.Helper()
	server := httptest.NewServer(em.Handler())
	t.Cleanup(server.Close)
	return server.URL
}

// client connects over the network.
func client(t testing.TB, url string, o *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(64 << 20)
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

func writeTo(t testing.TB, c *websocket.Conn, kind websocket.MessageType, data []byte) {
	t.Helper()
	if err := c.Write(t.Context(), kind, data); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, c *websocket.Conn) string {
	t.Helper()
	kind, data, err := c.Read(t.Context())
	var end websocket.CloseError
	switch {
	case errors.As(err, &end):
		return fmt.Sprintf("close %d %q", end.Code, end.Reason)
	case err != nil:
		return "lost"
	case kind == websocket.MessageBinary:
		return fmt.Sprintf("binary of %d bytes", len(data))
	}
	return string(data)
}

// A client of the network: messages of every size, fragments, pings, headers,
// and both ways to close.
func TestWebSocketOverNetwork(t *testing.T) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		w.Header().Set("Sec-WebSocket-Protocol", "chat")
		w.Header().Set("X-Room", "lobby")
		_, err := p.state.AcceptWebSocket(w, req)
		return err
	}
	b.message = func(_ context.Context, _ *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		switch {
		case m.Text() == "close":
			return ws.Close(4001, "asked")
		case m.Binary:
			return ws.SendBinary(m.Data)
		}
		return ws.Send(m.Text())
	}
	b.close = func(_ context.Context, _ *socketProbe, ws *durable.WebSocket, code int, reason string, _ bool) error {
		return ws.Close(code, reason)
	}
	em := newSockets(t, b, realClock)
	url := serve(t, em)
	c, res, err := websocket.Dial(t.Context(), url+"/a", &websocket.DialOptions{Subprotocols: []string{"chat", "other"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Subprotocol() != "chat" || res.Header.Get("X-Room") != "lobby" {
		t.Errorf("headers: %v", res.Header)
	}
	c.SetReadLimit(64 << 20)
	for _, n := range []int{0, 1, 125, 126, 127, 128, 4096, 65535, 65536, 1 << 20, 32 << 20} {
		writeTo(t, c, websocket.MessageBinary, make([]byte, n))
		same(t, fmt.Sprintf("binary of %d bytes", n), read(t, c))
		if n <= 1<<20 {
			writeTo(t, c, websocket.MessageText, bytes.Repeat([]byte("é"), n/2))
			same(t, strings.Repeat("é", n/2), read(t, c))
		}
	}
	w, err := c.Writer(t.Context(), websocket.MessageText)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"in ", "three ", "fragments"} {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "in three fragments", read(t, c))
	if err := c.Close(4003, "bye"); err != nil {
		t.Errorf("the close handshake: %v", err)
	}
	c = client(t, url+"/a", &websocket.DialOptions{Subprotocols: []string{"chat"}})
	writeTo(t, c, websocket.MessageText, []byte("close"))
	same(t, `close 4001 "asked"`, read(t, c))
	c = client(t, url+"/a", &websocket.DialOptions{Subprotocols: []string{"chat"}})
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "lost", read(t, c))
}

// Rule 9.41: the runtime does not answer a close frame, and passes on what is
// sent before the object does (9.42).
func TestWebSocketHalfOpenOverNetwork(t *testing.T) {
	b := &sockets{}
	b.close = func(_ context.Context, _ *socketProbe, ws *durable.WebSocket, code int, reason string, _ bool) error {
		return errors.Join(ws.Send("last words"), ws.Close(3001, "mine"))
	}
	em := newSockets(t, b, realClock)
	conn := rawDial(t, serve(t, em), "/a")
	conn.write(t, []byte{0x88, 0x80, 0, 0, 0, 0})
	same(t, []string{"text last words", "close 3001 mine", "end"}, conn.until(t, "end"))
}

// Rule 9.59: an object is the client of a server outside.
func TestWebSocketDialsOut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/ws" {
			http.Error(w, "not here", http.StatusTeapot)
			return
		}
		c, err := websocket.Accept(w, req, &websocket.AcceptOptions{Subprotocols: []string{"v2"}})
		if err != nil {
			t.Error(err)
			return
		}
		for {
			kind, data, err := c.Read(req.Context())
			if err != nil {
				return
			}
			if string(data) == "close" {
				_ = c.Close(4005, "as asked")
				return
			}
			if err := c.Write(req.Context(), kind, append([]byte("server: "), data...)); err != nil {
				t.Error(err)
			}
		}
	}))
	defer server.Close()
	b := &sockets{}
	b.do = func(ctx context.Context, p *socketProbe, what string) (any, error) {
		ws, res, err := p.env.DialWebSocket(ctx, what, http.Header{"Sec-Websocket-Protocol": {"v2"}})
		if err != nil {
			if res != nil {
				res.Body.Close()
			}
			return nil, err
		}
		if err := errors.Join(ws.SerializeAttachment(1), ws.SendBinary(nil)); err == nil {
			return nil, errors.New("9.11: sent before accepting")
		}
		obj, _ := host.FromContext(ctx)
		if err := obj.Sockets().Accept(ws.Host(), nil); err == nil || !strings.Contains(err.Error(), "because its pair has already been accepted") {
			return nil, fmt.Errorf("9.59: it hibernates: %w", err)
		}
		got := []string{ws.Protocol()}
		p.state.WaitUntil(func(ctx context.Context) error {
			if err := durable.Sleep(ctx, 0); err != nil {
				return err
			}
			return errors.Join(ws.Send("hello"), ws.SendBinary(make([]byte, 20_000)), ws.Send("close"))
		})
		for {
			m, err := ws.Receive(ctx)
			if err != nil {
				return append(got, err.Error()), nil
			}
			got = append(got, fmt.Sprintf("%.20q of %d", m.Text(), len(m.Data)))
		}
	}
	em := newSockets(t, b, realClock, emulator.Outbound(http.DefaultTransport))
	got, err := em.do("a", strings.Replace(server.URL, "http", "ws", 1)+"/ws")
	same(t, any([]any{"v2", `"server: hello" of 13`, `"server: \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" of 20008`,
		`WebSocket closed with code 4005 "as asked"`}), got)
	if err != nil {
		t.Error(err)
	}
	if _, err := em.do("a", server.URL+"/other"); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("got %v", err)
	}
}

// Rule 9.10: a client may compress, with a window or without.
func TestWebSocketCompressed(t *testing.T) {
	em := newSockets(t, &sockets{}, realClock)
	url := serve(t, em)
	for _, mode := range []websocket.CompressionMode{websocket.CompressionContextTakeover, websocket.CompressionNoContextTakeover} {
		c := client(t, url+"/a", &websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1})
		for _, text := range []string{"a", strings.Repeat("hello ", 1000), strings.Repeat("hello ", 1000)} {
			writeTo(t, c, websocket.MessageText, []byte(text))
			same(t, "echo "+text, read(t, c))
		}
	}
}

// Clients of rooms that are evicted all the time lose no message, and see each
// in its order; those that are dropped or reset disturb nobody else.
func TestWebSocketSoak(t *testing.T) {
	const rooms, members, messages = 5, 6, 60
	b := &sockets{}
	b.message = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		var n int
		if _, err := ws.DeserializeAttachment(&n); err != nil {
			return err
		}
		n++
		return errors.Join(ws.SerializeAttachment(n), p.state.Storage().Put("last", m.Text()), ws.Send(fmt.Sprintf("%d %s", n, m.Text())))
	}
	b.close = func(_ context.Context, _ *socketProbe, ws *durable.WebSocket, code int, reason string, clean bool) error {
		return ws.Close(code, reason)
	}
	em := newSockets(t, b, realClock)
	url := serve(t, em)
	var clients sync.WaitGroup
	for room := range rooms {
		for range members {
			clients.Go(func() {
				c := client(t, fmt.Sprint(url, "/", room), nil)
				for n := range messages {
					text := fmt.Sprint("message ", n)
					if err := c.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
						t.Error(err)
						return
					}
					if got, want := read(t, c), fmt.Sprintf("%d %s", n+1, text); got != want {
						t.Errorf("got %q, want %q", got, want)
						return
					}
				}
				if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
					t.Error(err)
				}
			})
		}
	}
	stop := make(chan struct{})
	var trouble sync.WaitGroup
	trouble.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := em.EvictAll(); err != nil {
				t.Error(err)
			}
			c := client(t, url+"/doomed", nil)
			writeTo(t, c, websocket.MessageText, []byte("x"))
			_ = c.CloseNow()
			client(t, url+"/doomed", nil)
			if err := emulator.Abort(em.stub("doomed"), "test"); err != nil {
				t.Error(err)
			}
		}
	})
	clients.Wait()
	close(stop)
	trouble.Wait()
	if b.made < rooms+10 {
		t.Errorf("only %d instances: nothing was evicted", b.made)
	}
}
