package durable

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// WebSocket is one end of a connection. An object gets one from
// [State.AcceptWebSocket], [State.UpgradeWebSocket], [Env.DialWebSocket] or with
// a response ([WebSocketOf]); code outside of all objects from the last two. The
// same connection is always the same *WebSocket while the object is awake
// (rule 9.35).
//
// An object's WebSocket may be used only by code that holds its turn; what it
// sends leaves when the turn's writes are committed (rule 9.20). One of code
// outside may be used by any goroutine.
type WebSocket struct{ ws host.WebSocket }

// webSocket gives the shell of a host's socket, and makes it at need.
func webSocket(ws host.WebSocket) *WebSocket {
	if w, ok := ws.Shell().(*WebSocket); ok {
		return w
	}
	w := &WebSocket{ws}
	ws.SetShell(w)
	return w
}

// Message is one message. Text is always valid UTF-8; what a client sent that
// is not has U+FFFD in its place.
type Message struct {
	Data   []byte
	Binary bool
}

// Text gives the data as a string.
func (m Message) Text() string { return string(m.Data) }

// ReadyState counts as the constants of the web's WebSocket do (rule 9.3).
type ReadyState int

// The states of a WebSocket (rule 9.18): Closing from its own close, or from
// the other side's or its loss; Closed when both sides have closed.
const (
	Connecting ReadyState = iota
	Open
	Closing
	Closed
)

// ReadyState gives the state of this end.
func (w *WebSocket) ReadyState() ReadyState { return ReadyState(w.ws.ReadyState()) }

// Send sends a text message. Behind the object's own Close it is a TypeError;
// when the other side has closed or is gone it does nothing (rule 9.13).
func (w *WebSocket) Send(text string) error {
	return w.ws.Send(host.Message{Data: []byte(strings.ToValidUTF8(text, "\uFFFD"))})
}

// SendBinary sends a copy of data as a binary message.
func (w *WebSocket) SendBinary(data []byte) error {
	return w.ws.Send(host.Message{Data: bytes.Clone(data), Binary: true})
}

// Close sends a close frame. Code 0 and no reason is a frame without a code, for
// which the other side sees 1005 (rule 9.17). Allowed codes are 1000 to 4999
// without 1004, 1005, 1006 and 1015, others are an InvalidAccessError, as is a
// reason without a code; a reason above 123 bytes is a SyntaxError (rules 9.14
// to 9.16). A second Close does nothing.
func (w *WebSocket) Close(code int, reason string) error {
	return w.ws.Close(host.CloseFrame{Code: code, HasCode: code != 0, Reason: reason, HasReason: reason != ""})
}

// CloseError is the end of a connection as [WebSocket.Receive] gives it.
type CloseError struct {
	Code   int
	Reason string
	// Clean: the other side sent a close frame. A lost connection has code 1006.
	Clean bool
}

// Error names code and reason.
func (e *CloseError) Error() string {
	return fmt.Sprintf("WebSocket closed with code %d %q", e.Code, e.Reason)
}

// Receive waits for the next message, and accepts the connection at its first
// call: it is then a standard socket, which keeps the object in memory (rule
// 9.27) and answers the other side's close frame by itself from compatibility
// date 2026-04-07 on (rules 9.23, 9.24). It ends the turn. The end of the
// connection is a [*CloseError]; behind it comes io.EOF.
//
// A socket of [State.AcceptWebSocket] has handlers instead and refuses.
func (w *WebSocket) Receive(ctx context.Context) (Message, error) {
	ev, err := w.ws.Receive(ctx)
	switch {
	case err != nil:
		return Message{}, err
	case ev.Kind == host.SocketClose:
		return Message{}, &CloseError{Code: ev.Code, Reason: ev.Reason, Clean: ev.Clean}
	case ev.Kind == host.SocketError:
		return Message{}, ev.Err
	}
	return Message(ev.Message), nil
}

