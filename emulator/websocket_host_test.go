package emulator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// What an adapter can do and the Go API cannot: pairs whose ends are accepted in
// any order, and events that go to a function.

// Rules 9.7, 9.11, 9.21, 9.29, 9.32: each end can be used in one way.
func TestSocketEndsAreUsedOnce(t *testing.T) {
	const (
		twice    = "Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`"
		pairUsed = "Cannot call `acceptWebSocket()` on this WebSocket because its pair has already been accepted or used in a Response."
	)
	nothing := func(context.Context, host.SocketEvent) error { return nil }
	accept := func(ws host.WebSocket) error { return ws.Accept(host.AcceptOptions{}, nothing) }
	rows := []struct {
		name string
		do   func(obj host.Object, up host.Upgrader, x, y host.WebSocket) error
		want string
	}{
		{"9.11 send", func(_ host.Object, _ host.Upgrader, x, _ host.WebSocket) error { return x.Send(host.Message{}) },
			"TypeError: You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages."},
		{"9.11 close", func(_ host.Object, _ host.Upgrader, x, _ host.WebSocket) error { return x.Close(host.CloseFrame{}) },
			"TypeError: You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages."},
		{"9.21 twice", func(_ host.Object, _ host.Upgrader, x, _ host.WebSocket) error {
			return errors.Join(accept(x), accept(x))
		}, ""},
		{"9.21 after hibernation", func(obj host.Object, _ host.Upgrader, x, _ host.WebSocket) error {
			return errors.Join(obj.Sockets().Accept(x, nil), accept(x))
		}, "TypeError: Can't accept() WebSocket after enabling hibernation."},
		{"9.29 after accept", func(obj host.Object, _ host.Upgrader, x, _ host.WebSocket) error {
			return errors.Join(accept(x), obj.Sockets().Accept(x, nil))
		}, twice},
		{"9.29 twice", func(obj host.Object, _ host.Upgrader, x, _ host.WebSocket) error {
			return errors.Join(obj.Sockets().Accept(x, nil), obj.Sockets().Accept(x, nil))
		}, twice},
		{"9.29 pair accepted", func(obj host.Object, _ host.Upgrader, x, y host.WebSocket) error {
			return errors.Join(accept(y), obj.Sockets().Accept(x, nil))
		}, pairUsed},
		{"9.29 pair returned", func(obj host.Object, up host.Upgrader, x, y host.WebSocket) error {
			return errors.Join(up.Upgrade(y), obj.Sockets().Accept(x, nil))
		}, pairUsed},
		{"9.7 accepted", func(_ host.Object, up host.Upgrader, x, _ host.WebSocket) error {
			return errors.Join(accept(x), up.Upgrade(x))
		},
			"TypeError: Can't return WebSocket in a Response after calling accept()."},
		{"9.7 hibernatable", func(obj host.Object, up host.Upgrader, x, _ host.WebSocket) error {
			return errors.Join(obj.Sockets().Accept(x, nil), up.Upgrade(x))
		}, "TypeError: Can't return WebSocket in a Response after calling acceptWebSocket()."},
		{"9.7 returned", func(_ host.Object, up host.Upgrader, x, _ host.WebSocket) error {
			return errors.Join(up.Upgrade(x), up.Upgrade(x))
		}, "TypeError: Can't return WebSocket that was already used in a response."},
		{"9.32 not accepted", func(_ host.Object, _ host.Upgrader, x, _ host.WebSocket) error {
			_, err := x.Tags()
			return err
		}, "you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket."},
		{"9.32 standard", func(_ host.Object, _ host.Upgrader, x, _ host.WebSocket) error {
			_, err := x.Tags()
			return errors.Join(accept(x), func() error { _, err = x.Tags(); return err }())
		}, "only hibernatable websockets can have tags."},
		{"9.46 before accepting", func(_ host.Object, _ host.Upgrader, x, _ host.WebSocket) error {
			if err := x.SetAttachment([]byte("a")); err != nil || string(x.Attachment()) != "a" {
				return fmt.Errorf("attachment %q, %w", x.Attachment(), err)
			}
			return nil
		}, ""},
	}
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		for _, r := range rows {
			if r.name != req.URL.Query().Get("row") {
				continue
			}
			obj, _ := host.FromContext(req.Context())
			up, ok := host.UpgraderOf(w, req)
			if !ok {
				return errors.New("the writer is no upgrader")
			}
			x, y := obj.Sockets().Pair()
			err := r.do(obj, up, x, y)
			if got := fmt.Sprint(err); r.want == "" && err != nil || r.want != "" && got != r.want {
				t.Errorf("%s: got %q, want %q", r.name, got, r.want)
			}
			b.log("%s", r.name)
		}
		return nil
	}
	em := newSockets(t, b)
	for _, r := range rows {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/a", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.RawQuery = "row=" + strings.ReplaceAll(r.name, " ", "+")
		ws, res := em.DialWebSocket(req)
		if ws != nil {
			_ = emulator.DropWebSocket(ws) // it was returned on the way
		}
		res.Body.Close()
		same(t, []string{r.name}, b.take())
	}
}

