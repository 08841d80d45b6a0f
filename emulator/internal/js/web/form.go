package web

import (
	"bytes"
	"mime"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

const (
	multipartType  = "multipart/form-data"
	urlencodedType = "application/x-www-form-urlencoded"
)

// mimeParams cuts a media type into its parts. Parameters without a value are
// dropped.
func mimeParams(text string) (essence string, params map[string]string) {
	essence, rest, _ := strings.Cut(text, ";")
	params = map[string]string{}
	for rest != "" {
		var param string
		if quote := strings.IndexByte(rest, '"'); quote >= 0 && quote < indexOr(rest, ';') {
			end := quote + 1
			for end < len(rest) && rest[end] != '"' {
				if rest[end] == '\\' {
					end++
				}
				end++
			}
			cut := min(end, len(rest)) + indexOr(rest[min(end, len(rest)):], ';')
			param, rest = rest[:cut], strings.TrimPrefix(rest[cut:], ";")
		} else {
			param, rest, _ = strings.Cut(rest, ";")
		}
		name, value, ok := strings.Cut(param, "=")
		if !ok {
			continue
		}
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if strings.HasPrefix(value, `"`) {
			value = unquote(value)
		}
		if _, ok := params[name]; !ok && value != "" {
			params[name] = value
		}
	}
	return strings.ToLower(strings.TrimSpace(essence)), params
}

func indexOr(s string, c byte) int {
	if n := strings.IndexByte(s, c); n >= 0 {
		return n
	}
	return len(s)
}

// unquote reads a quoted string up to its end.
func unquote(s string) string {
	var b strings.Builder
	for n := 1; n < len(s) && s[n] != '"'; n++ {
		if s[n] == '\\' && n+1 < len(s) {
			n++
		}
		b.WriteByte(s[n])
	}
	return b.String()
}

// checkForm(type) throws unless a body of that type can be a form.
func checkForm(c *quickjs.Call) (quickjs.Value, error) {
	essence, params := mimeParams(c.Arg(0).String())
	switch essence {
	case multipartType:
		if params["boundary"] == "" {
			return quickjs.Value{}, quickjs.TypeErrorf("No boundary string in Content-Type header. The multipart/form-data MIME type requires a boundary parameter, " +
				"e.g. 'Content-Type: multipart/form-data; boundary=\"abcd\"'. See RFC 7578, section 4.")
		}
	case urlencodedType:
		if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
			return quickjs.Value{}, quickjs.TypeErrorf("Non-utf-8 application/x-www-form-urlencoded body.")
		}
	default:
		return quickjs.Value{}, quickjs.TypeErrorf("Unrecognized Content-Type header value. FormData can only parse the following MIME types: " +
			"multipart/form-data, application/x-www-form-urlencoded")
	}
	return quickjs.Value{}, nil
}

// mimeType(type) gives the type of a Blob that has the body of that type.
func (p *Platform) mimeType(c *quickjs.Call) (quickjs.Value, error) {
	text := c.Arg(0).String()
	essence, params := mimeParams(text)
	if essence == "" || !strings.Contains(essence, "/") {
		return p.Isolate.String("")
	}
	if len(params) == 1 && params["charset"] != "" {
		return p.Isolate.String(essence + ";charset=" + params["charset"])
	}
	if len(params) > 0 {
		if s := mime.FormatMediaType(essence, params); s != "" {
			return p.Isolate.String(strings.ReplaceAll(s, "; ", ";"))
		}
	}
	return p.Isolate.String(essence)
}

// parseForm(bytes, type) gives the entries of a form as name, file name, type
// and value each; file name and type of a string are null.
func (p *Platform) parseForm(c *quickjs.Call) (quickjs.Value, error) {
	essence, params := mimeParams(c.Arg(1).String())
	body, err := c.Arg(0).Bytes()
	if err != nil {
		return quickjs.Value{}, err
	}
	var parts []formPart
	if essence == urlencodedType {
		parts = parseURLEncoded(string(body))
	} else if parts, err = parseMultipart(body, params["boundary"]); err != nil {
		return quickjs.Value{}, err
	}
	out, err := p.Isolate.Array()
	if err != nil {
		return quickjs.Value{}, err
	}
	n := 0
	for _, part := range parts {
		values, err := part.values(p.Isolate)
		if err != nil {
			return quickjs.Value{}, err
		}
		for _, v := range values {
			if err := out.SetIndex(n, v); err != nil {
				return quickjs.Value{}, err
			}
			n++
		}
	}
	return out, nil
}

// formPart is an entry of a form.
type formPart struct {
	name, filename, contentType string
	file                        bool
	value                       []byte
}

func (f *formPart) values(iso *quickjs.Isolate) (v [4]quickjs.Value, err error) {
	if v[0], err = iso.String(f.name); err != nil {
		return v, err
	}
	if !f.file {
		v[1], v[2] = iso.Null(), iso.Null()
		v[3], err = iso.String(string(f.value))
		return v, err
	}
	if v[1], err = iso.String(f.filename); err != nil {
		return v, err
	}
	if v[2], err = iso.String(f.contentType); err != nil {
		return v, err
	}
	v[3], err = iso.Uint8Array(f.value)
	return v, err
}

