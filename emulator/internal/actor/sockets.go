package actor

import (
	"fmt"
	"slices"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// sockets is an object's access to its WebSockets; it implements
// [host.Sockets]. What it sets belongs to the actor and survives hibernation.
type sockets struct{ a *Actor }

// socketState is what an actor keeps for its hibernatable sockets.
type socketState struct {
	auto    *host.AutoResponse
	timeout time.Duration
}

func (o *object) Sockets() host.Sockets { return sockets{o.a} }

func (k sockets) Pair() (host.WebSocket, host.WebSocket) {
	a := k.a
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	x, y := a.s.newPairLocked()
	for _, e := range []*end{x, y} {
		e.moveLocked(a)
	}
	return x, y
}

// Limits of hibernatable sockets (rules 9.30, 9.33, 9.50, 9.53).
const (
	maxTags         = 10
	maxTag          = 256
	maxSockets      = 32768
	maxAutoResponse = 2048
	maxEventTimeout = 604_800_000 * time.Millisecond
)

func plainError(format string, args ...any) error {
	return &durable.Error{Name: "Error", Message: fmt.Sprintf(format, args...)}
}

func (k sockets) Accept(ws host.WebSocket, tags []string) error {
	a := k.a
	if err := a.holds(); err != nil {
		return err
	}
	e, ok := ws.(*end)
	if !ok || e.owner != a {
		return fmt.Errorf("emulator: the WebSocket does not belong to this object")
	}
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	switch {
	case e.acceptedLocked() || e.mode == lost:
		return plainError("Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`")
	case e.mode == returned || e.used || e.other.used || e.other.mode != fresh:
		return plainError("Cannot call `acceptWebSocket()` on this WebSocket because its pair has already been accepted or used in a Response.")
	case len(tags) > maxTags:
		return plainError("a Hibernatable WebSocket cannot have more than %d tags", maxTags)
	case a.hibernating.n >= maxSockets:
		return plainError("only %d websockets can be accepted on a single Durable Object instance", maxSockets)
	}
	for _, tag := range tags {
		if len(tag) > maxTag {
			return plainError("%q is longer than the max tag length (256 characters).", tag)
		}
		if !slices.Contains(e.tags, tag) {
			e.tags = append(e.tags, tag)
		}
	}
	e.mode = hibernate
	e.in.remove(e)
	a.hibernating.add(e)
	inbox := e.inbox
	e.inbox = nil
	for _, f := range inbox {
		e.queued -= len(f.data)
		e.arriveLocked(f)
	}
	return nil
}

func (k sockets) List(tag string, tagged bool) []host.WebSocket {
	a := k.a
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	var out []host.WebSocket
	if !tagged {
		out = make([]host.WebSocket, 0, a.hibernating.n)
		for e := a.hibernating.last; e != nil; e = e.prev {
			out = append(out, e)
		}
		return out
	}
	for e := a.hibernating.first; e != nil; e = e.next {
		if slices.Contains(e.tags, tag) {
			out = append(out, e)
		}
	}
	return out
}

func (k sockets) SetAutoResponse(pair *host.AutoResponse) error {
	if err := k.a.holds(); err != nil {
		return err
	}
	if pair != nil {
		if n := len(pair.Request); n > maxAutoResponse {
			return tooLarge("Request", "request", n)
		}
		if n := len(pair.Response); n > maxAutoResponse {
			return tooLarge("Response", "response", n)
		}
		pair = &host.AutoResponse{Request: pair.Request, Response: pair.Response}
	}
	k.a.s.mu.Lock()
	defer k.a.s.mu.Unlock()
	k.a.socks.auto = pair
	return nil
}

func tooLarge(what, of string, n int) error {
	return &durable.Error{Name: "RangeError", Message: fmt.Sprintf("%s cannot be larger than %d bytes. A %s of size %d was provided.",
		what, maxAutoResponse, of, n)}
}

func (k sockets) AutoResponse() *host.AutoResponse {
	k.a.s.mu.Lock()
	defer k.a.s.mu.Unlock()
	if k.a.socks.auto == nil {
		return nil
	}
	pair := *k.a.socks.auto
	return &pair
}

func (k sockets) SetEventTimeout(d time.Duration) error {
	if err := k.a.holds(); err != nil {
		return err
	}
	switch {
	case d < 0:
		return typeError("The value cannot be converted because it is negative and this API expects a positive number.")
	case d > maxEventTimeout:
		return plainError("Event timeout should not exceed %d ms.", maxEventTimeout.Milliseconds())
	}
	k.a.s.mu.Lock()
	defer k.a.s.mu.Unlock()
	k.a.socks.timeout = d
	return nil
}

func (k sockets) EventTimeout() time.Duration {
	k.a.s.mu.Lock()
	defer k.a.s.mu.Unlock()
	return k.a.socks.timeout
}

// answeredLocked answers a text by itself, if the object has said so. It does
// not touch the instance, nor the time of its last event (rule 9.49).
func (e *end) answeredLocked(text []byte) bool {
	pair := e.owner.socks.auto
	if pair == nil || pair.Request != string(text) {
		return false
	}
	e.autoAt = e.s.Now().UnixNano()
	if !e.closedOut && !e.aborted {
		e.other.arriveLocked(frame{kind: textFrame, data: []byte(pair.Response)})
	}
	return true
}

// handleSocket is the event of a hibernatable socket (rules 9.37 to 9.45).
func (a *Actor) handleSocket(ev *event, e *end, f frame) result {
	a.s.mu.Lock()
	e.beginLocked(&f)
	if f.last() {
		a.leaving = append(a.leaving, e)
	}
	limit := a.limitHandlerLocked(ev)
	a.s.mu.Unlock()
	res := a.protect(ev, func() result {
		inst, ok := a.inst.(host.SocketInstance)
		if !ok {
			return result{}
		}
		switch x := f.event(); x.Kind {
		case host.SocketClose:
			return result{err: inst.WebSocketClose(ev.context(), e, x.Code, x.Reason, x.Clean)}
		case host.SocketError:
			return result{err: inst.WebSocketError(ev.context(), e, x.Err)}
		default:
			return result{err: inst.WebSocketMessage(ev.context(), e, x.Message)}
		}
	})
	a.s.stop(limit)
	if res.err != nil && a.resetError() == nil {
		a.ns.log.Error("uncaught exception", "class", a.ns.Class(), "id", a.id.String(), "event", ev.label, "error", res.err)
	}
	return result{}
}

// leave takes sockets out of the object's list at the end of the turn in which
// their last handler began (rule 9.36). One that the object has not closed can
// still send, until the instance goes.
func (a *Actor) leave() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for _, e := range a.leaving {
		if e.in != &a.hibernating {
			continue
		}
		a.hibernating.remove(e)
		if e.closedOut || e.aborted {
			e.ended = true
			continue
		}
		a.loose.add(e)
		e.endedLocked()
	}
	a.leaving = a.leaving[:0]
}

