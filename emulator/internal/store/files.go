package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// pageSize is rule 12.5.
const pageSize = 4096

// walPages is the length of the log at which SQLite moves it into the file.
const walPages = 1000

const formatMagic = "SQLite format 3\x00"

// emptyDatabase is the first page of an empty database in WAL mode. A file that begins as this page needs no journal
// and no fsync to become one in WAL mode.
var emptyDatabase = sync.OnceValue(func() []byte {
	page := make([]byte, pageSize)
	copy(page, formatMagic)
	copy(page[16:], []byte{
		pageSize >> 8, 0, // page size
		2, 2, // written and read with WAL
		0, 64, 32, 32, // reserved bytes, payload fractions
		0, 0, 0, 1, // change counter
		0, 0, 0, 1, // size in pages
	})
	page[47] = 4                                 // schema format
	page[59] = 1                                 // UTF-8
	page[95] = 1                                 // change counter for which the version below is valid
	copy(page[96:], []byte{0, 0x2e, 0x91, 0xd0}) // written by SQLite 3.52.0
	page[100] = 13                               // empty leaf of the schema table
	page[105] = pageSize >> 8
	return page
})

// exists reports whether there is a file, even an empty one.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// fileExists reports whether there is a file with something in it.
func fileExists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// prepareFile makes sure that there is a database at path and reports whether it is in WAL mode.
func prepareFile(dir, path string) (wal bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true, createFile(dir, path)
	}
	if err != nil {
		return false, fileError("open", path, err)
	}
	defer func() { _ = f.Close() }()
	header := make([]byte, 20)
	n, err := io.ReadFull(f, header)
	if n == 0 && errors.Is(err, io.EOF) {
		if _, err := f.WriteAt(emptyDatabase(), 0); err != nil {
			return false, fileError("write", path, err)
		}
		return true, nil
	}
	if err != nil || string(header[:16]) != formatMagic {
		return false, &FileError{Path: path, Op: "open", Hint: corruptHint, Err: errors.New("not a SQLite database")}
	}
	return header[18] == 2 && header[19] == 2, nil
}

func createFile(dir, path string) error {
	write := func() error { return os.WriteFile(path, emptyDatabase(), 0o600) }
	err := write()
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fileError("create", dir, err)
		}
		err = write()
	}
	if err != nil {
		return fileError("create", path, err)
	}
	return nil
}

// syncFile makes a file's content, or a folder's entries, durable.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fileError("sync", path, err)
	}
	defer func() { _ = f.Close() }()
	if err := syncData(f); err != nil {
		return fileError("sync", path, err)
	}
	return nil
}

const corruptHint = "the file was left as it is; move it and its -wal and -shm aside to start this object empty, or repair a copy with the sqlite3 tool's .recover"

const (
	fullHint     = "free some space; what was committed is kept"
	readOnlyHint = "make the folder and its files writable for this user"
	filesHint    = "raise the limit of open files (ulimit -n) or open fewer objects at a time"
)

// fileError describes a failure of the operating system.
func fileError(op, path string, err error) error {
	return &FileError{Path: path, Op: op, Err: err, Hint: systemHint(err)}
}

// systemHint is the cure for what the operating system says, or empty.
func systemHint(err error) string {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return filesHint
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return readOnlyHint
	case errors.Is(err, syscall.ENOSPC):
		return fullHint
	}
	return ""
}

// explainFile describes a failure of SQLite that comes from the file below it; other errors stay as they are.
func explainFile(op, path string, e *Error) error {
	f := &FileError{Path: path, Op: op, Err: e}
	if e.system != 0 {
		f.Err = fmt.Errorf("%w: %w", e.system, e)
	}
	switch e.Code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		if e.Code == sqlite3.SQLITE_CORRUPT_VTAB {
			return e
		}
		f.Hint = corruptHint
	case sqlite3.SQLITE_FULL:
		f.Hint = fullHint
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		f.Hint = readOnlyHint
	case sqlite3.SQLITE_CANTOPEN:
		f.Hint = "check that the folder exists and is writable"
		if hint := systemHint(e.system); hint != "" {
			f.Hint = hint
		}
	case sqlite3.SQLITE_IOERR:
		f.Hint = "the disk reported an error; what was committed is kept"
		if hint := systemHint(e.system); hint != "" {
			f.Hint = hint
		}
	default:
		return e
	}
	return f
}
