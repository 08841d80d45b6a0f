package socket

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"
)

// MaxMessage is the size of the largest message that is received (rule 9.19).
const MaxMessage = 32 << 20

// Op is the kind of a frame.
type Op byte

// The kinds of frames, by their opcodes.
const (
	continuation Op = 0
	Text         Op = 1
	Binary       Op = 2
	Close        Op = 8
	Ping         Op = 9
	Pong         Op = 10
)

// NoStatus is the code of a close frame that has none.
const NoStatus = 1005

// Frame is a message or a control frame. The data of a text is valid UTF-8; of
// a close frame it is the reason.
type Frame struct {
	Op   Op
	Data []byte
	Code int // of a close frame
}

// ProtocolError is a fault of the other side. The one who reads sends its code
// and description in a close frame.
type ProtocolError struct {
	Code        int
	Description string
}

// Error gives the text of the runtime's error, whose misspelling is its own.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("WebSocket protocol error; protocolError.statusCode = %d; protocolError.description = %s", e.Code, e.Description)
}

func violation(format string, args ...any) error {
	return &ProtocolError{Code: 1002, Description: fmt.Sprintf(format, args...)}
}

// Conn is one WebSocket connection. One goroutine at a time may read, and one
// may write; Close may be called by any.
type Conn struct {
	rw   io.ReadWriteCloser
	mask func(key []byte) // makes the key of a client's frame; nil for servers
	// inflate: messages may be compressed.
	inflate bool

	first []byte // arrived with the handshake
	from  uint8  // of what is in buf and was not read
	to    uint8
	op    Op     // of the message whose fragments are in parts
	small bool   // that message is compressed
	parts []byte // nil: none
	buf   [128]byte
}

// NewConn gives a connection whose handshake is over. first is what was read
// behind it. A client passes random, which fills in the keys of its frames.
func NewConn(rw io.ReadWriteCloser, first []byte, random func([]byte)) *Conn {
	return &Conn{rw: rw, first: first, mask: random}
}

// Close ends the connection without a close frame.
func (c *Conn) Close() error { return c.rw.Close() }

// Read gives the next message or control frame, but no pongs. An error is
// final: a [*ProtocolError], io.EOF where the other side ended the connection
// between two frames, or one of the connection.
func (c *Conn) Read() (Frame, error) {
	for {
		h, err := c.header()
		if err != nil {
			return Frame{}, err
		}
		if err := c.check(h); err != nil {
			return Frame{}, err
		}
		if h.op >= Close {
			data, err := c.payload(nil, h)
			switch {
			case err != nil:
				return Frame{}, err
			case h.op == Pong:
				continue
			case h.op == Close:
				return closeFrame(data), nil
			}
			return Frame{Op: h.op, Data: data}, nil
		}
		if h.op != continuation {
			c.op, c.small = h.op, h.rsv != 0
		}
		data, err := c.payload(c.parts, h)
		if err != nil {
			return Frame{}, err
		}
		if !h.fin {
			c.parts = data
			continue
		}
		c.parts = nil
		if c.small {
			if data, err = inflate(data); err != nil {
				return Frame{}, err
			}
		}
		if c.op == Text {
			data = validText(data)
		}
		return Frame{Op: c.op, Data: data}, nil
	}
}

// header is the beginning of a frame.
type header struct {
	fin    bool
	rsv    byte
	op     Op
	masked bool
	key    [4]byte
	size   uint64
}

func (c *Conn) header() (h header, err error) {
	b, err := c.next(2)
	if err != nil {
		return h, err
	}
	h = header{fin: b[0]&0x80 != 0, rsv: b[0] >> 4 & 7, op: Op(b[0] & 15), masked: b[1]&0x80 != 0, size: uint64(b[1] & 0x7f)}
	switch h.size {
	case 126:
		if b, err = c.next(2); err != nil {
			return h, cut(err)
		}
		h.size = uint64(binary.BigEndian.Uint16(b))
	case 127:
		if b, err = c.next(8); err != nil {
			return h, cut(err)
		}
		h.size = binary.BigEndian.Uint64(b)
	}
	if h.masked {
		if b, err = c.next(4); err != nil {
			return h, cut(err)
		}
		copy(h.key[:], b)
	}
	return h, nil
}

// check refuses a frame that the runtime refuses, with its words.
func (c *Conn) check(h header) error {
	control := h.op >= Close
	switch {
	case h.rsv&3 != 0:
		return violation("Received frame had RSV bits 2 or 3 set")
	case control && !h.fin:
		return violation("Received fragmented control frame")
	case !control && h.op == continuation && c.parts == nil:
		return violation("Unexpected continuation frame")
	case !control && h.op != continuation && c.parts != nil:
		return violation("Missing continuation frame")
	case h.rsv != 0 && !(c.inflate && (h.op == Text || h.op == Binary)):
		return violation("Received a WebSocket frame whose compression bit was set, but the compression extension was not " +
			"negotiated for this connection.")
	case h.op > Pong || h.op > Binary && h.op < Close:
		return violation("Unknown opcode %d", h.op)
	}
	room := MaxMessage
	if !control {
		room -= len(c.parts)
	}
	if h.size > uint64(room) {
		return &ProtocolError{Code: 1009, Description: fmt.Sprintf("Message is too large: %d > %d", h.size, room)}
	}
	return nil
}

