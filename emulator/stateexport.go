package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// exportLine is a line of an export: of its fields, those of one group.
type exportLine struct {
	// The first line says what the file is.
	Dormouse string `json:"dormouse,omitempty"`
	Version  int    `json:"version,omitempty"`

	// An object begins, and ends.
	Object   string `json:"object,omitempty"`
	Worker   string `json:"worker,omitempty"`
	Class    string `json:"class,omitempty"`
	Key      string `json:"key,omitempty"` // the unique key
	Name     string `json:"name,omitempty"`
	Alarm    string `json:"alarm,omitempty"`
	Bookmark int64  `json:"bookmark,omitempty"`
	End      string `json:"end,omitempty"`

	// An entry of the key-value storage: its value as JSON where that makes the
	// same bytes again, or as V8 serialized it.
	KV   *string         `json:"kv,omitempty"`
	KV64 []byte          `json:"kv64,omitempty"` // a key that is no UTF-8
	JSON json.RawMessage `json:"json,omitempty"`
	V8   []byte          `json:"v8,omitempty"`

	// A part of the database's schema; of a table, the rows follow.
	Part    string            `json:"part,omitempty"`
	Of      string            `json:"of,omitempty"` // its name
	SQL     string            `json:"sql,omitempty"`
	Columns []string          `json:"columns,omitempty"`
	RowID   string            `json:"rowid,omitempty"`
	Row     []json.RawMessage `json:"row,omitempty"`
}

const (
	exportName    = "objects"
	exportVersion = 1
)

// Exporter writes objects as lines of JSON, which [State.Import] reads. It
// belongs to one goroutine.
type Exporter struct {
	out   *json.Encoder
	begun bool
}

// NewExporter makes an exporter that writes to w.
func NewExporter(w io.Writer) *Exporter {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return &Exporter{out: e}
}

// Export writes an object with everything that it has stored: tables with their
// rows and what else its schema has, keys and values, its alarm and, if it is
// known, its name. What an import of it exports again is the same text. Objects
// with facets or stored stubs are refused.
func (e *Exporter) Export(o *StateObject) error {
	folder := filepath.Join(o.state.dir.Objects(), o.Namespace.Key)
	if _, err := os.Lstat(filepath.Join(folder, o.ID+".facets")); err == nil {
		return fmt.Errorf("object %s has facets, which an export cannot hold: copy %s instead", o.ID, folder)
	}
	// Lines are kept until the object is read, since reading may begin again.
	var lines bytes.Buffer
	inner := json.NewEncoder(&lines)
	inner.SetEscapeHTML(false)
	err := o.read(func(st *store.Store) error {
		lines.Reset()
		return exportObject(inner, o, st)
	})
	if err != nil {
		return fmt.Errorf("object %s: %w", o.ID, err)
	}
	if err := e.Begin(); err != nil {
		return err
	}
	return e.raw(lines.Bytes())
}

// Begin writes the first line, if that was not done; an export of no objects has
// only that.
func (e *Exporter) Begin() error {
	if e.begun {
		return nil
	}
	e.begun = true
	return e.out.Encode(exportLine{Dormouse: exportName, Version: exportVersion})
}

// raw writes lines that are encoded already.
func (e *Exporter) raw(lines []byte) error {
	for line := range bytes.Lines(lines) {
		if err := e.out.Encode(json.RawMessage(line)); err != nil {
			return err
		}
	}
	return nil
}

