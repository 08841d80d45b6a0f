package store

import (
	"strconv"
	"strings"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

var authorizeCallback = callback(authorize)

// denial is why the authorizer refused, for texts that SQLite cannot give.
type denial uint8

const (
	deniedNothing denial = iota
	deniedTransaction
	deniedUserVersion
	deniedUnknownFunction
	alteredTable // not a refusal: the statement is an ALTER TABLE, whose new name SQLite does not show
)

// pragmaArgument says what a pragma takes (4.66).
type pragmaArgument uint8

const (
	argNone pragmaArgument = iota + 1
	argOptionalBool
	argName
	argOptionalName
	argOptionalNumber
	argOptionalNumberOrName
	argAny
)

var allowedPragmas = map[string]pragmaArgument{
	"data_version":              argNone,
	"case_sensitive_like":       argOptionalBool,
	"foreign_keys":              argOptionalBool,
	"defer_foreign_keys":        argOptionalBool,
	"ignore_check_constraints":  argOptionalBool,
	"legacy_alter_table":        argOptionalBool,
	"recursive_triggers":        argOptionalBool,
	"reverse_unordered_selects": argOptionalBool,
	"table_info":                argName,
	"table_xinfo":               argName,
	"index_list":                argName,
	"index_info":                argName,
	"index_xinfo":               argName,
	"foreign_key_list":          argName,
	"foreign_key_check":         argOptionalName,
	"optimize":                  argOptionalNumber,
	"quick_check":               argOptionalNumberOrName,
	"table_list":                argAny,
}

// allowedFunctions are rules 4.71 to 4.75 and the internal ones that ALTER TABLE needs, which SQL cannot call.
var allowedFunctions = words(`
	abs changes char coalesce concat concat_ws format glob hex ifnull iif instr last_insert_rowid length like likelihood
	likely lower ltrim max min nullif octet_length printf quote random randomblob replace round rtrim sign substr
	substring total_changes trim typeof unhex unicode unlikely upper zeroblob
	date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp
	avg count group_concat max min string_agg sum total
	row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
	acos acosh asin asinh atan atan2 atanh ceil cos cosh degrees exp floor ln log log2 mod pi pow radians sin sinh sqrt
	tan tanh trunc
	json jsonb json_array jsonb_array json_array_length json_extract jsonb_extract -> ->> json_insert jsonb_insert
	json_object jsonb_object json_patch jsonb_patch json_remove jsonb_remove json_replace jsonb_replace json_set jsonb_set
	json_type json_valid json_quote json_group_array jsonb_group_array json_group_object jsonb_group_object
	match highlight bm25 snippet load_extension
	sqlite_rename_table sqlite_rename_column sqlite_rename_test sqlite_rename_quotefix sqlite_drop_column`)

// unknownFunctions exist in this engine and not in the real runtime's (4.77).
var unknownFunctions = words(`
	soundex rtreecheck rtreenode rtreedepth sqlite_offset if unistr unistr_quote json_array_insert jsonb_array_insert`)

func words(text string) map[string]bool {
	set := make(map[string]bool)
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// protected reports whether a name belongs to the runtime (4.57).
func protected(name string) bool {
	return len(name) >= 4 && strings.EqualFold(name[:4], "_cf_")
}

// authorize is called by SQLite while it compiles; id tells for which connection.
func authorize(_ *libc.TLS, id uintptr, action int32, arg1, arg2, db, _ uintptr) int32 {
	v, ok := connTable.Load(id)
	if !ok {
		return sqlite3.SQLITE_DENY
	}
	c := v.(*conn)
	if c.trusted || c.allowed(action, arg1, arg2, db) {
		return sqlite3.SQLITE_OK
	}
	return sqlite3.SQLITE_DENY
}

func (c *conn) allowed(action int32, arg1, arg2, arg3 uintptr) bool {
	switch action {
	case sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE, sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT,
		sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_FUNCTION:
	default:
		c.altered = true
	}
	switch action {
	case sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE:
		return true
	case sqlite3.SQLITE_READ:
		return !protectedAt(arg1)
	case sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE,
		sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_VIEW, sqlite3.SQLITE_DROP_TABLE, sqlite3.SQLITE_DROP_VIEW,
		sqlite3.SQLITE_REINDEX, sqlite3.SQLITE_ANALYZE:
		return !protectedAt(arg1) && (action != sqlite3.SQLITE_INSERT || libc.GoString(arg3) != "temp")
	case sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_DROP_INDEX, sqlite3.SQLITE_CREATE_TRIGGER, sqlite3.SQLITE_DROP_TRIGGER:
		return !protectedAt(arg1) && !protectedAt(arg2)
	case sqlite3.SQLITE_ALTER_TABLE:
		c.denied = alteredTable
		return !protectedAt(arg2) && !protectedAt(arg3) // arg3: a column to drop
	case sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_VTABLE:
		module := libc.GoString(arg2)
		return !protectedAt(arg1) && (strings.EqualFold(module, "fts5") || strings.EqualFold(module, "fts5vocab"))
	case sqlite3.SQLITE_FUNCTION:
		name := strings.ToLower(libc.GoString(arg2))
		if unknownFunctions[name] || strings.HasPrefix(name, "geopoly_") {
			c.denied = deniedUnknownFunction
		}
		return allowedFunctions[name]
	case sqlite3.SQLITE_PRAGMA:
		return c.allowedPragma(libc.GoString(arg1), arg2)
	case sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT:
		c.denied = deniedTransaction
	}
	return false
}

// protectedAt is protected for a C string, without copying it.
func protectedAt(name uintptr) bool {
	if name == 0 {
		return false
	}
	const prefix = "_cf_"
	for i := range len(prefix) {
		b := *(*byte)(pointer(name + uintptr(i)))
		if b != prefix[i] && b|0x20 != prefix[i] {
			return false
		}
	}
	return true
}

func (c *conn) allowedPragma(name string, arg uintptr) bool {
	if name == "user_version" {
		if !c.allowUserVersion {
			c.denied = deniedUserVersion
		}
		return c.allowUserVersion
	}
	value := libc.GoString(arg)
	switch allowedPragmas[name] {
	case argNone:
		return arg == 0
	case argOptionalBool:
		if arg != 0 && booleanText(value) && name != "defer_foreign_keys" {
			c.settings = append(c.settings, "PRAGMA "+name+"='"+strings.ReplaceAll(value, "'", "''")+"'")
		}
		return arg == 0 || booleanText(value)
	case argName:
		return arg != 0 && !protected(value)
	case argOptionalName:
		return !protected(value)
	case argOptionalNumber:
		return arg == 0 || numberText(value)
	case argOptionalNumberOrName:
		return !protected(value)
	case argAny:
		return true
	}
	return false
}

// remember keeps what a pragma that was compiled has changed for the instance: a connection opened later for it must be
// told again (4.70).
func (s *Store) remember(c *conn) {
	for _, setting := range c.settings {
		if s.settings == nil {
			s.settings = make(map[string]string)
		}
		name, _, _ := strings.Cut(setting, "=")
		s.settings[name] = setting
	}
	c.settings = nil
}

// booleanText is rule 4.67: only the beginning counts.
func booleanText(s string) bool {
	s = strings.ToLower(s)
	for _, word := range [...]string{"true", "false", "yes", "no", "on", "off", "1", "0"} {
		if strings.HasPrefix(s, word) {
			return true
		}
	}
	return false
}

func numberText(s string) bool {
	_, err := strconv.ParseInt(s, 0, 64)
	return err == nil
}

// userVersionAdvice is for the log of the runtime: the guides' own samples use this pragma.
const userVersionAdvice = "PRAGMA user_version is refused by Durable Objects; keep the schema version in a table of your own, " +
	"such as CREATE TABLE IF NOT EXISTS schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)"

const limitAdvice = "UPDATE and DELETE with ORDER BY or LIMIT are not available in this engine; " +
	"write … WHERE rowid IN (SELECT rowid FROM t … ORDER BY … LIMIT n)"

// compileUser compiles the application's SQL under the rules of section 4e.
func (c *conn) compileUser(sql string) (*stmt, string, error) {
	if len(sql) > 100_000 {
		return nil, "", &Error{Message: "statement too long", Code: sqlite3.SQLITE_TOOBIG, Offset: -1}
	}
	c.denied = deniedNothing
	st, tail, err := c.compile(sql, sqlite3.SQLITE_PREPARE_PERSISTENT)
	if err == nil {
		if c.denied == alteredTable && protected(renameTarget(st.text)) {
			st.finalize(c)
			return nil, "", &Error{Message: "not authorized", Code: sqlite3.SQLITE_AUTH, Offset: -1}
		}
		return st, tail, nil
	}
	e, ok := err.(*Error)
	if !ok {
		return nil, "", err
	}
	switch {
	case c.denied == deniedTransaction && e.Code == sqlite3.SQLITE_AUTH:
		return nil, "", ErrTransactionStatement
	case c.denied == deniedUserVersion && e.Code == sqlite3.SQLITE_AUTH:
		e.Advice = userVersionAdvice
	case c.denied == deniedUnknownFunction:
		e.Message = strings.Replace(e.Message, "not authorized to use function:", "no such function:", 1)
	case isSyntaxErrorNear(e, "order") || isSyntaxErrorNear(e, "limit"):
		if first := firstWord(sql); first == "update" || first == "delete" || first == "with" {
			e.Message, e.Advice = limitAdvice, limitAdvice
		}
	}
	return nil, "", err
}

func isSyntaxErrorNear(e *Error, word string) bool {
	return strings.EqualFold(e.Message, `near "`+word+`": syntax error`)
}
