package store

import (
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// limits are rules 4.78 to 4.87, as in the build of 2026-07-30.
var limits = [...][2]int32{
	{sqlite3.SQLITE_LIMIT_LENGTH, 2_200_000},
	{sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000},
	{sqlite3.SQLITE_LIMIT_COLUMN, 100},
	{sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100},
	{sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 5},
	{sqlite3.SQLITE_LIMIT_VDBE_OP, 25_000},
	{sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 127},
	{sqlite3.SQLITE_LIMIT_ATTACHED, 0},
	{sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
	{sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100},
	{sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 10},
	{sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0},
}

// noStat4 is the engine's internal flag for an optimization that is off.
const noStat4 = 0x800

// busyTimeoutMS is how long a statement waits for another process that writes the same file (12.16).
const busyTimeoutMS = 5000

var (
	mainSchema = constant("main")
	memoryName = constant(":memory:")

	// keptModules are rule 4.63: a list of names, closed by a null.
	keptModules = nameList("fts5", "fts5vocab")

	connIDs   atomic.Uint64
	connTable sync.Map // connection id → *conn, for callbacks
)

// conn is one SQLite connection with its statements. It belongs to whoever holds its store's (or namespace's) mutex.
type conn struct {
	tls     *libc.TLS
	db      uintptr
	id      uintptr // what callbacks are handed to find this conn
	scratch uintptr // room for three arguments of a variadic C function, or results that come back through pointers
	fixed   [fixedCount]*stmt
	points  map[string]*stmt // statements on savepoints, by text
	cache   stmtCache

	plain            bool // statements run as compiled, without counting: for comparison in tests
	trusted          bool // the statement being compiled is the store's own
	allowUserVersion bool
	denied           denial // why the authorizer refused last
	rand             func([]byte)
	altered          bool     // a statement that may change the schema was compiled
	schemaOpen       bool     // the open transaction may have changed the schema
	settings         []string // pragmas that changed the connection, not yet remembered by the store
}

// openConn opens the database at path, or one in memory if path is empty. The file is never created here.
func openConn(v *vfs, path string) (*conn, error) {
	return openMode(v, path, sqlite3.SQLITE_OPEN_READWRITE)
}

// openMode is openConn with flags that say what the connection may do; path is a URI if one of them says so.
func openMode(v *vfs, path string, mode int32) (*conn, error) {
	c := &conn{tls: libc.NewTLS()}
	c.scratch = malloc(c.tls, 24)
	name, flags := memoryName, mode|sqlite3.SQLITE_OPEN_NOMUTEX
	if path == "" {
		flags |= sqlite3.SQLITE_OPEN_MEMORY
	} else {
		name = cstring(c.tls, path)
		defer free(c.tls, name)
	}
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.scratch, flags, v.name)
	c.db = readPtr(c.scratch)
	if rc != sqlite3.SQLITE_OK {
		err := c.lastError(false)
		if c.db == 0 {
			err = &Error{Message: "out of memory", Code: int(rc), Offset: -1}
		}
		c.close()
		return nil, err
	}
	// All memory must come from malloc, since programs are replaced: see counters.go.
	sqlite3.Xsqlite3_db_config(c.tls, c.db, sqlite3.SQLITE_DBCONFIG_LOOKASIDE, libc.VaList(c.scratch, uintptr(0), int32(0), int32(0)))
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	if path != "" {
		sqlite3.Xsqlite3_busy_timeout(c.tls, c.db, busyTimeoutMS)
	}
	c.id = uintptr(connIDs.Add(1))
	connTable.Store(c.id, c)
	return c, nil
}

// restrict applies what holds for the application's SQL.
func (c *conn) restrict() {
	for _, l := range limits {
		sqlite3.Xsqlite3_limit(c.tls, c.db, l[0], l[1])
	}
	c.configure(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY, true)
	c.configure(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, true)
	// Without this, a bound LIMIT or LIKE pattern compiles the statement again in every run.
	c.configure(sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, true)
	c.configure(sqlite3.SQLITE_DBCONFIG_DQS_DDL, true)
	c.configure(sqlite3.SQLITE_DBCONFIG_DQS_DML, true)
	sqlite3.Xsqlite3_drop_modules(c.tls, c.db, keptModules)
	// Without the samples of ANALYZE, which the real runtime does not collect (table sqlite_stat4).
	sqlite3.Xsqlite3_test_control(c.tls, sqlite3.SQLITE_TESTCTRL_OPTIMIZATIONS, libc.VaList(c.scratch, c.db, int32(noStat4)))
	sqlite3.Xsqlite3_set_authorizer(c.tls, c.db, authorizeCallback, c.id)
}

// configure sets a boolean option of the connection.
func (c *conn) configure(option int32, on bool) {
	value := int32(0)
	if on {
		value = 1
	}
	sqlite3.Xsqlite3_db_config(c.tls, c.db, option, libc.VaList(c.scratch, value, uintptr(0)))
}

// close frees everything. The log stays beside the file, as after a hard kill: moving it would cost several waits for the
// disk for every object.
func (c *conn) close() {
	if c.db != 0 {
		for i, st := range c.fixed {
			if st != nil {
				st.finalize(c)
				c.fixed[i] = nil
			}
		}
		for _, st := range c.points {
			st.finalize(c)
		}
		c.cache.clear(c)
		// Statements that are left belong to virtual tables, which finalize them.
		c.configure(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
		c.db = 0
	}
	connTable.Delete(c.id)
	free(c.tls, c.scratch)
	c.scratch = 0
	c.tls.Close()
}

// lastError describes the failure of the last call on the connection. Only compiling has an offset (4.11).
func (c *conn) lastError(compiling bool) error {
	e := &Error{
		Message: libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db)),
		Code:    int(sqlite3.Xsqlite3_extended_errcode(c.tls, c.db)),
		Offset:  -1,
	}
	if text, ok := olderTexts[e.Message]; ok {
		e.Message = text
	}
	if code := e.Code & 0xff; code == sqlite3.SQLITE_CANTOPEN || code == sqlite3.SQLITE_IOERR {
		e.system = syscall.Errno(sqlite3.Xsqlite3_system_errno(c.tls, c.db))
	}
	if compiling {
		e.Offset = int(sqlite3.Xsqlite3_error_offset(c.tls, c.db))
	}
	return e
}

