package actor

import (
	"context"
	"io"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// stream is a pipe between two objects; it implements [host.Stream]. One end is
// taken by the object that made it, the other by whoever is sent it.
type stream struct {
	*pipe
	sink     bool // the receiver writes
	taken    bool // guarded by the scheduler's mutex, like what follows
	released bool
}

func (o *object) Pipe(label string, sink bool) host.Stream {
	s := o.a.s
	return &stream{pipe: &pipe{s: s, label: label}, sink: sink}
}

// Dup gives the same stream: it has one receiver.
func (st *stream) Dup() host.Capability { return st }

func (st *stream) Release() {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	st.releaseLocked()
	st.s.kickLocked()
}

// releaseLocked ends a stream that nobody has received.
func (st *stream) releaseLocked() {
	if st.released || st.taken {
		return
	}
	st.released = true
	if st.sink {
		st.finishLocked(nil, io.ErrUnexpectedEOF)
		return
	}
	st.closed, st.data = true, nil
	st.seenLocked()
	st.wakeReaderLocked()
	st.wakeWriterLocked()
}

// take notes that obj has one end; that of the receiver ends with its handling.
func (st *stream) take(receiver bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	st.taken = st.taken || receiver
}

func (st *stream) Reader(obj host.Object) io.ReadCloser {
	st.take(!st.sink)
	return &body{pipe: st.pipe, caller: obj.(*object).a}
}

func (st *stream) Writer(obj host.Object) host.StreamWriter {
	st.take(st.sink)
	return &streamWriter{st.pipe, obj.(*object)}
}

// streamWriter is the writing end of a stream.
type streamWriter struct {
	pipe *pipe
	o    *object
}

// Write ends the turn, so what was written leaves behind its commit.
func (w *streamWriter) Write(ctx context.Context, p []byte) error {
	ev, err := w.o.event(ctx)
	if err != nil {
		return err
	}
	err = ev.yield(wait{what: "the reader of its stream"}, func(e *entry) { w.pipe.writeLocked(p, e) })
	if err != nil {
		return err
	}
	w.pipe.s.mu.Lock()
	defer w.pipe.s.mu.Unlock()
	if w.pipe.closed {
		return io.ErrClosedPipe
	}
	return nil
}

func (w *streamWriter) Drained(ctx context.Context) error {
	ev, err := w.o.event(ctx)
	if err != nil {
		return err
	}
	return ev.yield(wait{what: "the reader of its stream"}, func(e *entry) {
		if w.pipe.closed || w.pipe.seen {
			w.pipe.s.pushLocked(e)
		} else {
			w.pipe.ended = e
		}
	})
}

func (w *streamWriter) Close(err error) {
	w.pipe.s.mu.Lock()
	defer w.pipe.s.mu.Unlock()
	w.pipe.finishLocked(nil, err)
	w.pipe.s.kickLocked()
}
