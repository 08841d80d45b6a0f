package bundle

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// sourceMap is a source map (ECMA-426) that is read when it is first needed.
type sourceMap struct {
	data []byte
	dir  string // to which sources are relative

	once     sync.Once
	sources  []string // absolute
	contents map[string]string
	mappings []mapping // sorted by place in the module
}

// mapping says where code comes from. All numbers are 0-based.
type mapping struct {
	line, column      int32 // in the module
	source            int32 // in sources; -1 if nobody wrote the code
	fromLine, fromCol int32
}

// read decodes the map. What is not a map maps nothing.
func (m *sourceMap) read() {
	var doc struct {
		SourceRoot     string    `json:"sourceRoot"`
		Sources        []string  `json:"sources"`
		SourcesContent []*string `json:"sourcesContent"`
		Mappings       string    `json:"mappings"`
	}
	if json.Unmarshal(m.data, &doc) != nil {
		return
	}
	m.data, m.contents = nil, map[string]string{}
	for i, s := range doc.Sources {
		m.sources = append(m.sources, m.absolute(doc.SourceRoot, s))
		if i < len(doc.SourcesContent) && doc.SourcesContent[i] != nil {
			m.contents[m.sources[i]] = *doc.SourcesContent[i]
		}
	}
	var err error
	if m.mappings, err = decode(doc.Mappings, len(m.sources)); err != nil {
		m.mappings = nil // half a map would mislead
	}
}

func (m *sourceMap) absolute(root, source string) string {
	if u, err := url.Parse(source); err == nil && u.Scheme == "file" {
		return filepath.FromSlash(u.Path)
	}
	path := filepath.FromSlash(source)
	if root != "" && !filepath.IsAbs(path) {
		path = filepath.Join(filepath.FromSlash(root), path)
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(m.dir, path)
}

// position returns the origin of a place; see [Bundle.Position].
func (m *sourceMap) position(line, column int) (file string, l, c int, ok bool) {
	m.once.Do(m.read)
	const limit = 1 << 30
	if line < 1 || column < 1 || line > limit || column > limit {
		return "", 0, 0, false
	}
	at := mapping{line: int32(line - 1), column: int32(column - 1)}
	i, exact := slices.BinarySearchFunc(m.mappings, at, mapping.compare)
	if !exact {
		i--
	}
	if i < 0 || m.mappings[i].line != at.line || m.mappings[i].source < 0 {
		return "", 0, 0, false
	}
	from := m.mappings[i]
	return m.sources[from.source], int(from.fromLine) + 1, int(from.fromCol) + 1, true
}

func (m mapping) compare(other mapping) int {
	return cmp.Or(cmp.Compare(m.line, other.line), cmp.Compare(m.column, other.column))
}

// content returns a source as it was.
func (m *sourceMap) content(file string) (string, bool) {
	m.once.Do(m.read)
	text, ok := m.contents[file]
	return text, ok
}

// decode reads the mappings of a source map: lines between semicolons, segments
// between commas, in each numbers relative to the ones before.
func decode(text string, sources int) ([]mapping, error) {
	list := make([]mapping, 0, strings.Count(text, ",")+strings.Count(text, ";")+1)
	var at mapping
	sorted := true
	for line := range strings.SplitSeq(text, ";") {
		at.column = 0
		for segment := range strings.SplitSeq(line, ",") {
			if segment == "" {
				continue
			}
			n, count, err := numbers(segment)
			if err != nil {
				return nil, err
			}
			at.column += n[0]
			next := mapping{line: at.line, column: at.column, source: -1}
			if count > 1 {
				at.source += n[1]
				at.fromLine += n[2]
				at.fromCol += n[3]
				if at.source < 0 || int(at.source) >= sources || at.fromLine < 0 || at.fromCol < 0 {
					return nil, fmt.Errorf("segment %q leads out of the sources", segment)
				}
				next.source, next.fromLine, next.fromCol = at.source, at.fromLine, at.fromCol
			}
			if next.column < 0 {
				return nil, fmt.Errorf("segment %q leads before the line", segment)
			}
			sorted = sorted && (len(list) == 0 || list[len(list)-1].compare(next) <= 0)
			list = append(list, next)
		}
		at.line++
	}
	if !sorted {
		slices.SortStableFunc(list, mapping.compare)
	}
	return list, nil
}

// digits are the values of base64's digits, or -1.
var digits = func() (d [256]int8) {
	for i := range d {
		d[i] = -1
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		d[c] = int8(i)
	}
	return d
}()

// numbers decodes a segment: one, four or five numbers in base64 VLQ.
func numbers(segment string) (n [5]int32, count int, err error) {
	var value uint64
	var shift uint
	for i := range len(segment) {
		d := digits[segment[i]]
		if d < 0 || shift > 30 || count == len(n) {
			return n, 0, fmt.Errorf("segment %q is no base64 VLQ", segment)
		}
		value |= uint64(d&31) << shift
		if d&32 != 0 {
			shift += 5
			continue
		}
		v := int64(value >> 1)
		if value&1 != 0 {
			v = -v
		}
		if v != int64(int32(v)) {
			return n, 0, fmt.Errorf("segment %q has a number that is too large", segment)
		}
		n[count] = int32(v)
		count++
		value, shift = 0, 0
	}
	if shift != 0 || count != 1 && count != 4 && count != 5 {
		return n, 0, fmt.Errorf("segment %q is not complete", segment)
	}
	return n, count, nil
}

const mappingComment = "//# sourceMappingURL="

// mappingURL returns the address of the map that a script names in its last
// comments, or "".
func mappingURL(script []byte) string {
	for script = bytes.TrimSpace(script); len(script) > 0; script = bytes.TrimSpace(script) {
		i := bytes.LastIndexByte(script, '\n') + 1
		last := script[i:]
		if u, ok := bytes.CutPrefix(last, []byte(mappingComment)); ok {
			return string(bytes.TrimSpace(u))
		}
		if !bytes.HasPrefix(last, []byte("//#")) && !bytes.HasPrefix(last, []byte("//@")) {
			return ""
		}
		script = script[:i]
	}
	return ""
}

// inlineMap returns the map that an address holds itself.
func inlineMap(address string) ([]byte, bool) {
	head, body, ok := strings.Cut(address, ",")
	if !ok || !strings.HasPrefix(head, "data:") {
		return nil, false
	}
	if strings.HasSuffix(head, ";base64") {
		data, err := base64.StdEncoding.DecodeString(body)
		return data, err == nil
	}
	text, err := url.PathUnescape(body)
	return []byte(text), err == nil
}
