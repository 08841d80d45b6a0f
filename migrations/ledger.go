package migrations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// ledgerVersion is the version of the format that this package writes.
const ledgerVersion = 1

// Ledger is the memory of one Worker's lifecycle on one state: what was applied
// and which namespaces there are. The zero Ledger is that of a new state. It is
// a value: no function of this package changes one it was given.
//
// Its JSON format, version 1, is
//
//	{
//	  "version": 1,
//	  "script": "chat",
//	  "applied": [{"tag": "v1", "new_sqlite_classes": ["Room"]}],
//	  "declarative": true,
//	  "namespaces": [{"class": "Room", "unique_key": "chat-Room", "storage": "sqlite"}],
//	  "given_away": ["chat-Lobby"]
//	}
//
// Migrations have the keys of wrangler.json. "declarative" says that exports were
// applied, after which migrations are no longer possible (X13). A namespace may
// have "undeclared": true. Lists that are empty and flags that are false may be
// left out. Unknown keys are refused.
type Ledger struct {
	Script      string
	Applied     []Migration // in order
	Declarative bool        // exports were applied
	Namespaces  []Namespace
	GivenAway   []string // keys that other Workers hold after a transfer
}

// Namespace is a set of objects of one class. UniqueKey is its identity; the
// class it belongs to may change.
type Namespace struct {
	Class     string
	UniqueKey string
	SQLite    bool // false is the key-value backend, without SQL

	// Undeclared marks a class that is bound and that no migration and no export
	// names. It runs as in wrangler dev, with the key-value backend, until it is
	// declared.
	Undeclared bool
}

// Migration is one applied step of migrations.
type Migration struct {
	Tag                string             `json:"tag"`
	NewClasses         []string           `json:"new_classes,omitempty"`
	NewSQLiteClasses   []string           `json:"new_sqlite_classes,omitempty"`
	RenamedClasses     []RenamedClass     `json:"renamed_classes,omitempty"`
	DeletedClasses     []string           `json:"deleted_classes,omitempty"`
	TransferredClasses []TransferredClass `json:"transferred_classes,omitempty"`
}

// RenamedClass is an entry of renamed_classes.
type RenamedClass struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// TransferredClass is an entry of transferred_classes.
type TransferredClass struct {
	From       string `json:"from"`
	FromScript string `json:"from_script"`
	To         string `json:"to"`
}

// ledgerFile and namespaceEntry are the JSON format.
type ledgerFile struct {
	Version     int              `json:"version"`
	Script      string           `json:"script"`
	Applied     []Migration      `json:"applied,omitempty"`
	Declarative bool             `json:"declarative,omitempty"`
	Namespaces  []namespaceEntry `json:"namespaces,omitempty"`
	GivenAway   []string         `json:"given_away,omitempty"`
}

type namespaceEntry struct {
	Class      string `json:"class"`
	UniqueKey  string `json:"unique_key"`
	Storage    string `json:"storage"`
	Undeclared bool   `json:"undeclared,omitempty"`
}

// MarshalJSON returns the ledger in its format.
func (l Ledger) MarshalJSON() ([]byte, error) {
	f := ledgerFile{
		Version: ledgerVersion, Script: l.Script, Applied: l.Applied,
		Declarative: l.Declarative, GivenAway: l.GivenAway,
	}
	for _, n := range l.Namespaces {
		f.Namespaces = append(f.Namespaces, namespaceEntry{
			Class: n.Class, UniqueKey: n.UniqueKey, Storage: storage(n.SQLite), Undeclared: n.Undeclared,
		})
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads the format and checks it, as [ParseLedger] does.
func (l *Ledger) UnmarshalJSON(data []byte) error {
	var f ledgerFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return err
	}
	if f.Version != ledgerVersion {
		return fmt.Errorf("ledger has version %d; this dormouse reads version %d", f.Version, ledgerVersion)
	}
	out := Ledger{
		Script: f.Script, Applied: f.Applied, Declarative: f.Declarative, GivenAway: f.GivenAway,
	}
	for _, e := range f.Namespaces {
		if e.Storage != wranglercfg.StorageSQLite && e.Storage != wranglercfg.StorageLegacyKV {
			return fmt.Errorf("namespace of class %q has storage %q", e.Class, e.Storage)
		}
		out.Namespaces = append(out.Namespaces, Namespace{
			Class: e.Class, UniqueKey: e.UniqueKey, SQLite: e.Storage == wranglercfg.StorageSQLite, Undeclared: e.Undeclared,
		})
	}
	if err := out.check(); err != nil {
		return err
	}
	*l = out
	return nil
}

// ParseLedger reads a ledger; name is the path in its error, which is a
// [wranglercfg.Diagnostic].
func ParseLedger(name string, data []byte) (Ledger, error) {
	var l Ledger
	err := json.Unmarshal(data, &l)
	if err == nil {
		return l, nil
	}
	return Ledger{}, broken(name, data, err)
}

// broken says where in the ledger an error of encoding/json is, if it says so.
func broken(name string, data []byte, err error) *wranglercfg.Diagnostic {
	d := &wranglercfg.Diagnostic{
		Code: CodeLedger, Pos: wranglercfg.Pos{Path: name}, Msg: "the ledger of this state is broken",
		Hint: "restore it; without a ledger, the state is adopted from the folders it has", Err: err,
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) {
		before := data
		if syntax != nil {
			before = data[:max(0, min(int(syntax.Offset)-1, len(data)))]
		}
		d.Pos.Line = 1 + bytes.Count(before, []byte("\n"))
		d.Pos.Column = 1 + len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	}
	return d
}

// check refuses a ledger that Plan could not keep its promises with.
func (l Ledger) check() error {
	tags, keys := map[string]bool{}, map[string]bool{}
	for _, s := range l.Applied {
		if tags[s.Tag] {
			return fmt.Errorf("tag %q is applied twice", s.Tag)
		}
		tags[s.Tag] = true
	}
	for _, k := range l.GivenAway {
		if keys[k] {
			return fmt.Errorf("unique key %q is given away twice", k)
		}
		keys[k] = true
	}
	type owner struct {
		class      string
		undeclared bool
	}
	owners := map[owner]bool{}
	for _, n := range l.Namespaces {
		o := owner{n.Class, n.Undeclared}
		switch {
		case n.Class == "" || n.UniqueKey == "":
			return errors.New("a namespace lacks its class or its unique key")
		case keys[n.UniqueKey]:
			return fmt.Errorf("unique key %q is there twice", n.UniqueKey)
		case owners[o]:
			return fmt.Errorf("class %q has two namespaces", n.Class)
		case n.Undeclared && n.SQLite:
			return fmt.Errorf("undeclared class %q has storage %q", n.Class, wranglercfg.StorageSQLite)
		}
		keys[n.UniqueKey], owners[o] = true, true
	}
	return nil
}

// Namespace returns the declared namespace of a class.
func (l Ledger) Namespace(class string) (Namespace, bool) {
	i := slices.IndexFunc(l.Namespaces, func(n Namespace) bool { return n.Class == class && !n.Undeclared })
	if i < 0 {
		return Namespace{}, false
	}
	return l.Namespaces[i], true
}

// clone returns a ledger that shares nothing with l that Plan changes.
func (l Ledger) clone() Ledger {
	l.Applied = slices.Clone(l.Applied)
	l.Namespaces = slices.Clone(l.Namespaces)
	l.GivenAway = slices.Clone(l.GivenAway)
	return l
}

func storage(sqlite bool) string {
	if sqlite {
		return wranglercfg.StorageSQLite
	}
	return wranglercfg.StorageLegacyKV
}
