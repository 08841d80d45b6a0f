package bundle_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// sized is a project of so many files of its own and in packages, with some
// fifty lines each.
func sized(b *testing.B, own, packaged int) *wranglercfg.Config {
	files := map[string]string{"wrangler.json": wrangler("")}
	text := func(i int) string {
		s := ""
		for l := range 16 {
			s += fmt.Sprintf("export function f%d_%d(x) {\n  return x.map((y) => y + %d);\n}\n", i, l, l)
		}
		return s
	}
	main := ""
	for i := range own {
		files[fmt.Sprintf("src/dir%d/a%d.ts", i%7, i)] = text(i)
		main += fmt.Sprintf("export * from './dir%d/a%d';\n", i%7, i)
	}
	for i := range packaged {
		dir := fmt.Sprintf("node_modules/pkg%d/", i/20)
		files[dir+"package.json"] = `{ "main": "m0.js" }`
		files[dir+fmt.Sprintf("m%d.js", i%20)] = text(i)
		main += fmt.Sprintf("export * from 'pkg%d/m%d.js';\n", i/20, i%20)
	}
	files["src/index.ts"] = main + "export default {};\n"
	return project(b, files)
}

var sizes = []struct{ own, packaged int }{{1, 0}, {20, 100}, {200, 400}}

// BenchmarkBuild is a build from nothing and one that is answered from the cache.
func BenchmarkBuild(b *testing.B) {
	for _, size := range sizes {
		cfg := sized(b, size.own, size.packaged)
		name := fmt.Sprintf("own=%d/packaged=%d/", size.own, size.packaged)
		b.Run(name+"cold", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				build(b, cfg, bundle.Options{NodeEnv: fmt.Sprint(b.N, i)}) // a key of its own
			}
		})
		b.Run(name+"cached", func(b *testing.B) {
			build(b, cfg, bundle.Options{})
			b.ReportAllocs()
			for b.Loop() {
				build(b, cfg, bundle.Options{})
			}
		})
		b.Run(name+"rebuilt", func(b *testing.B) {
			builder, err := bundle.NewBuilder(cfg, bundle.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer builder.Close()
			for i := 0; b.Loop(); i++ {
				write(b, filepath.Dir(cfg.Path), map[string]string{"src/dir0/a0.ts": fmt.Sprintf("export const f0_0 = %d;\n", i)})
				if _, err := builder.Rebuild(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPosition is the first question about a place, for which the source
// map is read.
func BenchmarkPosition(b *testing.B) {
	cfg := sized(b, 200, 400)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		made := build(b, cfg, bundle.Options{NodeEnv: fmt.Sprint(b.N, i)})
		b.StartTimer()
		if _, _, _, ok := made.Position("index.js", 5000, 3); !ok {
			b.Fatal("no position")
		}
	}
}
