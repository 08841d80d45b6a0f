package durable

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// SQL runs statements on an object's database. The engine is SQLite with the
// runtime's restrictions: transactions are [Storage.Transaction], names that
// begin with _cf_ are protected, and only some functions and pragmas are allowed
// (rules 4.55 to 4.87). Errors of the engine are plain [*Error] values whose
// message ends in the result code, such as "…: SQLITE_CONSTRAINT".
type SQL struct {
	st   host.Storage
	info func() host.Info
}

// Result says what a statement cost. For several statements in one call it
// speaks of the last one (rules 4.48 to 4.53).
type Result struct {
	RowsRead    int64 // rows of tables and indexes that were visited
	RowsWritten int64 // rows of tables and indexes that were written
}

// Exec runs one or more statements, separated by semicolons, and drops their
// rows. The arguments fill the parameters of the last one by position, whatever
// they are called; the package's table of values says how they are bound.
func (s *SQL) Exec(query string, args ...any) (Result, error) {
	rows := s.Query(query, args...)
	for rows.next() {
	}
	return rows.result(), rows.err
}

// Query runs statements and gives the rows of the last one. A write is complete
// when Query returns; its error, if any, comes with the first row. Use [One],
// [Collect] or [Rows.All] on the result. A write with RETURNING whose rows are
// not all read resets the object (rule 4.43).
func (s *SQL) Query(query string, args ...any) *Rows {
	if !s.info().SQL {
		return &Rows{err: errNoSQL}
	}
	bound, err := bind(args)
	if err != nil {
		return &Rows{err: err}
	}
	cur, err := s.st.Exec(query, bound)
	if err != nil {
		return &Rows{err: err}
	}
	return &Rows{cur: cur}
}

// DatabaseSize gives the size of the database in bytes, free pages left out:
// 4096 for an untouched one (rule 4.54).
func (s *SQL) DatabaseSize() (int64, error) {
	if !s.info().SQL {
		return 0, errNoSQL
	}
	return s.st.DatabaseSize()
}

var errNoSQL = &Error{Name: "Error", Message: "SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to " +
	"`new_sqlite_classes` within the 'migrations' field in your wrangler.jsonc or wrangler.toml file. If using workerd directly," +
	"set `enableSql = true` in your workerd config for the class. Note that this change cannot be made after the class is already " +
	"deployed to production."}

// Rows walks over the rows of a query. It reads one row ahead and is no
// snapshot: it sees later changes (rules 4.38 to 4.41).
type Rows struct {
	cur host.Cursor
	row []any
	err error
}

func (r *Rows) next() bool {
	if r.err != nil || r.cur == nil {
		return false
	}
	row, ok, err := r.cur.Next()
	r.row, r.err = row, err
	return ok && err == nil
}

func (r *Rows) result() Result {
	if r.cur == nil {
		return Result{}
	}
	return Result{RowsRead: r.cur.RowsRead(), RowsWritten: r.cur.RowsWritten()}
}

// Columns gives the names of the columns, duplicates included.
func (r *Rows) Columns() []string {
	if r.cur == nil {
		return nil
	}
	return r.cur.Columns()
}

// Cost gives what the query has cost so far.
func (r *Rows) Cost() Result { return r.result() }

// All walks over the remaining rows, each a slice of nil, float64, string and
// []byte.
func (r *Rows) All() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for r.next() {
			if !yield(r.row, nil) {
				return
			}
		}
		if r.err != nil {
			yield(nil, r.err)
		}
	}
}

// Collect gives the remaining rows as values of T: a struct, whose fields are
// named by the package's rule, a map[string]any, a []any, or, for a query of one
// column, a basic type. A column that a struct has no field for is an error; a
// NULL leaves the field's zero value.
func Collect[T any](rows *Rows) ([]T, error) {
	var out []T
	for v, err := range Each[T](rows) {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Each is [Collect] one row at a time.
func Each[T any](rows *Rows) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var scan scanner
		for rows.next() {
			var v T
			err := scan.row(rows, reflect.ValueOf(&v).Elem())
			if !yield(v, err) || err != nil {
				return
			}
		}
		if rows.err != nil {
			var zero T
			yield(zero, rows.err)
		}
	}
}

// Errors of [One]. They match with errors.Is.
var (
	ErrNoRows       = &Error{Name: "Error", Message: "Expected exactly one result from SQL query, but got no results."}
	ErrMultipleRows = &Error{Name: "Error", Message: "Expected exactly one result from SQL query, but got multiple results."}
)

// One gives the only row that is left, or fails with [ErrNoRows] or
// [ErrMultipleRows] (rule 4.34). See [Collect] for T.
func One[T any](rows *Rows) (T, error) {
	var out T
	if !rows.next() {
		if rows.err != nil {
			return out, rows.err
		}
		return out, ErrNoRows
	}
	var scan scanner
	if err := scan.row(rows, reflect.ValueOf(&out).Elem()); err != nil {
		return out, err
	}
	if rows.next() {
		for rows.next() {
		}
		var zero T
		return zero, ErrMultipleRows
	}
	return out, rows.err
}

// bind turns Go values into what SQLite is given for them: numbers as REAL
// like every JavaScript number (rules 4.18 to 4.24).
func bind(args []any) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i, a := range args {
		v, err := bindOne(a)
		if err != nil {
			return nil, fmt.Errorf("durable: binding %d: %w", i+1, err)
		}
		out[i] = v
	}
	return out, nil
}

var errUnsafe = errors.New("not a safe integer: numbers beyond ±2^53 are not exact in JavaScript")

func bindOne(a any) (any, error) {
	switch a := a.(type) {
	case nil, float64, string:
		return a, nil
	case []byte:
		if a == nil {
			return nil, nil
		}
		return a, nil
	case int:
		return bindInt(int64(a))
	case int64:
		return bindInt(a)
	case bool:
		if a {
			return "true", nil
		}
		return "false", nil
	case time.Time:
		return float64(a.UnixMilli()), nil
	}
	return bindReflect(reflect.ValueOf(a))
}

func bindInt(n int64) (any, error) {
	f, ok := safeInteger(n)
	if !ok {
		return nil, fmt.Errorf("%d is %w", n, errUnsafe)
	}
	return f, nil
}

func bindReflect(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
		return bindOne(v.Elem().Interface())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return bindInt(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		f, ok := safeUnsigned(v.Uint())
		if !ok {
			return nil, fmt.Errorf("%d is %w", v.Uint(), errUnsafe)
		}
		return f, nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return bindOne(v.Bool())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("%s cannot be bound: use a number, string, bool, []byte, time.Time or nil", v.Type())
}
