package durable

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type colour string

func TestBind(t *testing.T) {
	seven := 7
	for _, c := range []struct {
		rule     string
		in, want any
		err      string
	}{
		{"4.21", nil, nil, ""},
		{"4.21", (*int)(nil), nil, ""},
		{"4.21", []byte(nil), nil, ""},
		{"4.18", 5, 5.0, ""},
		{"4.18", int8(-5), -5.0, ""},
		{"4.18", uint64(5), 5.0, ""},
		{"4.18", &seven, 7.0, ""},
		{"4.18", float32(0.5), 0.5, ""},
		{"4.23", true, "true", ""},
		{"4.21", colour("red"), "red", ""},
		{"4.22", []byte{1}, []byte{1}, ""},
		{"table", time.UnixMilli(1500), 1500.0, ""},
		{"table", 1<<53 + 1, nil, "binding 1: 9007199254740993 is not a safe integer"},
		{"table", uint64(1 << 63), nil, "is not a safe integer"},
		{"table", map[string]int{}, nil, "map[string]int cannot be bound"},
		{"table", []string{"a"}, nil, "[]string cannot be bound"},
		{"table", func() {}, nil, "func() cannot be bound"},
	} {
		got, err := bind([]any{c.in})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("rule %s: bind(%v) = %v, want an error with %q", c.rule, c.in, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("rule %s: bind(%v): %v", c.rule, c.in, err)
			continue
		}
		if diff := cmp.Diff(c.want, got[0]); diff != "" {
			t.Errorf("rule %s: bind(%v) (-want +got):\n%s", c.rule, c.in, diff)
		}
	}
}

// fakeCursor gives fixed rows.
type fakeCursor struct {
	columns []string
	rows    [][]any
}

func (c *fakeCursor) Done() bool         { return false }
func (c *fakeCursor) Err() error         { return nil }
func (c *fakeCursor) Close()             {}
func (c *fakeCursor) Columns() []string  { return c.columns }
func (c *fakeCursor) RowsRead() int64    { return 0 }
func (c *fakeCursor) RowsWritten() int64 { return 0 }
func (c *fakeCursor) Next() ([]any, bool, error) {
	if len(c.rows) == 0 {
		return nil, false, nil
	}
	row := c.rows[0]
	c.rows = c.rows[1:]
	return row, true, nil
}

func rowsOf(columns string, rows ...[]any) *Rows {
	return &Rows{cur: &fakeCursor{strings.Fields(columns), rows}}
}

type person struct {
	ID     int64
	Name   string    `json:"full_name"`
	Born   time.Time `json:"born_at"`
	Active bool
	Photo  []byte
	Boss   *int64
	Score  float64
}

func TestScan(t *testing.T) {
	boss := int64(9)
	got, err := Collect[person](rowsOf("id full_name born_at active photo boss score",
		[]any{1.0, "ada", 1500.0, 1.0, []byte{1}, 9.0, 0.5},
		[]any{2.0, nil, nil, "false", nil, nil, nil}))
	if err != nil {
		t.Fatal(err)
	}
	want := []person{
		{ID: 1, Name: "ada", Born: time.UnixMilli(1500).UTC(), Active: true, Photo: []byte{1}, Boss: &boss, Score: 0.5},
		{ID: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestScanOne(t *testing.T) {
	if n, err := One[int](rowsOf("n", []any{3.0})); n != 3 || err != nil {
		t.Errorf("One[int] = %d, %v", n, err)
	}
	if m, err := One[map[string]any](rowsOf("a b", []any{1.0, "x"})); err != nil || !reflect.DeepEqual(m, map[string]any{"a": 1.0, "b": "x"}) {
		t.Errorf("One[map] = %v, %v", m, err)
	}
	if s, err := One[[]any](rowsOf("a b", []any{1.0, nil})); err != nil || !reflect.DeepEqual(s, []any{1.0, nil}) {
		t.Errorf("One[[]any] = %v, %v", s, err)
	}
}

func TestScanErrors(t *testing.T) {
	check := func(name, want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", name, err, want)
		}
	}
	_, err := One[int](rowsOf("n"))
	check("no row (4.34)", "got no results", err)
	_, err = One[int](rowsOf("n", []any{1.0}, []any{2.0}))
	check("two rows (4.34)", "got multiple results", err)
	_, err = One[int](rowsOf("n", []any{1.5}))
	check("a fraction", "column n: number 1.5 does not fit int", err)
	_, err = One[uint8](rowsOf("n", []any{256.0}))
	check("too large", "does not fit uint8", err)
	_, err = One[uint](rowsOf("n", []any{-1.0}))
	check("negative", "does not fit uint", err)
	_, err = One[int](rowsOf("n", []any{"x"}))
	check("text", "text x does not fit int", err)
	_, err = One[string](rowsOf("n", []any{[]byte("x")}))
	check("blob", "blob", err)
	_, err = One[bool](rowsOf("n", []any{2.0}))
	check("no truth", "does not fit bool", err)
	_, err = One[int](rowsOf("a b", []any{1.0, 2.0}))
	check("two columns", "a row of 2 columns does not fit int", err)
	_, err = One[person](rowsOf("user_id", []any{1.0}))
	check("a column without a field", `add one with the tag `+"`json:\"user_id\"`", err)
}
