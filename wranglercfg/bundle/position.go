package bundle

import (
	"slices"
	"strings"
)

// Position maps a place in a module back to the source that it was made of: an
// absolute path, a line and a column. Lines and columns are 1-based, and
// columns count UTF-16 units, as stack traces do. A place in a module that is
// the copy of a file is the same place in that file. It is not ok for a module
// that is not in the bundle, and for code that nobody wrote.
func (b *Bundle) Position(module string, line, column int) (file string, l, c int, ok bool) {
	if m := b.maps[module]; m != nil {
		return m.position(line, column)
	}
	i := slices.IndexFunc(b.Modules, func(m Module) bool { return m.Name == module })
	if i < 0 || b.Modules[i].File == "" || line < 1 || column < 1 {
		return "", 0, 0, false
	}
	return b.Modules[i].File, line, column, true
}

// SourceLine returns a line of a file that [Bundle.Position] named, as it was
// when the bundle was made.
func (b *Bundle) SourceLine(file string, line int) (string, bool) {
	for _, m := range b.maps {
		if text, ok := m.content(file); ok {
			return nth(text, line)
		}
	}
	for _, m := range b.Modules {
		if m.File == file && (m.Kind == ESModule || m.Kind == CommonJS) {
			return nth(string(m.Source), line)
		}
	}
	return "", false
}

// nth returns a 1-based line of a text.
func nth(text string, line int) (string, bool) {
	if line < 1 {
		return "", false
	}
	for l := range strings.Lines(text) {
		if line--; line == 0 {
			return strings.TrimRight(l, "\r\n"), true
		}
	}
	return "", false
}

// Stale reports whether an input is no longer as it was, or a file appeared that
// may take the place of one. Files that were not touched are looked at, and not
// read.
func (b *Bundle) Stale() bool { return !b.records.hold(false) }
