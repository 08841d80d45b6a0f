package actor

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// end is one end of a WebSocket connection; it implements [host.WebSocket]. Its
// fields are guarded by the scheduler's mutex.
type end struct {
	s     *Scheduler
	other *end
	owner *Actor   // nil: code outside, the network, or on the way to a caller
	in    *endList // of the owner
	next  *end     // in that list, like prev
	prev  *end

	mode      mode
	halfOpen  bool // the application answers a close frame itself
	closedOut bool // it has sent a close frame
	closedIn  bool // the other side's last event has been delivered
	aborted   bool // the other side is gone: what is sent is dropped
	failed    bool // by an error: the ready state is Closed whatever was sent
	ended     bool // its last event has been delivered, or it is lost
	used      bool // it was returned in a response
	queued    int  // bytes that have arrived and wait for their event

	inbox   []frame  // arrived before anybody accepted, or for Receive
	waiter  *pending // of Receive
	deliver func(context.Context, host.SocketEvent) error
	section *section // that Accept was called in
	link    *link    // to the network

	shell      any
	tags       []string
	attachment []byte
	autoAt     int64  // ns since the epoch; 0: never
	number     uint64 // for tools; 0: none has asked
	protocol   string
	extensions string
}

// mode says who gets what arrives at an end.
type mode uint8

const (
	fresh     mode = iota // nobody yet
	returned              // in a response
	pulled                // Receive
	pushed                // the function given to Accept
	hibernate             // the handlers of the owner's instance
	coupled               // the network
	lost                  // nobody any more
)

// frame is what goes from one end to the other.
type frame struct {
	kind   frameKind
	data   []byte
	code   int
	reason string
	err    error
}

type frameKind uint8

const (
	textFrame frameKind = iota
	binaryFrame
	closeFrame
	lossFrame  // the other side is gone without a close frame
	faultFrame // the other side broke the protocol
)

func (f *frame) last() bool { return f.kind >= closeFrame }

// lossReason is the reason of the close event for a lost connection.
const lossReason = "WebSocket disconnected without sending Close frame."

// event gives the frame as an event.
func (f *frame) event() host.SocketEvent {
	switch f.kind {
	case closeFrame:
		return host.SocketEvent{Kind: host.SocketClose, Code: f.code, Reason: f.reason, Clean: true}
	case lossFrame:
		return host.SocketEvent{Kind: host.SocketClose, Code: 1006, Reason: lossReason}
	case faultFrame:
		return host.SocketEvent{Kind: host.SocketError, Err: f.err}
	}
	return host.SocketEvent{Message: host.Message{Data: f.data, Binary: f.kind == binaryFrame}}
}

// departure waits for the commit of the turn that made it: a call, or a frame of
// a WebSocket.
type departure struct {
	call  *event
	frame *frame
	from  *end
}

func (d departure) sendLocked() {
	if d.call != nil {
		d.call.sendLocked()
		return
	}
	d.from.other.arriveLocked(*d.frame)
}

// newPairLocked makes two ends of one connection.
func (s *Scheduler) newPairLocked() (x, y *end) {
	x, y = &end{s: s}, &end{s: s}
	x.other, y.other = y, x
	return x, y
}

// enter checks the caller: an end of an object is used in the object's turn.
func (e *end) enter() error {
	if e.owner == nil {
		return nil
	}
	return e.owner.holds()
}

func (e *end) Info() host.SocketInfo {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	return host.SocketInfo{
		Protocol: e.protocol, Extensions: e.extensions,
		Accepted: e.acceptedLocked(), Hibernatable: e.mode == hibernate,
	}
}

func (e *end) acceptedLocked() bool {
	return e.mode == pulled || e.mode == pushed || e.mode == hibernate
}

func (e *end) ReadyState() host.ReadyState {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	switch {
	case e.failed || e.closedIn && e.closedOut:
		return host.Closed
	case e.closedIn || e.closedOut:
		return host.Closing
	}
	return host.Open
}

func (e *end) Accept(o host.AcceptOptions, fn func(context.Context, host.SocketEvent) error) error {
	if err := e.enter(); err != nil {
		return err
	}
	a := e.owner
	if a == nil {
		return fmt.Errorf("emulator: code outside of all objects has no events: use Receive")
	}
	section := a.s.current.Load().section
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	switch e.mode {
	case fresh:
	case hibernate:
		return typeError("Can't accept() WebSocket after enabling hibernation.")
	case returned:
		return errUsedInResponse
	default:
		return nil
	}
	e.mode, e.deliver, e.section = pushed, fn, section
	e.halfOpen = o.HalfOpen || a.ns.halfOpen
	inbox := e.inbox
	e.inbox = nil
	for _, f := range inbox {
		e.queued -= len(f.data)
		e.arriveLocked(f)
	}
	return nil
}