// parseMultipart reads a body of type multipart/form-data.
func parseMultipart(body []byte, boundary string) ([]formPart, error) {
	mark := []byte("--" + boundary)
	start := bytes.Index(body, mark)
	if start > 0 && !bytes.HasPrefix(body, mark) {
		start = bytes.Index(body, append([]byte("\n"), mark...)) + 1
	}
	if start < 0 || !bytes.HasPrefix(body[start:], mark) {
		return nil, quickjs.TypeErrorf("No initial boundary string (or you have a truncated message).")
	}
	rest := body[start+len(mark):]
	var parts []formPart
	for {
		switch {
		case bytes.HasPrefix(rest, []byte("--")):
			return parts, nil
		case len(rest) == 0:
			return nil, quickjs.TypeErrorf("No subsequent boundary string after multipart message.")
		case bytes.HasPrefix(rest, []byte("\r\n")):
			rest = rest[2:]
		case bytes.HasPrefix(rest, []byte("\n")):
			rest = rest[1:]
		default:
			return nil, quickjs.TypeErrorf("Boundary string was not succeeded by CRLF, LF, or '--'.")
		}
		head, after, err := cutHead(rest)
		if err != nil {
			return nil, err
		}
		part, err := parsePart(head)
		if err != nil {
			return nil, err
		}
		end := bytes.Index(after, append([]byte("\n"), mark...))
		if end < 0 {
			return nil, quickjs.TypeErrorf("No subsequent boundary string after multipart message.")
		}
		rest = after[end+1+len(mark):]
		if end > 0 && after[end-1] == '\r' {
			end--
		}
		part.value = after[:end]
		parts = append(parts, part)
	}
}

// cutHead cuts after the empty line that ends the headers of a part.
func cutHead(b []byte) (head, rest []byte, err error) {
	crlf, lf := bytes.Index(b, []byte("\r\n\r\n")), bytes.Index(b, []byte("\n\n"))
	switch {
	case crlf >= 0 && (lf < 0 || crlf < lf):
		return b[:crlf], b[crlf+4:], nil
	case lf >= 0:
		return b[:lf], b[lf+2:], nil
	}
	return nil, nil, quickjs.TypeErrorf("No multipart message header termination found.")
}

// parsePart reads the headers of a part.
func parsePart(head []byte) (formPart, error) {
	var part formPart
	disposition := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return part, quickjs.TypeErrorf("FormData part had invalid headers.")
		}
		switch value = strings.TrimSpace(value); strings.ToLower(name) {
		case "content-disposition":
			disposition = value
		case "content-type":
			part.contentType = value
		}
	}
	if disposition == "" {
		return part, quickjs.TypeErrorf("No valid Content-Disposition header found in FormData part.")
	}
	kind, _, _ := strings.Cut(disposition, ";")
	if kind = strings.TrimSpace(kind); kind != "form-data" {
		return part, quickjs.TypeErrorf(`Content-Disposition header for FormData part must have the value "form-data", possibly followed by parameters. Got: "%s"`, kind)
	}
	name, ok := quotedParam(disposition, "name")
	if !ok {
		return part, quickjs.TypeErrorf("Content-Disposition header in FormData part is missing a name.")
	}
	part.name = name
	part.filename, _ = quotedParam(disposition, "filename")
	part.file = part.filename != ""
	return part, nil
}

// quotedParam finds a parameter whose value stands in quotes.
func quotedParam(s, name string) (string, bool) {
	for {
		n := strings.IndexByte(s, ';')
		if n < 0 {
			return "", false
		}
		s = strings.TrimLeft(s[n+1:], " \t")
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return "", false
		}
		if !strings.HasPrefix(value, `"`) {
			continue
		}
		if strings.TrimSpace(key) == name {
			return unquote(value), true
		}
		end := 1
		for end < len(value) && value[end] != '"' {
			if value[end] == '\\' {
				end++
			}
			end++
		}
		s = value[min(end, len(value)):]
	}
}

// parseURLEncoded reads a body of type application/x-www-form-urlencoded.
func parseURLEncoded(body string) []formPart {
	var parts []formPart
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		parts = append(parts, formPart{name: formDecode(name), value: []byte(formDecode(value))})
	}
	return parts
}

// formDecode undoes the encoding of forms. A percent sign without two digits is
// dropped, as the runtime does here (URLSearchParams keeps it).
func formDecode(s string) string {
	out := make([]byte, 0, len(s))
	for n := 0; n < len(s); n++ {
		switch c := s[n]; c {
		case '+':
			out = append(out, ' ')
		case '%':
			if n+2 < len(s) {
				hi, ok1 := unhex(s[n+1])
				lo, ok2 := unhex(s[n+2])
				if ok1 && ok2 {
					out = append(out, hi<<4|lo)
					n += 2
				}
			}
		default:
			out = append(out, c)
		}
	}
	return scalar(strings.ToValidUTF8(string(out), "\uFFFD"))
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
