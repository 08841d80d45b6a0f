package socket

import (
	"bytes"
	"compress/flate"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestNegotiate(t *testing.T) {
	const yes = "permessage-deflate; client_no_context_takeover; server_no_context_takeover"
	for offers, want := range map[string]string{
		"":                   "",
		"permessage-deflate": yes,
		"permessage-deflate; client_max_window_bits":                                yes,
		"x-webkit-deflate-frame, permessage-deflate; server_no_context_takeover":    yes,
		"permessage-deflate; server_max_window_bits=10":                             yes + "; server_max_window_bits=10",
		`permessage-deflate; server_max_window_bits="9"; client_max_window_bits=15`: yes + "; server_max_window_bits=9",
		"permessage-deflate; server_max_window_bits":                                "",
		"permessage-deflate; server_max_window_bits=7":                              "",
		"permessage-deflate; unknown":                                               "",
		"permessage-deflate; client_max_window_bits; client_max_window_bits":        "",
		"permessage-deflate; unknown, permessage-deflate":                           yes,
		"permessage-deflate; client_no_context_takeover=1":                          "",
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":         yes + "; server_max_window_bits=10",
	} {
		if got := negotiate(http.Header{"Sec-Websocket-Extensions": {offers}}); got != want {
			t.Errorf("%s: got %q, want %q", offers, got, want)
		}
	}
}

// compressed gives a frame with a compressed message.
func compressed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	var out stream
	if err := NewConn(&out, nil, key).Write(Frame{Op: Text, Data: bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})}); err != nil {
		t.Fatal(err)
	}
	out.Bytes()[0] |= 0x40
	return out.Bytes()
}

func readOne(data []byte) (Frame, error) {
	c := NewConn(&stream{Reader: bytes.NewReader(data)}, nil, nil)
	c.inflate = true
	return c.Read()
}

// Compressed messages are read in full, and one that is too large, or no
// message, is refused.
func TestInflate(t *testing.T) {
	for _, text := range []string{"", "a", strings.Repeat("hello ", 10_000)} {
		if f, err := readOne(compressed(t, []byte(text))); err != nil || string(f.Data) != text {
			t.Errorf("got %.20q of %d bytes, %v", f.Data, len(f.Data), err)
		}
	}
	if f, err := readOne(compressed(t, make([]byte, MaxMessage))); err != nil || len(f.Data) != MaxMessage {
		t.Errorf("the largest: %d bytes, %v", len(f.Data), err)
	}
	var fault *ProtocolError
	if _, err := readOne(compressed(t, make([]byte, MaxMessage+1))); !errors.As(err, &fault) || fault.Code != 1009 {
		t.Errorf("too large: %v", err)
	}
	if _, err := readOne([]byte{0xc1, 2, 0xff, 0xff}); !errors.As(err, &fault) || fault.Code != 1002 {
		t.Errorf("no message: %v", err)
	}
	for _, cut := range [][]byte{{}, {0xf2}, {0xf2, 0x48, 0xcd}} {
		if _, err := readOne(append([]byte{0xc1, byte(len(cut))}, cut...)); !errors.As(err, &fault) || fault.Code != 1002 {
			t.Errorf("cut off after %d bytes: %v", len(cut), err)
		}
	}
	if f, err := readOne([]byte{0x81, 1, 'a'}); err != nil || string(f.Data) != "a" {
		t.Errorf("not compressed: %q, %v", f.Data, err)
	}
	if _, err := readOne([]byte{0x01, 1, 'a', 0xc0, 1, 'b'}); !errors.As(err, &fault) {
		t.Errorf("a compressed fragment in the middle: %v", err)
	}
}

// FuzzInflate: any bytes are a message or an error.
func FuzzInflate(f *testing.F) {
	f.Add([]byte{0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if out, err := inflate(data); err == nil && len(out) > MaxMessage {
			t.Error("too large")
		}
	})
}

func FuzzNegotiate(f *testing.F) {
	f.Add(`permessage-deflate; server_max_window_bits="9"; client_max_window_bits=15, x`)
	f.Fuzz(func(t *testing.T, offers string) {
		if got := negotiate(http.Header{"Sec-Websocket-Extensions": {offers}}); strings.ContainsAny(got, "\r\n,") {
			t.Errorf("the answer breaks its header: %q", got)
		}
	})
}