// chunk is how much is read before more memory is taken for a message.
const chunk = 64 << 10

// payload reads a frame's payload behind to, which it may take over.
func (c *Conn) payload(to []byte, h header) ([]byte, error) {
	if to == nil {
		to = make([]byte, 0, min(h.size, chunk))
	}
	for at, left := 0, int(h.size); left > 0; {
		n := min(left, max(chunk, len(to)))
		start := len(to)
		to = append(to, make([]byte, n)...)
		part := to[start:]
		if err := c.full(part); err != nil {
			return nil, cut(err)
		}
		if h.masked {
			for i := range part {
				part[i] ^= h.key[(at+i)&3]
			}
		}
		at, left = at+n, left-n
	}
	return to, nil
}

// next gives the next n bytes, at most 8. They are valid until the next call.
func (c *Conn) next(n int) ([]byte, error) {
	for int(c.to-c.from) < n {
		if c.from > 0 {
			c.to = uint8(copy(c.buf[:], c.buf[c.from:c.to]))
			c.from = 0
		}
		k, err := c.read(c.buf[c.to:])
		c.to += uint8(k)
		if err != nil && int(c.to-c.from) < n {
			if c.to > c.from {
				err = cut(err)
			}
			return nil, err
		}
	}
	b := c.buf[c.from : int(c.from)+n]
	c.from += uint8(n)
	return b, nil
}

// full fills p.
func (c *Conn) full(p []byte) error {
	n := copy(p, c.buf[c.from:c.to])
	c.from += uint8(n)
	for n < len(p) {
		k, err := c.read(p[n:])
		n += k
		if err != nil && n < len(p) {
			return err
		}
	}
	return nil
}

func (c *Conn) read(p []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	c.first = nil
	return c.rw.Read(p)
}

// cut says that a connection ended within a frame.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func closeFrame(data []byte) Frame {
	if len(data) < 2 {
		return Frame{Op: Close, Code: NoStatus}
	}
	return Frame{Op: Close, Code: int(binary.BigEndian.Uint16(data)), Data: validText(data[2:])}
}

// validText replaces what is not UTF-8, as the web's decoder does.
func validText(data []byte) []byte {
	if utf8.Valid(data) {
		return data
	}
	out := make([]byte, 0, len(data)+8)
	for len(data) > 0 {
		if r, n := utf8.DecodeRune(data); r != utf8.RuneError || n > 1 {
			out = append(out, data[:n]...)
			data = data[n:]
			continue
		}
		out = append(out, "\uFFFD"...)
		data = data[badLength(data):]
	}
	return out
}

// badLength is the length of what one replacement stands for: the longest
// beginning of a rune, or one byte.
func badLength(data []byte) int {
	n := 1
	for n < len(data) && n < utf8.UTFMax && !utf8.FullRune(data[:n]) {
		n++
	}
	if utf8.FullRune(data[:n]) && n > 1 {
		n-- // its last byte is what does not fit
	}
	return n
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Write sends frames, small ones together.
func (c *Conn) Write(frames ...Frame) error {
	pooled := buffers.Get().(*[]byte)
	defer buffers.Put(pooled)
	out := (*pooled)[:0]
	for _, f := range frames {
		data := f.Data
		if f.Op == Close {
			data = closePayload(f)
		}
		out = c.appendHeader(out, f.Op, len(data))
		if c.mask == nil && len(data) > chunk {
			if err := c.writeAll(out); err != nil {
				return err
			}
			out = out[:0]
			if err := c.writeAll(data); err != nil {
				return err
			}
			continue
		}
		out = c.appendPayload(out, data)
	}
	if cap(out) <= 2*chunk {
		*pooled = out[:0]
	}
	return c.writeAll(out)
}

func (c *Conn) writeAll(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	_, err := c.rw.Write(p)
	return err
}

func closePayload(f Frame) []byte {
	if f.Code == NoStatus {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(f.Code)), f.Data...)
}

func (c *Conn) appendHeader(out []byte, op Op, size int) []byte {
	masked := byte(0)
	if c.mask != nil {
		masked = 0x80
	}
	out = append(out, 0x80|byte(op))
	switch {
	case size < 126:
		out = append(out, masked|byte(size))
	case size <= 0xffff:
		out = binary.BigEndian.AppendUint16(append(out, masked|126), uint16(size))
	default:
		out = binary.BigEndian.AppendUint64(append(out, masked|127), uint64(size))
	}
	return out
}

func (c *Conn) appendPayload(out, data []byte) []byte {
	if c.mask == nil {
		return append(out, data...)
	}
	var key [4]byte
	c.mask(key[:])
	out = append(out, key[:]...)
	for i, b := range data {
		out = append(out, b^key[i&3])
	}
	return out
}
