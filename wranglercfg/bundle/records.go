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
// is recorded before esbuild reads it, so one that changes in between no longer
// is as it was recorded. Not safe for concurrent use while it grows.
type records struct {
	root   string // of the project: what is below, node_modules excepted, is compared by content
	byPath map[string]record
}

// record is one file or folder.
type record struct {
	kind recordKind
	stat stat
	sum  uint64 // of the content, or of the names in a folder
}

type recordKind uint8

const (
	absent    recordKind = iota // nothing was there
	byContent                   // a file of the project
	byStat                      // a file of a package
	byNames                     // a folder
)

var seed = maphash.MakeSeed()

// newRecords begins with what decides about the project as a whole: the
// settings of TypeScript and of the package.
func newRecords(p *project) records {
	rs := records{root: p.root, byPath: map[string]record{}}
	if p.tsconfig != "" {
		rs.config(p.tsconfig)
	}
	rs.above(filepath.Dir(p.main))
	return rs
}

// readFile reads a file and records it.
func (rs *records) readFile(path string) ([]byte, error) {
	before, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			rs.byPath[path] = record{kind: absent}
		}
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rs.byPath[path] = record{kind: kindOf(path), stat: statOf(before), sum: maphash.Bytes(seed, data)}
	return data, nil
}

func kindOf(path string) recordKind {
	if strings.Contains(filepath.ToSlash(path), "/node_modules/") {
		return byStat
	}
	return byContent
}

// readDir reads a folder and records the names in it.
func (rs *records) readDir(path string) ([]fs.DirEntry, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	rs.byPath[path] = record{kind: byNames, stat: statOf(info), sum: names(entries)}
	return entries, nil
}

func names(entries []fs.DirEntry) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, e := range entries {
		h.WriteString(e.Name())
		h.WriteByte(0)
	}
	return h.Sum64()
}

// packages records what led to the files that were read: the folders they are
// in, where another file could take their place, and the settings above them.
func (rs *records) packages() {
	dirs := map[string]bool{}
	for path, r := range rs.byPath {
		if r.kind == byContent || r.kind == byStat {
			dirs[filepath.Dir(path)] = true
		}
	}
	for dir := range dirs {
		if _, ok := rs.byPath[dir]; !ok {
			rs.readDir(dir) // one that is gone makes no bundle wrong
		}
		rs.above(dir)
	}
}

// above records package.json, tsconfig.json and node_modules of a folder and of
// those above it.
func (rs *records) above(dir string) {
	for {
		modules := filepath.Join(dir, "node_modules")
		if _, ok := rs.byPath[modules]; ok {
			return // and so are those above
		}
		rs.config(filepath.Join(dir, "tsconfig.json"))
		rs.readFile(filepath.Join(dir, "package.json"))
		if entries, err := rs.readDir(modules); err != nil {
			rs.byPath[modules] = record{kind: absent}
		} else {
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), "@") {
					rs.readDir(filepath.Join(modules, e.Name()))
				}
			}
		}
		if dir == filepath.Dir(dir) {
			return
		}
		dir = filepath.Dir(dir)
	}
}

// hold reports whether everything still is as it was recorded.
func (rs records) hold() bool {
	for path, r := range rs.byPath {
		if !r.holds(path) {
			return false
		}
	}
	return true
}

func (r record) holds(path string) bool {
	info, err := os.Stat(path)
	if r.kind == absent || err != nil {
		return r.kind == absent && errors.Is(err, fs.ErrNotExist)
	}
	switch r.kind {
	case byStat:
		return statOf(info) == r.stat
	case byNames:
		if statOf(info) == r.stat {
			return true
		}
		entries, err := os.ReadDir(path)
		return err == nil && names(entries) == r.sum
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
	for path, r := range rs.byPath {
		if r.kind == byContent || r.kind == byStat {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}