// SerializeAttachment keeps a structured clone of v with the connection: what
// the object knows of it after hibernation. At most 16,384 bytes (rules 9.46 to
// 9.48).
func (w *WebSocket) SerializeAttachment(v any) error {
	data, err := v8value.Marshal(v)
	if err != nil {
		return cloneError(err)
	}
	return w.ws.SetAttachment(data)
}

// DeserializeAttachment decodes the attachment into what dst points to, and
// reports whether there is one.
func (w *WebSocket) DeserializeAttachment(dst any) (ok bool, err error) {
	data := w.ws.Attachment()
	if data == nil {
		return false, nil
	}
	return true, v8value.Unmarshal(data, dst)
}

// Tags gives the tags that the socket was accepted with, duplicates dropped
// (rules 9.31, 9.32).
func (w *WebSocket) Tags() ([]string, error) { return w.ws.Tags() }

// AutoResponseTimestamp gives the time of the last automatic answer
// (rule 9.52).
func (w *WebSocket) AutoResponseTimestamp() (at time.Time, ok bool) { return w.ws.AutoResponded() }

// Protocol gives the subprotocol that the server of an outgoing connection
// chose, or "".
func (w *WebSocket) Protocol() string { return w.ws.Info().Protocol }

// Host is for the runtime.
func (w *WebSocket) Host() host.WebSocket { return w.ws }

// AcceptWebSocket answers a WebSocket handshake and hands the connection to the
// runtime: its messages and its end go to the class's methods
//
//	WebSocketMessage(ctx context.Context, ws *durable.WebSocket, m durable.Message) error
//	WebSocketClose(ctx context.Context, ws *durable.WebSocket, code int, reason string, wasClean bool) error
//	WebSocketError(ctx context.Context, ws *durable.WebSocket, err error) error
//
// and while nothing happens the object may hibernate: after 10 s without
// activity its instance is dropped, and the next message constructs it anew
// (rules 9.28, 9.55). Connection, tags and attachment stay.
//
// The handshake leaves with the response, so the handler returns behind it
// without writing; headers that were set reach the client (rule 9.4). A request
// without "Upgrade: websocket" is a TypeError (rule 9.5). There are at most 10
// tags of at most 256 bytes, and 32,768 sockets (rules 9.30, 9.33).
func (s *State) AcceptWebSocket(w http.ResponseWriter, req *http.Request, tags ...string) (*WebSocket, error) {
	if !strings.EqualFold(req.Header.Get("Upgrade"), "websocket") { // before a socket is accepted that nobody has
		return nil, errNoUpgrade
	}
	client, server := s.obj.Sockets().Pair()
	if err := s.obj.Sockets().Accept(server, tags); err != nil {
		return nil, err
	}
	if err := upgrade(w, req, client); err != nil {
		_ = server.Close(host.CloseFrame{}) // the error tells more
		return nil, err
	}
	return webSocket(server), nil
}

var errNoUpgrade = typeError(`Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".`)

// UpgradeWebSocket answers a WebSocket handshake with a connection whose
// messages the object takes with [WebSocket.Receive], usually in a task:
//
//	ws, err := state.UpgradeWebSocket(w, req)
//	…
//	state.WaitUntil(func(ctx context.Context) error { return r.serve(ctx, ws) })
//
// The object stays in memory as long as it is open. The handshake leaves when
// the handler returns; [net/http.ResponseController.Flush] sends it at once.
func (s *State) UpgradeWebSocket(w http.ResponseWriter, req *http.Request) (*WebSocket, error) {
	client, server := s.obj.Sockets().Pair()
	if err := upgrade(w, req, client); err != nil {
		return nil, err
	}
	return webSocket(server), nil
}

func upgrade(w http.ResponseWriter, req *http.Request, ws host.WebSocket) error {
	u, ok := host.UpgraderOf(w, req)
	if !ok {
		return fmt.Errorf("durable: the response cannot become a WebSocket: %T has no Unwrap method that leads to the one of the request", w)
	}
	return u.Upgrade(ws)
}

