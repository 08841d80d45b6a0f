package web

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// atob(text) decodes base64 as the Infra standard does, into a string of one
// byte per character; undefined if it is no base64.
func (p *Platform) atob(c *quickjs.Call) (quickjs.Value, error) {
	text, err := c.Arg(0).Text()
	if err != nil {
		return quickjs.Value{}, err
	}
	b, ok := forgiving(text)
	if !ok {
		return quickjs.Value{}, nil
	}
	return c.Isolate.String(latin1(b))
}

// forgiving decodes base64 with white space, and with or without padding.
func forgiving(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\t\n\f\r ") {
		text = strings.NewReplacer("\t", "", "\n", "", "\f", "", "\r", "", " ", "").Replace(text)
	}
	if len(text)%4 == 0 {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	if len(text)%4 == 1 || strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	return b, err == nil
}

// latin1 is the string whose characters have the values of bytes.
func latin1(b []byte) string {
	if !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf }) {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// btoa(text) encodes a string of one byte per character; undefined if it has
// others.
func (p *Platform) btoa(c *quickjs.Call) (quickjs.Value, error) {
	text, err := c.Arg(0).Text()
	if err != nil {
		return quickjs.Value{}, err
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return quickjs.Value{}, nil
		}
		b = append(b, byte(r))
	}
	return c.Isolate.String(base64.StdEncoding.EncodeToString(b))
}