var errUsedInResponse = typeError("Can't accept() WebSocket that was already used in a response.")

// Receive waits for the next event. Like every wait of an object's code it ends
// the turn.
func (e *end) Receive(ctx context.Context) (host.SocketEvent, error) {
	if err := e.enter(); err != nil {
		return host.SocketEvent{}, err
	}
	p := &pending{s: e.s, label: "Receive of a WebSocket", caller: e.owner}
	if err := e.expect(p); err != nil {
		return host.SocketEvent{}, err
	}
	r, err := p.wait(ctx)
	if err == nil {
		err = r.err
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if e.waiter == p {
		e.waiter = nil
	}
	switch {
	case len(e.inbox) > 0:
	case err != nil:
		return host.SocketEvent{}, err
	default: // taken by another Receive
		return host.SocketEvent{}, io.EOF
	}
	f := e.inbox[0]
	e.inbox = e.inbox[1:]
	e.beginLocked(&f)
	ev := f.event()
	if f.last() {
		e.endedLocked()
	}
	return ev, nil
}

// expect makes p wait for a frame.
func (e *end) expect(p *pending) error {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	switch {
	case e.mode == pushed || e.mode == hibernate:
		return fmt.Errorf("emulator: the events of this WebSocket go to its handlers")
	case e.mode == returned:
		return errUsedInResponse
	case e.ended && len(e.inbox) == 0:
		return io.EOF
	case e.waiter != nil:
		return fmt.Errorf("emulator: another Receive of this WebSocket waits")
	case e.s.closing && e.owner == nil:
		return ErrClosed
	}
	if e.mode == fresh {
		e.mode = pulled
		e.halfOpen = e.owner != nil && e.owner.ns.halfOpen
	}
	if len(e.inbox) > 0 {
		p.settleLocked(result{})
		return nil
	}
	e.waiter = p
	return nil
}

var errNotAccepted = typeError("You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.")

// Send sends a message; behind a loss it is dropped (rule 9.13).
func (e *end) Send(m host.Message) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	switch {
	case e.closedOut:
		return typeError("Can't call WebSocket send() after close().")
	case e.aborted || e.mode == lost:
		return nil
	case e.owner != nil && !e.acceptedLocked():
		return errNotAccepted
	}
	f := frame{kind: textFrame, data: m.Data}
	if m.Binary {
		f.kind = binaryFrame
	}
	e.sendLocked(f)
	return nil
}

// sendLocked sends a frame: from an object with the commit of its turn, from
// outside at once.
func (e *end) sendLocked(f frame) {
	if e.owner != nil {
		e.owner.outbox = append(e.owner.outbox, departure{frame: &f, from: e})
		return
	}
	e.other.arriveLocked(f)
	e.s.kickLocked()
}

// maxReason is the length of a close frame's reason in bytes.
const maxReason = 123

