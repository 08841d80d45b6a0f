package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// FuzzURL: parsing never panics, a normal form is its own, setters keep URLs
// parseable, and what the quick check calls normal is.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"http://example.com/a/b?c=d#e", "HTTP://User:pw@EXAMPLE.com:80/../x y", "http://[::1]:3000/", "file:///C|/x", "mailto:a b", "http://xn--/",
		"foo:a  ?x", "http://1.2.3/", "http://münchen.de/é?ü#ß", "blob:http://x/y", "http://a.b/.%2e/c", "//x", "", "http://%zz/", "http://x/..",
	} {
		f.Add(s, "pathname", "x")
		f.Add(s, "host", "y:81")
	}
	f.Fuzz(func(t *testing.T, text, name, value string) {
		text, value = scalar(text), scalar(value)
		u, ok := parseURL(text, "")
		if isNormal(text) && (!ok || u.Href(false) != text) {
			t.Errorf("%q counts as normal, but is %v", text, u)
		}
		if !ok {
			return
		}
		again(t, u.Href(false))
		_, _ = goURL(u.Href(false))
		if n := strings.Count(parts(u), "\n"); n != 10 {
			t.Errorf("%q has %d parts", text, n+1)
		}
		set(u, name, value)
		if _, ok := parseURL(u.Href(false), ""); !ok {
			t.Errorf("%q with %s = %q is %q, which is no URL", text, name, value, u.Href(false))
		}
	})
}

func again(t *testing.T, href string) {
	u, ok := parseURL(href, "")
	if !ok || u.Href(false) != href {
		t.Errorf("the normal form %q is parsed as %v", href, u)
	}
}

// FuzzMultipart: whatever comes as a form is read or refused with a TypeError.
func FuzzMultipart(f *testing.F) {
	f.Add([]byte("--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\\\"\"\r\nContent-Type: x/y\r\n\r\nhi\r\n--B--"), "multipart/form-data; boundary=B")
	f.Add([]byte("x\n--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--"), "multipart/form-data; boundary=\"B\"; x=")
	f.Add([]byte("--B--"), "multipart/form-data; boundary=B")
	f.Add([]byte("--\r\n\r\n"), "multipart/form-data; boundary=;")
	f.Add([]byte("a=%20+%zz&b"), "application/x-www-form-urlencoded")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		essence, params := mimeParams(kind)
		if essence == urlencodedType {
			for _, p := range parseURLEncoded(string(body)) {
				if !utf8.ValidString(p.name) || !utf8.Valid(p.value) {
					t.Errorf("%q: %q=%q is no text", body, p.name, p.value)
				}
			}
			return
		}
		parts, err := parseMultipart(body, params["boundary"])
		if e, ok := err.(*quickjs.Error); err != nil && (!ok || e.Name != "TypeError") {
			t.Errorf("%q: got %v", body, err)
		}
		size := 0
		for _, p := range parts {
			size += len(p.value)
		}
		if size > len(body) {
			t.Errorf("%d bytes of parts in %d", size, len(body))
		}
	})
}

// FuzzText: what comes out of decoding is UTF-8, and encoding it gives it back.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "é€😀", "\xff", "\xed\xa0\x80", "\xe2\x82", "\xf0\x9f\x98", "\xef\xbb\xbfx", "a\xc3\x28"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text := utf8Text(b)
		if !utf8.ValidString(text) {
			t.Errorf("%q is decoded as %q", b, text)
		}
		if utf8.Valid(b) && !strings.HasPrefix(string(b), "\ufeff") && text != string(b) {
			t.Errorf("%q is decoded as %q", b, text)
		}
		if s := scalar(text); s != text {
			t.Errorf("%q is encoded as %q", text, s)
		}
		if s := scalar(string(b)); !utf8.ValidString(s) {
			t.Errorf("%q is encoded as %q", b, s)
		}
	})
}

// FuzzHeaders: headers that JavaScript takes arrive in Go as they are, and the
// other way round; nothing slips into another line.
func FuzzHeaders(f *testing.F) {
	f.Add("x-a", "b")
	f.Add("Set-Cookie", "a=1; b")
	f.Add("é", "ü€")
	f.Add("a b", "c\nd")
	f.Add("a", " \tx\r\n")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, name, value string) {
		iso, err := quickjs.Open(quickjs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer iso.Close()
		p, err := Install(iso, Options{Current: func() IOContext { return nowhere{} }})
		if err != nil {
			t.Fatal(err)
		}
		make, err := iso.Eval(`(name, value) => new Response(null, {headers: [[name, value], ["x-last", "1"]]})`, "x.js")
		if err != nil {
			t.Fatal(err)
		}
		n, _ := iso.String(name)
		v, _ := iso.String(value)
		response, err := make.Call(quickjs.Value{}, n, v)
		if err != nil {
			return // refused
		}
		out, err := p.TakeResponse(nowhere{}, response)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Free()
		got := out.Header
		if len(got) > 2 || got.Get("X-Last") == "" {
			t.Errorf("%q: %q became %q", name, value, got)
		}
		for k, values := range got {
			if strings.ContainsAny(k+strings.Join(values, ""), "\r\n\x00") {
				t.Errorf("%q: %q became %q: %q", name, value, k, values)
			}
		}
	})
}

// nowhere is an event that can do nothing.
type nowhere struct{ IOContext }

func (nowhere) Transport() http.RoundTripper { return nil }

// FuzzJSONError: whatever is no JSON to encoding/json gets a message, and what
// is gets none.
func FuzzJSONError(f *testing.F) {
	for _, s := range []string{"", "{", `{"a":1,}`, "[1,2", `"\u12`, "01", "tru", "[[[]", `{"a" 1}`, "undefined"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Count(text, "[")+strings.Count(text, "{") > 5000 {
			return
		}
		if got, valid := jsonError(text), json.Valid([]byte(text)); (got == "") != valid {
			t.Errorf("%q: got %q, but valid is %v", text, got, valid)
		}
	})
}
