package emulator_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

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
