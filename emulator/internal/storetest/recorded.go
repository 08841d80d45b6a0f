package storetest

import (
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

//go:embed testdata/sql.json
var recordedSQL []byte

type scenario struct {
	Name  string
	Turns []struct {
		Failed string
		Steps  []step
	}
}

// step is one call of exec and what the real runtime answered.
type step struct {
	SQL     string
	Args    []json.RawMessage
	Cut     *int
	Columns []string
	Rows    [][]json.RawMessage
	Read    *int64
	Written *int64
	Error   string
}

// Recorded runs the scenarios of testdata/sql.txt and compares with the answers of the real runtime.
func Recorded(t *testing.T, open Opener) {
	var scenarios []scenario
	if err := json.Unmarshal(recordedSQL, &scenarios); err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, sc := range scenarios {
		t.Run(sc.Name, func(t *testing.T) {
			e := open(t, store.Options{})
			n := e.Namespace("recorded-Obj", true)
			s := n.Open(ID(1), "")
			for i, turn := range sc.Turns {
				for _, st := range turn.Steps {
					st.compare(t, s, sc.Name, turn.Failed != "", used)
				}
				if failed := commitText(s.Commit()); failed != turn.Failed {
					t.Errorf("turn %d: commit gave %q, want %q", i, failed, turn.Failed)
				}
				if turn.Failed != "" {
					s.Close()
					s = n.Open(ID(1), "")
				}
			}
		})
	}
	for key := range differences {
		if !used[key] && !t.Failed() {
			t.Errorf("difference %q is listed and no longer seen", key)
		}
	}
}

// commitText is what the application sees when a commit fails.
func commitText(err error) string {
	var constraint *store.ConstraintError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &constraint):
		return "Error: " + err.Error()
	}
	return "Error: internal error; reference = *"
}

func (st *step) compare(t *testing.T, s *store.Store, scenario string, ignore bool, used map[string]bool) {
	t.Helper()
	got := st.run(t, s)
	if ignore { // the reply of a turn whose commit failed was replaced by the failure
		return
	}
	want := st.answer()
	diff := cmp.Diff(want, got)
	key := scenario + ": " + st.SQL
	if len(key) > 120 {
		key = key[:120]
	}
	if _, listed := differences[key]; listed {
		used[key] = diff != ""
		return
	}
	if diff != "" {
		t.Errorf("%s (-real +ours):\n%s", key, diff)
	}
}

// answer is an outcome in comparable form.
type answer struct {
	Error, Columns string
	Rows           []string
	Read, Written  int64
}

func (st *step) answer() answer {
	a := answer{Error: st.Error}
	if st.Error != "" {
		return a
	}
	a.Columns = strings.Join(st.Columns, "|")
	a.Read, a.Written = *st.Read, *st.Written
	for _, row := range st.Rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = show(decode(cell))
		}
		a.Rows = append(a.Rows, strings.Join(cells, "|"))
	}
	return a
}

func (st *step) run(t *testing.T, s *store.Store) answer {
	t.Helper()
	args := make([]any, len(st.Args))
	for i, arg := range st.Args {
		args[i] = decode(arg)
	}
	cursor, err := s.Exec(st.SQL, args...)
	var a answer
	for err == nil && (st.Cut == nil || len(a.Rows) < *st.Cut) {
		row, ok, nextErr := cursor.Next()
		err = nextErr
		if !ok {
			break
		}
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = show(cell)
		}
		a.Rows = append(a.Rows, strings.Join(cells, "|"))
	}
	if err != nil {
		return answer{Error: "Error: " + err.Error()}
	}
	a.Columns = strings.Join(cursor.Columns(), "|")
	a.Read, a.Written = cursor.RowsRead(), cursor.RowsWritten()
	return a
}

// decode reads a value of the recording.
func decode(raw json.RawMessage) any {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(fmt.Sprintf("recording: %v", err))
	}
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if text, ok := m["hex"].(string); ok {
		b, err := hex.DecodeString(text)
		if err != nil {
			panic(fmt.Sprintf("recording: %v", err))
		}
		return b
	}
	f, err := strconv.ParseFloat(m["number"].(string), 64)
	if err != nil && !math.IsInf(f, 0) {
		panic(fmt.Sprintf("recording: %v", err))
	}
	return f
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return strconv.Quote(v)
	case []byte:
		return "x'" + hex.EncodeToString(v) + "'"
	}
	return fmt.Sprintf("%T", v)
}