// run executes trusted SQL that returns nothing; several statements are allowed.
func (c *conn) run(sql string) error {
	for sql != "" {
		st, tail, err := c.compileTrusted(sql, 0)
		if err != nil {
			return err
		}
		if st == nil {
			return nil
		}
		err = c.finish(st)
		st.finalize(c)
		if err != nil {
			return err
		}
		sql = tail
	}
	return nil
}

// finish steps a trusted statement to its end and resets it.
func (c *conn) finish(st *stmt) error {
	c.trusted = true
	defer func() { c.trusted = false }()
	for {
		switch rc := sqlite3.Xsqlite3_step(c.tls, st.addr); rc {
		case sqlite3.SQLITE_ROW:
		case sqlite3.SQLITE_DONE:
			sqlite3.Xsqlite3_reset(c.tls, st.addr)
			return nil
		default:
			err := c.lastError(false)
			sqlite3.Xsqlite3_reset(c.tls, st.addr)
			return err
		}
	}
}

// step steps a trusted statement once; on an error it is reset.
func (c *conn) step(st *stmt) (row bool, err error) {
	c.trusted = true
	defer func() { c.trusted = false }()
	switch rc := sqlite3.Xsqlite3_step(c.tls, st.addr); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	}
	err = c.lastError(false)
	sqlite3.Xsqlite3_reset(c.tls, st.addr)
	return false, err
}

