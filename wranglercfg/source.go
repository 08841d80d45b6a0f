package wranglercfg

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// source is the text of a file and the way from byte offsets to positions.
// Offsets that grow cost no more than one walk over the text.
type source struct {
	path  string
	data  []byte
	lines []int // offset of the first byte of each line

	// The last answer, from which the next one on the same line is counted.
	line   int // 0-based
	offset int
	column int
}

func newSource(path string, data []byte) *source {
	s := &source{path: path, data: data, lines: []int{0}, column: 1}
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return s
		}
		at += i + 1
		s.lines = append(s.lines, at)
	}
}

// pos returns the position of a byte offset; one outside the text is moved to
// its nearer end.
func (s *source) pos(offset int) Pos {
	offset = max(0, min(offset, len(s.data)))
	// go-toml may point into the middle of a character.
	for offset < len(s.data) && !utf8.RuneStart(s.data[offset]) {
		offset--
	}
	line := sort.Search(len(s.lines), func(i int) bool { return s.lines[i] > offset }) - 1
	if line != s.line || offset < s.offset {
		s.line, s.offset, s.column = line, s.lines[line], 1
	}
	s.column += utf8.RuneCount(s.data[s.offset:offset])
	s.offset = offset
	return Pos{Path: s.path, Line: s.line + 1, Column: s.column}
}

// at returns the offset of a 1-based line and a 1-based column in bytes, as the
// parsers below report them.
func (s *source) at(line, column int) int {
	line = max(1, min(line, len(s.lines)))
	return max(0, min(s.lines[line-1]+column-1, len(s.data)))
}
