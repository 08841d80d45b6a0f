package emulator

import (
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// TableInfo describes a table of an object's.
type TableInfo struct {
	Name    string
	Columns []string
	Rows    int64
	SQL     string // that made it
}

// TableNames lists the object's tables in the order in which they were made.
func (o *StateObject) TableNames() (names []string, err error) {
	err = o.read(func(st *store.Store) error {
		names = nil
		parts, err := st.Schema()
		for _, p := range parts {
			if isTable(p) {
				names = append(names, p.Name)
			}
		}
		return err
	})
	return names, err
}

// isTable leaves out what belongs to SQLite and to virtual tables.
func isTable(p store.Part) bool { return p.SQL != "" && (p.Kind == "table" || p.Kind == "virtual") }

// Contents is what an object has stored.
type Contents struct {
	Tables []TableInfo
	KV     []KVEntry
}

// Contents reads the object's tables and keys.
func (o *StateObject) Contents() (c Contents, err error) {
	err = o.read(func(st *store.Store) error {
		c = Contents{}
		parts, err := st.Schema()
		if err != nil {
			return err
		}
		for _, p := range parts {
			if !isTable(p) {
				continue
			}
			rows, err := st.Count(p.Name)
			if err != nil {
				return err
			}
			c.Tables = append(c.Tables, TableInfo{Name: p.Name, Columns: p.Columns, Rows: rows, SQL: p.SQL})
		}
		entries, err := st.ListAll(store.ListOptions{})
		for _, e := range entries {
			c.KV = append(c.KV, kvEntry(e.Key, e.Value))
		}
		return err
	})
	return c, err
}

// Query runs SQL with the restrictions that the object's own code has (rules 4.57
// to 4.77); an error leaves nothing behind. On a state that is open for reading
// a write is an error. A class without SQLite has no SQL.
func (o *StateObject) Query(query string) (out *QueryResult, err error) {
	if !o.Namespace.SQLite {
		return nil, fmt.Errorf("the class %s is not SQLite-backed: it has no SQL", o.Namespace.Class)
	}
	err = o.read(func(st *store.Store) error {
		out = &QueryResult{}
		cursor, err := st.Exec(query)
		if err != nil {
			return err
		}
		defer cursor.Close()
		out.Columns = cursor.Columns()
		for {
			row, ok, err := cursor.Next()
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			out.Rows = append(out.Rows, row)
		}
		out.RowsRead, out.RowsWritten = cursor.RowsRead(), cursor.RowsWritten()
		return st.Commit()
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
