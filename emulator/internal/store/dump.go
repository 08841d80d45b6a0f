package store

import (
	"fmt"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"
)

// Part is an entry of a database's schema, and with the tables what it takes to read their rows and write them again.
type Part struct {
	Kind    string // "table", "virtual", "shadow", "index", "view" or "trigger"
	Name    string
	SQL     string   // empty for a table that SQLite makes
	Columns []string // of a table, without those that are computed
	RowID   string   // of a table: the name of a rowid that is none of its columns; empty if it has none
}

// Schema lists the application's part of the schema, in the order in which it was made, and then the tables of SQLite's
// own that have data, since writing others changes them: sqlite_sequence and sqlite_stat1.
func (s *Store) Schema() ([]Part, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("list")
	if c == nil || err != nil {
		return nil, err
	}
	// table_list knows which tables are virtual, and which belong to one.
	rows, err := c.all(`SELECT m.type, m.name, m.sql, l.type, l.wr FROM sqlite_schema m
		LEFT JOIN pragma_table_list l ON l.schema = 'main' AND l.name = m.name AND m.type = 'table'
		WHERE (m.sql IS NOT NULL OR m.type = 'table') AND m.name NOT LIKE '\_cf\_%' ESCAPE '\'
		AND (m.name NOT LIKE 'sqlite\_%' ESCAPE '\' OR m.name IN ('sqlite_sequence', 'sqlite_stat1')) ORDER BY m.name LIKE 'sqlite\_%' ESCAPE '\', m.rowid`)
	if err != nil {
		return nil, s.explain("read", err)
	}
	parts := make([]Part, 0, len(rows))
	for _, row := range rows {
		p := Part{Kind: text(row[0]), Name: text(row[1]), SQL: text(row[2])}
		if p.Kind == "table" {
			if kind := text(row[3]); kind != "" {
				p.Kind = kind
			}
			if strings.HasPrefix(p.Name, "sqlite_") {
				p.SQL = ""
			}
			if err := c.columns(&p, row[4] == int64(1)); err != nil {
				return nil, s.explain("read", err)
			}
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// text is a column that may be null.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// columns fills in the columns of a table and how its rows are numbered.
func (c *conn) columns(p *Part, withoutRowID bool) error {
	rows, err := c.all("SELECT name, type, pk, hidden FROM pragma_table_xinfo(" + quoteText(p.Name) + ")")
	if err != nil {
		return err
	}
	free := map[string]bool{"rowid": true, "_rowid_": true, "oid": true}
	keys, number := 0, false
	for _, row := range rows {
		name := text(row[0])
		delete(free, strings.ToLower(name))
		if row[3] == int64(0) {
			p.Columns = append(p.Columns, name)
		}
		if row[2] != int64(0) {
			keys++
			number = strings.EqualFold(text(row[1]), "INTEGER")
		}
	}
	// A primary key that is said to descend numbers no rows, whatever its type.
	alias := keys == 1 && number && !strings.Contains(strings.ToUpper(p.SQL), "DESC")
	if withoutRowID || alias || p.Kind == "virtual" {
		return nil
	}
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if free[name] {
			p.RowID = name
			return nil
		}
	}
	return nil
}

// Names lists the columns as [Store.Scan] gives them and [Loader.Insert] takes them.
func (p *Part) Names() []string {
	if p.RowID == "" {
		return p.Columns
	}
	return append([]string{p.RowID}, p.Columns...)
}

// Count gives the number of a table's rows.
func (s *Store) Count(table string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("list")
	if c == nil || err != nil {
		return 0, err
	}
	rows, err := c.all("SELECT count(*) FROM " + quoteName(table))
	if err != nil {
		return 0, s.explain("read", err)
	}
	n, _ := rows[0][0].(int64)
	return n, nil
}

// Scan gives the rows of a table in the order of their keys: nil, int64, float64, string and []byte, exactly as they are
// stored. An error of row ends it.
func (s *Store) Scan(p *Part, row func([]any) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("list")
	if c == nil || err != nil {
		return err
	}
	names := p.Names()
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quoteName(name)
	}
	// The table itself is read, not an index, since that is the order.
	query := "SELECT " + strings.Join(quoted, ", ") + " FROM " + quoteName(p.Name) + " NOT INDEXED"
	if p.RowID != "" {
		query += " ORDER BY " + quoteName(p.RowID)
	}
	return s.explain("read", c.each(query, row))
}

// Bookmark gives the counter of bookmarks (8.14); 0 if there is none.
func (s *Store) Bookmark() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("bookmark")
	if c == nil || err != nil {
		return 0, err
	}
	rows, err := c.all("SELECT value FROM _cf_METADATA WHERE key = 2")
	if err != nil || len(rows) == 0 {
		if isMissingTable(err) {
			err = nil
		}
		return 0, s.explain("read", err)
	}
	n, _ := rows[0][0].(int64)
	return n, nil
}

// Foreign names a table of the runtime's that holds something and that this package does not know, such as stored stubs
// (12.8); empty if there is none.
func (s *Store) Foreign() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.reader("list")
	if c == nil || err != nil {
		return "", err
	}
	rows, err := c.all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '\_cf\_%' ESCAPE '\'
		AND name NOT IN ('_cf_KV', '_cf_METADATA')`)
	if err != nil {
		return "", s.explain("read", err)
	}
	for _, row := range rows {
		some, err := c.all("SELECT 1 FROM " + quoteName(text(row[0])) + " LIMIT 1")
		if err != nil || len(some) > 0 {
			return text(row[0]), s.explain("read", err)
		}
	}
	return "", nil
}

// all gives the rows of a trusted statement.
func (c *conn) all(query string) (rows [][]any, err error) {
	err = c.each(query, func(row []any) error {
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

// each gives the rows of a trusted statement one by one.
func (c *conn) each(query string, fn func([]any) error) error {
	st, _, err := c.compileTrusted(query, 0)
	if err != nil {
		return err
	}
	defer st.finalize(c)
	for {
		ok, err := c.step(st)
		if err != nil || !ok {
			return err
		}
		if err := fn(st.exactRow(c)); err != nil {
			return err
		}
	}
}

// exactRow is row without the runtime's conversion of integers.
func (st *stmt) exactRow(c *conn) []any {
	row := st.row(c)
	for i := range row {
		if sqlite3.Xsqlite3_column_type(c.tls, st.addr, int32(i)) == sqlite3.SQLITE_INTEGER {
			row[i] = sqlite3.Xsqlite3_column_int64(c.tls, st.addr, int32(i))
		}
	}
	return row
}

// quoteName quotes an identifier.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// quoteText quotes a text.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// partError says in which part of a schema something went wrong.
func partError(kind, name string, err error) error {
	return fmt.Errorf("%s %q: %w", kind, name, err)
}
