package socket

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// negotiate gives the answer to a client's offers of permessage-deflate
// (RFC 7692), or "". Messages are compressed each on its own, so that an idle
// connection keeps no window. What is sent is not compressed, which the extension
// leaves to the sender.
func negotiate(header http.Header) string {
	for _, offer := range strings.Split(strings.Join(header.Values("Sec-WebSocket-Extensions"), ","), ",") {
		name, params, _ := strings.Cut(offer, ";")
		if strings.TrimSpace(name) != "permessage-deflate" {
			continue
		}
		if answer, ok := accept(params); ok {
			return answer
		}
	}
	return ""
}

// accept answers one offer. One with a parameter that is unknown, double or has
// a wrong value is declined.
func accept(params string) (answer string, ok bool) {
	answer = "permessage-deflate; client_no_context_takeover; server_no_context_takeover"
	seen := map[string]bool{}
	for _, p := range strings.Split(params, ";") {
		name, value, has := strings.Cut(strings.TrimSpace(p), "=")
		value = strings.Trim(value, `"`)
		switch {
		case name == "" && !has:
			continue
		case seen[name]:
			return "", false
		case (name == "client_no_context_takeover" || name == "server_no_context_takeover") && !has:
		case name == "client_max_window_bits" && (!has || windowBits(value)):
		case name == "server_max_window_bits" && windowBits(value):
			answer += "; server_max_window_bits=" + value
		default:
			return "", false
		}
		seen[name] = true
	}
	return answer, true
}

func windowBits(v string) bool {
	switch v {
	case "8", "9", "10", "11", "12", "13", "14", "15":
		return true
	}
	return false
}

// inflaters are readers of compressed messages, some 40 KiB each.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// tail ends a message: the end of its last block, which the sender has cut off,
// and an empty block that says that it was the last.
var tail = []byte{0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff}

// inflate gives a compressed message in full.
func inflate(data []byte) ([]byte, error) {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(io.MultiReader(bytes.NewReader(data), bytes.NewReader(tail)), nil); err != nil {
		return nil, violation("Received a compressed message that cannot be read: %v", err)
	}
	out, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	switch {
	case err != nil:
		return nil, violation("Received a compressed message that cannot be read: %v", err)
	case len(out) > MaxMessage:
		return nil, &ProtocolError{Code: 1009, Description: fmt.Sprintf("Message is too large: more than %d bytes when decompressed", MaxMessage)}
	}
	return out, nil
}
