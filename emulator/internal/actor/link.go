package actor

import (
	"errors"
	"sync"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/socket"
)

// link couples an end to a connection of the network. One goroutine reads; one
// writes as long as there is something to write. Methods whose names end in
// Locked need the scheduler's mutex.
type link struct {
	s    *Scheduler
	e    *end // coupled; its other end is the application's
	conn *socket.Conn
	full chan struct{} // guarded by the scheduler's mutex; closed when the reader may go on, nil: it does

	// mu guards what follows, so that the writers of a broadcast do not wait for
	// the scheduler. It is taken behind the scheduler's mutex, if at all.
	mu       sync.Mutex
	out      []socket.Frame
	writing  bool
	sentLast bool // a close frame is in out, or was written
	gotLast  bool // a close frame or a fault was read
	over     bool // the connection is closed, or is about to be
}

// maxQueued is how many bytes of one connection may wait for their events
// before reading pauses.
const maxQueued = 1 << 20

// Couple connects a socket of code outside of all objects to the network. What
// has arrived at it goes out first.
func (s *Scheduler) Couple(ws host.WebSocket, conn *socket.Conn) error {
	e, ok := ws.(*end)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || e.s != s || e.owner != nil || e.mode != fresh {
		conn.Close()
		return plainError("emulator: this WebSocket cannot be coupled to a connection")
	}
	s.coupleLocked(e, conn)
	return nil
}

func (s *Scheduler) coupleLocked(e *end, conn *socket.Conn) {
	l := &link{s: s, e: e, conn: conn}
	inbox := e.inbox
	e.mode, e.link, e.inbox, e.queued = coupled, l, nil, 0
	if back := e.other.link; back != nil {
		back.roomLocked()
	}
	if s.closed {
		l.over = true
		conn.Close()
		e.loseLocked()
		return
	}
	s.links[l] = struct{}{}
	s.workers.Add(1)
	go l.read()
	for _, f := range inbox {
		l.sendLocked(f)
	}
}

// sendLocked writes what the application's end sent.
func (l *link) sendLocked(f frame) {
	switch f.kind {
	case lossFrame, faultFrame:
		l.closeLocked()
		return
	case closeFrame:
		l.writeLocked(socket.Frame{Op: socket.Close, Code: f.code, Data: []byte(f.reason)})
	case textFrame:
		l.writeLocked(socket.Frame{Op: socket.Text, Data: f.data})
	case binaryFrame:
		l.writeLocked(socket.Frame{Op: socket.Binary, Data: f.data})
	}
}

func (l *link) writeLocked(f socket.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || l.sentLast {
		return
	}
	l.sentLast = f.Op == socket.Close
	l.out = append(l.out, f)
	if !l.writing {
		l.writing = true
		l.s.workers.Add(1)
		go l.write()
	}
}

// closeLocked breaks the connection; its goroutines end by that.
func (l *link) closeLocked() {
	l.mu.Lock()
	if !l.over {
		l.over = true
		l.out = nil
		delete(l.s.links, l)
		l.conn.Close()
	}
	l.mu.Unlock()
	if l.full != nil {
		close(l.full)
		l.full = nil
	}
}

// write writes until nothing is left to write.
func (l *link) write() {
	defer l.s.workers.Done()
	for {
		out, last := l.take()
		if len(out) > 0 && l.conn.Write(out...) == nil {
			continue
		}
		if len(out) > 0 || last { // in the first case the reader tells the application
			l.s.mu.Lock()
			l.closeLocked()
			l.s.mu.Unlock()
		}
		if len(out) == 0 {
			return
		}
	}
}

// take gives the frames to be written next. Without any the writer ends, and last
// tells whether the connection does too.
func (l *link) take() (out []socket.Frame, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out, l.out = l.out, nil
	if len(out) == 0 {
		l.writing = false
		last = l.sentLast && l.gotLast
	}
	return out, last
}

// ended says that nothing more comes from the network, and reports whether the
// writer will end the connection.
func (l *link) ended() (writing bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gotLast = true
	return l.writing
}

func (l *link) state() (gotLast, sentLast, over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gotLast, l.sentLast, l.over
}

// read passes on what arrives until the connection ends.
func (l *link) read() {
	defer l.s.workers.Done()
	for {
		f, err := l.conn.Read()
		if !l.arrived(f, err) {
			return
		}
		l.pause()
	}
}

// pause waits while too much waits for its events: the network then slows the
// client down.
func (l *link) pause() {
	l.s.mu.Lock()
	if _, _, over := l.state(); over || l.e.other.queued <= maxQueued {
		l.s.mu.Unlock()
		return
	}
	full := make(chan struct{})
	l.full = full
	l.s.mu.Unlock()
	<-full
}

// roomLocked lets a reader go on that has paused.
func (l *link) roomLocked() {
	if l.full != nil && l.e.other.queued <= maxQueued/2 {
		close(l.full)
		l.full = nil
	}
}

// arrived hands one frame, or the end of the connection, to the application.
// It reports whether there may be more.
func (l *link) arrived(f socket.Frame, err error) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.kickLocked()
	var fault *socket.ProtocolError
	gotLast, sentLast, over := l.state()
	switch {
	case gotLast: // all that is left to see is the end
		if err != nil {
			l.e.other.aborted = true
			l.closeLocked()
		}
		return err == nil && !over
	case errors.As(err, &fault):
		l.writeLocked(socket.Frame{Op: socket.Close, Code: fault.Code, Data: []byte(fault.Description)})
		l.e.other.arriveLocked(frame{kind: faultFrame, err: &durable.Error{Name: "Error", Message: fault.Error()}})
		if !l.ended() {
			l.closeLocked()
		}
		return false
	case err != nil:
		l.e.loseLocked()
		l.closeLocked()
		return false
	}
	switch f.Op {
	case socket.Ping:
		l.writeLocked(socket.Frame{Op: socket.Pong, Data: f.Data})
	case socket.Close:
		writing := l.ended()
		l.e.closedOut = true
		l.e.other.arriveLocked(frame{kind: closeFrame, code: f.Code, reason: string(f.Data)})
		if sentLast && !writing {
			l.closeLocked()
		}
	case socket.Text:
		l.e.other.arriveLocked(frame{kind: textFrame, data: f.Data})
	case socket.Binary:
		l.e.other.arriveLocked(frame{kind: binaryFrame, data: f.Data})
	}
	return !over
}
