package check

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// bundleKey is what a bundle depends on: environments with equal keys share one.
type bundleKey struct {
	main, tsconfig, factory, fragment, rules, define, alias string
}

// bundle is the entry module of a Worker, bundled as wrangler does it.
type bundle struct {
	exports []string
	module  bool     // it has a default export of its own
	named   []string // its own exports, bundling left out
	script  *script  // nil if it cannot be bundled
	absent  []string // packages that it imports and that are not installed
	errors  []api.Message
}

// exported reports whether the entry module exports a name.
func (b *bundle) exported(name string) bool { return slices.Contains(b.exports, name) }

// bundle returns the bundle of the selected configuration.
func (s *selection) bundle(path string) *bundle {
	key := bundleKey{
		main: path, tsconfig: s.inherited("tsconfig").Text(),
		factory: s.inherited("jsx_factory").Text(), fragment: s.inherited("jsx_fragment").Text(),
		rules: s.inherited("rules").JSON(), define: s.own("define").JSON(), alias: s.top.Get("alias").JSON(),
	}
	if b, ok := s.bundles[key]; ok {
		return b
	}
	b := &bundle{}
	s.bundles[key] = b
	if b.entry(s.options(path)); len(b.errors) > 0 {
		return b
	}
	options := s.options(path)
	options.Bundle = true
	result := api.Build(options)
	if b.leaveOut(options.AbsWorkingDir, result.Errors); len(b.absent) > 0 {
		options.External = append(options.External, b.absent...)
		result = api.Build(options)
	}
	if b.errors = result.Errors; len(b.errors) > 0 {
		return b
	}
	b.exports = entryExports(result)
	for _, f := range result.OutputFiles {
		if strings.HasSuffix(f.Path, ".js") {
			b.script = read(string(f.Contents))
		}
	}
	return b
}

// entry reads the exports of the entry module alone: wrangler looks at them to
// tell a module from a service worker (B8).
func (b *bundle) entry(options api.BuildOptions) {
	options.External, options.Plugins, options.Alias = nil, nil, nil // of bundling only
	options.Format = api.FormatDefault                               // keeps CommonJS what it is: no module
	result := api.Build(options)
	b.errors = result.Errors
	b.named = entryExports(result)
	b.module = slices.Contains(b.named, "default")
}

// options are wrangler's, as far as they change what is exported.
func (s *selection) options(path string) api.BuildOptions {
	dir, err := filepath.Abs(filepath.Dir(s.path))
	if err != nil {
		dir = filepath.Dir(path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	o := api.BuildOptions{
		EntryPoints: []string{path}, AbsWorkingDir: dir, Outfile: filepath.Join(dir, ".dormouse-check.js"),
		Format: api.FormatESModule, Target: api.ES2024, Metafile: true, LogLevel: api.LogLevelSilent,
		LegalComments: api.LegalCommentsNone, Charset: api.CharsetUTF8,
		Loader:     map[string]api.Loader{".js": api.LoaderJSX, ".mjs": api.LoaderJSX, ".cjs": api.LoaderJSX},
		Conditions: []string{"workerd", "worker", "browser"},
		Supported:  map[string]bool{"import-source": true},
		Define:     map[string]string{"process.env.NODE_ENV": `"production"`},
		JSXFactory: s.inherited("jsx_factory").Text(), JSXFragment: s.inherited("jsx_fragment").Text(),
		External: []string{"__STATIC_CONTENT_MANIFEST"},
		Plugins:  []api.Plugin{s.outside()},
	}
	if tsconfig := s.inherited("tsconfig").Text(); tsconfig != "" {
		o.Tsconfig = filepath.Join(dir, filepath.FromSlash(tsconfig))
	}
	for _, m := range s.own("define").Members() {
		o.Define[m.Key] = m.Value.Text()
	}
	for _, m := range s.top.Get("alias").Members() {
		if o.Alias == nil {
			o.Alias = map[string]string{}
		}
		o.Alias[m.Key] = m.Value.Text()
	}
	return o
}

// builtins are Node's modules that the runtime may have, by their old names.
var builtins = strings.Fields(`_tls_common _tls_wrap assert async_hooks buffer child_process cluster console constants crypto
	dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks process
	punycode querystring readline repl stream string_decoder sys timers tls trace_events tty url util v8 vm wasi
	worker_threads zlib`)

// outside leaves out of the bundle what the runtime brings (cloudflare:*,
// node:*) and what wrangler uploads beside the script (texts, data, wasm).
func (s *selection) outside() api.Plugin {
	endings := []string{".txt", ".html", ".sql", ".bin", ".wasm", ".wasm?module"}
	for _, rule := range s.inherited("rules").Items() {
		for _, glob := range rule.Get("globs").Items() {
			if i := strings.LastIndexByte(glob.Text(), '*'); i >= 0 && strings.HasPrefix(glob.Text()[i+1:], ".") && !scriptRule(rule) {
				endings = append(endings, glob.Text()[i+1:])
			}
		}
	}
	return api.Plugin{Name: "outside", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `.`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if args.Kind == api.ResolveEntryPoint {
				return api.OnResolveResult{}, nil
			}
			prefix, _, hasPrefix := strings.Cut(args.Path, ":")
			root, _, _ := strings.Cut(args.Path, "/")
			runtime := hasPrefix && slices.Contains([]string{"cloudflare", "node", "workerd"}, prefix)
			beside := slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(args.Path, e) })
			if runtime || beside || slices.Contains(builtins, root) && !installed(args.ResolveDir, root) {
				return api.OnResolveResult{Path: args.Path, External: true}, nil
			}
			return api.OnResolveResult{}, nil
		})
	}}
}

func scriptRule(rule *wranglercfg.Node) bool {
	return rule.Get("type").Text() == "ESModule" || rule.Get("type").Text() == "CommonJS"
}

// leaveOut finds packages that cannot be resolved because nothing is installed
// at all: a checkout without node_modules is no mistake of the project.
func (b *bundle) leaveOut(dir string, errors []api.Message) {
	for _, e := range errors {
		var name string
		if _, err := fmt.Sscanf(e.Text, "Could not resolve %q", &name); err != nil || strings.HasPrefix(name, ".") || filepath.IsAbs(name) {
			continue
		}
		if e.Location != nil && !installed(filepath.Dir(filepath.Join(dir, e.Location.File)), "") && !slices.Contains(b.absent, name) {
			b.absent = append(b.absent, name)
		}
	}
	slices.Sort(b.absent)
}

// installed reports whether a package, or with "" any, is in a node_modules
// folder in dir or above.
func installed(dir, name string) bool {
	for {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", name)); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
		dir = filepath.Dir(dir)
	}
}

// entryExports reads the exports of the one entry point from the metafile.
func entryExports(result api.BuildResult) []string {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string   `json:"entryPoint"`
			Exports    []string `json:"exports"`
		} `json:"outputs"`
	}
	if json.Unmarshal([]byte(result.Metafile), &meta) != nil {
		return nil // there is no metafile when the build failed
	}
	for _, out := range meta.Outputs {
		if out.EntryPoint != "" {
			return out.Exports
		}
	}
	return nil
}
