package inspector

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
)

// table is a table or view of an object.
type table struct {
	Name string `json:"name"`
	Type string `json:"type"`
	SQL  string `json:"sql"`
}

// tables lists the tables that the object's code can see.
func (a *api) tables(req *http.Request) (any, error) {
	o, err := a.open(whichOf(req))
	if err != nil {
		return nil, err
	}
	list := []table{}
	res, err := o.Query(req.Context(), `SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')
		AND name NOT LIKE '\_cf\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`, maxPage)
	switch {
	case errors.Is(err, emulator.ErrNotStored):
	case err != nil:
		return nil, err
	default:
		for _, row := range res.Rows {
			list = append(list, table{text(row[0]), text(row[1]), text(row[2])})
		}
	}
	return map[string]any{"tables": list}, nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// identifier quotes a name by SQLite's rules.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// table gives rows of a table: table, sort, desc, limit, offset. The names are
// quoted, so that they can only be names.
func (a *api) table(req *http.Request) (any, error) {
	o, err := a.open(whichOf(req))
	if err != nil {
		return nil, err
	}
	q := req.URL.Query()
	if strings.ContainsRune(q.Get("table")+q.Get("sort"), 0) {
		return nil, requestError{"a name contains a zero"}
	}
	ctx, cancel := limited(req)
	defer cancel()
	from := " FROM " + identifier(q.Get("table"))
	count, err := o.Query(ctx, "SELECT count(*)"+from, 1)
	if err != nil {
		return nil, err
	}
	limit, offset := page(q)
	query := "SELECT *" + from
	if column := q.Get("sort"); column != "" {
		// A quoted name that is no column would be a text to SQLite: a table makes it
		// an error.
		query += " ORDER BY " + identifier(q.Get("table")) + "." + identifier(column)
		if q.Get("desc") != "" {
			query += " DESC"
		}
	}
	res, err := o.Query(ctx, fmt.Sprintf("%s LIMIT %d OFFSET %d", query, limit, offset), limit)
	if err != nil {
		return nil, err
	}
	out := resultOf(res)
	out["total"] = count.Rows[0][0]
	return out, nil
}

// maxQuery is how long a query may take, in which no object runs.
const maxQuery = 10 * time.Second

// limited gives the context of a request that asks the database. It ends also
// when the person goes away.
func limited(req *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(req.Context(), maxQuery, fmt.Errorf("the query was ended after %v, since no object runs meanwhile", maxQuery))
}

// query runs SQL of the console.
func (a *api) query(req *http.Request) (any, error) {
	var ask struct {
		which
		SQL string `json:"sql"`
	}
	if err := read(req, &ask); err != nil {
		return nil, err
	}
	o, err := a.open(ask.which)
	if err != nil {
		return nil, err
	}
	start := a.em.Clock().Now()
	ctx, cancel := limited(req)
	defer cancel()
	res, err := o.Query(ctx, ask.SQL, maxPage)
	if err != nil {
		return nil, err
	}
	out := resultOf(res)
	out["ms"] = duration(a.em.Clock().Now().Sub(start))
	return out, nil
}

func resultOf(res *emulator.QueryResult) map[string]any {
	rows := make([][]any, len(res.Rows))
	for i, row := range res.Rows {
		rows[i] = make([]any, len(row))
		for j, v := range row {
			rows[i][j] = cell(v)
		}
	}
	columns := res.Columns
	if columns == nil {
		columns = []string{}
	}
	return map[string]any{"columns": columns, "rows": rows, "more": res.More, "read": res.RowsRead, "written": res.RowsWritten}
}

// Sizes up to which a cell is shown as a whole, in bytes.
const (
	cellText = 10_000
	cellBlob = 256
)

// cell gives a value as JSON: a number that JSON lacks, a blob, and a long text
// are objects.
func cell(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return map[string]any{"number": fmt.Sprint(v)}
		}
	case []byte:
		return map[string]any{"blob": hex.EncodeToString(v[:min(len(v), cellBlob)]), "size": len(v)}
	case string:
		if len(v) > cellText {
			return map[string]any{"text": strings.ToValidUTF8(v[:cellText], ""), "size": len(v)}
		}
	}
	return v
}

type kvEntry struct {
	Key  string `json:"key"`
	Size int    `json:"size"`
	Text string `json:"text"`
	JSON string `json:"json"`
}

// kv lists entries: prefix, after, limit.
func (a *api) kv(req *http.Request) (any, error) {
	o, err := a.open(whichOf(req))
	if err != nil {
		return nil, err
	}
	q := req.URL.Query()
	limit, _ := page(q)
	list, more, err := o.ListKV(q.Get("prefix"), q.Get("after"), limit)
	if err != nil && !errors.Is(err, emulator.ErrNotStored) {
		return nil, err
	}
	out := []kvEntry{}
	for _, e := range list {
		out = append(out, kvEntry(e))
	}
	return map[string]any{"entries": out, "more": more}, nil
}

func (a *api) putKV(req *http.Request) (any, error) {
	var ask struct {
		which
		Key  string `json:"key"`
		JSON string `json:"json"`
	}
	if err := read(req, &ask); err != nil {
		return nil, err
	}
	o, err := a.open(ask.which)
	if err != nil {
		return nil, err
	}
	return struct{}{}, o.PutKV(ask.Key, ask.JSON)
}

func (a *api) deleteKV(req *http.Request) (any, error) {
	var ask struct {
		which
		Key string `json:"key"`
	}
	if err := read(req, &ask); err != nil {
		return nil, err
	}
	o, err := a.open(ask.which)
	if err != nil {
		return nil, err
	}
	existed, err := o.DeleteKV(ask.Key)
	return map[string]bool{"existed": existed}, err
}
