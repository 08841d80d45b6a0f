package bundle

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// collector is one build: an esbuild plugin that decides what esbuild does not
// bundle, and notes what was read. esbuild calls it from goroutines of its own.
type collector struct {
	*project
	legacy []string // files beside main, which may be imported without "./"
	found  []Module // additional modules, whether imported or not

	mu       sync.Mutex // guards the fields below
	modules  []Module   // in the order of their imports
	records  records
	warnings []string
	aliased  map[string]string   // where aliases lead
	missing  map[string][]string // Node's modules, with who imports them
}

// reset prepares the next build: it looks at the folders that decide how imports
// are read.
func (c *collector) reset() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.modules, c.warnings = nil, slices.Clone(c.rules.warnings)
	c.aliased, c.missing = map[string]string{}, map[string][]string{}
	c.records = newRecords(c.project)
	entries, err := c.records.readDir(filepath.Dir(c.main), byCode)
	if err != nil {
		return fmt.Errorf("read the folder of main: %w", err)
	}
	c.legacy = nil
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name() != filepath.Base(c.main) {
			c.legacy = append(c.legacy, e.Name())
		}
	}
	c.found = nil
	if c.findModules {
		c.found, err = c.additional(c.records, &c.warnings)
	}
	return err
}

// run makes one build.
func (c *collector) run() api.BuildResult {
	o := c.options()
	o.Plugins = []api.Plugin{c.plugin()}
	return api.Build(o)
}

// bundle turns what run makes into a Bundle.
func (c *collector) bundle(run func() api.BuildResult) (*Bundle, error) {
	result := run()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records.surroundings()
	meta := readMetafile(result.Metafile)
	isModule := meta.format == "esm" && slices.Contains(meta.exports, "default")
	if !c.anyFormat && (len(result.Errors) > 0 || !isModule) {
		// Before anything else wrangler looks at main alone.
		if format, _, err := c.guess(); err == nil && format == ServiceWorker {
			return nil, fmt.Errorf("%s: %w", c.relative(c.main), ErrServiceWorker)
		}
	}
	if len(result.Errors) > 0 {
		c.advise(result.Errors)
		return nil, &Error{Errors: result.Errors, Warnings: result.Warnings, Inputs: c.records.files(), records: c.records}
	}
	for _, w := range format(result.Warnings, api.WarningMessage, false) {
		c.warnings = append(c.warnings, strings.TrimRight(w, "\n"))
	}
	c.warnMissing()
	b := &Bundle{
		Main: c.name + ".js", Exports: meta.exports, Inputs: c.records.files(), Warnings: c.warnings,
		maps: map[string]*sourceMap{}, records: c.records,
	}
	slices.Sort(b.Exports)
	for _, f := range result.OutputFiles {
		switch filepath.Ext(f.Path) {
		case ".js":
			b.Modules = append(b.Modules, Module{Name: b.Main, Kind: ESModule, Source: f.Contents})
		case ".map":
			b.maps[b.Main] = &sourceMap{data: f.Contents, dir: c.outdir()}
		}
	}
	b.beside(append(slices.Clone(c.found), c.modules...))
	return b, nil
}

// beside adds modules. Of two with one name the later one counts, in the place
// of the first.
func (b *Bundle) beside(modules []Module) {
	at := map[string]int{}
	for _, m := range modules {
		i, ok := at[m.Name]
		if !ok {
			at[m.Name] = len(b.Modules)
			b.Modules = append(b.Modules, m)
			continue
		}
		b.Modules[i] = m
	}
}

// warnMissing warns of Node's modules that the runtime may not have.
func (c *collector) warnMissing() {
	if c.node == nodeV1 {
		return
	}
	names := make([]string, 0, len(c.missing))
	for name := range c.missing {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var w strings.Builder
		fmt.Fprintf(&w, "The package %q wasn't found on the file system but is built into node.\n", name)
		w.WriteString(`Your Worker may throw errors at runtime unless you enable the "nodejs_compat" compatibility flag. ` +
			"Refer to https://developers.cloudflare.com/workers/runtime-apis/nodejs/ for more details. Imported from:")
		importers := slices.Clone(c.missing[name])
		slices.Sort(importers)
		for _, i := range slices.Compact(importers) {
			w.WriteString("\n - " + c.relative(i))
		}
		c.warnings = append(c.warnings, w.String())
	}
}

// relative returns a path as seen from the root of the project.
func (p *project) relative(file string) string {
	if rel, err := filepath.Rel(p.root, file); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(file)
}

// attach makes a module of a file that is imported under a path, and returns
// the path under which the entry has to import it.
func (c *collector) attach(r rule, importPath, file string) (string, error) {
	kind, err := r.module()
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	data, err := c.records.readFile(file)
	if err != nil {
		return "", err
	}
	name := importPath
	if !c.keepFileNames {
		sum := sha1.Sum(data)
		name = "./" + hex.EncodeToString(sum[:]) + "-" + path.Base(filepath.ToSlash(importPath))
	}
	c.modules = append(c.modules, Module{Name: moduleName(name), Kind: kind, File: file, Source: data})
	return name, nil
}

// moduleName returns the name to which an import of the entry leads: the entry
// is at the top, above which nothing is.
func moduleName(importPath string) string {
	return strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(importPath)), "/")
}

// noted has a source noted that esbuild is about to read.
func (c *collector) noted(file string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.records.readFile(file) // of what cannot be read esbuild complains
}

// metafile is what we need of esbuild's.
type metafile struct {
	exports []string
	format  string // of the entry: esm, cjs or nothing
}

func readMetafile(text string) metafile {
	var meta struct {
		Inputs map[string]struct {
			Format string `json:"format"`
		} `json:"inputs"`
		Outputs map[string]struct {
			EntryPoint string   `json:"entryPoint"`
			Exports    []string `json:"exports"`
		} `json:"outputs"`
	}
	if json.Unmarshal([]byte(text), &meta) != nil {
		return metafile{} // there is none when the build failed
	}
	for _, out := range meta.Outputs {
		if out.EntryPoint != "" {
			return metafile{out.Exports, meta.Inputs[out.EntryPoint].Format}
		}
	}
	return metafile{}
}

// isFile reports whether a path is that of a file.
func isFile(file string) bool {
	info, err := os.Stat(file)
	return err == nil && !info.IsDir()
}
