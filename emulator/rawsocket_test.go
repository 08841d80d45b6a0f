package emulator_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// rawConn is a WebSocket client that sends any bytes.
type rawConn struct {
	net.Conn
	r   *bufio.Reader
	res *http.Response
}

// rawDial makes a handshake; header has lines that end in \r\n.
func rawDial(t testing.TB, url, target string, header ...string) *rawConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &rawConn{Conn: conn, r: bufio.NewReader(conn)}
	if len(header) == 0 {
		header = []string{"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"}
	}
	c.write(t, []byte("GET "+target+" HTTP/1.1\r\nHost: x\r\n"+strings.Join(header, "")+"\r\n"))
	if c.res, err = http.ReadResponse(c.r, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *rawConn) write(t testing.TB, p []byte) {
	t.Helper()
	if _, err := c.Write(p); err != nil {
		t.Fatal(err)
	}
}

// frame reads one frame of a server as a line, or "end".
func (c *rawConn) frame() string {
	var head [2]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return "end"
	}
	size := uint64(head[1] & 0x7f)
	switch size {
	case 126:
		var n uint16
		_ = binary.Read(c.r, binary.BigEndian, &n) // a cut frame fails below
		size = uint64(n)
	case 127:
		_ = binary.Read(c.r, binary.BigEndian, &size)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(c.r, data); err != nil {
		return "end"
	}
	switch op := head[0] & 15; {
	case head[0]&0x70 != 0:
		return "reserved bits"
	case op == 8 && len(data) < 2:
		return "close (empty)"
	case op == 8:
		return fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(data), data[2:])
	default:
		return map[byte]string{1: "text ", 2: "bin ", 9: "ping ", 10: "pong "}[op] + string(data)
	}
}

// until reads frames up to one.
func (c *rawConn) until(t testing.TB, last string) (lines []string) {
	t.Helper()
	for {
		lines = append(lines, c.frame())
		if got := lines[len(lines)-1]; got == last || got == "end" {
			return lines
		}
	}
}
