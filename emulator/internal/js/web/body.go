package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Thrower is an error of Go that knows what JavaScript should see of it. A body
// or a transport may fail with one; other errors of the network become the
// runtime's "Network connection lost.".
type Thrower interface {
	error
	Throw(iso *quickjs.Isolate) (quickjs.Value, error)
}

// bodyReader is a body that is read from Go, by JavaScript or for it. It
// belongs to whoever holds the turn; one read at a time.
type bodyReader struct {
	io       IOContext
	body     io.ReadCloser
	encoding string // Content-Encoding of what body gives; "" once it is decoded on the way
	buffer   []byte
	busy     bool // a read is under way, or will be
	orphan   bool // JavaScript does not need it any more
	closed   bool
}

const (
	chunkSize  = 64 << 10 // the most that is read at once
	firstChunk = 4 << 10
	// bodyLimit is how much of a body is collected in memory: an isolate has no more.
	bodyLimit = 128 << 20
)

func (p *Platform) reader(v quickjs.Value) (*bodyReader, error) {
	h, _ := v.Host()
	r, ok := h.(*bodyReader)
	if !ok {
		return nil, fmt.Errorf("not a body: %v", v)
	}
	io, err := p.current()
	if err != nil {
		return nil, err
	}
	if io != r.io {
		return nil, p.Foreign("ReadableStreamSource")
	}
	return r, nil
}

// newReader makes the object that stands for a body in JavaScript; undefined
// for no body.
func (p *Platform) newReader(io IOContext, body io.ReadCloser, encoding string) (quickjs.Value, error) {
	if body == nil {
		return quickjs.Value{}, nil
	}
	r := &bodyReader{io: io, body: body, encoding: encoding}
	return p.Isolate.Host(p.Isolate.Null(), r, r.abandon)
}

func (r *bodyReader) close() {
	if !r.closed {
		r.closed = true
		_ = r.body.Close() // whoever wanted an error has read to the end
	}
}

// abandon closes the body as soon as nobody reads it.
func (r *bodyReader) abandon() {
	r.orphan = true
	if !r.busy {
		r.close()
	}
}

// begin and end are around each read, from the call on that asks for it.
func (r *bodyReader) begin() { r.busy = true }

func (r *bodyReader) end() {
	r.busy = false
	if r.orphan {
		r.close()
	}
}

func (p *Platform) bodyNatives(n *natives) {
	n.add("read", 2, p.readBody)
	n.add("readAll", 2, p.readAllBody)
	n.add("cancel", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if r, ok := hostOf[*bodyReader](c.Arg(0)); ok {
			r.abandon()
		}
		return quickjs.Value{}, nil
	})
}

func hostOf[T any](v quickjs.Value) (T, bool) {
	h, _ := v.Host()
	t, ok := h.(T)
	return t, ok
}

// readBody(reader, most) gives a promise of a chunk, or of undefined at the end.
func (p *Platform) readBody(c *quickjs.Call) (quickjs.Value, error) {
	r, err := p.reader(c.Arg(0))
	if err != nil {
		return quickjs.Value{}, err
	}
	most, err := c.Arg(1).Float()
	if err != nil {
		return quickjs.Value{}, err
	}
	size := chunkSize
	if most > 0 && most < chunkSize {
		size = int(most)
	}
	r.decode()
	r.begin()
	return p.later(r.io, "read a body", func(ctx context.Context) (func() (quickjs.Value, error), error) {
		defer r.end()
		chunk, err := r.next(size)
		if err != nil {
			return nil, err
		}
		return func() (quickjs.Value, error) {
			if chunk == nil {
				return quickjs.Value{}, nil
			}
			return p.Isolate.Uint8Array(chunk)
		}, nil
	})
}

// next reads at most size bytes; nil is the end. The bytes are good until the
// next call.
func (r *bodyReader) next(size int) ([]byte, error) {
	if r.closed {
		return nil, nil
	}
	if r.buffer == nil {
		r.buffer = make([]byte, firstChunk)
	}
	for {
		b := r.buffer[:min(size, len(r.buffer))]
		n, err := r.body.Read(b)
		if n > 0 {
			if n == len(r.buffer) && n < chunkSize { // much is there
				r.buffer = make([]byte, min(4*n, chunkSize))
			}
			return b[:n], nil
		}
		if err != nil {
			r.close()
			if err == io.EOF {
				err = nil
			}
			return nil, err
		}
	}
}

// readAllBody(reader, text) gives a promise of all that is left.
func (p *Platform) readAllBody(c *quickjs.Call) (quickjs.Value, error) {
	r, err := p.reader(c.Arg(0))
	if err != nil {
		return quickjs.Value{}, err
	}
	text := c.Arg(1).Truthy()
	r.decode()
	r.begin()
	return p.later(r.io, "read a body", func(ctx context.Context) (func() (quickjs.Value, error), error) {
		defer r.end()
		var all []byte
		if !r.closed {
			all, err = io.ReadAll(io.LimitReader(r.body, bodyLimit+1))
			r.close()
		}
		if err != nil {
			return nil, err
		}
		if len(all) > bodyLimit {
			return nil, quickjs.RangeErrorf("Memory limit would be exceeded before EOF.")
		}
		return func() (quickjs.Value, error) {
			if text {
				return p.Isolate.String(utf8Text(all))
			}
			return p.Isolate.Uint8Array(all)
		}, nil
	})
}

// later gives a promise for what work does beside JavaScript. The function that
// work returns makes the value, in JavaScript.
func (p *Platform) later(io IOContext, label string, work func(ctx context.Context) (func() (quickjs.Value, error), error)) (quickjs.Value, error) {
	promise, d, err := p.Isolate.Promise()
	if err != nil {
		return quickjs.Value{}, err
	}
	io.Go(label, func(ctx context.Context) {
		value, err := work(ctx)
		_ = io.Run(ctx, func() error { // what fails ends the context, and nobody waits any more
			if err != nil {
				return p.fail(d, err)
			}
			v, err := value()
			if err != nil {
				return d.Fail(err)
			}
			return d.Resolve(v)
		})
	})
	return promise, nil
}

// fail rejects a promise with what JavaScript sees of an error of the network.
func (p *Platform) fail(d *quickjs.Deferred, err error) error {
	v, err := p.thrown(err)
	if err != nil {
		return d.Fail(err)
	}
	return d.Reject(v)
}

// thrown gives the value that stands for an error of the network or of whoever
// answered instead of it.
func (p *Platform) thrown(err error) (quickjs.Value, error) {
	var t Thrower
	if errors.As(err, &t) {
		return t.Throw(p.Isolate)
	}
	var js *quickjs.Error
	if errors.As(err, &js) || !lost(err) {
		return p.Isolate.ErrorValue(err)
	}
	v, err := p.Isolate.NewError("Error", "Network connection lost.")
	if err != nil {
		return quickjs.Value{}, err
	}
	return v, v.Set("retryable", p.Isolate.Bool(true))
}

// lost reports whether an error is one of the network.
func lost(err error) bool {
	var network net.Error
	var system syscall.Errno
	return errors.As(err, &network) || errors.As(err, &system) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}
