package actor

import (
	"context"
	"io"
)

// pipe carries the body of a response that is written while it is read. Like
// every wait, those for data and for room go through the scheduler. It is
// guarded by the scheduler's mutex.
type pipe struct {
	s      *Scheduler
	label  string // of the request
	data   []byte
	err    error  // set at the end; io.EOF is a good one
	closed bool   // by the reader
	reader func() // wakes the reader, which waits for data or the end
	writer *entry // parked until there is room
	ended  *entry // parked until the reader has seen the end
	seen   bool   // it has
}

// pipeSize is how much may wait to be read before a writer has to wait.
const pipeSize = 256 << 10

// writeLocked appends b, and wakes e when there is room for more. A reader that
// has gone is no error: the handler runs to its end (rule 2.38).
func (p *pipe) writeLocked(b []byte, e *entry) {
	if !p.overLocked() {
		p.data = append(p.data, b...)
		p.wakeReaderLocked()
	}
	p.writer = e
	p.wakeWriterLocked()
}

// finishLocked ends the body, with an error or without.
func (p *pipe) finishLocked(b []byte, err error) {
	if p.err != nil {
		return
	}
	if err == nil {
		p.data, err = append(p.data, b...), io.EOF
	}
	p.err = err
	p.wakeReaderLocked()
	p.wakeWriterLocked()
}

func (p *pipe) overLocked() bool { return p.closed || p.err != nil }

func (p *pipe) wakeReaderLocked() {
	if wake := p.reader; wake != nil && (len(p.data) > 0 || p.overLocked()) {
		p.reader = nil
		wake()
	}
}

func (p *pipe) wakeWriterLocked() {
	if p.writer != nil && (len(p.data) <= pipeSize || p.overLocked()) {
		p.s.pushLocked(p.writer)
		p.writer = nil
	}
}

// awaitLocked has wake called once there is something to read.
func (p *pipe) awaitLocked(wake func()) {
	p.reader = wake
	p.wakeReaderLocked()
}

// take gives what can be read, to the only reader, which has waited for it.
func (p *pipe) take(b []byte) (n int, err error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	switch {
	case p.closed:
		return 0, io.ErrClosedPipe
	case len(p.data) == 0:
		p.seenLocked()
		return 0, p.err
	}
	n = copy(b, p.data)
	p.data = p.data[n:]
	p.wakeWriterLocked()
	p.s.kickLocked()
	return n, nil
}

func (p *pipe) seenLocked() {
	p.seen = true
	if p.ended != nil {
		p.s.pushLocked(p.ended)
		p.ended = nil
	}
}

// body is the reading end of a pipe for one caller.
type body struct {
	*pipe
	ctx    context.Context // of the request; for a caller outside of all objects
	caller *Actor          // nil: code outside
}

func (b *body) Read(p []byte) (int, error) {
	var err error
	switch {
	case b.caller != nil:
		err = b.waitInside()
	case b.ctx.Value(clientKey{}) != nil:
		b.waitClient()
	default:
		err = b.waitOutside()
	}
	if err != nil {
		return 0, err
	}
	return b.take(p)
}

// waitInside ends the turn, as every read of what comes from elsewhere does
// (rule 3.3).
func (b *body) waitInside() error {
	if err := b.caller.holds(); err != nil {
		return err
	}
	return b.s.current.Load().yield(wait{what: "a body"}, func(e *entry) {
		b.awaitLocked(func() { b.s.pushLocked(e) })
	})
}

func (b *body) waitClient() {
	e := &entry{wake: make(chan struct{}, 1), client: goroutineID()}
	b.s.mu.Lock()
	b.rootLocked(func() { b.s.pushLocked(e) })
	b.s.parkLocked(e)
}

func (b *body) waitOutside() error {
	done := make(chan struct{})
	b.s.mu.Lock()
	r := b.rootLocked(func() { close(done) })
	b.s.kickLocked()
	b.s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-b.ctx.Done():
	}
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	delete(b.s.roots, r)
	if b.reader == nil {
		return nil
	}
	b.reader = nil
	return context.Cause(b.ctx)
}

// rootLocked is awaitLocked for a caller outside, for which virtual time passes.
func (b *body) rootLocked(wake func()) *root {
	r := b.s.newRootLocked("reading the body of "+b.label, func(err error) { b.finishLocked(nil, err) })
	b.awaitLocked(func() {
		delete(b.s.roots, r) // before the reader runs: time must not pass for it
		wake()
	})
	return r
}

func (b *body) Close() error {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.closed, b.data = true, nil
	b.seenLocked()
	b.wakeReaderLocked()
	b.wakeWriterLocked()
	b.s.kickLocked()
	return nil
}
