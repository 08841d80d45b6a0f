package bundle

import (
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// records say how files and folders were when a bundle was made of them. A file
// is recorded before esbuild reads it, so that one that changes in between no
// longer is as it was recorded. Not safe for concurrent use while it grows.
type records map[string]record // by absolute path

// record is one file or folder.
type record struct {
	kind recordKind
	stat stat
	sum  uint64 // of the content, or of all names in a folder
	code uint64 // of the names that imports could mean
}

type recordKind uint8

const (
	absent    recordKind = iota // nothing was there
	ofProject                   // a file that somebody edits
	ofPackage                   // a file that somebody installed
	byCode                      // a folder in which files with imports are
	byNames                     // a folder all of whose names matter
)

// resolvable are the endings that an import may leave out.
var resolvable = []string{"", ".tsx", ".ts", ".jsx", ".js", ".css", ".json"}

var seed = maphash.MakeSeed()

// newRecords begins with what decides about the project as a whole: the
// settings of TypeScript and of the package.
func newRecords(p *project) records {
	rs := records{}
	if p.tsconfig != "" {
		rs.config(p.tsconfig)
	}
	rs.above(filepath.Dir(p.main))
	return rs
}

// readFile reads a file and records it.
func (rs records) readFile(path string) ([]byte, error) {
	before, err := os.Stat(path)
	if err == nil {
		var data []byte
		if data, err = os.ReadFile(path); err == nil {
			rs[path] = record{kind: kindOf(path), stat: statOf(before), sum: maphash.Bytes(seed, data)}
			return data, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		rs[path] = record{kind: absent}
	}
	return nil, err
}

func kindOf(path string) recordKind {
	if strings.Contains(filepath.ToSlash(path), "/node_modules/") {
		return ofPackage
	}
	return ofProject
}

// readDir reads a folder and records the names in it.
func (rs records) readDir(path string, kind recordKind) ([]fs.DirEntry, error) {
	info, err := os.Stat(path)
	if err == nil {
		var entries []fs.DirEntry
		if entries, err = os.ReadDir(path); err == nil {
			r := record{kind: max(kind, rs[path].kind), stat: statOf(info)}
			r.sum, r.code = names(entries)
			rs[path] = r
			return entries, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		rs[path] = record{kind: absent}
	}
	return nil, err
}

// names returns sums of all names, and of those of files that an import without
// an ending could mean.
func names(entries []fs.DirEntry) (all, code uint64) {
	var a, c maphash.Hash
	a.SetSeed(seed)
	c.SetSeed(seed)
	for _, e := range entries {
		line := e.Name() + "\x00"
		a.WriteString(line)
		if !e.IsDir() && slices.Contains(resolvable, filepath.Ext(e.Name())) {
			c.WriteString(line)
		}
	}
	return a.Sum64(), c.Sum64()
}

// surroundings records what led to the files that were read: the folders they
// are in, where another file could take their place, and the settings above them.
func (rs records) surroundings() {
	dirs := map[string]bool{}
	for path, r := range rs {
		if r.kind == ofProject || r.kind == ofPackage {
			dir := filepath.Dir(path)
			dirs[dir] = true
			dirs[filepath.Dir(dir)] = true // an import of the folder could mean a file beside it
		}
	}
	for dir := range dirs {
		rs.above(dir)
		if !rs.has(dir) {
			_, _ = rs.readDir(dir, byCode) // what cannot be read is recorded so, or of no use
		}
	}
}

// above records package.json, tsconfig.json and node_modules of a folder and of
// those above it. They may be missing.
func (rs records) above(dir string) {
	for {
		modules, pkg, tsconfig := filepath.Join(dir, "node_modules"), filepath.Join(dir, "package.json"), filepath.Join(dir, "tsconfig.json")
		if rs.has(modules) && rs.has(pkg) && rs.has(tsconfig) {
			return // and so are those above
		}
		rs.config(tsconfig)
		_, _ = rs.readFile(pkg)
		entries, err := rs.readDir(modules, byNames)
		if err != nil {
			rs[modules] = record{kind: absent}
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "@") {
				_, _ = rs.readDir(filepath.Join(modules, e.Name()), byNames)
			}
		}
		if dir == filepath.Dir(dir) {
			return
		}
		dir = filepath.Dir(dir)
	}
}

func (rs records) has(path string) bool {
	_, ok := rs[path]
	return ok
}

// hold reports whether everything still is as it was recorded. When strict, any
// name that came or went counts, for it may be one that was missing.
func (rs records) hold(strict bool) bool {
	for path, r := range rs {
		if !r.holds(path, strict) {
			return false
		}
	}
	return true
}

func (r record) holds(path string, strict bool) bool {
	info, err := os.Stat(path)
	if r.kind == absent || err != nil {
		return r.kind == absent && errors.Is(err, fs.ErrNotExist)
	}
	now := statOf(info)
	// Without a time that nobody can set back, only what was installed is trusted
	// to be the same when it looks the same.
	if r.stat.settled && r.stat.same(now) && (now.changed != 0 || r.kind == ofPackage) {
		return true
	}
	if r.kind == byCode || r.kind == byNames {
		entries, err := os.ReadDir(path)
		all, code := names(entries)
		return err == nil && (all == r.sum || r.kind == byCode && !strict && code == r.code)
	}
	if info.Size() != r.stat.size {
		return false
	}
	data, err := os.ReadFile(path)
	return err == nil && maphash.Bytes(seed, data) == r.sum
}

// files returns the files that were read, sorted.
func (rs records) files() []string {
	var list []string
	for path, r := range rs {
		if r.kind == ofProject || r.kind == ofPackage {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}
