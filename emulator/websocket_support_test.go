package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

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
