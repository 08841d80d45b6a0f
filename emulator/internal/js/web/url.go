package web

import (
	"fmt"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
	"github.com/nlnwa/whatwg-url/url"
)

var urlUnit = unit{
	name:    "url",
	globals: []string{"URL", "URLSearchParams"},
	natives: func(p *Platform, n *natives) {
		n.add("parse", 2, p.parse)
		n.add("set", 3, p.setURL)
		n.add("formEncode", 1, func(c *quickjs.Call) (quickjs.Value, error) {
			return p.Isolate.String(formEncode(scalar(c.Arg(0).String())))
		})
		n.add("formDecode", 1, func(c *quickjs.Call) (quickjs.Value, error) {
			return p.Isolate.String(utf8Text([]byte(formUnescape(scalar(c.Arg(0).String())))))
		})
	},
}

var urls = url.NewParser(
	url.WithAcceptInvalidCodepoints(),
	url.WithPathPercentEncodeSet(url.PathPercentEncodeSet.Set('^')),
	// The tables of golang.org/x/net/idna are older than the mapping of the capital sharp s to the small one.
	url.WithPreParseHostFunc(func(u *url.Url, host string) string {
		if !u.IsSpecialScheme() {
			return host
		}
		return strings.ReplaceAll(host, "ẞ", "ß")
	}),
)

// isNormal knows most URLs that are in their normal form already: of http and
// https, with a host of plain names, and nothing in the path that could change.
func isNormal(text string) bool {
	rest, ok := strings.CutPrefix(text, "http://")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "https://"); !ok {
			return false
		}
	}
	end := strings.IndexByte(rest, '/')
	if end < 1 {
		return false
	}
	host := rest[:end]
	for n := range len(host) {
		if c := host[n]; (c < 'a' || c > 'z') && c != '.' && (c != '-' || n == 0) {
			return false
		}
	}
	if strings.Contains(host, "xn--") {
		return false
	}
	for n := end; n < len(rest); n++ {
		switch c := rest[n]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '/', c == '_', c == '-', c == '=', c == '&', c == '?', c == '+':
		case c == '.' && rest[n-1] != '/':
		default:
			return false
		}
	}
	return true
}

// parseURL parses an URL by the WHATWG standard, relative to base if that is
// not empty.
func parseURL(text, base string) (*url.Url, bool) {
	text = opaqueSpace(text)
	var u *url.Url
	var err error
	if base == "" {
		u, err = urls.Parse(text)
	} else {
		u, err = urls.ParseRef(base, text)
	}
	return u, err == nil
}

// opaqueSpace escapes a blank at the end of a path that is no list of segments,
// as the standard does since a path must not end in one.
func opaqueSpace(text string) string {
	end := strings.IndexAny(text, "?#")
	if end < 1 || text[end-1] != ' ' {
		return text
	}
	scheme, path, ok := strings.Cut(strings.TrimLeft(text[:end], " "), ":")
	if !ok || strings.HasPrefix(path, "/") || special(strings.ToLower(scheme)) {
		return text
	}
	return text[:end-1] + "%20" + text[end:]
}

func special(scheme string) bool {
	switch scheme {
	case "http", "https", "ws", "wss", "ftp", "file":
		return true
	}
	return false
}

// normalizeURL(text) gives an absolute URL in its normal form, or undefined.
func (p *Platform) normalizeURL(c *quickjs.Call) (quickjs.Value, error) {
	text := c.Arg(0).String()
	if isNormal(text) {
		return c.Arg(0), nil
	}
	u, ok := parseURL(scalar(text), "")
	if !ok {
		return quickjs.Value{}, nil
	}
	return p.Isolate.String(u.Href(false))
}

// parse(url, base) gives the parts of an URL, or undefined.
func (p *Platform) parse(c *quickjs.Call) (quickjs.Value, error) {
	text := scalar(c.Arg(0).String())
	var u *url.Url
	var ok bool
	if len(c.Args) > 1 {
		var base *url.Url
		if base, ok = parseURL(scalar(c.Arg(1).String()), ""); ok {
			var err error
			u, err = base.Parse(opaqueSpace(text))
			ok = err == nil
		}
	} else {
		u, ok = parseURL(text, "")
	}
	if !ok {
		return quickjs.Value{}, nil
	}
	return p.Isolate.String(parts(u))
}

// setURL(href, name, value) gives the parts of an URL after one was set.
func (p *Platform) setURL(c *quickjs.Call) (quickjs.Value, error) {
	u, ok := parseURL(c.Arg(0).String(), "")
	if !ok {
		return quickjs.Value{}, fmt.Errorf("not a normal URL: %v", c.Arg(0))
	}
	set(u, c.Arg(1).String(), scalar(c.Arg(2).String()))
	return p.Isolate.String(parts(u))
}

func set(u *url.Url, name, value string) {
	switch name {
	case "protocol":
		u.SetProtocol(value)
	case "username":
		u.SetUsername(value)
	case "password":
		u.SetPassword(value)
	case "host":
		u.SetHost(value)
	case "hostname":
		u.SetHostname(value)
	case "port":
		u.SetPort(value)
	case "pathname":
		u.SetPathname(value)
	case "search":
		u.SetSearch(value)
	case "hash":
		u.SetHash(value)
	}
}

// parts lists what url.js knows of an URL, a line each.
func parts(u *url.Url) string {
	return strings.Join([]string{
		u.Href(false), u.Protocol(), u.Username(), u.Password(), u.Host(), u.Hostname(), u.Port(), u.Pathname(), u.Search(), u.Hash(), origin(u),
	}, "\n")
}

// origin is "null" unless the scheme is special, and that of the URL within one
// of scheme blob.
func origin(u *url.Url) string {
	switch u.Scheme() {
	case "http", "https", "ws", "wss", "ftp":
		return u.Protocol() + "//" + u.Host()
	case "blob":
		if inner, ok := parseURL(u.Pathname(), ""); ok && (inner.Scheme() == "http" || inner.Scheme() == "https") {
			return origin(inner)
		}
	}
	return "null"
}

const upperHex = "0123456789ABCDEF"

// formEncode encodes a name or value of application/x-www-form-urlencoded.
func formEncode(s string) string {
	var b strings.Builder
	for n := range len(s) {
		switch c := s[n]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '*', c == '-', c == '.', c == '_':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}

// formUnescape undoes formEncode. What is no escape stays.
func formUnescape(s string) string {
	out := make([]byte, 0, len(s))
	for n := 0; n < len(s); n++ {
		c := s[n]
		if c == '+' {
			c = ' '
		} else if c == '%' && n+2 < len(s) {
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