// Rules 9.9, 9.26, 9.27: a pair within one object; what was sent early is kept;
// a listener's error is an error event and ends the connection.
func TestSocketPairWithinObject(t *testing.T) {
	b := &sockets{}
	b.do = func(ctx context.Context, p *socketProbe, what string) (any, error) {
		obj, _ := host.FromContext(ctx)
		x, y := obj.Sockets().Pair()
		listen := func(name string, ws host.WebSocket) error {
			return ws.Accept(host.AcceptOptions{}, func(_ context.Context, ev host.SocketEvent) error {
				b.log("%s %d %s%d%s%v state %d", name, ev.Kind, ev.Message.Data, ev.Code, ev.Reason, ev.Err, ws.ReadyState())
				if string(ev.Message.Data) == "throw" {
					return errors.New("boom")
				}
				return nil
			})
		}
		if err := errors.Join(listen("x", x), x.Send(host.Message{Data: []byte("early")})); err != nil {
			return nil, err
		}
		if err := durable.Sleep(ctx, time.Second); err != nil {
			return nil, err
		}
		b.log("accepting")
		if err := errors.Join(listen("y", y), y.Send(host.Message{Data: []byte("back")})); err != nil {
			return nil, err
		}
		return nil, x.Send(host.Message{Data: []byte(what)})
	}
	em := newSockets(t, b)
	if _, err := em.do("a", "throw"); err != nil {
		t.Fatal(err)
	}
	em.Clock().Advance(time.Minute)
	same(t, []string{
		"accepting", "y 0 early0<nil> state 1", "x 0 back0<nil> state 1", "y 0 throw0<nil> state 1",
		"y 2 0boom state 3",
		"x 1 1006WebSocket disconnected without sending Close frame.<nil> state 1",
	}, b.take())
	if _, err := em.do("a", "fine"); err != nil || b.made != 2 {
		t.Errorf("%d instances, %v: a connection that is over holds the object", b.made, err)
	}
	em.Clock().Advance(time.Hour)
	if _, err := em.do("a", "fine"); err != nil || b.made != 2 {
		t.Errorf("%d instances, %v: an open one does not", b.made, err)
	}
}

// Rules 3.4, 9.21: events wait for a critical section, and those of a socket
// that was accepted within one belong to it.
func TestSocketEventsAndSections(t *testing.T) {
	b := &sockets{}
	b.message = func(ctx context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		b.log("begin %s", m.Text())
		defer b.log("end %s", m.Text())
		if m.Text() != "section" {
			return nil
		}
		return p.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error { return durable.Sleep(ctx, time.Second) })
	}
	em := newSockets(t, b)
	one, two := em.dial("a"), em.dial("a")
	send(t, one, "section")
	send(t, two, "x")
	send(t, one, "y")
	em.Clock().Advance(time.Minute)
	same(t, []string{"begin section", "end section", "begin x", "end x", "begin y", "end y"}, b.take())
}

// Rule 3.15: with a commit that fails, the messages of its turn are never seen.
func TestSocketMessagesAndFailedCommits(t *testing.T) {
	for n := 0; ; n++ {
		b := &sockets{}
		b.message = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
			if err := p.state.Storage().Put("k", m.Text()); err != nil {
				return err
			}
			return ws.Send("stored " + m.Text())
		}
		b.do = func(_ context.Context, p *socketProbe, _ string) (any, error) {
			var v string
			_, err := p.state.Storage().Get("k", &v)
			return v, err
		}
		fault := emulator.FailAt(n)
		em := newSockets(t, b, fault)
		ws := em.dial("a")
		send(t, ws, "x")
		em.Clock().Advance(time.Minute)
		answer := next(t, ws)
		v, err := em.do("a", "")
		if answer == "stored x" && v != "x" && err == nil {
			t.Errorf("operation %d: answered, but %v is stored", n, v)
		}
		if !fault.Fired() {
			if answer != "stored x" {
				t.Errorf("without a fault: %s", answer)
			}
			return
		}
	}
}

// A client that sends faster than the object works is slowed down by the
// network, and loses nothing.
func TestSocketBackpressure(t *testing.T) {
	b := &sockets{}
	release := make(chan struct{})
	total := 0
	b.message = func(ctx context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		if total == 0 { // keeps the others out
			err := p.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) error {
				_, err := durable.Await(ctx, func(context.Context) (int, error) { <-release; return 0, nil })
				return err
			})
			if err != nil {
				return err
			}
		}
		total += len(m.Data)
		return ws.Send(fmt.Sprint(total))
	}
	em := newSockets(t, b, realClock)
	conn := rawDial(t, serve(t, em), "/a")
	const n, size = 256, 256 << 10
	frame := append([]byte{0x82, 127, 0, 0, 0, 0, 0, 4, 0, 0}, make([]byte, size)...)
	data := bytes.Repeat(frame, n)
	if err := conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	written, err := conn.Write(data)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("all of %d bytes went to an object that does not read: %v", len(data), err)
	}
	if err := conn.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	close(release)
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(data[written:])
		sent <- err
	}()
	conn.until(t, fmt.Sprint("text ", n*size))
	if err := <-sent; err != nil {
		t.Error(err)
	}
}
