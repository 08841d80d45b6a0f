package store

import (
	"container/list"
	"strings"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// maxCachedSQL is rule 4.47: bytes of SQL text whose statements are kept compiled.
const maxCachedSQL = 1 << 20

// keptBuffer is how much memory for bound values a cached statement keeps between runs.
const keptBuffer = 4096

// stmt is one compiled statement. It owns the memory of the text and bytes bound to it.
type stmt struct {
	addr      uintptr
	text      string // of this statement alone
	params    int
	readonly  bool
	explain   bool
	cached    bool
	busy      bool // a cursor runs it
	forgotten bool // the connection no longer knows it: to be finalized at the end of its run
	columns   []string
	prepared  int32 // how often SQLite recompiled it when columns was read
	buf       uintptr
	bufCap    int
	element   *list.Element
	program   *program // what it runs in order to count; nil if it does not
}

// compile compiles the first statement of sql and gives the rest. A nil statement means that there was none.
func (c *conn) compile(sql string, flags uint32) (*stmt, string, error) {
	text := cstring(c.tls, sql)
	defer free(c.tls, text)
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, int32(len(sql)+1), flags, c.scratch, c.scratch+8)
	if rc != sqlite3.SQLITE_OK {
		return nil, "", c.lastError(true)
	}
	addr := readPtr(c.scratch)
	if addr == 0 {
		return nil, "", nil
	}
	used := int(readPtr(c.scratch+8) - text)
	return &stmt{
		addr:     addr,
		text:     sql[:used],
		params:   int(sqlite3.Xsqlite3_bind_parameter_count(c.tls, addr)),
		readonly: sqlite3.Xsqlite3_stmt_readonly(c.tls, addr) != 0,
		explain:  sqlite3.Xsqlite3_stmt_isexplain(c.tls, addr) != 0,
	}, sql[used:], nil
}

func (c *conn) compileTrusted(sql string, flags uint32) (*stmt, string, error) {
	c.trusted = true
	defer func() { c.trusted = false }()
	return c.compile(sql, flags)
}

func (st *stmt) finalize(c *conn) {
	st.unweave(c)
	sqlite3.Xsqlite3_finalize(c.tls, st.addr)
	st.addr = 0
	free(c.tls, st.buf)
	st.buf, st.bufCap = 0, 0
}

// bind binds all arguments (4.18–4.26). Text and bytes are copied into memory that the statement keeps until its next
// run, so that SQLite need not copy them again.
func (st *stmt) bind(c *conn, args []any) error {
	if len(args) != st.params {
		return ErrBindingCount
	}
	size := 0
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			size += len(v) + 1
		case []byte:
			size += len(v) + 1
		}
	}
	st.reserve(c, size)
	at := st.buf
	for i, arg := range args {
		var rc int32
		n := int32(i + 1)
		switch v := arg.(type) {
		case nil:
			rc = sqlite3.Xsqlite3_bind_null(c.tls, st.addr, n)
		case float64:
			rc = sqlite3.Xsqlite3_bind_double(c.tls, st.addr, n, v)
		case string:
			copy(view(at, len(v)), v)
			rc = sqlite3.Xsqlite3_bind_text64(c.tls, st.addr, n, at, uint64(len(v)), sqlite3.SQLITE_STATIC, sqlite3.SQLITE_UTF8)
			at += uintptr(len(v) + 1)
		case []byte:
			copy(view(at, len(v)), v)
			rc = sqlite3.Xsqlite3_bind_blob64(c.tls, st.addr, n, at, uint64(len(v)), sqlite3.SQLITE_STATIC)
			at += uintptr(len(v) + 1)
		case int64: // the store's own statements only
			rc = sqlite3.Xsqlite3_bind_int64(c.tls, st.addr, n, v)
		default:
			return &BindingError{Index: i, Value: arg}
		}
		if rc != sqlite3.SQLITE_OK {
			err := c.lastError(false)
			st.release(c)
			return err
		}
	}
	return nil
}

// reserve makes room for size bytes of bound values; earlier bindings become invalid.
func (st *stmt) reserve(c *conn, size int) {
	if size <= st.bufCap && st.buf != 0 {
		return
	}
	free(c.tls, st.buf)
	st.bufCap = max(size, 64)
	st.buf = malloc(c.tls, st.bufCap)
}

// release ends a run: locks are given back, large bound values are forgotten.
func (st *stmt) release(c *conn) {
	sqlite3.Xsqlite3_reset(c.tls, st.addr)
	if st.bufCap > keptBuffer {
		sqlite3.Xsqlite3_clear_bindings(c.tls, st.addr)
		free(c.tls, st.buf)
		st.buf, st.bufCap = 0, 0
	}
}