// WebSockets gives the sockets of [State.AcceptWebSocket] that are open: all of
// them, the newest first, or those that have every one of the tags, the oldest
// first (rule 9.34). One that the object has closed is in the list until the
// client answers (rule 9.36).
func (s *State) WebSockets(tags ...string) []*WebSocket {
	first := ""
	if len(tags) > 0 {
		first = tags[0]
	}
	list := s.obj.Sockets().List(first, len(tags) > 0)
	out := make([]*WebSocket, 0, len(list))
	for _, ws := range list {
		if len(tags) < 2 || hasTags(ws, tags[1:]) {
			out = append(out, webSocket(ws))
		}
	}
	return out
}

func hasTags(ws host.WebSocket, want []string) bool {
	has, err := ws.Tags()
	if err != nil {
		return false
	}
	for _, tag := range want {
		found := false
		for _, t := range has {
			found = found || t == tag
		}
		if !found {
			return false
		}
	}
	return true
}

// WebSocketAutoResponse is a text message and the answer that the runtime gives
// to it by itself.
type WebSocketAutoResponse struct{ Request, Response string }

// SetWebSocketAutoResponse has every text message that equals the request
// answered by the runtime: the handler is not called, and a hibernated object
// is not woken (rule 9.49). It holds for all sockets of AcceptWebSocket; nil
// removes it. Each text has at most 2,048 bytes, else a RangeError (rule 9.50).
func (s *State) SetWebSocketAutoResponse(pair *WebSocketAutoResponse) error {
	return s.obj.Sockets().SetAutoResponse((*host.AutoResponse)(pair))
}

// WebSocketAutoResponse gives what was set, or nil. It survives hibernation.
func (s *State) WebSocketAutoResponse() *WebSocketAutoResponse {
	return (*WebSocketAutoResponse)(s.obj.Sockets().AutoResponse())
}

// SetWebSocketEventTimeout limits how long a handler of a WebSocket may take,
// up to 7 days; 0 removes the limit. A handler that takes longer is unwound,
// and storage refuses all work of the instance from then on (rules 9.53, 9.54).
func (s *State) SetWebSocketEventTimeout(d time.Duration) error {
	return s.obj.Sockets().SetEventTimeout(d)
}

// WebSocketEventTimeout gives the limit, or 0.
func (s *State) WebSocketEventTimeout() time.Duration { return s.obj.Sockets().EventTimeout() }

// WebSocketOf takes the WebSocket out of a response: that of a request with the
// header "Upgrade: websocket" to a [Stub], which was answered with status 101
// (rule 9.8). Without one it reports false. Closing the response's body before
// loses the connection.
func WebSocketOf(res *http.Response) (ws *WebSocket, ok bool) {
	hws, ok := host.SocketOf(res)
	if !ok {
		return nil, false
	}
	return webSocket(hws), true
}

// DialWebSocket connects to a server outside. The URL's scheme is ws, wss, http
// or https; header may be nil. It ends the turn. The socket is a standard one:
// take its messages with [WebSocket.Receive]; it keeps the object in memory
// (rule 9.59). A server that answers with another status than 101 is an error,
// and the response comes with it, its body open.
func (e *Env) DialWebSocket(ctx context.Context, url string, header http.Header) (*WebSocket, *http.Response, error) {
	if rest, ok := strings.CutPrefix(url, "ws"); ok {
		url = "http" + rest
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("Upgrade", "websocket")
	res, err := e.env.Transport().RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	ws, ok := WebSocketOf(res)
	if !ok {
		return nil, res, fmt.Errorf("durable: %s answered the WebSocket handshake with status %s", req.URL.Redacted(), res.Status)
	}
	return ws, res, nil
}

// forwardWebSocket passes a socket that an object returned on to whoever sent
// the request. A response that cannot become one ends the connection.
func forwardWebSocket(w http.ResponseWriter, req *http.Request, res *http.Response) {
	u, ok := host.UpgraderOf(w, req)
	if !ok {
		http.Error(w, fmt.Sprintf("durable: %T cannot become a WebSocket", w), http.StatusInternalServerError)
		return
	}
	ws, _ := host.SocketOf(res) // every 101 has one
	if err := u.Upgrade(ws); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