// nameList is a C array of names that lives as long as the process.
func nameList(names ...string) uintptr {
	tls := libc.NewTLS()
	defer tls.Close()
	list := libc.Xcalloc(tls, libc.Tsize_t(len(names)+1), libc.Tsize_t(unsafe.Sizeof(uintptr(0))))
	for i, name := range names {
		*(*uintptr)(pointer(list + uintptr(i)*unsafe.Sizeof(uintptr(0)))) = constant(name)
	}
	return list
}

func (c *conn) reset(st *stmt) { sqlite3.Xsqlite3_reset(c.tls, st.addr) }

func (c *conn) autocommit() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) != 0 }

// fixed statements, compiled at first use and kept.
const (
	fixedBegin = iota
	fixedCommit
	fixedRollback
	fixedGet
	fixedPut
	fixedDelete
	fixedAlarmGet
	fixedAlarmSet
	fixedBookmark
	fixedList // and three more: without an upper bound, in reverse order, both
	_
	_
	_
	fixedPages
	fixedFree
	fixedRowSet
	fixedRowDelete
	fixedCount
)

var fixedSQL = [fixedCount]string{
	fixedBegin:     "BEGIN",
	fixedCommit:    "COMMIT",
	fixedRollback:  "ROLLBACK",
	fixedGet:       "SELECT value FROM _cf_KV WHERE key = ?",
	fixedPut:       "INSERT INTO _cf_KV VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
	fixedDelete:    "DELETE FROM _cf_KV WHERE key = ?",
	fixedAlarmGet:  "SELECT value FROM _cf_METADATA WHERE key = 1",
	fixedAlarmSet:  "INSERT INTO _cf_METADATA VALUES (1, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
	fixedBookmark:  "INSERT INTO _cf_METADATA VALUES (2, 0) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
	fixedList:      "SELECT key, value FROM _cf_KV WHERE key >= ?1 AND key < ?3 ORDER BY key LIMIT ?2",
	fixedList + 1:  "SELECT key, value FROM _cf_KV WHERE key >= ?1 ORDER BY key LIMIT ?2",
	fixedList + 2:  "SELECT key, value FROM _cf_KV WHERE key >= ?1 AND key < ?3 ORDER BY key DESC LIMIT ?2",
	fixedList + 3:  "SELECT key, value FROM _cf_KV WHERE key >= ?1 ORDER BY key DESC LIMIT ?2",
	fixedPages:     "PRAGMA page_count",
	fixedFree:      "PRAGMA freelist_count",
	fixedRowSet:    "INSERT INTO _cf_ALARM VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET scheduled_time = excluded.scheduled_time, actor_name = excluded.actor_name",
	fixedRowDelete: "DELETE FROM _cf_ALARM WHERE actor_id = ?",
}

// own gives one of the fixed statements.
func (c *conn) own(which int) (*stmt, error) {
	if st := c.fixed[which]; st != nil {
		return st, nil
	}
	st, _, err := c.compileTrusted(fixedSQL[which], sqlite3.SQLITE_PREPARE_PERSISTENT)
	if err != nil {
		return nil, err
	}
	c.fixed[which] = st
	return st, nil
}

// point executes a statement on the savepoint of a depth.
func (c *conn) point(verb string, depth int) error {
	sql := verb + " _cf_" + strconv.Itoa(depth)
	st := c.points[sql]
	if st == nil {
		var err error
		if st, _, err = c.compileTrusted(sql, sqlite3.SQLITE_PREPARE_PERSISTENT); err != nil {
			return err
		}
		if c.points == nil {
			c.points = make(map[string]*stmt)
		}
		c.points[sql] = st
	}
	return c.finish(st)
}

// do executes a fixed statement without parameters or results.
func (c *conn) do(which int) error {
	st, err := c.own(which)
	if err != nil {
		return err
	}
	return c.finish(st)
}

// number executes a fixed statement that gives one integer.
func (c *conn) number(which int) (int64, error) {
	st, err := c.own(which)
	if err != nil {
		return 0, err
	}
	defer c.reset(st)
	if row, err := c.step(st); err != nil || !row {
		return 0, err
	}
	return sqlite3.Xsqlite3_column_int64(c.tls, st.addr, 0), nil
}