func (e *end) Close(c host.CloseFrame) error {
	if err := e.enter(); err != nil {
		return err
	}
	if err := e.checkClose(c); err != nil {
		return err
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	switch {
	case e.closedOut || e.aborted || e.mode == lost:
		return nil
	case e.owner != nil && !e.acceptedLocked():
		return errNotAccepted
	}
	if !c.HasCode {
		c.Code = noStatus
	}
	e.closeLocked(c.Code, c.Reason)
	return nil
}

const noStatus = 1005

func (e *end) closeLocked(code int, reason string) {
	e.closedOut = true
	e.sendLocked(frame{kind: closeFrame, code: code, reason: reason})
	if e.closedIn {
		e.endedLocked()
	}
}

// checkClose refuses what the runtime does (rules 9.14 to 9.16).
func (e *end) checkClose(c host.CloseFrame) error {
	switch code := c.Code; {
	case c.HasCode && (code < 1000 || code > 4999 || code >= 1004 && code <= 1006 || code == 1015):
		return &durable.Error{Name: "InvalidAccessError", Message: fmt.Sprintf("Invalid WebSocket close code: %d.", code)}
	case len(c.Reason) > maxReason && (e.owner == nil || !e.owner.ns.longReasons):
		return &durable.Error{Name: "SyntaxError", Message: "WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded."}
	case c.HasReason && !c.HasCode:
		return &durable.Error{Name: "InvalidAccessError", Message: "If you specify a WebSocket close reason, you must also specify a code."}
	}
	return nil
}

// arriveLocked takes what the other end sent.
func (e *end) arriveLocked(f frame) {
	if f.kind == lossFrame || f.kind == faultFrame {
		e.aborted = true
	}
	if e.mode == lost {
		return
	}
	if e.mode == coupled {
		e.link.sendLocked(f)
		return
	}
	if e.mode == hibernate && f.kind == textFrame && e.answeredLocked(f.data) {
		return
	}
	e.queued += len(f.data)
	switch e.mode {
	case hibernate:
		e.submitLocked(socketLabels[f.kind], nil, func(a *Actor, ev *event) result { return a.handleSocket(ev, e, f) })
	case pushed:
		e.submitLocked("websocket "+socketNames[f.kind], e.section, func(a *Actor, ev *event) result { return a.dispatchSocket(ev, e, f) })
	default:
		e.inbox = append(e.inbox, f)
		if e.waiter != nil {
			e.waiter.settleLocked(result{})
		}
	}
}

var (
	socketLabels = [...]string{"webSocketMessage", "webSocketMessage", "webSocketClose", "webSocketClose", "webSocketError"}
	socketNames  = [...]string{"message", "message", "close", "close", "error"}
)

// submitLocked makes a frame an event of the owner. Those of one socket keep
// their order, whatever a seed chooses.
func (e *end) submitLocked(label string, sec *section, handle func(*Actor, *event) result) {
	ev := newEvent(e.owner, label, sec, handle, nil)
	ev.order = e
	if e.other.owner != nil {
		ev.causeLocked(e.s.current.Load())
	}
	e.owner.submitLocked(ev)
}

// beginLocked says what the end knows when a frame's event begins.
func (e *end) beginLocked(f *frame) {
	e.queued -= len(f.data)
	if l := e.other.link; l != nil {
		l.roomLocked()
	}
	switch {
	case f.kind == closeFrame:
		e.closedIn = true
		if !e.halfOpen && e.owner != nil && !e.closedOut && !e.aborted && e.mode != hibernate {
			e.closeLocked(f.code, f.reason)
		}
	case f.kind == faultFrame:
		e.closedIn, e.failed = true, e.mode != hibernate
	case f.kind == lossFrame:
		e.closedIn = e.mode != pushed // whose listener still sees the state of before
	}
}

// endedLocked is called when the end's last event has been delivered: it holds
// the instance no longer.
func (e *end) endedLocked() {
	e.closedIn, e.ended = true, true
	if a := e.owner; a != nil {
		if (e.closedOut || e.aborted) && e.in != &a.hibernating { // which leave takes it from
			e.in.remove(e)
		}
		a.idleLocked()
	}
}

// loseLocked ends the connection on this side without a close frame.
func (e *end) loseLocked() {
	e.in.remove(e)
	if e.mode == lost {
		return
	}
	over := e.aborted || e.closedOut && e.closedIn
	e.mode, e.ended, e.inbox, e.deliver, e.shell = lost, true, nil, nil, nil
	if !over {
		e.other.arriveLocked(frame{kind: lossFrame})
	}
}

// moveLocked gives the end to another owner, for whom it is fresh.
func (e *end) moveLocked(to *Actor) {
	e.in.remove(e)
	e.owner, e.shell = to, nil
	if e.mode == returned {
		e.mode = fresh
	}
	if to == nil {
		return
	}
	if to.broken != nil {
		e.loseLocked()
		return
	}
	to.loose.add(e)
}

// maxAttachment is the size of an attachment (rule 9.47).
const maxAttachment = 16384

func (e *end) SetAttachment(clone []byte) error {
	if err := e.enter(); err != nil {
		return err
	}
	if n := len(clone); n > maxAttachment {
		return &durable.Error{Name: "Error", Message: fmt.Sprintf("A WebSocket 'attachment' cannot be larger than %d bytes.'attachment' was %d bytes.",
			maxAttachment, n)}
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	e.attachment = clone
	return nil
}

func (e *end) Attachment() []byte {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	return e.attachment
}

func (e *end) Tags() ([]string, error) {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	switch {
	case e.mode == hibernate:
		return append([]string{}, e.tags...), nil
	case e.acceptedLocked():
		return nil, &durable.Error{Name: "Error", Message: "only hibernatable websockets can have tags."}
	}
	return nil, &durable.Error{Name: "Error", Message: "you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket."}
}

func (e *end) AutoResponded() (time.Time, bool) {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	return time.Unix(0, e.autoAt).UTC(), e.autoAt != 0
}

func (e *end) SetShell(shell any) {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	e.shell = shell
}

func (e *end) Shell() any {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	return e.shell
}
