package bundle

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// project is what a configuration and the options say of a build. Its paths are
// absolute. It does not change once it is made.
type project struct {
	config string // the configuration's file
	root   string // of the project: names in messages are relative to it
	main   string // as given, so perhaps without its ending
	folder string // below which additional modules are found (base_dir)

	name       string // of the output, without .js
	tsconfig   string
	factory    string
	fragment   string
	define     map[string]string
	alias      map[string]string
	external   []string
	conditions []string
	rules      rules
	node       nodeMode

	minify, keepNames, findModules, keepFileNames, noBundle bool
	skipModules                                             bool // find_additional_modules is false, which counts with no_bundle
	anyFormat, readable                                     bool
}

// locate finds the folder of the project and its main.
func locate(cfg *wranglercfg.Config, o Options) (*project, error) {
	config, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("find the configuration: %w", err)
	}
	p := &project{config: config, root: filepath.Dir(config)}
	return p, p.setMain(cfg, o)
}

// newProject reads a configuration, and looks whether its main is there.
func newProject(cfg *wranglercfg.Config, o Options) (*project, error) {
	p, err := locate(cfg, o)
	if err != nil {
		return nil, err
	}
	p.factory, p.fragment = cfg.Inherited("jsx_factory").Text(), cfg.Inherited("jsx_fragment").Text()
	if t := cfg.Inherited("tsconfig").Text(); t != "" {
		p.tsconfig = p.beside(t)
	}
	p.setDefine(cfg, o)
	p.alias = map[string]string{}
	for _, m := range cfg.Top().Get("alias").Members() {
		p.alias[m.Key] = m.Value.Text()
	}
	maps.Copy(p.alias, o.Alias)
	p.external = append([]string{"__STATIC_CONTENT_MANIFEST"}, o.External...)
	p.conditions = slices.Clone(o.Conditions)
	if p.conditions == nil {
		p.conditions = []string{"workerd", "worker", "browser"}
	}
	p.node = nodeModeOf(cfg)
	p.minify, p.keepNames = isTrue(cfg, "minify"), !isFalse(cfg, "keep_names")
	p.findModules, p.skipModules = isTrue(cfg, "find_additional_modules"), isFalse(cfg, "find_additional_modules")
	p.keepFileNames, p.noBundle = isTrue(cfg, "preserve_file_names"), isTrue(cfg, "no_bundle") && !o.Readable
	p.anyFormat, p.readable = o.AnyFormat, o.Readable
	p.rules, err = readRules(cfg.Inherited("rules"))
	return p, err
}

func isFalse(cfg *wranglercfg.Config, key string) bool { return cfg.Inherited(key).JSON() == "false" }

func isTrue(cfg *wranglercfg.Config, key string) bool { return cfg.Inherited(key).JSON() == "true" }

// beside returns a path of the configuration as an absolute one.
func (p *project) beside(path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(p.config), path)
}

// setMain finds main. One given by the caller is relative to the working
// directory and makes that the root of the project.
func (p *project) setMain(cfg *wranglercfg.Config, o Options) error {
	written := cmp.Or(o.Main, cfg.Main.Value)
	lost := &MainError{Written: written, Command: cfg.Inherited("build").Get("command").Text()}
	switch {
	case o.Main != "":
		root, err := filepath.Abs(".")
		if err != nil {
			return fmt.Errorf("find %s: %w", o.Main, err)
		}
		p.root, p.main = root, o.Main
		if !filepath.IsAbs(p.main) {
			p.main = filepath.Join(root, p.main)
		}
	case written == "":
		return fmt.Errorf("%s: %w", cfg.Path, ErrNoMain)
	default:
		lost.Pos = cfg.Main.Pos
		p.main = p.beside(written)
	}
	if filepath.Ext(p.main) == ".py" {
		return fmt.Errorf("%s: Python Workers are not supported", written)
	}
	base := filepath.Base(p.main)
	p.name = strings.TrimSuffix(base, filepath.Ext(base))
	p.folder = filepath.Dir(p.main)
	if dir := cfg.Inherited("base_dir").Text(); dir != "" {
		p.folder = p.beside(dir)
	}
	lost.Path = p.main
	return lost.look()
}

// setDefine collects what is replaced in the code, what wrangler replaces on its
// own first.
func (p *project) setDefine(cfg *wranglercfg.Config, o Options) {
	p.define = map[string]string{}
	env := strconv.Quote(cmp.Or(o.NodeEnv, "development"))
	for _, global := range []string{"", "global.", "globalThis."} {
		p.define[global+"process.env.NODE_ENV"] = env
	}
	if hasNavigator(cfg) {
		p.define["navigator.userAgent"] = `"Cloudflare-Workers"`
	}
	for _, m := range cfg.Node().Get("define").Members() { // not inherited (E3)
		p.define[m.Key] = m.Value.Text()
	}
	maps.Copy(p.define, o.Define)
}

// options are wrangler's for esbuild.
func (p *project) options() api.BuildOptions {
	o := api.BuildOptions{
		EntryPoints: []string{p.main}, EntryNames: p.name, AbsWorkingDir: p.root, Outdir: p.outdir(),
		Bundle: true, Format: api.FormatESModule, Target: api.ES2024, Supported: map[string]bool{"import-source": true},
		Loader:    map[string]api.Loader{".js": api.LoaderJSX, ".mjs": api.LoaderJSX, ".cjs": api.LoaderJSX},
		Sourcemap: api.SourceMapExternal, Metafile: true, LogLevel: api.LogLevelSilent,
		MinifyWhitespace: p.minify, MinifyIdentifiers: p.minify, MinifySyntax: p.minify, KeepNames: p.keepNames,
		Conditions: p.conditions, External: p.external, Define: p.define,
		JSXFactory: p.factory, JSXFragment: p.fragment, Tsconfig: p.tsconfig,
	}
	if p.readable {
		o.MinifyWhitespace, o.MinifyIdentifiers, o.MinifySyntax, o.KeepNames = false, false, false, false
		o.LegalComments, o.Charset, o.Sourcemap = api.LegalCommentsNone, api.CharsetUTF8, api.SourceMapNone
	}
	return o
}

// outdir is a folder that is never made: what esbuild puts there stays in memory.
func (p *project) outdir() string { return filepath.Join(p.root, ".dormouse-bundle") }
