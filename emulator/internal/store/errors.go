package store

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// Errors whose text the application sees as it stands.
var (
	// ErrNoStatement is rules 4.8 to 4.10.
	ErrNoStatement = errors.New("SQL code did not contain a statement.") //lint:ignore ST1005 text of the real runtime
	// ErrEarlyParameters is rule 4.5.
	ErrEarlyParameters = errors.New("When executing multiple SQL statements in a single call, only the last statement can have parameters.") //lint:ignore ST1005 text of the real runtime
	// ErrBindingCount is rule 4.25.
	ErrBindingCount = errors.New("Wrong number of parameter bindings for SQL query.") //lint:ignore ST1005 text of the real runtime
	// ErrTransactionStatement is rule 4.55.
	ErrTransactionStatement = errors.New("To execute a transaction, please use the state.storage.transaction() or state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. The JavaScript API is safer because it will automatically roll back on exceptions, and because it interacts correctly with Durable Objects' automatic atomic write coalescing.") //lint:ignore ST1005 text of the real runtime
	// ErrCursorCanceled is rule 4.45.
	ErrCursorCanceled = errors.New("SQLite query was canceled because the database was deleted.") //lint:ignore ST1005 text of the real runtime
	// ErrListInvalidated is rule 5.31.
	ErrListInvalidated = errors.New("kv.list() iterator was invalidated because a new call to kv.list() was started. Only one kv.list() iterator can exist at a time.") //lint:ignore ST1005 text of the real runtime
	// ErrCritical is rule 4.17: what ends an explicit transaction after a disk error.
	ErrCritical = errors.New("Cannot commit transaction due to an earlier SQL critical error") //lint:ignore ST1005 text of the real runtime
)

// Errors that the runtime turns into an internal error for the application.
var (
	// ErrTransactionLost: SQL ended the implicit transaction under the runtime (4.15).
	ErrTransactionLost = errors.New("the implicit transaction was ended by SQL (ON CONFLICT ROLLBACK or RAISE(ROLLBACK)); its earlier writes are lost")
	// ErrStatementsOpen: a write with RETURNING still has unread rows (4.43).
	ErrStatementsOpen = errors.New("a write with RETURNING whose rows were not all read blocks the commit")
	// ErrListCanceled: the database was deleted under a key listing (8.9).
	ErrListCanceled = errors.New("the key listing ended because the database was deleted")
	// ErrListRolledBack: a savepoint that had changed the schema was rolled back under a key listing (as recorded).
	ErrListRolledBack = errors.New("the key listing ended because a change of the schema was rolled back")
	// ErrReset: the cursor or iterator belongs to a connection that is gone (crash, suspension, close).
	ErrReset = errors.New("the cursor ended because its object was reset or hibernated")
	// ErrClosed: the engine or store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrReadOnly: the engine only reads.
	ErrReadOnly = errors.New("the state is open for reading only")
	// ErrInUse: another process runs objects on the same folder.
	ErrInUse = errors.New("another process runs Durable Objects on this folder")
)

// Error is a failure reported by SQLite. Its text is what the application sees (4.11).
type Error struct {
	Message string // the engine's text
	Code    int    // extended result code
	Offset  int    // byte offset in the statement, or -1
	Advice  string // what to write instead, for the log; empty if there is no good advice

	system syscall.Errno // of the operating system, for failures of files; 0 if unknown
}

// Error gives `<message>[ at offset <n>]: <CODE>[ (extended: <EXTENDED>)]`.
func (e *Error) Error() string {
	text := e.Message
	if e.Offset >= 0 {
		text += " at offset " + strconv.Itoa(e.Offset)
	}
	text += ": " + codeName(e.Code&0xff)
	if e.Code > 0xff {
		text += " (extended: " + codeName(e.Code) + ")"
	}
	return text
}

// olderTexts are messages that this version of SQLite words otherwise than the real runtime's.
var olderTexts = map[string]string{
	"triggers nested too deep": "too many levels of trigger recursion",
}

// critical reports whether the failure is of the disk kind, after which a transaction cannot go on (4.17).
func (e *Error) critical() bool {
	switch e.Code & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// ConstraintError is a commit that SQLite refused for deferred constraints; it resets the object (4.16).
type ConstraintError struct{ Cause *Error }

func (e *ConstraintError) Error() string {
	return "Durable Object was reset and rolled back to its last known good state because the application left the database in a state where constraints were violated: " + e.Cause.Error()
}

// Unwrap gives SQLite's own error.
func (e *ConstraintError) Unwrap() error { return e.Cause }

// FileError is a failure of the files below an object, with what to do about it.
type FileError struct {
	Path string
	Op   string
	Hint string // printed by Error
	Err  error
}

func (e *FileError) Error() string {
	text := fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }

// codeName is the C name of a result code, as in SQLITE_CONSTRAINT_UNIQUE.
func codeName(code int) string {
	if name, ok := codeNames[code]; ok {
		return name
	}
	return "SQLITE_" + strconv.Itoa(code)
}

// BindingError is an argument of a type that SQL cannot take; the runtime converts values before it calls.
type BindingError struct {
	Index int
	Value any
}

func (e *BindingError) Error() string {
	return fmt.Sprintf("binding %d has type %T: want nil, float64, string or []byte", e.Index+1, e.Value)
}