// names gives the columns' names; a recompiled statement may have others.
func (st *stmt) names(c *conn) []string {
	prepared := sqlite3.Xsqlite3_stmt_status(c.tls, st.addr, sqlite3.SQLITE_STMTSTATUS_REPREPARE, 0)
	if st.columns == nil || prepared != st.prepared {
		count := int(sqlite3.Xsqlite3_column_count(c.tls, st.addr))
		st.columns, st.prepared = make([]string, count), prepared
		for i := range st.columns {
			st.columns[i] = libc.GoString(sqlite3.Xsqlite3_column_name(c.tls, st.addr, int32(i)))
		}
	}
	return st.columns
}

// row reads the current row.
func (st *stmt) row(c *conn) []any {
	row := make([]any, sqlite3.Xsqlite3_data_count(c.tls, st.addr))
	for i := range row {
		row[i] = st.value(c, int32(i))
	}
	return row
}

// value reads one column of the current row (4.27, 4.28).
func (st *stmt) value(c *conn, i int32) any {
	switch sqlite3.Xsqlite3_column_type(c.tls, st.addr, i) {
	case sqlite3.SQLITE_INTEGER:
		return float64(sqlite3.Xsqlite3_column_int64(c.tls, st.addr, i))
	case sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_column_double(c.tls, st.addr, i)
	case sqlite3.SQLITE_TEXT:
		return st.textValue(c, i)
	case sqlite3.SQLITE_BLOB:
		return st.bytesValue(c, i)
	}
	return nil
}

func (st *stmt) textValue(c *conn, i int32) string {
	p := sqlite3.Xsqlite3_column_text(c.tls, st.addr, i)
	return string(view(p, int(sqlite3.Xsqlite3_column_bytes(c.tls, st.addr, i))))
}

// bytesValue is a fresh copy, never nil.
func (st *stmt) bytesValue(c *conn, i int32) []byte {
	p := sqlite3.Xsqlite3_column_blob(c.tls, st.addr, i)
	return append([]byte{}, view(p, int(sqlite3.Xsqlite3_column_bytes(c.tls, st.addr, i)))...)
}

// stmtCache keeps compiled statements by their text, the least recently used go first.
type stmtCache struct {
	byText map[string]*stmt
	recent list.List // of *stmt, most recent first
	size   int
	last   *stmt // the one used last: a loop over one statement needs no lookup
}

// take gives the compiled statement for text if it is not in use.
func (sc *stmtCache) take(text string) *stmt {
	st := sc.last
	if st == nil || st.text != text {
		if st = sc.byText[text]; st == nil {
			return nil
		}
		sc.recent.MoveToFront(st.element)
		sc.last = st
	}
	if st.busy {
		return nil
	}
	return st
}

// add keeps st unless another statement of this text is there or it should never be kept.
func (sc *stmtCache) add(c *conn, st *stmt) {
	if len(st.text) > maxCachedSQL || sc.byText[st.text] != nil || !cacheable(st.text) {
		return
	}
	if sc.byText == nil {
		sc.byText = make(map[string]*stmt)
	}
	st.cached = true
	sc.byText[st.text] = st
	st.element = sc.recent.PushFront(st)
	sc.last = st
	sc.size += len(st.text)
	for e := sc.recent.Back(); e != nil && sc.size > maxCachedSQL; {
		old, before := e.Value.(*stmt), e.Prev()
		if !old.busy {
			sc.drop(old)
			old.finalize(c)
		}
		e = before
	}
}

// cacheable excludes pragmas: some act while they are compiled.
func cacheable(text string) bool {
	text = strings.TrimLeft(text, " \t\n\f\r")
	return len(text) < 6 || !strings.EqualFold(text[:6], "pragma")
}

func (sc *stmtCache) drop(st *stmt) {
	delete(sc.byText, st.text)
	sc.recent.Remove(st.element)
	sc.size -= len(st.text)
	st.cached = false
	if sc.last == st {
		sc.last = nil
	}
}

// expire drops what is not in use after a change of the schema. SQLite would recompile it, but without counting.
func (sc *stmtCache) expire(c *conn) {
	for e := sc.recent.Front(); e != nil; {
		st, next := e.Value.(*stmt), e.Next()
		if !st.busy {
			sc.drop(st)
			st.finalize(c)
		}
		e = next
	}
}

func (sc *stmtCache) clear(c *conn) {
	for e := sc.recent.Front(); e != nil; e = e.Next() {
		e.Value.(*stmt).finalize(c)
	}
	*sc = stmtCache{}
}
