package socket

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws/wsflate"
)

// negotiate gives the answer to a client's offers of permessage-deflate
// (RFC 7692), or "". Messages are compressed each on its own, so that an idle
// connection keeps no window. What is sent is not compressed, which the extension
// leaves to the sender.
func negotiate(header http.Header) string {
	offers, ok := httphead.OptionSelector{}.Select([]byte(strings.Join(header.Values("Sec-WebSocket-Extensions"), ",")), nil)
	if !ok {
		return ""
	}
	for _, offer := range offers {
		if string(offer.Name) != wsflate.ExtensionName {
			continue
		}
		if answer, ok := accept(offer); ok {
			return answer
		}
	}
	return ""
}

// accept answers one offer. One with a parameter that is unknown, double or has
// a wrong value is declined. The library's own answer would decline
// server_max_window_bits too, and has the parameters in another order than the
// runtime's.
func accept(offer httphead.Option) (answer string, ok bool) {
	var p wsflate.Parameters
	if err := p.Parse(offer); err != nil || double(offer) {
		return "", false
	}
	answer = "permessage-deflate; client_no_context_takeover; server_no_context_takeover"
	if p.ServerMaxWindowBits.Defined() {
		answer += fmt.Sprintf("; server_max_window_bits=%d", p.ServerMaxWindowBits)
	}
	return answer, true
}

// double reports whether a parameter comes twice, which the library does not see
// if it has no value.
func double(offer httphead.Option) (found bool) {
	seen := map[string]bool{}
	offer.Parameters.ForEach(func(name, _ []byte) bool {
		found = found || seen[string(name)]
		seen[string(name)] = true
		return true
	})
	return found
}

// inflaters are readers of compressed messages, some 40 KiB each.
var inflaters = sync.Pool{New: func() any {
	return wsflate.NewReader(bytes.NewReader(nil), func(r io.Reader) wsflate.Decompressor { return inflater{flate.NewReader(r)} })
}}

// inflater is a decompressor that the library can use again.
type inflater struct{ io.Reader }

func (i inflater) Reset(r io.Reader) {
	_ = i.Reader.(flate.Resetter).Reset(r, nil) // it has no error to give
}

// inflate gives a compressed message in full.
func inflate(data []byte) ([]byte, error) {
	r := inflaters.Get().(*wsflate.Reader)
	defer inflaters.Put(r)
	// The library reads a byte too many where data ends early, but only from
	// what gives it single bytes.
	r.Reset(struct{ io.Reader }{bytes.NewReader(data)})
	out, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	switch {
	case err != nil:
		return nil, violation("Received a compressed message that cannot be read: %v", err)
	case len(out) > MaxMessage:
		return nil, &ProtocolError{Code: 1009, Description: fmt.Sprintf("Message is too large: more than %d bytes when decompressed", MaxMessage)}
	}
	return out, nil
}
