package emulator

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/socket"
)

// networkUpgrader makes the response of a server's request a handshake, and
// couples the connection to the socket that was returned.
type networkUpgrader struct {
	em  *Emulator
	w   http.ResponseWriter
	req *http.Request
}

// Upgrade answers the client in every case, so a refusal of the handshake is no
// error of the application's.
func (u *networkUpgrader) Upgrade(ws host.WebSocket) error {
	if inner, ok := u.w.(host.Upgrader); ok {
		return inner.Upgrade(ws)
	}
	conn, err := socket.Upgrade(u.w, u.req, u.w.Header(), u.em.live.Load().workers[0].compresses())
	if err != nil {
		u.em.set.logger.Warn("WebSocket handshake", "url", u.req.URL.Redacted(), "error", err)
		return actor.Drop(ws)
	}
	return u.em.sched.Couple(ws, conn)
}

// repliesByHand reports whether the Worker's standard sockets leave the answer
// to a close frame to the application (rule 15.20).
func (w *worker) repliesByHand() bool {
	return !w.enabled("web_socket_auto_reply_to_close", "web_socket_manual_reply_to_close", "2026-04-07")
}

// longReasons reports whether the reason of a close frame has no limit
// (rule 15.18).
func (w *worker) longReasons() bool {
	return !w.enabled("websocket_close_reason_byte_limit", "no_websocket_close_reason_byte_limit", "2026-03-03")
}

// compresses reports whether permessage-deflate is negotiated (rule 15.8).
func (w *worker) compresses() bool {
	return w.enabled("web_socket_compression", "no_web_socket_compression", "2023-08-15")
}

// forwardSocket answers a server's request with the socket of a response.
func forwardSocket(w http.ResponseWriter, req *http.Request, res *http.Response) {
	u, ok := host.UpgraderOf(w, req)
	ws, has := host.SocketOf(res)
	err := fmt.Errorf("emulator: %T cannot become a WebSocket", w)
	if ok && has {
		err = u.Upgrade(ws)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// DialWebSocket connects to the first Worker's entry as a client would, without
// a network: req goes through [Emulator.Handler] as a WebSocket handshake. The
// response is that of the entry; with another status than 101 the socket is nil.
// It needs no server, so it works in a synctest bubble, and with the context of
// [Emulator.Clients] its order repeats.
func (em *Emulator) DialWebSocket(req *http.Request) (*durable.WebSocket, *http.Response) {
	out := req.Clone(req.Context())
	out.RequestURI = out.URL.RequestURI()
	if out.Host == "" {
		out.Host = out.URL.Host
	}
	out.Header.Set("Connection", "Upgrade")
	out.Header.Set("Upgrade", "websocket")
	w := &dialed{header: http.Header{}}
	em.Handler().ServeHTTP(w, out)
	res := &http.Response{
		StatusCode: cmp.Or(w.status, http.StatusOK), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Request: req, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
	if w.ws != nil {
		res.StatusCode, res.Body = http.StatusSwitchingProtocols, w
	}
	res.Status = fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode))
	ws, _ := durable.WebSocketOf(res)
	return ws, res
}

// dialed is the response to a client without a network, and then its body.
type dialed struct {
	header http.Header
	status int
	body   bytes.Buffer
	ws     host.WebSocket
}

func (d *dialed) Header() http.Header { return d.header }

func (d *dialed) WriteHeader(status int) {
	if d.status == 0 && d.ws == nil && status >= 200 {
		d.status = status
	}
}

func (d *dialed) Write(p []byte) (int, error) {
	if d.ws != nil {
		return 0, http.ErrBodyNotAllowed
	}
	d.WriteHeader(http.StatusOK)
	return d.body.Write(p)
}

func (d *dialed) Upgrade(ws host.WebSocket) error {
	if d.ws != nil || d.status != 0 {
		return fmt.Errorf("emulator: the response has begun: it cannot become a WebSocket any more")
	}
	d.ws = ws
	return nil
}

func (d *dialed) Read([]byte) (int, error)  { return 0, io.EOF }
func (d *dialed) Close() error              { return nil }
func (d *dialed) WebSocket() host.WebSocket { return d.ws }

// DropWebSocket ends a connection of code outside of all objects without a
// close frame, as a client does that vanishes.
func DropWebSocket(ws *durable.WebSocket) error { return actor.Drop(ws.Host()) }