func exportObject(out *json.Encoder, o *StateObject, st *store.Store) error {
	if foreign, err := st.Foreign(); err != nil || foreign != "" {
		return errors.Join(err, foreignError(foreign))
	}
	head := exportLine{Object: o.ID, Worker: o.Namespace.Worker, Class: o.Namespace.Class, Key: o.Namespace.Key}
	if o.Name != "" && idOf(o.Namespace.Key, o.Name) == o.ID {
		head.Name = o.Name
	}
	ms, set, err := st.Alarm()
	if err != nil {
		return err
	}
	if set {
		head.Alarm = time.UnixMilli(ms).UTC().Format(alarmFormat)
	}
	if head.Bookmark, err = st.Bookmark(); err != nil {
		return err
	}
	if err := out.Encode(head); err != nil {
		return err
	}
	if err := exportKV(out, st); err != nil {
		return err
	}
	if err := exportParts(out, st); err != nil {
		return err
	}
	return out.Encode(exportLine{End: o.ID})
}

// alarmFormat has the milliseconds that alarms have.
const alarmFormat = "2006-01-02T15:04:05.000Z07:00"

func foreignError(table string) error {
	if table == "" {
		return nil
	}
	return fmt.Errorf("it has rows in the runtime's table %s, which an export cannot hold: copy its files instead", table)
}

func exportKV(out *json.Encoder, st *store.Store) error {
	entries, err := st.ListAll(store.ListOptions{})
	if err != nil {
		return err
	}
	for _, e := range entries {
		line := exportLine{V8: e.Value}
		if utf8.ValidString(e.Key) {
			line.KV = &e.Key
		} else {
			line.KV64 = []byte(e.Key)
		}
		if text, ok := exactJSON(e.Value); ok {
			line.V8, line.JSON = nil, text
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// exactJSON gives a stored value as JSON if that gives the same bytes back.
func exactJSON(data []byte) (json.RawMessage, bool) {
	v, err := v8value.Decode(data)
	if err != nil {
		return nil, false
	}
	text, ok := v8value.JSON(v)
	if !ok {
		return nil, false
	}
	again, err := fromJSON(text)
	return text, err == nil && bytes.Equal(again, data)
}

func fromJSON(text []byte) ([]byte, error) {
	v, err := v8value.FromJSON(text)
	if err != nil {
		return nil, err
	}
	return v8value.Encode(v)
}

// exportParts writes tables and their rows first, then what refers to them.
func exportParts(out *json.Encoder, st *store.Store) error {
	parts, err := st.Schema()
	if err != nil {
		return err
	}
	for _, tables := range []bool{true, false} {
		for _, p := range parts {
			if isTable := p.Columns != nil; isTable != tables {
				continue
			}
			if err := out.Encode(exportLine{Part: p.Kind, Of: p.Name, SQL: sqlOf(p), Columns: p.Columns, RowID: p.RowID}); err != nil {
				return err
			}
			if !tables || p.Kind == "virtual" {
				continue
			}
			err := st.Scan(&p, func(row []any) error {
				values := make([]json.RawMessage, len(row))
				for i, v := range row {
					values[i] = encodeSQL(v)
				}
				return out.Encode(exportLine{Row: values})
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// sqlOf leaves out what the virtual table makes by itself.
func sqlOf(p store.Part) string {
	if p.Kind == "shadow" {
		return ""
	}
	return p.SQL
}

// sqlValue is a value of a row that JSON has no form for.
type sqlValue struct {
	Blob *[]byte `json:"blob,omitempty"`
	Text []byte  `json:"text,omitempty"` // that is no UTF-8
	Real string  `json:"real,omitempty"` // Inf or -Inf
}

// encodeSQL writes integers without a point, and reals with one.
func encodeSQL(v any) json.RawMessage {
	var out any = v
	switch v := v.(type) {
	case float64:
		if math.IsInf(v, 0) {
			out = sqlValue{Real: strconv.FormatFloat(v, 'g', -1, 64)}
			break
		}
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !bytes.ContainsAny([]byte(text), ".e") {
			text += ".0"
		}
		return json.RawMessage(text)
	case string:
		if !utf8.ValidString(v) {
			out = sqlValue{Text: []byte(v)}
		}
	case []byte:
		out = sqlValue{Blob: &v}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(out) // all of these can be written
	return bytes.TrimRight(b.Bytes(), "\n")
}
