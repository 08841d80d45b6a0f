package durable

import (
	"fmt"
	"reflect"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// scanner decodes rows of one query into values of one type.
type scanner struct {
	fields []fieldPlan // per column, for structs
}

type fieldPlan struct {
	column string
	index  []int
}

var timeType = reflect.TypeFor[time.Time]()

func (s *scanner) row(rows *Rows, dst reflect.Value) error {
	t := dst.Type()
	switch {
	case t.Kind() == reflect.Struct && t != timeType:
		return s.structRow(rows, dst)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return mapRow(rows, dst)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Interface:
		dst.Set(reflect.ValueOf(rows.row).Convert(t))
		return nil
	}
	if n := len(rows.row); n != 1 {
		return fmt.Errorf("durable: a row of %d columns does not fit %s: use a struct, map[string]any or []any", n, t)
	}
	return setColumn(rows.Columns()[0], rows.row[0], dst)
}

func (s *scanner) structRow(rows *Rows, dst reflect.Value) error {
	if s.fields == nil {
		if err := s.plan(rows.Columns(), dst.Type()); err != nil {
			return err
		}
	}
	for i, f := range s.fields {
		field, err := dst.FieldByIndexErr(f.index)
		if err != nil {
			return fmt.Errorf("durable: column %s: %w", f.column, err)
		}
		if err := setColumn(f.column, rows.row[i], field); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) plan(columns []string, t reflect.Type) error {
	byName := map[string][]int{}
	for _, f := range v8value.Fields(t) {
		byName[f.Name] = f.Index
	}
	for _, c := range columns {
		index, ok := byName[c]
		if !ok {
			return fmt.Errorf("durable: column %q has no field in %s: add one with the tag `json:%q`, or leave the column out of the query", c, t, c)
		}
		s.fields = append(s.fields, fieldPlan{c, index})
	}
	return nil
}

func mapRow(rows *Rows, dst reflect.Value) error {
	dst.Set(reflect.MakeMap(dst.Type()))
	for i, c := range rows.Columns() {
		v := reflect.New(dst.Type().Elem()).Elem()
		if err := setColumn(c, rows.row[i], v); err != nil {
			return err
		}
		dst.SetMapIndex(reflect.ValueOf(c).Convert(dst.Type().Key()), v)
	}
	return nil
}

// setColumn stores one SQL value; NULL leaves the zero value.
func setColumn(column string, v any, dst reflect.Value) error {
	if v == nil {
		return nil
	}
	if dst.Kind() == reflect.Pointer {
		p := reflect.New(dst.Type().Elem())
		if err := setColumn(column, v, p.Elem()); err != nil {
			return err
		}
		dst.Set(p)
		return nil
	}
	if dst.Kind() == reflect.Interface && dst.NumMethod() == 0 {
		dst.Set(reflect.ValueOf(v))
		return nil
	}
	var ok bool
	switch v := v.(type) {
	case float64:
		ok = setNumber(v, dst)
	case string:
		ok = setText(v, dst)
	case []byte:
		if ok = dst.Kind() == reflect.Slice && dst.Type().Elem().Kind() == reflect.Uint8; ok {
			dst.SetBytes(v)
		}
	}
	if !ok {
		return fmt.Errorf("durable: column %s: %s %v does not fit %s", column, sqlType(v), v, dst.Type())
	}
	return nil
}

func setNumber(f float64, dst reflect.Value) bool {
	if dst.Type() == timeType {
		dst.Set(reflect.ValueOf(time.UnixMilli(int64(f)).UTC()))
		return whole(f)
	}
	switch dst.Kind() {
	case reflect.Float32, reflect.Float64:
		dst.SetFloat(f)
		return true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		dst.SetInt(int64(f))
		return whole(f) && !dst.OverflowInt(int64(f))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if f < 0 {
			return false
		}
		dst.SetUint(uint64(f))
		return whole(f) && !dst.OverflowUint(uint64(f))
	case reflect.Bool:
		dst.SetBool(f == 1)
		return f == 0 || f == 1
	}
	return false
}

func setText(s string, dst reflect.Value) bool {
	switch dst.Kind() {
	case reflect.String:
		dst.SetString(s)
		return true
	case reflect.Bool:
		dst.SetBool(s == "true")
		return s == "true" || s == "false"
	}
	return false
}

func sqlType(v any) string {
	switch v.(type) {
	case float64:
		return "number"
	case string:
		return "text"
	}
	return "blob"
}
