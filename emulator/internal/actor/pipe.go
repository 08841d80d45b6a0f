package actor

import (
	"io"
	"sync"
)

// pipe carries the body of a response that is written while it is read. It is
// safe for one reader and one writer.
type pipe struct {
	mu     sync.Mutex
	more   sync.Cond // the reader waits for data or the end
	less   sync.Cond // the writer waits for room
	data   []byte
	err    error // set at the end; io.EOF is a good one
	closed bool  // by the reader
}

// pipeSize is how much may wait to be read before a writer has to wait.
const pipeSize = 256 << 10

func newPipe() *pipe {
	p := &pipe{}
	p.more.L, p.less.L = &p.mu, &p.mu
	return p
}

// write appends b and calls done when it is copied, then waits until there is
// room for more. A reader that has gone is no error: the handler runs to its
// end (rule 2.38).
func (p *pipe) write(b []byte, done func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && p.err == nil {
		p.data = append(p.data, b...)
		p.more.Signal()
	}
	done()
	for len(p.data) > pipeSize && !p.closed && p.err == nil {
		p.less.Wait()
	}
	return nil
}

// finish ends the body, with an error or without.
func (p *pipe) finish(b []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	if err == nil {
		p.data, err = append(p.data, b...), io.EOF
	}
	p.err = err
	p.more.Signal()
	p.less.Signal()
}

func (p *pipe) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.data) == 0 && p.err == nil && !p.closed {
		p.more.Wait()
	}
	switch {
	case p.closed:
		return 0, io.ErrClosedPipe
	case len(p.data) == 0:
		return 0, p.err
	}
	n := copy(b, p.data)
	p.data = p.data[n:]
	p.less.Signal()
	return n, nil
}

func (p *pipe) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.data = nil
	p.more.Signal()
	p.less.Signal()
	return nil
}
