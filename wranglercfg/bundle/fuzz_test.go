package bundle

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// FuzzSourceMap reads anything as a source map: nothing panics, and what is
// answered lies in a source of the map.
func FuzzSourceMap(f *testing.F) {
	f.Add([]byte(`{"version":3,"sources":["../src/index.ts"],"sourcesContent":["a\nb"],"mappings":"AAAA;AACA,CAAC,A;;+/////D"}`), 1, 1)
	f.Add([]byte(`{"sourceRoot":"/r","sources":["a","file:///b"],"mappings":"A,CACA,KCCAA;AAAAA"}`), 1, 3)
	f.Add([]byte(`{"mappings":"gggggggggggggB"}`), 1<<40, -1)
	f.Fuzz(func(t *testing.T, data []byte, line, column int) {
		m := &sourceMap{data: data, dir: "/dir"}
		file, l, c, ok := m.position(line, column)
		if !ok {
			if file != "" || l != 0 || c != 0 {
				t.Errorf("not ok, but %q:%d:%d", file, l, c)
			}
			return
		}
		if !filepath.IsAbs(file) || l < 1 || c < 1 {
			t.Errorf("%q:%d:%d", file, l, c)
		}
		if text, ok := m.content(file); ok {
			nth(text, l)
		}
	})
}

// FuzzBundledPosition bundles a script: each mapping of esbuild's is read, and
// leads to a place that the source has.
func FuzzBundledPosition(f *testing.F) {
	f.Add("export default {\n  fetch() { throw new Error('é😀'); },\n};\n")
	f.Add("/* ü */ let a = `${1}\n${2}`, b = <p>x</p>;\nexport class A { #b = () => a }")
	f.Fuzz(func(t *testing.T, script string) {
		dir := t.TempDir()
		result := api.Build(api.BuildOptions{
			Stdin:  &api.StdinOptions{Contents: script, Sourcefile: "in.ts", Loader: api.LoaderTSX, ResolveDir: dir},
			Outdir: dir, Sourcemap: api.SourceMapExternal, LogLevel: api.LogLevelSilent, AbsWorkingDir: dir, Format: api.FormatESModule,
		})
		if len(result.Errors) > 0 {
			return
		}
		m := &sourceMap{dir: dir}
		for _, out := range result.OutputFiles {
			if filepath.Ext(out.Path) == ".map" {
				m.data = out.Contents
			}
		}
		var doc struct{ Mappings string }
		if err := json.Unmarshal(m.data, &doc); err != nil {
			t.Fatal(err)
		}
		m.position(1, 1)
		if doc.Mappings != "" && len(m.mappings) == 0 {
			t.Fatalf("%q was not understood", doc.Mappings)
		}
		for _, at := range m.mappings {
			file, l, c, ok := m.position(int(at.line)+1, int(at.column)+1)
			line, has := m.lineOf(file, l)
			if !ok || !has && script != "" && l > 1+bytes.Count([]byte(script), []byte("\n")) || has && c > len(line)+2 {
				t.Errorf("%d:%d leads to %s:%d:%d %v, line %q", at.line, at.column, file, l, c, ok, line)
			}
		}
	})
}

func (m *sourceMap) lineOf(file string, line int) (string, bool) {
	text, ok := m.content(file)
	if !ok {
		return "", false
	}
	return nth(text, line)
}

// FuzzMappingURL looks for a map in anything.
func FuzzMappingURL(f *testing.F) {
	f.Add([]byte("code\n//# sourceMappingURL=a.js.map\n//# debugId=1\n\n"))
	f.Add([]byte("//# sourceMappingURL=data:application/json;base64,e30="))
	f.Add([]byte("//# sourceMappingURL=data:application/json,%7B%7D\r\n"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if address := mappingURL(script); address != "" {
			if !bytes.Contains(script, []byte(mappingComment)) {
				t.Errorf("%q out of nothing", address)
			}
			inlineMap(address)
		}
	})
}

// FuzzGlob reads anything as a glob: it becomes a regular expression or an
// error, and one without wildcards matches itself.
func FuzzGlob(f *testing.F) {
	for _, g := range []string{"**/*.txt", "a/**/b/*.{x,y}", "**", "*", "[a]?.sql?raw", "a\\*", "\\", "/**/", "***/x", "é*"} {
		f.Add(g)
	}
	plain := regexp.MustCompile(`^[^*\\]*$`)
	f.Fuzz(func(t *testing.T, pattern string) {
		g, err := compile(pattern)
		if err == nil && plain.MatchString(pattern) && (!g.imported.MatchString(pattern) || !g.found.MatchString(pattern)) {
			t.Errorf("%q does not match itself", pattern)
		}
	})
}

// FuzzExtends reads anything as a tsconfig.json.
func FuzzExtends(f *testing.F) {
	f.Add([]byte(`{ /* */ "extends": "./base", }`))
	f.Add([]byte(`{"extends":["a","@b/c/tsconfig.json"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		for _, name := range extends(data) {
			for _, path := range extended("/dir/sub", name) {
				if !filepath.IsAbs(path) {
					t.Errorf("%q becomes %q", name, path)
				}
			}
		}
		if !bytes.Equal(before, data) {
			t.Error("the text was changed")
		}
	})
}
