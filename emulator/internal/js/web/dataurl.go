package web

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// dataResponse answers a fetch of an URL of scheme data, without any network: a
// Response and no way to abort it.
func (p *Platform) dataResponse(owner IOContext, o *Outgoing) (quickjs.Value, error) {
	defer o.Free()
	kind, body, ok := parseDataURL(o.URL)
	if !ok {
		return quickjs.Value{}, quickjs.TypeErrorf("Fetch API cannot load: %s", o.URL)
	}
	resp := &http.Response{StatusCode: 200, Status: "200 OK", ContentLength: int64(len(body)), Header: http.Header{"Content-Type": {kind}}}
	if o.Method != http.MethodHead {
		resp.Body = io.NopCloser(bytes.NewReader(body))
	}
	v, err := p.ResponseFrom(owner, resp, "", false, quickjs.Value{})
	if err != nil {
		return quickjs.Value{}, err
	}
	stop, err := p.Isolate.Function("stop", 0, func(*quickjs.Call) (quickjs.Value, error) { return quickjs.Value{}, nil })
	if err != nil {
		return quickjs.Value{}, err
	}
	return p.Isolate.Array(v, stop)
}

// parseDataURL gives the media type and content of an URL of scheme data. What
// is no base64 is empty.
func parseDataURL(href string) (kind string, body []byte, ok bool) {
	href, _, _ = strings.Cut(href, "#")
	_, rest, _ := strings.Cut(href, ":")
	kind, data, ok := strings.Cut(rest, ",")
	if !ok {
		return "", nil, false
	}
	kind = strings.TrimSpace(kind)
	if trimmed, is := strings.CutSuffix(strings.TrimRight(kind, " "), "base64"); is {
		if trimmed, is = strings.CutSuffix(strings.TrimRight(trimmed, " "), ";"); is {
			kind = trimmed
			body, _ = base64.RawStdEncoding.DecodeString(strings.TrimRight(percentDecode(data), "="))
			return dataType(kind), body, true
		}
	}
	return dataType(kind), []byte(percentDecode(data)), true
}

func dataType(kind string) string {
	essence, rest, _ := strings.Cut(percentDecode(kind), ";")
	if major, minor, ok := strings.Cut(essence, "/"); !ok || major == "" || minor == "" || strings.ContainsAny(essence, " \t") {
		return "text/plain;charset=US-ASCII"
	}
	for param := range strings.SplitSeq(rest, ";") {
		if name, value, ok := strings.Cut(param, "="); ok && name == strings.TrimSpace(name) {
			essence += ";" + name + "=" + value
		}
	}
	return strings.ToLower(essence[:strings.IndexByte(essence+";", ';')]) + essence[strings.IndexByte(essence+";", ';'):]
}

func percentDecode(s string) string {
	out := make([]byte, 0, len(s))
	for n := 0; n < len(s); n++ {
		c := s[n]
		if c == '%' && n+2 < len(s) {
			hi, ok1 := unhex(s[n+1])
			lo, ok2 := unhex(s[n+2])
			if ok1 && ok2 {
				c = hi<<4 | lo
				n += 2
			}
		}
		out = append(out, c)
	}
	return string(out)
}
