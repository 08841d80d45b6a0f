package statedir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// version is that of the format of ledger.json.
const version = 1

// state is the content of ledger.json.
type state struct {
	Version int                 `json:"version"`
	Workers []migrations.Ledger `json:"workers"`
	// Moving are the folders that a decided application has yet to move.
	Moving []move `json:"moving,omitempty"`
	// Taking and Giving are the ends of transfers between two state directories.
	Taking []handover `json:"taking,omitempty"`
	Giving []handover `json:"giving,omitempty"`
}

// move is a folder that goes elsewhere. Its paths are relative to the state
// directory, with slashes.
type move struct {
	Class string `json:"class"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// known returns the ledger of a Worker, if there is one.
func (s *state) known(script string) (migrations.Ledger, bool) {
	for _, l := range s.Workers {
		if l.Script == script {
			return l, true
		}
	}
	return migrations.Ledger{}, false
}

// put replaces the ledger of a Worker, or adds it.
func (s *state) put(l migrations.Ledger) {
	for i := range s.Workers {
		if s.Workers[i].Script == l.Script {
			s.Workers[i] = l
			return
		}
	}
	s.Workers = append(s.Workers, l)
}

// holds reports whether a namespace of a Worker other than script has the key.
func (s *state) holds(key, script string) bool {
	return slices.ContainsFunc(s.Workers, func(l migrations.Ledger) bool {
		return l.Script != script && slices.ContainsFunc(l.Namespaces, func(n migrations.Namespace) bool { return n.UniqueKey == key })
	})
}

// ParseLedgers reads the content of a ledger.json; name is the path in its
// error, which is a [wranglercfg.Diagnostic].
func ParseLedgers(name string, data []byte) ([]migrations.Ledger, error) {
	s, err := parse(name, data)
	return s.Workers, err
}

// FormatLedgers returns ledgers in the format of ledger.json.
func FormatLedgers(ls []migrations.Ledger) ([]byte, error) {
	return state{Version: version, Workers: ls}.format()
}

func (s state) format() ([]byte, error) {
	if s.Workers == nil {
		s.Workers = []migrations.Ledger{}
	}
	data, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return append(data, '\n'), nil
}

func parse(name string, data []byte) (state, error) {
	var s state
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(&s)
	if err == nil && len(bytes.TrimSpace(data[dec.InputOffset():])) > 0 {
		err = errors.New("there is more text after the end")
	}
	if err == nil {
		err = s.check()
	}
	if err == nil {
		return s, nil
	}
	d := &wranglercfg.Diagnostic{
		Code: migrations.CodeLedger, Pos: wranglercfg.Pos{Path: name}, Msg: "the ledger of this state is broken", Err: err,
		Hint: "restore it; without a ledger, the state is adopted from the folders it has",
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		before := data[:max(0, min(int(syntax.Offset)-1, len(data)))]
		d.Pos.Line = 1 + bytes.Count(before, []byte("\n"))
		d.Pos.Column = 1 + len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	}
	return state{}, d
}

func (s *state) check() error {
	if s.Version != version {
		return fmt.Errorf("it has version %d; this dormouse reads version %d", s.Version, version)
	}
	scripts := map[string]bool{}
	keys := map[string]string{}
	for _, l := range s.Workers {
		if scripts[l.Script] {
			return fmt.Errorf("it has two ledgers of Worker %q", l.Script)
		}
		scripts[l.Script] = true
		for _, n := range l.Namespaces {
			if other, ok := keys[n.UniqueKey]; ok {
				return fmt.Errorf("unique key %q belongs to Worker %q and to Worker %q", n.UniqueKey, other, l.Script)
			}
			keys[n.UniqueKey] = l.Script
		}
	}
	for _, h := range slices.Concat(s.Taking, s.Giving) {
		if err := h.check(); err != nil {
			return err
		}
	}
	for _, m := range s.Moving {
		for _, path := range []string{m.From, m.To} {
			if !filepath.IsLocal(filepath.FromSlash(path)) || path == "." {
				return fmt.Errorf("%q is not a path inside of the state directory", path)
			}
		}
	}
	return nil
}

// read returns the state as it is when a move that was decided is done. A
// directory that is not there is an empty state.
func (d *Dir) read() (state, error) {
	empty := state{Version: version, Workers: d.given}
	if d.path == "" {
		return empty, nil
	}
	data, err := os.ReadFile(d.ledgerPath())
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return state{}, err
	}
	return parse(d.ledgerPath(), data)
}

// write replaces ledger.json, unless it says the same already.
func (d *Dir) write(s state) error {
	data, err := s.format()
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(d.ledgerPath()); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return d.files.replace(d.ledgerPath(), data)
}
