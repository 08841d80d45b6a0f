package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// asked marks imports that the plugin itself wants resolved.
type asked struct{}

// plugin decides about imports in wrangler's order: aliases, files beside main,
// module rules, Node's modules, the runtime's own.
func (c *collector) plugin() api.Plugin {
	return api.Plugin{Name: "wrangler", Setup: func(b api.PluginBuild) {
		deciders := []func(api.PluginBuild, api.OnResolveArgs) (api.OnResolveResult, bool, error){
			c.byAlias, c.byLegacyName, c.byRule, c.byNode, c.byRuntime,
		}
		b.OnStart(func() (api.OnStartResult, error) { return api.OnStartResult{}, c.reset() })
		b.OnResolve(api.OnResolveOptions{Filter: `.`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if args.PluginData == (asked{}) {
				return api.OnResolveResult{}, nil
			}
			for _, decide := range deciders {
				if r, decided, err := decide(b, args); decided || err != nil {
					return r, err
				}
			}
			return api.OnResolveResult{}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: "file"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			c.noted(args.Path)
			return api.OnLoadResult{}, nil // esbuild reads it
		})
		loadVirtual(b)
	}}
}

// byAlias replaces an import. What it is replaced with is resolved from the root
// of the project, and not by esbuild's rules but by those of Node's require.
func (c *collector) byAlias(_ api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, bool, error) {
	to := c.alias[args.Path]
	if to == "" {
		return api.OnResolveResult{}, false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	file, ok := c.aliased[to]
	if !ok {
		if file, ok = required(c.root, to); !ok {
			return refuse("Cannot find module '%s'", to)
		}
		c.aliased[to] = file
	}
	return api.OnResolveResult{Path: file}, true, nil
}

// refuse returns an error in wrangler's words.
func refuse(format string, a ...any) (api.OnResolveResult, bool, error) {
	return api.OnResolveResult{Errors: []api.Message{{Text: fmt.Sprintf(format, a...)}}}, true, nil
}

// required returns the file that require(name) would load in Node in a folder,
// or the name if that is one of Node's own modules, which esbuild then refuses.
func required(dir, name string) (file string, ok bool) {
	if isNodeBuiltin(name) {
		return name, true
	}
	take := api.Plugin{Name: "take", Setup: func(b api.PluginBuild) {
		b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: "file"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			file = args.Path
			empty := ""
			return api.OnLoadResult{Contents: &empty}, nil
		})
	}}
	result := api.Build(api.BuildOptions{
		Stdin:         &api.StdinOptions{Contents: fmt.Sprintf("require(%q)", name), ResolveDir: dir},
		AbsWorkingDir: dir, Bundle: true, LogLevel: api.LogLevelSilent, TsconfigRaw: "{}",
		Platform: api.PlatformNode, MainFields: []string{"main"}, Conditions: []string{}, ResolveExtensions: []string{".js", ".json", ".node"},
		Plugins: []api.Plugin{take},
	})
	if len(result.Errors) > 0 || file == "" {
		return "", false
	}
	return file, true
}

// byLegacyName takes "a.txt" for "./a.txt", as the first wrangler did.
func (c *collector) byLegacyName(_ api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, bool, error) {
	if args.Kind != api.ResolveJSImportStatement && args.Kind != api.ResolveJSRequireCall || !slices.Contains(c.legacy, args.Path) {
		return api.OnResolveResult{}, false, nil
	}
	c.warn(fmt.Sprintf(`Deprecation: detected a legacy module import in "./%s". This will stop working in the future. Replace references to "%s" with "./%s";`,
		c.relative(args.Importer), args.Path, args.Path))
	// wrangler asks the rules about the name that the module will have.
	named := "./" + args.Path
	if c.keepFileNames {
		named = args.Path
	}
	for _, r := range c.rules.active {
		if !r.importedBy(named) {
			continue
		}
		return c.attached(r, args.Path, filepath.Join(filepath.Dir(c.main), args.Path))
	}
	return api.OnResolveResult{}, false, nil
}

func (c *collector) warn(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.warnings, text) {
		c.warnings = append(c.warnings, text)
	}
}

