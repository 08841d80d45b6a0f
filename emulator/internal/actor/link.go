package actor

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/socket"
)

// link couples an end to a connection of the network. One goroutine reads; one
// writes as long as there is something to write. It is guarded by the
// scheduler's mutex.
type link struct {
	s    *Scheduler
	e    *end // coupled; its other end is the application's
	conn *socket.Conn

	out      []socket.Frame
	writing  bool
	sentLast bool          // a close frame is in out, or was written
	gotLast  bool          // a close frame or a fault was read
	over     bool          // the connection is closed, or is about to be
	full     chan struct{} // closed when the reader may go on; nil: it does
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
	if !l.over {
		l.over = true
		l.out = nil
		delete(l.s.links, l)
		l.conn.Close()
	}
	if l.full != nil {
		close(l.full)
		l.full = nil
	}
}

// write writes until nothing is left to write.
func (l *link) write() {
	defer l.s.workers.Done()
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for len(l.out) > 0 && !l.over {
		out := l.out
		l.out = nil
		l.s.mu.Unlock()
		err := l.conn.Write(out...)
		l.s.mu.Lock()
		if err != nil {
			l.closeLocked() // the reader tells the application
		}
	}
	l.writing = false
	if l.sentLast && l.gotLast {
		l.closeLocked()
	}
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
	if l.over || l.e.other.queued <= maxQueued {
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
	switch {
	case l.gotLast: // all that is left to see is the end
		if err != nil {
			l.e.other.aborted = true
			l.closeLocked()
		}
		return err == nil && !l.over
	case errors.As(err, &fault):
		l.gotLast = true
		l.writeLocked(socket.Frame{Op: socket.Close, Code: fault.Code, Data: []byte(fault.Description)})
		l.e.other.arriveLocked(frame{kind: faultFrame, err: &durable.Error{Name: "Error", Message: fault.Error()}})
		if !l.writing {
			l.closeLocked()
		}
		return false // the writer closes
	case err != nil:
		l.e.loseLocked()
		l.closeLocked()
		return false
	}
	switch f.Op {
	case socket.Ping:
		l.writeLocked(socket.Frame{Op: socket.Pong, Data: f.Data})
	case socket.Close:
		l.gotLast = true
		l.e.closedOut = true
		l.e.other.arriveLocked(frame{kind: closeFrame, code: f.Code, reason: string(f.Data)})
		if l.sentLast && !l.writing {
			l.closeLocked()
		}
	case socket.Text:
		l.e.other.arriveLocked(frame{kind: textFrame, data: f.Data})
	case socket.Binary:
		l.e.other.arriveLocked(frame{kind: binaryFrame, data: f.Data})
	}
	return !l.over
}
