package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNearest(t *testing.T) {
	tests := []struct{ word, want string }{
		{"compatability_flags", "compatibility_flags"},
		{"new_sqlite_class", "new_sqlite_classes"},
		{"delete_classes", "deleted_classes"},
		{"Migrations", "migrations"},
		{"tga", "tag"},
		{"script", "script_name"},
		{"jurisdiction", ""},
		{"", ""},
		{"x", ""},
	}
	known := slices.Concat(documentKeys, migrationKeys, bindingKeys)
	for _, tt := range tests {
		if got := nearest(tt.word, known); got != tt.want {
			t.Errorf("nearest to %q: got %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestScan(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"words and signs", "a.b?.c = #d(é$_1)", "a . b ? . c = #d ( é$_1 )"},
		{"literals", `x = "a\"b" + 'c' + 1.5e3 + 0x1F; y`, "x = · + · + · + · ; y"},
		{"comments", "a // class B {\n/* class C { */ b", "a b"},
		{"template with code", "`a${b(`c${d}`)}e` + f", "· ${ b ( · ${ d } · ) } · + f"},
		{"regular expression", `a = /[/}]'/g.test(b) / c`, "a = · . test ( b ) / c"},
		{"division", "a = b / c / d", "a = b / c / d"},
		{"regular expression after return", "return /'/", "return ·"},
		{"unterminated", "a = 'b", "a = ·"},
		{"unterminated template", "a = `b${c", "a = · ${ c"},
		{"unterminated comment", "a /* b", "a"},
	}
	for _, tt := range tests {
		var got []string
		for _, tok := range scan(tt.text) {
			if tok.kind == literal {
				got = append(got, "·")
				continue
			}
			got = append(got, tok.text)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// FuzzRead feeds anything to what guesses from a bundle: it ends, and nothing panics.
func FuzzRead(f *testing.F) {
	f.Add("import { DurableObject as D } from \"cloudflare:workers\";\nvar A = class _A extends D { static { } get x() { } *y() { } [z] = 1; async alarm() {} };\nexport { A as B, c as default };", "A")
	f.Add("class A extends A { } var B = class extends C {}, C = class extends B {}; x.R.get(1).m(); const y = e.R.getByName(`${1}`); y.m()", "B")
	f.Add("class class extends { } ( [ ${ ` } class A extends f(x)[1] {", "A")
	f.Add("import * as b from \"b\"; __export(a, { Room: () => Room }); __reExport(a, c); __reExport(c, b); __reExport(a", "Room")
	f.Fuzz(func(t *testing.T, text, name string) {
		s := read(text)
		s.tokens.passedOn([]string{name})
		l, ok := s.lineage(name)
		if ok {
			s.called("R", l)
			s.setsAlarm(l.classes[0])
		}
	})
}
