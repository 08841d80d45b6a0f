package store

import (
	"encoding/binary"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	randomName     = constant("random")
	randomblobName = constant("randomblob")

	randomCallback     = callback(sqlRandom)
	randomblobCallback = callback(sqlRandomblob)
)

// replaceRandom gives SQL the engine's source of randomness, so that a seed repeats what random() says. SQLite's own
// generator is one for the whole process.
func (c *conn) replaceRandom() {
	sqlite3.Xsqlite3_create_function_v2(c.tls, c.db, randomName, 0, sqlite3.SQLITE_UTF8, c.id, randomCallback, 0, 0, 0)
	sqlite3.Xsqlite3_create_function_v2(c.tls, c.db, randomblobName, 1, sqlite3.SQLITE_UTF8, c.id, randomblobCallback, 0, 0, 0)
}

func randomBytes(tls *libc.TLS, context uintptr, b []byte) {
	if v, ok := connTable.Load(sqlite3.Xsqlite3_user_data(tls, context)); ok {
		v.(*conn).rand(b)
	}
}

func sqlRandom(tls *libc.TLS, context uintptr, _ int32, _ uintptr) {
	var b [8]byte
	randomBytes(tls, context, b[:])
	sqlite3.Xsqlite3_result_int64(tls, context, int64(binary.LittleEndian.Uint64(b[:])))
}

func sqlRandomblob(tls *libc.TLS, context uintptr, _ int32, argv uintptr) {
	n := max(sqlite3.Xsqlite3_value_int64(tls, readPtr(argv)), 1)
	if n > int64(limits[0][1]) {
		sqlite3.Xsqlite3_result_error_toobig(tls, context)
		return
	}
	p := malloc(tls, int(n))
	defer free(tls, p)
	randomBytes(tls, context, view(p, int(n)))
	sqlite3.Xsqlite3_result_blob(tls, context, p, int32(n), sqlite3.SQLITE_TRANSIENT)
}
