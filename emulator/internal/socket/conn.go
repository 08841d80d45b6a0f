package socket

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// MaxMessage is the size of the largest message that is received (rule 9.19).
const MaxMessage = 32 << 20

// Op is the kind of a frame.
type Op byte

// The kinds of frames, by their opcodes.
const (
	Text   = Op(ws.OpText)
	Binary = Op(ws.OpBinary)
	Close  = Op(ws.OpClose)
	Ping   = Op(ws.OpPing)
	Pong   = Op(ws.OpPong)
)

// NoStatus is the code of a close frame that has none.
const NoStatus = int(ws.StatusNoStatusRcvd)

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
	rw    io.ReadWriteCloser
	mask  func(key []byte) // makes the key of a client's frame; nil for servers
	first []byte           // arrived with the handshake
	parts []byte           // the message whose last fragment is still to come; nil: none

	inflate bool // messages may be compressed
	op      Op   // of the message in parts
	small   bool // that message is compressed

	from uint8 // of what is in buf and was not read
	to   uint8
	buf  [128]byte
	head [ws.MaxHeaderSize - 2]byte // what the library reads headers into
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
		h, size, err := c.header()
		if err != nil {
			return Frame{}, err
		}
		if err := c.check(h, size); err != nil {
			return Frame{}, err
		}
		if h.OpCode.IsControl() {
			data, err := c.payload(nil, h)
			switch {
			case err != nil:
				return Frame{}, err
			case h.OpCode == ws.OpPong:
				continue
			case h.OpCode == ws.OpClose:
				return closeFrame(data), nil
			}
			return Frame{Op: Op(h.OpCode), Data: data}, nil
		}
		if h.OpCode != ws.OpContinuation {
			c.op, c.small = Op(h.OpCode), h.Rsv1()
		}
		data, err := c.payload(c.parts, h)
		if err != nil {
			return Frame{}, err
		}
		if !h.Fin {
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

// header gives the beginning of a frame, and the length that it claims. The
// library has no number for one of 2^63 bytes or more, which the runtime's words
// name: its bytes are what was read last.
func (c *Conn) header() (h ws.Header, size uint64, err error) {
	if err := c.fill(); err != nil {
		return h, 0, err
	}
	h, err = ws.ReadHeaderBuffer((*source)(c), c.head[:])
	if err == ws.ErrHeaderLengthMSB {
		return h, binary.BigEndian.Uint64(c.head[:]), nil
	}
	return h, uint64(h.Length), cut(err)
}

// check refuses a frame that the runtime refuses, with its words.
func (c *Conn) check(h ws.Header, size uint64) error {
	control := h.OpCode.IsControl()
	switch {
	case h.Rsv2() || h.Rsv3():
		return violation("Received frame had RSV bits 2 or 3 set")
	case control && !h.Fin:
		return violation("Received fragmented control frame")
	case !control && h.OpCode == ws.OpContinuation && c.parts == nil:
		return violation("Unexpected continuation frame")
	case !control && h.OpCode != ws.OpContinuation && c.parts != nil:
		return violation("Missing continuation frame")
	case h.Rsv1() && !(c.inflate && (h.OpCode == ws.OpText || h.OpCode == ws.OpBinary)):
		return violation("Received a WebSocket frame whose compression bit was set, but the compression extension was not " +
			"negotiated for this connection.")
	case h.OpCode.IsReserved():
		return violation("Unknown opcode %d", h.OpCode)
	}
	room := MaxMessage
	if !control {
		room -= len(c.parts)
	}
	if size > uint64(room) {
		return &ProtocolError{Code: 1009, Description: fmt.Sprintf("Message is too large: %d > %d", size, room)}
	}
	return nil
}

// chunk is how much is read before more memory is taken for a message.
const chunk = 64 << 10

// payload reads a frame's payload behind to, which it may take over.
func (c *Conn) payload(to []byte, h ws.Header) ([]byte, error) {
	if to == nil {
		to = make([]byte, 0, min(h.Length, chunk))
	}
	for at, left := 0, int(h.Length); left > 0; {
		n := min(left, max(chunk, len(to)))
		start := len(to)
		to = append(to, make([]byte, n)...)
		part := to[start:]
		if _, err := io.ReadFull((*source)(c), part); err != nil {
			return nil, cut(err)
		}
		if h.Masked {
			ws.Cipher(part, h.Mask, at)
		}
		at, left = at+n, left-n
	}
	return to, nil
}

// source is a connection as a reader of its bytes, of which few are read ahead.
type source Conn

func (s *source) Read(p []byte) (int, error) {
	c := (*Conn)(s)
	if c.from == c.to && len(p) >= len(c.buf) {
		return c.read(p)
	}
	if err := c.fill(); err != nil {
		return 0, err
	}
	n := copy(p, c.buf[c.from:c.to])
	c.from += uint8(n)
	return n, nil
}

// fill waits until there is something in buf.
func (c *Conn) fill() error {
	for c.from == c.to {
		n, err := c.read(c.buf[:])
		c.from, c.to = 0, uint8(n)
		if n == 0 && err != nil {
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
	code, reason := ws.ParseCloseFrameData(data)
	return Frame{Op: Close, Code: int(code), Data: validText([]byte(reason))}
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

// outgoing is frames that are sent together.
type outgoing struct {
	bytes.Buffer
	head [ws.MaxHeaderSize]byte // what the library writes headers into
}

var buffers = sync.Pool{New: func() any {
	out := new(outgoing)
	out.Grow(4 << 10)
	return out
}}

// Write sends frames, small ones together.
func (c *Conn) Write(frames ...Frame) error {
	out := buffers.Get().(*outgoing)
	defer func() {
		if out.Cap() <= 2*chunk {
			out.Reset()
			buffers.Put(out)
		}
	}()
	for _, f := range frames {
		data := f.Data
		if f.Op == Close {
			data = closePayload(f)
		}
		h := ws.Header{Fin: true, OpCode: ws.OpCode(f.Op), Length: int64(len(data))}
		if c.mask != nil {
			h.Masked, h.Mask = true, c.key()
		}
		if err := ws.WriteHeaderBuffer(out, h, out.head[:]); err != nil {
			return err
		}
		if !h.Masked && len(data) > chunk {
			if err := c.flush(out, data); err != nil {
				return err
			}
			continue
		}
		start := out.Len()
		out.Write(data)
		if h.Masked {
			ws.Cipher(out.Bytes()[start:], h.Mask, 0)
		}
	}
	return c.flush(out, nil)
}

// flush sends what is in out, and data behind it.
func (c *Conn) flush(out *outgoing, data []byte) error {
	for _, p := range [][]byte{out.Bytes(), data} {
		if len(p) == 0 {
			continue
		}
		if _, err := c.rw.Write(p); err != nil {
			return err
		}
	}
	out.Reset()
	return nil
}

func (c *Conn) key() (key [4]byte) {
	c.mask(key[:])
	return key
}

// closePayload does not cut a long reason: the one who sends decides (rule 15.18).
func closePayload(f Frame) []byte {
	if f.Code == NoStatus {
		return nil
	}
	p := make([]byte, 2+len(f.Data))
	ws.PutCloseFrameBody(p, ws.StatusCode(f.Code), string(f.Data))
	return p
}
