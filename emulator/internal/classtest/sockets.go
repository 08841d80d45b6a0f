package classtest

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// SocketSubject is one way to write the Worker of sockets.json, whose source in
// JavaScript is fixtures/workerd/record/sockets.mjs.
type SocketSubject struct {
	// Serve serves it under a compatibility date and gives the server's URL.
	Serve func(t *testing.T, date string) string
	// Differences are the scenes and handshakes that are answered otherwise, with
	// the reason.
	Differences map[string]string
}

var socketDates = map[string]string{"standard": "2026-07-01", "half-open": "2026-04-06", "hibernatable": "2026-07-01"}

// RunSockets plays every recorded scene over TCP, and makes every handshake.
func RunSockets(t *testing.T, s SocketSubject) {
	rec := load(t, workerd.Sockets)
	if len(rec.Scenes) < 100 || len(rec.Handshakes) < 10 {
		t.Fatalf("only %d scenes and %d handshakes are recorded", len(rec.Scenes), len(rec.Handshakes))
	}
	servers := map[string]string{}
	for _, date := range socketDates {
		if servers[date] == "" {
			servers[date] = strings.TrimPrefix(s.Serve(t, date), "http://")
		}
	}
	compare := func(t *testing.T, key string, rules []string, want, got any) {
		diff := cmp.Diff(want, got)
		switch why, differs := s.Differences[key]; {
		case differs && diff == "":
			t.Errorf("agrees with the real runtime, yet is listed as different: %s", why)
		case !differs && diff != "":
			t.Errorf("rules %s (-want +got):\n%s", strings.Join(rules, ", "), diff)
		}
	}
	for _, scene := range rec.Scenes {
		t.Run(scene.Name, func(t *testing.T) {
			got := scene
			got.Answer.Object, got.Answer.Client = playScene(t, servers[socketDates[scene.Kind]], &scene)
			compare(t, scene.Name, scene.Rules, scene.Answer, got.Answer)
		})
	}
	for _, shake := range rec.Handshakes {
		t.Run("handshake/"+shake.Name, func(t *testing.T) {
			got := shake
			got.Answer.Status, got.Answer.Headers = playHandshake(t, servers[rec.Runtime.CompatibilityDate], &shake)
			if got.Answer.Status != http.StatusSwitchingProtocols { // the rest is net/http's
				got.Answer.Headers, shake.Answer.Headers = nil, nil
			}
			compare(t, "handshake/"+shake.Name, shake.Rules, shake.Answer, got.Answer)
		})
	}
}

// playTime is how long anything that was recorded may take to happen.
const playTime = 10 * time.Second

func playScene(t *testing.T, addr string, scene *workerd.Scene) (object, client []string) {
	q := url.Values{"object": {scene.Name}, "kind": {scene.Kind}, "mode": {scene.Mode}}
	c := shake(t, addr, "/?"+q.Encode(), nil)
	defer c.Close()
	if c.res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %s", c.res.Status)
	}
	readAll := func() {
		for len(client) < len(scene.Answer.Client) && (len(client) == 0 || client[len(client)-1] != "end") {
			client = append(client, c.frame())
		}
	}
	closes := false
	for _, step := range scene.Sent {
		if step == "drop" {
			readAll()
			c.Close()
			break
		}
		frame, err := hex.DecodeString(step)
		if err != nil {
			t.Fatal(err)
		}
		closes = closes || frame[0]&15 == 8
		if _, err := c.Write(frame); err != nil {
			client = append(client, "end")
		}
	}
	readAll()
	if open := !closes && !slices.Contains(scene.Sent, "drop") && !strings.Contains(strings.Join(append([]string{"end"}, scene.Answer.Object...), "\n"), "\nerror "); open {
		// Whatever is still to come would come before the answer.
		if _, err := c.Write([]byte{0x89, 0x85, 0, 0, 0, 0, 'f', 'e', 'n', 'c', 'e'}); err != nil {
			t.Fatal(err)
		}
		for line := c.frame(); line != "pong fence"; line = c.frame() {
			client = append(client, line)
			if line == "end" {
				break
			}
		}
	}
	return objectLog(t, addr, q, len(scene.Answer.Object)), append([]string{}, client...)
}

// objectLog asks for the object's log until it is as long as the recorded one.
func objectLog(t *testing.T, addr string, q url.Values, n int) (lines []string) {
	for end := time.Now().Add(playTime); ; {
		res, err := http.Get("http://" + addr + "/log?" + q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(res.Body).Decode(&lines)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) >= n || time.Now().After(end) {
			return lines
		}
	}
}

func playHandshake(t *testing.T, addr string, h *workerd.Handshake) (status int, lines []string) {
	set, err := json.Marshal(h.Response)
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{"object": {h.Name}, "kind": {"hibernatable"}, "mode": {""}, "headers": {string(set)}}
	c := shake(t, addr, "/?"+q.Encode(), h.Headers)
	defer c.Close()
	for name, values := range c.res.Header {
		for _, v := range values {
			lines = append(lines, strings.ReplaceAll(name, "Websocket", "WebSocket")+": "+v)
		}
	}
	slices.Sort(lines)
	return c.res.StatusCode, lines
}

// wire is a client that sends any bytes.
type wire struct {
	net.Conn
	r   *bufio.Reader
	res *http.Response
}

// shake makes a handshake; headers replace those of a good one, and null takes
// one away.
func shake(t *testing.T, addr, target string, headers map[string]*string) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(playTime))
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
	for name, v := range headers {
		delete(all, name)
		if v != nil {
			all[name] = *v
		}
	}
	text := "GET " + target + " HTTP/1.1\r\nHost: worker\r\n"
	for name, v := range all {
		text += name + ": " + v + "\r\n"
	}
	c := &wire{Conn: conn, r: bufio.NewReader(conn)}
	_, err = io.WriteString(conn, text+"\r\n")
	if err == nil {
		c.res, err = http.ReadResponse(c.r, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// frame reads one frame as the recording has it.
func (c *wire) frame() string {
	var head [2]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return ended(err)
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
		return ended(err)
	}
	switch op := head[0] & 15; {
	case head[0]&0x70 != 0:
		return "reserved bits"
	case op == 8 && len(data) < 2:
		return "close (empty)"
	case op == 8:
		return fmt.Sprintf("close %d %s", binary.BigEndian.Uint16(data), data[2:])
	default:
		return map[byte]string{1: "text ", 2: "binary ", 9: "ping ", 10: "pong "}[op] + string(data)
	}
}

func ended(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "nothing"
	}
	return "end"
}