// byRule leaves files that match a module rule beside the entry.
func (c *collector) byRule(b api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, bool, error) {
	clean, _, _ := strings.Cut(args.Path, "?")
	for _, r := range c.rules.active {
		if r.script() && !c.findModules || !r.importedBy(args.Path) {
			continue
		}
		file := filepath.Join(args.ResolveDir, clean)
		if slices.ContainsFunc(c.found, func(m Module) bool { return m.File == file }) {
			return api.OnResolveResult{Path: clean, External: true}, true, nil
		}
		if r.script() {
			continue
		}
		return c.attached(r, clean, c.resolved(b, args, clean, file))
	}
	for _, r := range c.rules.removed {
		if r.importedBy(args.Path) {
			return refuse("The file %s matched a module rule in your configuration (%s), but was ignored because "+
				"a previous rule with the same type was not marked as `fallthrough = true`.", args.Path, r.text)
		}
	}
	return api.OnResolveResult{}, false, nil
}

// attached leaves an import to a module that is made of a file.
func (c *collector) attached(r rule, importPath, file string) (api.OnResolveResult, bool, error) {
	name, err := c.attach(r, importPath, file)
	if errors.Is(err, fs.ErrNotExist) {
		return refuse("ENOENT: no such file or directory, open '%s'", file)
	}
	return api.OnResolveResult{Path: name, External: true}, true, err
}

// resolved returns the file that an import means: what lies in a package under
// that path, before what the package exports under it, before what esbuild finds
// otherwise.
func (c *collector) resolved(b api.PluginBuild, args api.OnResolveArgs, clean, file string) string {
	if strings.HasPrefix(clean, ".") || filepath.IsAbs(clean) {
		if filepath.IsAbs(clean) {
			file = clean
		}
		if isFile(file) {
			return file
		}
	} else {
		for dir := args.ResolveDir; ; dir = filepath.Dir(dir) {
			if f := filepath.Join(dir, "node_modules", clean); isFile(f) {
				return f
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	r := b.Resolve(clean, api.ResolveOptions{Kind: args.Kind, Importer: args.Importer, ResolveDir: args.ResolveDir, PluginData: asked{}})
	if len(r.Errors) == 0 && r.Path != "" {
		return r.Path
	}
	return file
}

// byNode leaves Node's modules to the runtime as far as the Worker may have them.
func (c *collector) byNode(b api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, bool, error) {
	external := api.OnResolveResult{Path: args.Path, External: true}
	prefixed := strings.HasPrefix(args.Path, "node:")
	switch {
	case c.node == nodeV2:
		return byNodeV2(args)
	case !prefixed:
		return api.OnResolveResult{}, false, nil
	case c.node == nodeALS && (args.Path == "node:async_hooks" || strings.HasPrefix(args.Path, "node:async_hooks/")):
		return external, true, nil
	}
	r := b.Resolve(args.Path, api.ResolveOptions{Kind: args.Kind, Importer: args.Importer, ResolveDir: args.ResolveDir, PluginData: asked{}})
	if len(r.Errors) == 0 {
		return api.OnResolveResult{}, false, nil // a package has that name
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missing[args.Path] = append(c.missing[args.Path], args.Importer)
	return external, true, nil
}

// byNodeV2 leaves all of Node to the runtime. The runtime has no require, so that
// what is required is imported by a module that is in the bundle.
func byNodeV2(args api.OnResolveArgs) (api.OnResolveResult, bool, error) {
	required := args.Kind == api.ResolveJSRequireCall
	_, shimmed := shims[args.Path]
	switch {
	case shimmed && required:
		return api.OnResolveResult{Path: args.Path, Namespace: requiredShim}, true, nil
	case shimmed:
		return api.OnResolveResult{Path: args.Path, Namespace: shim}, true, nil
	case required && (strings.HasPrefix(args.Path, "node:") || isNodeBuiltin(args.Path)):
		return api.OnResolveResult{Path: args.Path, Namespace: requiredNode}, true, nil
	}
	return api.OnResolveResult{Path: args.Path, External: true}, inV2(args.Path), nil
}

// byRuntime leaves imports of the runtime's own modules as they are.
func (c *collector) byRuntime(_ api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, bool, error) {
	own := strings.HasPrefix(args.Path, "cloudflare:") || strings.HasPrefix(args.Path, "workerd:")
	return api.OnResolveResult{Path: args.Path, External: true}, own, nil
}
