package wranglercfg

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// candidates are the names that wrangler looks for, in its order (F1).
var candidates = []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"}

// File is a configuration file that was read. It is immutable: any number of
// environments can be resolved from it, at the same time too.
type File struct {
	path     string
	root     *Node
	warnings Diagnostics // of the syntax; part of every Resolve
}

// Find returns the path of the configuration that wrangler would use in dir:
// each of wrangler.json, wrangler.jsonc and wrangler.toml is searched for in dir
// and all folders above before the next name is tried (F1). If there is none,
// the error is a [Diagnostic] that wraps [fs.ErrNotExist].
func Find(dir string) (path string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("search for a wrangler configuration: %w", err)
	}
	for _, name := range candidates {
		for at := abs; ; at = filepath.Dir(at) {
			path := filepath.Join(at, name)
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return "", &Diagnostic{
		Code: CodeUnreadable,
		Pos:  Pos{Path: dir},
		Msg:  "no wrangler configuration here or in a folder above",
		Hint: "create one of " + strings.Join(candidates, ", "),
		Err:  fs.ErrNotExist,
	}
}

// Load reads the file at path as it is: no search, no redirect (F3). All its
// errors hold a [Diagnostic].
func Load(path string) (*File, error) {
	if _, err := reader(path); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		d := &Diagnostic{Code: CodeUnreadable, Pos: Pos{Path: path}, Msg: "Could not read file: " + path, Err: err}
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			d.Hint = "this is a folder; name the file in it"
		}
		return nil, d
	}
	return Parse(path, data)
}

// Parse reads a configuration from data. The format follows from the ending of
// name, which also is the path of all positions. It keeps nothing of data.
func Parse(name string, data []byte) (*File, error) {
	read, err := reader(name)
	if err != nil {
		return nil, err
	}
	text, d := decodeText(name, data)
	if d != nil {
		return nil, d
	}
	src := newSource(name, text)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &Diagnostic{
			Code: CodeEmpty, Pos: src.pos(0), Msg: "the configuration file is empty",
			Hint: `it needs at least "name", "main" and "compatibility_date"`,
		}
	}
	root, ds := read(src)
	if err := ds.Err(); err != nil {
		return nil, err
	}
	if root.Kind() != Object {
		return nil, &Diagnostic{
			Code: CodeRoot, Pos: root.Pos(),
			Msg: "the configuration should be an object but got " + root.JSON(),
		}
	}
	return &File{path: name, root: root, warnings: ds}, nil
}

// Path returns the name under which the file was read.
func (f *File) Path() string { return f.path }

// Root returns the document.
func (f *File) Root() *Node { return f.root }

// Environments returns the names of the environments in the order of the file.
func (f *File) Environments() []string {
	var names []string
	for _, m := range f.root.Get("env").Members() {
		names = append(names, m.Key)
	}
	return names
}

// reader chooses the format by the ending of the name, case-sensitively (F4).
func reader(name string) (func(*source) (*Node, Diagnostics), error) {
	switch {
	case strings.HasSuffix(name, ".toml"):
		return readTOML, nil
	case strings.HasSuffix(name, ".json"), strings.HasSuffix(name, ".jsonc"):
		return readJSON, nil
	}
	return nil, &Diagnostic{
		Code: CodeEnding, Pos: Pos{Path: name}, Msg: "the name of a wrangler configuration ends in .toml, .json or .jsonc",
		Hint: "wrangler reads no other file and goes on with an empty configuration",
	}
}

// byteOrderMarks are those that refuse a file. UTF-32 LE begins as UTF-16 LE does.
var byteOrderMarks = []struct{ mark, encoding string }{
	{"\xff\xfe\x00\x00", "UTF-32 LE"},
	{"\x00\x00\xfe\xff", "UTF-32 BE"},
	{"\xff\xfe", "UTF-16 LE"},
	{"\xfe\xff", "UTF-16 BE"},
}

// decodeText returns data as valid UTF-8 without a byte order mark (F5), as a
// new slice. Invalid bytes become replacement characters, as in JavaScript.
func decodeText(name string, data []byte) ([]byte, *Diagnostic) {
	for _, m := range byteOrderMarks {
		if bytes.HasPrefix(data, []byte(m.mark)) {
			return nil, &Diagnostic{
				Code: CodeEncoding, Pos: Pos{Path: name, Line: 1, Column: 1},
				Msg:  "Configuration file contains " + m.encoding + " byte order marker",
				Hint: fmt.Sprintf("the file %q appears to be encoded as %s; save it as UTF-8 without a byte order mark", name, m.encoding),
			}
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return bytes.Clone(data), nil
	}
	text := make([]byte, 0, len(data)+16)
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		text = utf8.AppendRune(text, r)
		data = data[size:]
	}
	return text, nil
}
