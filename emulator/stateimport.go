package emulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/statedir"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// ImportOptions say how [State.Import] goes about.
type ImportOptions struct {
	// Force replaces objects that have storage already.
	Force bool
	// Class takes all objects, as [State.Namespace] finds it; empty: the class that
	// each had. An object whose id is of another unique key needs a name, from which
	// it gets a new one.
	Class string
}

// Imported is an object that an import has written.
type Imported struct {
	Namespace NamespaceInfo
	ID, Name  string
	Replaced  bool
}

// ErrExists is the error of an import that would replace an object.
var ErrExists = errors.New("is there already")

// ImportError is what is wrong with a text that is imported.
type ImportError struct {
	Line int // from 1
	Err  error
}

func (e *ImportError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives the cause.
func (e *ImportError) Unwrap() error { return e.Err }

// Import reads what an [Exporter] has written. Everything is read, checked and
// built in memory before the first object is written, so a broken text changes
// nothing, and an object that is there is an error before anything is replaced.
// Each object is then written in one transaction. Its SQL has the restrictions
// that the object's own code has.
func (s *State) Import(r io.Reader, o ImportOptions) ([]Imported, error) {
	building, err := store.New(store.Options{Now: actor.MachineTime})
	if err != nil {
		return nil, err
	}
	defer building.Close()
	in := &importer{state: s, opts: o, building: building, lines: bufio.NewReaderSize(r, 64<<10), parts: map[string]*store.Part{}}
	if err := in.read(); err != nil {
		return nil, &ImportError{in.line, err}
	}
	if !o.Force {
		for _, one := range in.done {
			if one.Replaced {
				return nil, fmt.Errorf("object %s of class %s %w", named(one), one.Namespace.Class, ErrExists)
			}
		}
	}
	for i, one := range in.done {
		if err := s.put(one, building); err != nil {
			return in.done[:i], fmt.Errorf("object %s of class %s: %w", named(one), one.Namespace.Class, err)
		}
	}
	return in.done, nil
}

func named(i Imported) string {
	if i.Name != "" {
		return strconv.Quote(i.Name)
	}
	return i.ID
}

// put writes one object.
func (s *State) put(one Imported, building *store.Engine) error {
	source := building.Namespace(one.Namespace.Key, one.Namespace.SQLite).Open(one.ID, one.Name)
	defer source.Close()
	st := s.space(one.Namespace).Open(one.ID, one.Name)
	defer st.Close()
	if err := st.ReplaceBy(source); err != nil {
		return err
	}
	return st.Sync()
}

// importer reads an export into an engine in memory.
type importer struct {
	state    *State
	opts     ImportOptions
	building *store.Engine
	lines    *bufio.Reader
	line     int
	done     []Imported

	// Of the object that has begun.
	now   *exportLine
	one   Imported
	store *store.Store
	load  *store.Loader
	part  *store.Part            // that rows go to
	parts map[string]*store.Part // by name
}

// maxLine is the length of a line: values have 2 MiB at most, and a row up to a
// hundred, but not more than the 2.2 MB of rule 4.78 together.
const maxLine = 16 << 20

// next gives the next line that is not empty; nil at the end.
func (in *importer) next() (*exportLine, error) {
	for {
		in.line++
		text, err := in.readLine()
		if err == io.EOF && len(text) == 0 {
			return nil, nil
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		var l exportLine
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("no line of an export: %w", err)
		}
		if _, err := d.Token(); err != io.EOF {
			return nil, errors.New("no line of an export: something follows the object")
		}
		return &l, nil
	}
}

func (in *importer) readLine() (line []byte, err error) {
	for {
		part, err := in.lines.ReadSlice('\n')
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
		if len(line) > maxLine {
			return nil, fmt.Errorf("the line is longer than %d bytes", maxLine)
		}
	}
}

func (in *importer) read() error {
	head, err := in.next()
	switch {
	case err != nil:
		return err
	case head == nil || head.Dormouse != exportName:
		return errors.New(`no export of objects: it begins with {"dormouse":"objects","version":1}`)
	case head.Version != exportVersion:
		return fmt.Errorf("an export of version %d, and this program reads %d", head.Version, exportVersion)
	}
	defer in.abandon()
	for {
		l, err := in.next()
		if err != nil {
			return err
		}
		if l == nil {
			break
		}
		if err := in.take(l); err != nil {
			return err
		}
	}
	if in.now != nil {
		return fmt.Errorf("the text ends within object %s", in.now.Object)
	}
	return nil
}

// abandon ends an object that was not finished.
func (in *importer) abandon() {
	if in.store != nil {
		in.store.Close()
	}
}

func (in *importer) take(l *exportLine) error {
	switch {
	case l.Object != "":
		return in.begin(l)
	case in.now == nil:
		return errors.New("outside of an object")
	case l.KV != nil || l.KV64 != nil:
		return in.entry(l)
	case l.Part != "":
		return in.create(l)
	case l.Row != nil:
		return in.row(l)
	case l.End == in.now.Object:
		return in.end()
	}
	return errors.New("no line of an export: it says neither object, kv, part, row nor the end of the object")
}

func (in *importer) begin(l *exportLine) error {
	if in.now != nil {
		return fmt.Errorf("object %s has not ended", in.now.Object)
	}
	if len(l.Object) != 64 || strings.Trim(l.Object, "0123456789abcdef") != "" {
		return fmt.Errorf("%.80q is no id: 64 hex digits in lower case", l.Object)
	}
	ns, err := in.target(l)
	if err != nil {
		return err
	}
	one := Imported{Namespace: ns, ID: l.Object, Name: l.Name}
	if l.Name != "" && l.Key == ns.Key && idOf(ns.Key, l.Name) != l.Object {
		return fmt.Errorf("the name %q is not that of object %s", l.Name, l.Object)
	}
	if l.Key != ns.Key {
		if l.Name == "" {
			return fmt.Errorf("object %s has no known name, from which class %s of %s could give it an id", l.Object, ns.Class, ns.Worker)
		}
		one.ID = idOf(ns.Key, l.Name)
	}
	if slices.ContainsFunc(in.done, func(d Imported) bool { return d.Namespace.Key == ns.Key && d.ID == one.ID }) {
		return fmt.Errorf("object %s comes twice", named(one))
	}
	there := in.state.space(ns).Open(one.ID, "")
	one.Replaced = there.Stored()
	there.Close()
	in.now, in.one = l, one
	in.store = in.building.Namespace(ns.Key, ns.SQLite).Open(one.ID, l.Name)
	if in.load, err = in.store.Load(); err != nil {
		return err
	}
	if l.Bookmark != 0 {
		if err := in.load.SetBookmark(l.Bookmark); err != nil {
			return err
		}
	}
	return in.alarm(l)
}

func (in *importer) alarm(l *exportLine) error {
	if l.Alarm == "" {
		return nil
	}
	at, err := time.Parse(alarmFormat, l.Alarm)
	if err != nil {
		return fmt.Errorf("the alarm is no time: %w", err)
	}
	if at.Before(time.Unix(0, 0)) || at.Year() > 2261 { // what nanoseconds can say
		return fmt.Errorf("no alarm can be at %s", l.Alarm)
	}
	return in.store.SetAlarm(at.UnixMilli())
}

// target finds the class that an object goes to.
func (in *importer) target(l *exportLine) (NamespaceInfo, error) {
	if in.opts.Class != "" {
		return in.state.Namespace(in.opts.Class)
	}
	all, err := in.state.Namespaces()
	if err != nil {
		return NamespaceInfo{}, err
	}
	for _, n := range all {
		if n.Key == l.Key {
			return n, nil
		}
	}
	for _, n := range all {
		if n.Worker == l.Worker && n.Class == l.Class {
			return n, nil
		}
	}
	ledgers, err := in.state.dir.Ledgers()
	migrated := false
	for _, ledger := range ledgers {
		migrated = migrated || ledger.Script == l.Worker
	}
	if err == nil && migrated {
		err = fmt.Errorf("Worker %q has no class %q on %s: apply its migrations first, or say which class takes the objects", l.Worker, l.Class, in.state.dir.Path())
	}
	if err == nil {
		err = statedir.CheckKey(l.Key)
	}
	return namespaceOf(l.Key), err
}

func (in *importer) entry(l *exportLine) error {
	key, value := string(l.KV64), l.V8
	if l.KV != nil {
		key = *l.KV
	}
	if l.JSON != nil {
		var err error
		if value, err = fromJSON(l.JSON); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
	}
	if value == nil {
		return fmt.Errorf("key %q has no value: say json or v8", key)
	}
	return in.store.Put(key, value)
}

func (in *importer) create(l *exportLine) error {
	if !in.one.Namespace.SQLite {
		return fmt.Errorf("the class %s is not SQLite-backed: it has no tables", in.one.Namespace.Class)
	}
	p := &store.Part{Kind: l.Part, Name: l.Of, SQL: l.SQL, Columns: l.Columns, RowID: l.RowID}
	if in.parts[p.Name] != nil {
		return fmt.Errorf("%s %q comes twice", l.Part, l.Of)
	}
	in.part = nil
	if err := in.load.Create(p); err != nil {
		return err
	}
	in.parts[p.Name] = p
	if len(p.Columns) > 0 {
		in.part = p
	}
	return nil
}

func (in *importer) row(l *exportLine) error {
	if in.part == nil {
		return errors.New("a row without a table")
	}
	values := make([]any, len(l.Row))
	for i, raw := range l.Row {
		v, err := decodeSQL(raw)
		if err != nil {
			return fmt.Errorf("value %d: %w", i+1, err)
		}
		values[i] = v
	}
	return in.load.Insert(in.part, values)
}

// decodeSQL is the reverse of encodeSQL.
func decodeSQL(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	d.DisallowUnknownFields()
	if bytes.HasPrefix(raw, []byte("{")) {
		var v sqlValue
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		switch {
		case v.Blob != nil && *v.Blob != nil:
			return *v.Blob, nil
		case v.Text != nil:
			return string(v.Text), nil
		case v.Real == "+Inf" || v.Real == "-Inf":
			return strconv.ParseFloat(v.Real, 64)
		}
		return nil, fmt.Errorf("%.80s: want a blob, a text or a real", raw)
	}
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil, string:
		return v, nil
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return v.Float64()
		}
		return strconv.ParseInt(v.String(), 10, 64)
	}
	return nil, fmt.Errorf("%.80s: want null, a number, a string or an object", raw)
}

// end checks the object as a whole.
func (in *importer) end() error {
	if err := in.load.Close(); err != nil {
		return err
	}
	if err := in.store.Suspend(); err != nil {
		return err
	}
	in.done = append(in.done, in.one)
	in.now, in.store, in.load, in.part = nil, nil, nil, nil
	clear(in.parts)
	return nil
}
