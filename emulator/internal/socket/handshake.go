package socket

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// acceptKey gives the answer to a handshake's key.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Asked reports whether a request asks for a WebSocket.
func Asked(req *http.Request) bool {
	return strings.EqualFold(req.Header.Get("Upgrade"), "websocket")
}

// own are the headers of a handshake that its ends set by themselves.
var own = []string{"Connection", "Upgrade", "Sec-Websocket-Accept", "Sec-Websocket-Extensions", "Content-Length", "Transfer-Encoding"}

// Upgrade answers a request with a handshake that carries header, and takes
// over its connection. With compress it accepts an offer of permessage-deflate. A request that it cannot be the answer to is answered
// with a status and the runtime's words; the error says so.
func Upgrade(w http.ResponseWriter, req *http.Request, header http.Header, compress bool) (*Conn, error) {
	refuse := func(status int, text string) (*Conn, error) {
		w.Header().Set("Connection", "close")
		http.Error(w, text, status)
		return nil, errors.New(text)
	}
	key := req.Header.Get("Sec-WebSocket-Key")
	switch {
	case req.Method != http.MethodGet:
		return refuse(http.StatusInternalServerError, "ERROR: WebSocket must be initiated with a GET request.")
	case req.Header.Get("Sec-WebSocket-Version") != "13":
		return refuse(http.StatusBadRequest, "ERROR: The requested WebSocket version is not supported.")
	case key == "":
		return refuse(http.StatusBadRequest, "ERROR: Missing Sec-WebSocket-Key")
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return refuse(http.StatusInternalServerError, "ERROR: this connection cannot become a WebSocket: "+err.Error())
	}
	first, err := rw.Reader.Peek(rw.Reader.Buffered())
	first = bytes.Clone(first) // the reader is the server's
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	extensions := ""
	if compress {
		extensions = negotiate(req.Header)
	}
	if err == nil {
		err = writeHandshake(conn, acceptKey(key), extensions, header)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("answering the handshake: %w", err)
	}
	c := NewConn(conn, first, nil)
	c.inflate = extensions != ""
	return c, nil
}

func writeHandshake(w io.Writer, accept, extensions string, header http.Header) error {
	header = header.Clone()
	for _, name := range own {
		header.Del(name)
	}
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accept + "\r\n")
	if extensions != "" {
		b.WriteString("Sec-WebSocket-Extensions: " + extensions + "\r\n")
	}
	if err := header.Write(&b); err != nil {
		return err
	}
	b.WriteString("\r\n")
	_, err := w.Write(b.Bytes())
	return err
}

// Dial sends a request with a handshake. A response with another status than
// 101 comes back with a nil Conn; one with 101 has lost its body to the Conn.
// random fills in keys.
func Dial(rt http.RoundTripper, req *http.Request, random func([]byte)) (*http.Response, *Conn, error) {
	var nonce [16]byte
	random(nonce[:])
	key := base64.StdEncoding.EncodeToString(nonce[:])
	out := req.Clone(req.Context())
	out.Header.Set("Connection", "Upgrade")
	out.Header.Set("Upgrade", "websocket")
	out.Header.Set("Sec-WebSocket-Version", "13")
	out.Header.Set("Sec-WebSocket-Key", key)
	res, err := rt.RoundTrip(out)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		return res, nil, err
	}
	rwc, ok := res.Body.(io.ReadWriteCloser)
	switch {
	case !ok:
		err = errors.New("the transport gave a response with status 101 whose body cannot be written to")
	case !strings.EqualFold(res.Header.Get("Upgrade"), "websocket"):
		err = fmt.Errorf("the server switched to the protocol %q", res.Header.Get("Upgrade"))
	case res.Header.Get("Sec-WebSocket-Accept") != acceptKey(key):
		err = errors.New("the server's Sec-WebSocket-Accept does not fit the request's key")
	}
	if err != nil {
		res.Body.Close()
		return nil, nil, fmt.Errorf("WebSocket handshake with %s: %w", req.URL.Redacted(), err)
	}
	res.Body = http.NoBody
	return res, NewConn(rwc, nil, random), nil
}
