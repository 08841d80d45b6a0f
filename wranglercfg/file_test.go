package wranglercfg_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

func TestFind(t *testing.T) {
	tests := []struct {
		name  string
		rule  string
		files []string
		from  string
		want  string // "" is: none
	}{
		{"in the folder", "F1", []string{"a/wrangler.toml"}, "a", "a/wrangler.toml"},
		{"in a folder above", "F1", []string{"wrangler.toml"}, "a/b", "wrangler.toml"},
		{"the nearest of one name", "F1", []string{"wrangler.toml", "a/wrangler.toml"}, "a/b", "a/wrangler.toml"},
		{"json above beats jsonc here", "F1", []string{"wrangler.json", "a/wrangler.jsonc"}, "a", "wrangler.json"},
		{"jsonc above beats toml here", "F1", []string{"wrangler.jsonc", "a/wrangler.toml"}, "a", "wrangler.jsonc"},
		{"a folder of that name is no file", "F1", []string{"a/wrangler.json/x", "wrangler.toml"}, "a", "wrangler.toml"},
		{"none", "F1", []string{"wrangler.yaml"}, "a", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for _, f := range append(tt.files, tt.from+"/keep") {
				path := filepath.Join(root, f)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := wranglercfg.Find(filepath.Join(root, tt.from))
			if tt.want == "" {
				if err == nil && !strings.HasPrefix(got, root) {
					t.Skipf("%s lies above the temporary folder", got)
				}
				if !errors.Is(err, fs.ErrNotExist) {
					t.Fatalf("rule %s: got %q, %v, want an error that is fs.ErrNotExist", tt.rule, got, err)
				}
				return
			}
			if err != nil {
				t.Fatalf("rule %s: %v", tt.rule, err)
			}
			if diff := cmp.Diff(filepath.Join(root, tt.want), got); diff != "" {
				t.Errorf("rule %s: path (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

func TestLoadUnreadable(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder.toml")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, rule, path string
		code             wranglercfg.Code
		want             string
	}{
		{"missing", "F3", filepath.Join(dir, "no.toml"), wranglercfg.CodeUnreadable, "Could not read file: "},
		{"a folder", "F3", folder, wranglercfg.CodeUnreadable, "this is a folder"},
		{"wrong ending", "F4", filepath.Join(dir, "wrangler.yaml"), wranglercfg.CodeEnding, "ends in .toml, .json or .jsonc"},
		{"ending in capitals", "F4", filepath.Join(dir, "wrangler.TOML"), wranglercfg.CodeEnding, "ends in .toml, .json or .jsonc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wranglercfg.Load(tt.path)
			var d *wranglercfg.Diagnostic
			if !errors.As(err, &d) {
				t.Fatalf("rule %s: got %v, want a Diagnostic", tt.rule, err)
			}
			if d.Code != tt.code || !strings.Contains(err.Error(), tt.want) || d.Pos.Path != tt.path {
				t.Errorf("rule %s: got %v, want code %s and %q", tt.rule, err, tt.code, tt.want)
			}
		})
	}
	if _, err := wranglercfg.Load(filepath.Join(dir, "no.toml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause of %v is hidden, want fs.ErrNotExist", err)
	}
}

// TestParseText holds what is refused, or accepted, before or while the text is
// parsed. want is a part of the error, with its place; "" is: accepted.
func TestParseText(t *testing.T) {
	tests := []struct {
		name, rule, file, text, want string
	}{
		{"BOM UTF-8 json", "F5", "w.json", "\ufeff{}", ""},
		{"BOM UTF-8 toml", "F5", "w.toml", "\ufeffname = 'a'", ""},
		{"BOM UTF-8 twice json", "F5", "w.json", "\ufeff\ufeff{}", "w.json:1:1: DM1104"},
		{"BOM UTF-8 twice toml", "F5", "w.toml", "\ufeff\ufeffa = 1", "w.toml:1:1: DM1104"},
		{"BOM UTF-16 LE", "F5", "w.json", "\xff\xfe{\x00}\x00", "w.json:1:1: DM1103: Configuration file contains UTF-16 LE byte order marker"},
		{"BOM UTF-16 BE", "F5", "w.toml", "\xfe\xff\x00a", "contains UTF-16 BE byte"},
		{"BOM UTF-32 LE", "F5", "w.json", "\xff\xfe\x00\x00{\x00\x00\x00", "contains UTF-32 LE byte"},
		{"BOM UTF-32 BE", "F5", "w.json", "\x00\x00\xfe\xff\x00\x00\x00{", "contains UTF-32 BE byte"},
		{"invalid UTF-8 json", "F5", "w.json", "{\"name\":\"a\"} // \xff", ""},
		{"invalid UTF-8 toml", "F5", "w.toml", "name = 'a' # \xff", ""},
		{"CRLF json", "F5", "w.json", "{\r\n// c\r\n}\r\n", ""},
		{"CRLF toml", "F5", "w.toml", "name = 'a'\r\n[vars]\r\n", ""},
		{"lone CR toml", "F5", "w.toml", "name = 'a'\rmain = 'b'", "w.toml:1:11: DM1104"},

		{"empty json", "F6", "w.json", "", "w.json:1:1: DM1105"},
		{"empty toml", "F6", "w.toml", " \n\n", "w.toml:1:1: DM1105"},
		{"comments only json", "F6", "w.jsonc", "// x\n", "DM1104: ValueExpected"},
		{"comments everywhere", "F6", "w.json", "// a\n{/* b /* c */ \"a\" /**/ : // d\n 1 /*/ */ , }// e", ""},
		{"comment with U+2028", "F6", "w.json", "{} // a\u2028b", ""},
		{"comment ends at a lone CR", "F6", "w.json", "{ // a\r\"a\":1 /", "w.json:1:14: DM1104: CommaExpected"},
		{"comment to the end", "F6", "w.json", "{ // a }", "w.json:1:9: DM1104: ValueExpected"},
		{"quotes in comments", "F6", "w.json", "{ // it's \"\n \"a\": \"//\" /* \" */ }", ""},
		{"unterminated block comment", "F6", "w.json", "{} /* a *", "w.json:1:4: DM1104: UnexpectedEndOfComment"},
		{"hash comment", "F6", "w.json", "{} # a", "w.json:1:4: DM1104: EndOfFileExpected"},
		{"trailing commas", "F6", "w.json", `{"a":[1,],}`, ""},
		{"two commas", "F6", "w.json", `{"a":[1,,]}`, "w.json:1:9: DM1104: ValueExpected"},
		{"comma alone", "F6", "w.json", `{,}`, "w.json:1:2: DM1104"},
		{"missing comma", "F6", "w.json", "{\n  \"é\": [{ \"a\": 1 } \"b\"]}", "w.json:2:20: DM1104: CommaExpected"},
		{"missing colon", "F6", "w.json", `{"a" 1}`, "w.json:1:6: DM1104: ColonExpected"},
		{"missing brace", "F6", "w.json", `{"a": 1`, "w.json:1:8: DM1104: CloseBraceExpected"},
		{"more than a document", "F6", "w.json", "{} {}", "EndOfFileExpected"},
		{"plus", "F6", "w.json", `{"a":+1}`, "InvalidSymbol"},
		{"no zero", "F6", "w.json", `{"a":.5}`, "InvalidSymbol"},
		{"octal", "F6", "w.json", `{"a":01}`, "InvalidSymbol"},
		{"hexadecimal", "F6", "w.json", `{"a":0x10}`, "InvalidSymbol"},
		{"NaN", "F6", "w.json", `{"a":NaN}`, "InvalidSymbol"},
		{"TRUE", "F6", "w.json", `{"a":TRUE}`, "InvalidSymbol"},
		{"large numbers", "F6", "w.json", `{"a":[12345678901234567890, 1e999]}`, ""},
		{"lone surrogate", "F6", "w.json", `{"a":"\ud800"}`, ""},
		{"single quotes", "F6", "w.json", `{'a':1}`, "w.json:1:2: DM1104"},
		{"unquoted key", "F6", "w.json", `{a:1}`, "w.json:1:2: DM1104: InvalidSymbol"},
		{"number as a key", "F6", "w.json", `{1:1}`, "w.json:1:2: DM1104: PropertyNameExpected"},
		{"\\x escape", "F6", "w.json", `{"a":"\x41"}`, "w.json:1:6: DM1104: InvalidCharacter"},
		{"line break in a string", "F6", "w.json", "{\"a\":\"b\nc\"}", "InvalidCharacter"},
		{"unterminated string", "F6", "w.json", `{"a":"b`, "UnexpectedEndOfString"},
		{"no-break space", "F6", "w.json", "{\u00a0}", "w.json:1:2: DM1104"},
		{"form feed", "F6", "w.json", "{\f}", "w.json:1:2: DM1104"},
		{"too deep", "F6", "w.json", `{"a":` + strings.Repeat("[", 20000), "nested more than 10000 levels"},

		{"table twice", "F7", "w.toml", "[vars]\na = 1\n[vars]\n", "w.toml:3:2: DM1104: Invalid TOML document: trying to redefine an already defined table or value"},
		{"list continued", "F7", "w.toml", "[a]\nb = [1]\n[[a.b]]\n", "w.toml:3:3: DM1104: Invalid TOML document: trying to redefine"},
		{"dotted key and header", "F7", "w.toml", "a.b = 1\n[a]\n", "w.toml:2:2: DM1104: Invalid TOML document: trying to redefine"},
		{"header of a part first", "F7", "w.toml", "[a.b]\n[a]\nc = 1\n", ""},
		{"key twice", "F8", "w.toml", "a = 1\na = 2\n", "w.toml:2:1: DM1104: Invalid TOML document: trying to redefine"},
		{"line break in a string, toml", "F7", "w.toml", "é = 1\na = 'x\ny'", "DM1104: Invalid TOML document"},
		{"integer too large", "F7", "w.toml", "a = [1,\n  9007199254740992]", "w.toml:2:3: DM1104: Invalid TOML document: integer value cannot be represented losslessly"},
		{"integer far too large", "F7", "w.toml", "a = 99999999999999999999", "w.toml:1:5: DM1104: Invalid TOML document: integer value cannot be represented losslessly"},
		{"largest integers", "F7", "w.toml", "a = [9007199254740991, -9_007_199_254_740_991, 0x1F, +1]", ""},
		{"inf and nan", "F7", "w.toml", "a = [inf, -inf, nan]", ""},
		{"impossible date", "F7", "w.toml", "a = 2025-13-01", "w.toml:1:10: DM1104"},
		{"no value", "F7", "w.toml", "a = ", "DM1104"},

		{"null", "F10", "w.json", "null", "w.json:1:1: DM1106: the configuration should be an object but got null"},
		{"string", "F10", "w.json", ` "a"`, "w.json:1:2: DM1106"},
		{"list", "F10", "w.json", "[]", "w.json:1:1: DM1106"},
		{"number", "F10", "w.jsonc", "1", "w.jsonc:1:1: DM1106"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wranglercfg.Parse(tt.file, []byte(tt.text))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("rule %s: got %v, want no error", tt.rule, err)
			case tt.want != "" && err == nil:
				t.Errorf("rule %s: got no error, want %q", tt.rule, tt.want)
			case tt.want != "" && !strings.Contains(err.Error(), tt.want):
				t.Errorf("rule %s: got %v, want %q", tt.rule, err, tt.want)
			}
		})
	}
}

// TestParseWarnings holds what is accepted with a warning.
func TestParseWarnings(t *testing.T) {
	tests := []struct {
		name, rule, file, text string
		want                   []string
	}{
		{"key twice", "F8", "w.json", "{\n\"name\":\"a\",\n\"name\":\"b\"}", []string{
			`w.json:3:1: warning: DM1107: the key "name" is already on line 2 of this object; only this last one counts (merge the two)`,
		}},
		{"inline table with a trailing comma", "F7", "w.toml", "vars = { a = 1, }", []string{
			`w.toml:1:8: warning: DM1108: a line break or a trailing comma in an inline table is TOML 1.1 (wrangler before 4.164 refuses the file)`,
		}},
		{"inline table on two lines", "F7", "w.toml", "vars = { a = 1,\n b = 2 }", []string{
			`w.toml:1:8: warning: DM1108: a line break or a trailing comma in an inline table is TOML 1.1 (wrangler before 4.164 refuses the file)`,
		}},
		{"inline table around a list on two lines", "F7", "w.toml", "vars = { a = [1,\n 2, # c\n], b = { c = [\n] } }", nil},
		{"new escape", "F7", "w.toml", `vars.a = "\\e\e"`, []string{
			`w.toml:1:10: warning: DM1108: the escape \e in a string is TOML 1.1 (wrangler before 4.164 refuses the file)`,
		}},
		{"no escape", "F7", "w.toml", `vars.a = ["\\e", '\e']`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := wranglercfg.Parse(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatalf("rule %s: %v", tt.rule, err)
			}
			_, ds := f.Resolve("")
			if diff := cmp.Diff(tt.want, lines(ds)); diff != "" {
				t.Errorf("rule %s: findings (-want +got):\n%s", tt.rule, diff)
			}
		})
	}
}

// lines returns the findings as text.
func lines(ds wranglercfg.Diagnostics) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Error())
	}
	return out
}

func TestParseKeepsNothing(t *testing.T) {
	data := []byte(`{"name":"chat","vars":{"A":"b"}}`)
	f, err := wranglercfg.Parse("w.json", data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] = 'x'
	}
	c, _ := f.Resolve("")
	if got := c.Name.Value + c.Vars[0].Value.JSON(); got != `chat"b"` {
		t.Errorf("got %s after the bytes were overwritten, want chat\"b\"", got)
	}
}
