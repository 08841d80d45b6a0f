package socket

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/gobwas/ws"
)

// Asked reports whether a request asks for a WebSocket.
func Asked(req *http.Request) bool {
	return strings.EqualFold(req.Header.Get("Upgrade"), "websocket")
}

// own are the headers of a handshake that its ends set by themselves.
var own = []string{"Connection", "Upgrade", "Sec-Websocket-Accept", "Sec-Websocket-Extensions", "Content-Length", "Transfer-Encoding"}

// Upgrade answers a request with a handshake that carries header, and takes
// over its connection. With compress it accepts an offer of permessage-deflate.
// A request that it cannot be the answer to is answered with a status and the
// runtime's words; the error says so.
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
		err = answer(conn, key, extensions, header)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("answering the handshake: %w", err)
	}
	c := NewConn(conn, first, nil)
	c.inflate = extensions != ""
	return c, nil
}

// answer has the library answer a handshake whose key is key. The library reads
// requests by itself and wants more of them than the runtime does, such as a
// Connection header, so it is shown one that has nothing else of the real one.
// Extensions are written here, since it leaves out the spaces of the runtime.
func answer(w io.Writer, key, extensions string, header http.Header) error {
	out := http.Header{}
	maps.Copy(out, header)
	for _, name := range own {
		out.Del(name)
	}
	if extensions != "" {
		out["Sec-WebSocket-Extensions"] = []string{extensions}
	}
	req := strings.NewReader("GET / HTTP/1.1\r\nHost: worker\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n\r\n")
	_, err := ws.Upgrader{Header: ws.HandshakeHeaderHTTP(out)}.Upgrade(struct {
		io.Reader
		io.Writer
	}{req, w})
	return err
}

// acceptKey gives the answer to a handshake's key, or "" if the library has none.
func acceptKey(key string) string {
	var b bytes.Buffer
	if err := answer(&b, key, "", nil); err != nil {
		return ""
	}
	res, err := http.ReadResponse(bufio.NewReader(&b), nil)
	if err != nil {
		return ""
	}
	return res.Header.Get("Sec-WebSocket-Accept")
}

// Dial sends a request with a handshake. A response with another status than
// 101 comes back with a nil Conn; one with 101 has lost its body to the Conn.
// random fills in keys. The library's Dialer has keys and connections of its own,
// so it has no part in this.
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