// dispatchSocket is the event of a standard socket. A listener that throws ends
// the connection (rule 9.26).
func (a *Actor) dispatchSocket(ev *event, e *end, f frame) result {
	a.s.mu.Lock()
	if e.mode != pushed { // ended by a listener
		a.s.mu.Unlock()
		return result{}
	}
	e.beginLocked(&f)
	deliver := e.deliver
	a.s.mu.Unlock()
	res := a.protect(ev, func() result { return result{err: deliver(ev.context(), f.event())} })
	if a.resetError() != nil {
		return res
	}
	if res.err != nil {
		a.s.mu.Lock()
		e.failed = true
		e.loseLocked()
		a.s.mu.Unlock()
		fail := a.protect(ev, func() result {
			return result{err: deliver(ev.context(), host.SocketEvent{Kind: host.SocketError, Err: res.err})}
		})
		if fail.err != nil && a.resetError() == nil {
			a.ns.log.Error("uncaught exception", "class", a.ns.Class(), "id", a.id.String(), "event", ev.label, "error", fail.err)
		}
	}
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if f.last() || res.err != nil {
		e.endedLocked()
	}
	return result{}
}

// errEventTimeout is what storage says after a handler took too long
// (rule 9.54).
var errEventTimeout = &durable.Error{
	Name: "Error", Message: "Actor exceeded event execution time and was disconnected.", Retryable: true, Reset: true,
}

// limitHandlerLocked ends the event's code when the object's event timeout has
// passed. The instance goes on, without its storage.
func (a *Actor) limitHandlerLocked(ev *event) *timer {
	if a.socks.timeout == 0 {
		return nil
	}
	return a.s.afterLocked(a.socks.timeout, "event timeout of "+a.label(), func() {
		a.s.pushLocked(&entry{start: func() {
			a.s.mu.Lock()
			defer a.s.mu.Unlock()
			if _, runs := a.events[ev]; !runs || a.broken != nil || a.object == nil {
				return
			}
			ev.killed, a.unstored = true, errEventTimeout
			if ev.at != nil {
				a.s.pushLocked(ev.at)
			}
		}})
	})
}

// loseSocketsLocked ends the connections that go with the instance, and at a
// reset all of them (rules 2.15, 9.60).
func (a *Actor) loseSocketsLocked(all bool) {
	lists := []*endList{&a.loose}
	if all {
		lists = append(lists, &a.hibernating)
	}
	for _, l := range lists {
		for l.first != nil {
			l.first.loseLocked()
		}
	}
	for e := a.hibernating.first; e != nil; e = e.next {
		e.shell = nil
	}
}

// heldBySocketLocked reports whether a standard socket keeps the instance in
// memory (rule 9.27).
func (a *Actor) heldBySocketLocked() bool {
	for e := a.loose.first; e != nil; e = e.next {
		if (e.mode == pushed || e.mode == pulled) && !e.ended {
			return true
		}
	}
	return false
}
