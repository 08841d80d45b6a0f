package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// clientOp is something that a client does, or time that passes.
type clientOp struct {
	kind   string
	client int
	text   string
}

// clientOps makes a list of operations of a few clients.
func clientOps(seed uint64) (ops []clientOp) {
	rng := rand.New(rand.NewPCG(seed, 1))
	kinds := []string{"dial", "send", "send", "send", "ping", "close", "drop", "wait", "kick", "say"}
	for i := range 100 {
		ops = append(ops, clientOp{kinds[rng.IntN(len(kinds))], rng.IntN(4), fmt.Sprint("m", i)})
	}
	return ops
}

// playClients performs operations and gives what each client saw, with between
// called after each.
func playClients(t *testing.T, ops []clientOp, between func(em *probes), opts ...emulator.Option) (seen [4][]string) {
	b := &sockets{}
	b.accept = func(p *socketProbe, w http.ResponseWriter, req *http.Request) error {
		ws, err := p.state.AcceptWebSocket(w, req, "all", req.URL.Query().Get("who"))
		return errors.Join(err, ws.SerializeAttachment(0), p.state.SetWebSocketAutoResponse(&durable.WebSocketAutoResponse{Request: "ping", Response: "pong"}))
	}
	b.message = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, m durable.Message) error {
		var n, total int
		_, err := ws.DeserializeAttachment(&n)
		_, gerr := p.state.Storage().Get("total", &total)
		err = errors.Join(err, gerr, ws.SerializeAttachment(n+1), p.state.Storage().Put("total", total+1))
		if m.Text() == "kick" {
			return errors.Join(err, ws.Close(4000, "kicked"))
		}
		for _, to := range p.state.WebSockets("all") {
			if to.ReadyState() == durable.Open {
				err = errors.Join(err, to.Send(fmt.Sprintf("%s: %d of %d", m.Text(), n+1, total+1)))
			}
		}
		return err
	}
	b.close = func(_ context.Context, p *socketProbe, ws *durable.WebSocket, code int, reason string, _ bool) error {
		err := ws.Close(code, reason)
		for _, to := range p.state.WebSockets("all") {
			if to.ReadyState() == durable.Open {
				err = errors.Join(err, to.Send("somebody left"))
			}
		}
		if code == 1006 {
			return nil // the close that nobody gets has no such code
		}
		return err
	}
	em := newSockets(t, b, opts...)
	var clients [4]*durable.WebSocket
	for _, op := range ops {
		ws := clients[op.client]
		switch {
		case op.kind == "wait":
			em.Clock().Advance(time.Minute)
		case op.kind == "dial" && ws == nil:
			clients[op.client] = em.dial(fmt.Sprint("room?who=", op.client))
		case op.kind == "dial" || ws == nil:
		case op.kind == "close":
			_ = ws.Close(4001, "bye") // a client may say what it likes
		case op.kind == "drop":
			if err := emulator.DropWebSocket(ws); err != nil {
				t.Fatal(err)
			}
			clients[op.client] = nil
		case op.kind == "send" || op.kind == "say":
			_ = ws.Send(op.text) // also behind its own close
		default:
			_ = ws.Send(op.kind)
		}
		em.Clock().Advance(0)
		between(em)
		for again := true; again; { // an answer to a close frame makes others hear of it
			em.Clock().Advance(0)
			again = takeAll(&clients, &seen)
		}
	}
	return seen
}

// takeAll takes what has come to the clients, and reports whether any of them
// answered a close frame.
func takeAll(clients *[4]*durable.WebSocket, seen *[4][]string) (answered bool) {
	for i, ws := range clients {
		for ws != nil {
			m, err := ws.Receive(ended)
			var end *durable.CloseError
			if errors.As(err, &end) {
				seen[i] = append(seen[i], err.Error())
				clients[i], answered = nil, true
				_ = ws.Close(end.Code, end.Reason) // 1006 has no close frame
			}
			if err != nil {
				break
			}
			seen[i] = append(seen[i], m.Text())
		}
	}
	return answered
}

// ended is a context that has ended: Receive with it takes what is there.
var ended = func() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(io.EOF)
	return ctx
}()

// Clients see the same whether the object is never evicted, evicted between all
// messages, or kept on disk.
func TestWebSocketRandomOperations(t *testing.T) {
	longest := 0
	for seed := range uint64(60) {
		ops := clientOps(seed)
		want := playClients(t, ops, func(*probes) {})
		for _, lines := range want {
			longest = max(longest, len(lines))
		}
		evicted := playClients(t, ops, func(em *probes) {
			if err := em.EvictAll(); err != nil {
				t.Error(err)
			}
		})
		if diff := cmp.Diff(want, evicted); diff != "" {
			t.Errorf("seed %d: evicted between all operations: -want +got:\n%s", seed, diff)
		}
		chosen := playClients(t, ops, func(*probes) {}, emulator.Seed(seed))
		if diff := cmp.Diff(want, chosen); diff != "" {
			t.Errorf("seed %d: in a chosen order: -want +got:\n%s", seed, diff)
		}
	}
	if longest < 20 {
		t.Errorf("no client saw more than %d messages: the operations are too tame", longest)
	}
	disk := playClients(t, clientOps(1), func(em *probes) {
		if err := em.EvictAll(); err != nil {
			t.Error(err)
		}
	}, emulator.StateDir(t.TempDir()))
	if diff := cmp.Diff(playClients(t, clientOps(1), func(*probes) {}), disk); diff != "" {
		t.Errorf("on disk: -want +got:\n%s", diff)
	}
}

// Close ends a wait that nothing else would end.
func TestWebSocketCloseOfTheEmulator(t *testing.T) {
	em := newSockets(t, &sockets{}, realClock)
	ws := em.dial("a")
	got := make(chan string)
	go func() { got <- next(t, ws) }()
	if err := em.Close(); err != nil {
		t.Fatal(err)
	}
	line := <-got
	if line != "error emulator: closed" && line != `close 1006 "WebSocket disconnected without sending Close frame." false` {
		t.Errorf("got %s", line)
	}
	if err := ws.Send("late"); err != nil {
		t.Error(err)
	}
}
