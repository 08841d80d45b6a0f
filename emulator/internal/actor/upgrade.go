package actor

import (
	"io"
	"net/http"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// Upgrade makes the response a handshake whose other end is ws (rules 9.5,
// 9.7). It implements [host.Upgrader].
func (w *response) Upgrade(ws host.WebSocket) error {
	a := w.ev.actor
	if err := a.holds(); err != nil {
		return err
	}
	e, ok := ws.(*end)
	if !ok || e.owner != a {
		return plainError("the WebSocket does not belong to this object")
	}
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	switch {
	case e.mode == hibernate:
		return typeError("Can't return WebSocket in a Response after calling acceptWebSocket().")
	case e.mode == pushed || e.mode == pulled:
		return typeError("Can't return WebSocket in a Response after calling accept().")
	case e.mode != fresh || w.socket != nil:
		return typeError("Can't return WebSocket that was already used in a response.")
	case !w.upgrade:
		return typeError(`Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".`)
	case w.status != 0 || w.ended:
		return plainError("the response has begun: a WebSocket cannot be returned any more")
	}
	e.mode, e.used = returned, true
	w.socket, w.status = e, http.StatusSwitchingProtocols
	return nil
}

func asksForSocket(req *http.Request) bool {
	return strings.EqualFold(req.Header.Get("Upgrade"), "websocket")
}

// sendSocket gives the handshake's response; its socket is on the way to the
// caller.
func (w *response) sendSocket() result {
	w.socket.s.mu.Lock()
	defer w.socket.s.mu.Unlock()
	if w.ended { // sent by Flush
		return result{}
	}
	w.ended = true
	return w.sendSocketLocked()
}

func (w *response) sendSocketLocked() result {
	w.socket.moveLocked(nil)
	return result{value: w.httpResponse(&upgraded{e: w.socket}, 0)}
}

// dropSocket ends a connection whose handshake fails.
func (w *response) dropSocket() {
	if w.socket == nil || w.socket.owner != w.ev.actor {
		return
	}
	w.socket.s.mu.Lock()
	defer w.socket.s.mu.Unlock()
	w.socket.loseLocked()
}

// upgraded is the body of a handshake's response; it implements
// [host.Upgraded].
type upgraded struct {
	e     *end
	taken bool // guarded by the scheduler's mutex
}

func (u *upgraded) Read([]byte) (int, error) { return 0, io.EOF }

func (u *upgraded) WebSocket() host.WebSocket {
	u.e.s.mu.Lock()
	defer u.e.s.mu.Unlock()
	u.taken = true
	return u.e
}

func (u *upgraded) Close() error {
	u.e.s.mu.Lock()
	defer u.e.s.mu.Unlock()
	if !u.taken {
		u.e.loseLocked()
		u.e.s.kickLocked()
	}
	return nil
}

// arrived gives the socket of a response to the caller that got it.
func (u *upgraded) arrived(caller *Actor) {
	u.e.s.mu.Lock()
	defer u.e.s.mu.Unlock()
	u.e.moveLocked(caller)
}

// discardLocked ends what came with a result that nobody takes.
func (r result) discardLocked() {
	if res, ok := r.value.(*http.Response); ok {
		if u, ok := res.Body.(*upgraded); ok {
			u.e.loseLocked()
		}
	}
}

// Drop ends a socket of code outside without a close frame, as a client does
// that vanishes.
func Drop(ws host.WebSocket) error {
	e, ok := ws.(*end)
	if !ok || e.owner != nil {
		return plainError("emulator: only a socket of code outside of all objects can be dropped")
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	e.loseLocked()
	e.s.kickLocked()
	return nil
}
