package durable

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIDs(t *testing.T) {
	// Vectors of rule 1.5.
	for name, want := range map[string]string{
		"hello": "6c3845e14bdfe5b5d585cd3fd507e0cd79d6a1519ac3c41b83a5727c377cada6",
		"":      "5ebffac4724571150c66c2d4726c454159edfd5fb730975cf5ab41a60f540eea",
	} {
		id := ID{bytes: idFromName("-Obj", name)}
		if got := id.String(); got != want {
			t.Errorf("id of %q is %s, want %s", name, got, want)
		}
		for _, text := range []string{want, strings.ToUpper(want)} {
			if back, err := idFromString("-Obj", text); err != nil || back != id.bytes {
				t.Errorf("idFromString(%s) = %x, %v (rule 1.9)", text, back, err)
			}
		}
	}
}

func TestIDFromStringErrors(t *testing.T) {
	const other = "6c3845e14bdfe5b5d585cd3fd507e0cd79d6a1519ac3c41b83a5727c377cada7"
	for _, c := range []struct{ rule, text, want string }{
		{"1.10", "", "TypeError: Invalid Durable Object ID: must be 64 hex digits"},
		{"1.10", "abc", "TypeError: Invalid Durable Object ID: must be 64 hex digits"},
		{"1.10", strings.Repeat("x", 64), "TypeError: Invalid Durable Object ID: must be 64 hex digits"},
		{"1.10", strings.Repeat("0", 66), "TypeError: Invalid Durable Object ID: must be 64 hex digits"},
		{"1.11", other, "TypeError: Durable Object ID is not valid for this namespace."},
	} {
		_, err := idFromString("-Obj", c.text)
		if err == nil {
			t.Errorf("rule %s: %q was accepted", c.rule, c.text)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" {
			t.Errorf("rule %s: %q (-want +got):\n%s", c.rule, c.text, diff)
		}
	}
}

// FuzzIDFromString: what is accepted prints as it was read, and belongs to its
// namespace alone.
func FuzzIDFromString(f *testing.F) {
	f.Add("script-Room", "6c3845e14bdfe5b5d585cd3fd507e0cd79d6a1519ac3c41b83a5727c377cada6")
	f.Add("-Obj", "6c3845e14bdfe5b5d585cd3fd507e0cd79d6a1519ac3c41b83a5727c377cada6")
	f.Add("-Obj", "6C3845E14BDFE5B5D585CD3FD507E0CD79D6A1519AC3C41B83A5727C377CADA6")
	f.Add("", "")
	f.Add("k", strings.Repeat("é", 32))
	f.Fuzz(func(t *testing.T, key, text string) {
		named := ID{bytes: idFromName(key, text)}
		if back, err := idFromString(key, named.String()); err != nil || back != named.bytes {
			t.Errorf("id of the name %q does not read back: %v", text, err)
		}
		if _, err := idFromString(key+"'", named.String()); err == nil {
			t.Errorf("id %s of %q is accepted for another key", named, key)
		}
		id, err := idFromString(key, text)
		if err != nil {
			return
		}
		if got := (ID{bytes: id}).String(); got != strings.ToLower(text) {
			t.Errorf("%q prints as %s", text, got)
		}
	})
}
