package bundle_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// TestPosition looks for marks, which stand in the source and in the bundle.
func TestPosition(t *testing.T) {
	const source = "import { other } from './other';\n" +
		"interface Nothing { a: string }\n\n" +
		"export class A<T> {\n\t/* größe 😀 */ run(n: T) { return mark1(n as any, '😀', mark2); }\n}\n" +
		"export default { async fetch() { other(); return new Response(mark3`x`); } };\n"
	files := map[string]string{"src/index.ts": source, "src/other.ts": "export function other() {\n  mark4();\n}\n"}
	for _, more := range []string{"", `, "minify": true`, `, "keep_names": false`} {
		files["wrangler.json"] = wrangler(more)
		cfg := project(t, files)
		b := build(t, cfg, bundle.Options{})
		bundled := string(b.Modules[0].Source)
		for _, mark := range []string{"mark1", "mark2", "mark3", "mark4"} {
			name := "src/index.ts"
			if mark == "mark4" {
				name = "src/other.ts"
			}
			wantLine, wantColumn := place16(files[name], mark)
			line, column := place16(bundled, mark)
			file, l, c, ok := b.Position("index.js", line, column)
			if want := filepath.Join(filepath.Dir(cfg.Path), name); !ok || file != want || l != wantLine || c != wantColumn {
				t.Errorf("%s%s: got %s:%d:%d %v, want %d:%d", mark, more, file, l, c, ok, wantLine, wantColumn)
			}
			if text, ok := b.SourceLine(file, l); !ok || !strings.Contains(text, mark) {
				t.Errorf("%s%s: line %q %v", mark, more, text, ok)
			}
		}
		for _, at := range []struct {
			module       string
			line, column int
		}{{"index.js", 0, 1}, {"index.js", 1, 0}, {"index.js", 1 << 20, 1}, {"index.js", -1, -1}, {"other.js", 1, 1}} {
			if file, l, c, ok := b.Position(at.module, at.line, at.column); ok {
				t.Errorf("%v leads to %s:%d:%d", at, file, l, c)
			}
		}
		if text, ok := b.SourceLine(cfg.Path, 1); ok {
			t.Errorf("the configuration is a source: %q", text)
		}
	}
}

// place16 is like place, but counts UTF-16 units, as places in source maps do.
func place16(source, text string) (line, column int) {
	line, column = place(source, text)
	for _, r := range strings.Split(source, "\n")[line-1][:column-1] {
		for n := 3; n > 0; n-- { // bytes of r beyond its units
			if len(string(r)) == n+1 {
				column -= n
			}
		}
		if r > 0xffff {
			column++
		}
	}
	return line, column
}

// TestPositionUnbundled: a module that is a copy has its own places, or those of
// the map that came with it.
func TestPositionUnbundled(t *testing.T) {
	const sourceMap = `{"version":3,"sources":["../ts/a.ts"],"sourcesContent":["one\ntwo\nthree"],"mappings":";AAEC"}`
	cfg := project(t, map[string]string{
		"wrangler.json":      `{ "name": "a", "main": "dist/index.js", "no_bundle": true, "rules": [{ "type": "ESModule", "globs": ["**/*.js"] }] }`,
		"dist/index.js":      "import './mapped.js';\nexport default {};\n",
		"dist/mapped.js":     "//\ncode();\n//# sourceMappingURL=mapped.js.map\n//# debugId=1\n",
		"dist/inline.js":     "//\ncode();\n//# sourceMappingURL=data:application/json;base64,eyJzb3VyY2VzIjpbIngudHMiXSwibWFwcGluZ3MiOiJBQUFBIn0=\n",
		"dist/lost.js":       "code();\n//# sourceMappingURL=lost.js.map\n",
		"dist/broken.js":     "code();\n//# sourceMappingURL=broken.js.map\n",
		"dist/a.txt":         "text",
		"dist/broken.js.map": "no JSON",
		"dist/mapped.js.map": sourceMap,
	})
	b := build(t, cfg, bundle.Options{})
	tests := []struct {
		module       string
		line, column int
		want         string
		l, c         int
		text         string
	}{
		{"index.js", 2, 8, "dist/index.js", 2, 8, "export default {};"},
		{"mapped.js", 2, 3, "ts/a.ts", 3, 2, "three"},
		{"mapped.js", 1, 1, "", 0, 0, ""},
		{"inline.js", 1, 2, "dist/x.ts", 1, 1, ""},
		{"lost.js", 1, 1, "dist/lost.js", 1, 1, "code();"},
		{"broken.js", 1, 1, "", 0, 0, ""},
	}
	for _, tt := range tests {
		file, l, c, ok := b.Position(tt.module, tt.line, tt.column)
		want := ""
		if tt.want != "" {
			want = filepath.Join(filepath.Dir(cfg.Path), tt.want)
		}
		if file != want || l != tt.l || c != tt.c || ok != (tt.want != "") {
			t.Errorf("%s:%d:%d: got %s:%d:%d %v", tt.module, tt.line, tt.column, file, l, c, ok)
		}
		if text, _ := b.SourceLine(file, l); text != tt.text {
			t.Errorf("%s: line %q, want %q", tt.module, text, tt.text)
		}
	}
}
