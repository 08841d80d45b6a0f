package testkit_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// ServeHTTP accepts the connections of those who count together.
func (c *Counter) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if _, err := c.state.AcceptWebSocket(w, req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// WebSocketMessage adds a number, and tells everybody the total.
func (c *Counter) WebSocketMessage(ctx context.Context, ws *durable.WebSocket, m durable.Message) error {
	n, err := strconv.Atoi(m.Text())
	if err != nil {
		return ws.Close(1003, "not a number")
	}
	if _, err := c.Add(ctx, n); err != nil {
		return err
	}
	for _, ws := range c.state.WebSockets() {
		if err := ws.Send(fmt.Sprint(c.total)); err != nil {
			return err
		}
	}
	return nil
}

// WebSocketClose answers a client's close frame.
func (c *Counter) WebSocketClose(_ context.Context, ws *durable.WebSocket, code int, reason string, _ bool) error {
	return ws.Close(code, reason)
}

// live is the worker with an entry that leads to the counters.
func live() emulator.Worker {
	w := worker
	w.Handler = func(env *durable.Env) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("X-Counter", req.URL.Path)
			env.Namespace("COUNTER").GetByName(req.URL.Path).ServeHTTP(w, req)
		})
	}
	return w
}

// Clients connect to the Worker's entry; a counter that nobody talks to
// hibernates, and keeps its clients.
func ExampleDialWebSocket() {
	run(func(t testing.TB) {
		em := testkit.New(t, live())
		ada := testkit.DialWebSocket(t, em, "/visits")
		bob := testkit.DialWebSocket(t, em, "/visits")
		ada.Send("2")
		t.Log("bob sees", bob.Next().Text())
		em.Clock().Advance(time.Hour)
		bob.Send("3")
		t.Log("ada sees", ada.Next().Text(), "and", ada.Next().Text())
		ada.Send("four")
		t.Log(ada.Closed())
	})
	// Output:
	// bob sees 2
	// ada sees 2 and 5
	// WebSocket closed with code 1003 "not a number"
}

func TestSocketsInParallel(t *testing.T) {
	for seed := range testkit.Seed(5) {
		orders := map[string]bool{}
		for range 2 {
			em := testkit.New(t, live(), seed)
			var order []string
			testkit.Parallel(t, em, 4, func(ctx context.Context, i int) {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://x/visits", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				ws := testkit.DialWebSocketRequest(t, em, req)
				ws.Send("1")
				order = append(order, fmt.Sprint(i, ws.Next().Text()))
			})
			orders[strings.Join(order, " ")] = true
		}
		if len(orders) != 1 {
			t.Errorf("seed %d: different orders: %v", seed, orders)
		}
	}
}
