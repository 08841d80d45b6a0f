package durable_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// Lounge passes messages on between its guests.
type Lounge struct{ state *durable.State }

func NewLounge(_ context.Context, state *durable.State, _ *durable.Env) (*Lounge, error) {
	fmt.Println("a lounge is made, with", len(state.WebSockets()), "guests")
	return &Lounge{state}, nil
}

func (l *Lounge) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	name := req.URL.Query().Get("name")
	if req.URL.Path == "/echo" {
		l.echo(w, req)
		return
	}
	ws, err := l.state.AcceptWebSocket(w, req, name)
	if err == nil {
		err = ws.SerializeAttachment(name) // fields are lost when the lounge hibernates
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func (l *Lounge) WebSocketMessage(_ context.Context, ws *durable.WebSocket, m durable.Message) error {
	var from string
	if _, err := ws.DeserializeAttachment(&from); err != nil {
		return err
	}
	for _, guest := range l.state.WebSockets() {
		if guest != ws {
			if err := guest.Send(from + ": " + m.Text()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Lounge) WebSocketClose(_ context.Context, ws *durable.WebSocket, code int, reason string, wasClean bool) error {
	return ws.Close(code, reason) // the runtime leaves the answer to the class
}

// echo answers on a socket that keeps the lounge awake.
func (l *Lounge) echo(w http.ResponseWriter, req *http.Request) {
	ws, err := l.state.UpgradeWebSocket(w, req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.state.WaitUntil(func(ctx context.Context) error {
		for {
			m, err := ws.Receive(ctx)
			if err != nil {
				return nil // closed
			}
			if err := ws.Send("echo: " + m.Text()); err != nil {
				return err
			}
		}
	})
}

func newLounge() *emulator.Emulator {
	em, err := emulator.New(emulator.Worker{
		Config:  "testdata/lounge.toml",
		Classes: []durable.Class{durable.NewClass("Lounge", NewLounge)},
		Handler: func(env *durable.Env) http.Handler { return env.Namespace("LOUNGE").GetByName("main") },
	}, emulator.InMemory, emulator.VirtualClock{})
	if err != nil {
		log.Fatal(err)
	}
	return em
}

// dial is a client; a browser's handshake goes to the same handler.
func dial(em *emulator.Emulator, target string) *durable.WebSocket {
	req, err := http.NewRequest(http.MethodGet, "http://localhost"+target, http.NoBody)
	if err != nil {
		log.Fatal(err)
	}
	ws, res := em.DialWebSocket(req)
	if ws == nil {
		log.Fatal(res.Status)
	}
	return ws
}

func show(ws *durable.WebSocket) {
	m, err := ws.Receive(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Text())
}

// Between two messages the object hibernates; its guests stay connected.
func ExampleState_AcceptWebSocket() {
	em := newLounge()
	defer em.Close()
	ada, bob := dial(em, "/?name=ada"), dial(em, "/?name=bob")
	if err := ada.Send("hello"); err != nil {
		log.Fatal(err)
	}
	show(bob)
	em.Clock().Advance(time.Hour)
	if err := ada.Send("still there?"); err != nil {
		log.Fatal(err)
	}
	show(bob)
	if err := bob.Close(1000, "good night"); err != nil {
		log.Fatal(err)
	}
	show(bob)
	// Output:
	// a lounge is made, with 0 guests
	// ada: hello
	// a lounge is made, with 2 guests
	// ada: still there?
	// WebSocket closed with code 1000 "good night"
}

// A socket without handlers is read like a Go connection, in a task.
func ExampleState_UpgradeWebSocket() {
	em := newLounge()
	defer em.Close()
	ws := dial(em, "/echo")
	if err := ws.Send("hello"); err != nil {
		log.Fatal(err)
	}
	show(ws)
	// Output:
	// a lounge is made, with 0 guests
	// echo: hello
}
