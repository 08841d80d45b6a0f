package testkit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// Socket is a client's end of a WebSocket connection. Its methods end the test
// when they cannot do what they are asked.
//
// There is no network in between: the handshake is a request to the Worker's
// entry, and messages go through the emulator's scheduler. So a Socket works in
// a synctest bubble and with every clock; a wait for what cannot come fails at
// once; and with the context of [Parallel] the order of messages repeats.
type Socket struct {
	tb  testing.TB
	ctx context.Context
	ws  *durable.WebSocket
	// Response is the answer to the handshake; its headers are those that the
	// Worker set.
	Response *http.Response
}

// DialWebSocket connects to the Worker's entry, as a browser does that makes a
// new WebSocket. The URL may be a path alone. A Worker that answers with anything
// but a WebSocket ends the test. The connection ends with the emulator; to end it
// before, use [Socket.Close] or [Socket.Drop].
func DialWebSocket(tb testing.TB, em *emulator.Emulator, url string) *Socket {
	tb.Helper()
	if strings.HasPrefix(url, "/") {
		url = "http://localhost" + url
	}
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		tb.Fatalf("testkit.DialWebSocket: %v", err)
	}
	return DialWebSocketRequest(tb, em, req)
}

// DialWebSocketRequest is [DialWebSocket] with headers, and with a context, such
// as the one that [Parallel] gives to its clients; it holds for the waits of the
// Socket too.
func DialWebSocketRequest(tb testing.TB, em *emulator.Emulator, req *http.Request) *Socket {
	tb.Helper()
	ws, res := em.DialWebSocket(req)
	if ws == nil {
		body, err := io.ReadAll(res.Body)
		tb.Fatalf("testkit.DialWebSocket: %s: the Worker answered with status %s and no WebSocket: %s %v", req.URL, res.Status, body, errors.Join(err))
	}
	return &Socket{tb: tb, ctx: req.Context(), ws: ws, Response: res}
}

// Send sends a text message.
func (s *Socket) Send(text string) {
	s.tb.Helper()
	if err := s.ws.Send(text); err != nil {
		s.tb.Fatalf("testkit: Socket.Send: %v", err)
	}
}

// SendBinary sends a binary message.
func (s *Socket) SendBinary(data []byte) {
	s.tb.Helper()
	if err := s.ws.SendBinary(data); err != nil {
		s.tb.Fatalf("testkit: Socket.SendBinary: %v", err)
	}
}

// Next waits for the next message. Like every call from outside it lets virtual
// time pass while it waits, up to the next deadline. The end of the connection
// ends the test.
func (s *Socket) Next() durable.Message {
	s.tb.Helper()
	m, err := s.ws.Receive(s.ctx)
	if err != nil {
		s.tb.Fatalf("testkit: Socket.Next: no message: %v", err)
	}
	return m
}

// Closed waits for the end of the connection and says how it came: with the
// other side's close frame, or lost, with code 1006. A message ends the test.
func (s *Socket) Closed() *durable.CloseError {
	s.tb.Helper()
	m, err := s.ws.Receive(s.ctx)
	var end *durable.CloseError
	if !errors.As(err, &end) {
		if err != nil {
			s.tb.Fatalf("testkit: Socket.Closed: %v", err)
		}
		s.tb.Fatalf("testkit: Socket.Closed: a message came: %q", m.Text())
	}
	return end
}

// Close sends a close frame; code 0 sends one without a code. What the other side
// answers is read with [Socket.Closed].
func (s *Socket) Close(code int, reason string) {
	s.tb.Helper()
	if err := s.ws.Close(code, reason); err != nil {
		s.tb.Fatalf("testkit: Socket.Close: %v", err)
	}
}

// Drop ends the connection without a close frame, as a client does that loses
// its network: the other side sees code 1006 (rule 9.39).
func (s *Socket) Drop() {
	s.tb.Helper()
	if err := emulator.DropWebSocket(s.ws); err != nil {
		s.tb.Fatalf("testkit: Socket.Drop: %v", err)
	}
}
