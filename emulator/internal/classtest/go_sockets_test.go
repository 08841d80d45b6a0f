package classtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

func TestGoSockets(t *testing.T) {
	RunSockets(t, SocketSubject{
		Serve: serveSockets,
		Differences: map[string]string{
			"standard/object-echo":  "Go has no Blob that becomes a text when it is sent",
			"half-open/object-echo": "Go has no Blob that becomes a text when it is sent",
			"handshake/deflate":     "messages are compressed each on its own, so that an idle connection keeps no window",
			"handshake/short-key":   "the library that answers wants a key of 16 bytes, as every client has it",
		},
	})
}

// recorded is the class of record/sockets.mjs. Its standard sockets are accepted
// as an adapter does it, by a function that gets the events.
type recordedSockets struct {
	state *durable.State
	mode  string
	log   []string
}

func (r *recordedSockets) logf(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always can
	return string(bytes.TrimSpace(b.Bytes()))
}

func (r *recordedSockets) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path == "/log" {
		_ = json.NewEncoder(w).Encode(append([]string{}, r.log...))
		return
	}
	q := req.URL.Query()
	r.mode = q.Get("mode")
	var headers map[string]string
	if text := q.Get("headers"); text != "" {
		if err := json.Unmarshal([]byte(text), &headers); err != nil {
			panic(err)
		}
	}
	for name, v := range headers {
		w.Header().Set(name, v)
	}
	var ws *durable.WebSocket
	var err error
	if q.Get("kind") == "hibernatable" {
		ws, err = r.state.AcceptWebSocket(w, req, "tag")
	} else {
		ws, err = r.state.UpgradeWebSocket(w, req)
		if err == nil {
			err = ws.Host().Accept(host.AcceptOptions{}, func(_ context.Context, ev host.SocketEvent) error { return r.event(ws, ev) })
		}
	}
	if err == nil && r.mode == "close" {
		err = ws.Close(4001, "own")
	}
	if err != nil {
		panic(err)
	}
}

func (r *recordedSockets) event(ws *durable.WebSocket, ev host.SocketEvent) error {
	switch ev.Kind {
	case host.SocketClose:
		r.closed(ws, ev.Code, ev.Reason, ev.Clean)
	case host.SocketError:
		r.logf("error %v state %d", ev.Err, ws.ReadyState())
	default:
		return r.message(ws, durable.Message(ev.Message))
	}
	return nil
}

func (r *recordedSockets) message(ws *durable.WebSocket, m durable.Message) error {
	if m.Binary {
		r.logf("message of %d bytes state %d", len(m.Data), ws.ReadyState())
	} else {
		r.logf("message %s state %d", quoted(m.Text()), ws.ReadyState())
	}
	switch {
	case r.mode == "throw":
		return errors.New("boom")
	case r.mode == "echo" && m.Binary:
		return ws.SendBinary(m.Data)
	case r.mode == "echo":
		return ws.Send(m.Text())
	case m.Text() == "close":
		return ws.Close(4002, "asked")
	case m.Text() == "close-empty":
		return ws.Close(0, "")
	}
	return nil
}

func (r *recordedSockets) closed(ws *durable.WebSocket, code int, reason string, clean bool) {
	r.logf("close %d %s %v state %d", code, quoted(reason), clean, ws.ReadyState())
	var err error
	switch r.mode {
	case "reply":
		err = ws.Close(code, reason)
	case "last":
		if err = ws.Send("last words"); err == nil {
			err = ws.Close(3001, "mine")
		}
	case "send":
		err = ws.Send("after the end")
	}
	if err != nil {
		r.logf("%v", err)
	}
}

func (r *recordedSockets) WebSocketMessage(_ context.Context, ws *durable.WebSocket, m durable.Message) error {
	return r.message(ws, m)
}

func (r *recordedSockets) WebSocketClose(ctx context.Context, ws *durable.WebSocket, code int, reason string, clean bool) error {
	r.closed(ws, code, reason, clean)
	r.logf("open %d", len(r.state.WebSockets()))
	err := durable.Sleep(ctx, time.Millisecond)
	r.logf("then open %d", len(r.state.WebSockets()))
	return err
}

func (r *recordedSockets) WebSocketError(_ context.Context, ws *durable.WebSocket, err error) error {
	r.logf("error %v state %d", err, ws.ReadyState())
	r.logf("open %d", len(r.state.WebSockets()))
	return nil
}

func serveSockets(t *testing.T, date string) string {
	path := filepath.Join(t.TempDir(), "wrangler.toml")
	config := fmt.Sprintf("name = \"sockets\"\ncompatibility_date = %q\n[[durable_objects.bindings]]\nname = \"OBJ\"\nclass_name = \"Obj\"\n"+
		"[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Obj\"]\n", date)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	class := durable.NewClass("Obj", func(_ context.Context, state *durable.State, _ *durable.Env) (*recordedSockets, error) {
		return &recordedSockets{state: state}, nil
	})
	handler := func(env *durable.Env) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			env.Namespace("OBJ").GetByName(req.URL.Query().Get("object")).ServeHTTP(w, req)
		})
	}
	em, err := emulator.New(emulator.Worker{Config: path, Classes: []durable.Class{class}, Handler: handler},
		emulator.InMemory, emulator.Logger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(em.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}
