package bundle

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// additional finds the modules below the folder of the modules: whatever
// matches a rule, whether it is imported or not.
func (p *project) additional(rs records, warnings *[]string) ([]Module, error) {
	var found []Module
	err := p.walk(rs, p.folder, func(file string) error {
		rel, err := filepath.Rel(p.folder, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if file == p.main {
			return nil
		}
		kinds, err := p.match(name)
		if err != nil || len(kinds) == 0 {
			return err
		}
		for _, k := range kinds[1:] {
			*warnings = append(*warnings, fmt.Sprintf("Ignoring duplicate module: %s (%s)", name, k))
		}
		source, err := rs.readFile(file)
		found = append(found, Module{Name: name, Kind: kinds[0], File: file, Source: source})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find additional modules: %w", err)
	}
	return found, nil
}

// match returns what each glob that matches makes of a file. The first counts.
func (p *project) match(name string) ([]Kind, error) {
	var matches []Kind
	for _, r := range p.rules.active {
		for _, g := range r.globs {
			if !g.found.MatchString(name) {
				continue
			}
			k, err := r.module()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			matches = append(matches, k)
		}
	}
	return matches, nil
}

// walk calls visit for each file below a folder. Of what is wrangler's own
// nothing is looked at, nor is the configuration.
func (p *project) walk(rs records, dir string, visit func(file string) error) error {
	entries, err := rs.readDir(dir, byNames)
	if err != nil {
		return err
	}
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir() && file == filepath.Join(p.root, ".wrangler"), file == p.config:
		case e.IsDir():
			err = p.walk(rs, file, visit)
		case e.Type()&fs.ModeSymlink != 0 && !isFile(file):
			// A link to a folder is no file, and wrangler does not follow it.
		default:
			err = visit(file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copied returns main and the additional modules as they are (no_bundle).
func (p *project) copied() (*Bundle, error) {
	rs, warnings := newRecords(p), slices.Clone(p.rules.warnings)
	if p.minify {
		warnings = append(warnings, "`--minify` and `--no-bundle` can't be used together. If you want to minify your Worker and disable Wrangler's bundling, "+
			"please minify as part of your own bundling process.")
	}
	source, err := rs.readFile(p.main)
	if err != nil {
		return nil, fmt.Errorf("read main: %w", err)
	}
	b := &Bundle{Main: filepath.Base(p.main), maps: map[string]*sourceMap{}}
	if !p.anyFormat {
		format, exports, err := p.guess()
		if err != nil {
			return nil, err
		}
		if format == ServiceWorker {
			return nil, fmt.Errorf("%s: %w", p.relative(p.main), ErrServiceWorker)
		}
		b.Exports = exports
	}
	b.Modules = []Module{{Name: b.Main, Kind: ESModule, File: p.main, Source: source}}
	if !p.skipModules {
		found, err := p.additional(rs, &warnings)
		if err != nil {
			return nil, err
		}
		b.beside(found)
	}
	for _, m := range b.Modules {
		b.mapOf(m, rs)
	}
	rs.surroundings()
	b.Inputs, b.Warnings, b.records = rs.files(), warnings, rs
	return b, nil
}

// mapOf keeps the map that a module names, if it is there.
func (b *Bundle) mapOf(m Module, rs records) {
	if m.Kind != ESModule && m.Kind != CommonJS {
		return
	}
	url := mappingURL(m.Source)
	if url == "" {
		return
	}
	dir := filepath.Dir(m.File)
	if data, ok := inlineMap(url); ok {
		b.maps[m.Name] = &sourceMap{data: data, dir: dir}
		return
	}
	file := filepath.Join(dir, filepath.FromSlash(url))
	if _, err := os.Stat(file); err != nil {
		return
	}
	if data, err := rs.readFile(file); err == nil {
		b.maps[m.Name] = &sourceMap{data: data, dir: filepath.Dir(file)}
	}
}
