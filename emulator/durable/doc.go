// Package durable is what a Durable Object class written in Go sees: its
// [State] with [Storage], the [Env] with its namespaces, and the [Stub] by which
// it calls other objects. The same types serve Go code outside of objects, such
// as tests and a Worker's entry.
//
// Start with [NewClass]; then [State] and [Storage].
//
// # Turns
//
// The code of one object runs one turn at a time. A function takes a
// [context.Context] if and only if it may end the turn and let other events of
// the object in: a call of a stub, [Sleep], [Await], [Task.Wait],
// [Storage.Sync], [Storage.Transaction], [State.BlockConcurrencyWhile],
// [WebSocket.Receive]. So does reading a body that comes from outside, and a
// request of [Env.HTTPClient].
// Everything else is computation and keeps the turn. Writes between two such
// points are committed together or not at all, before anything leaves the
// object (rules 3.1 to 3.15, 6.1). A handler may not block in other ways (a
// channel, [time.Sleep], [net/http.Get]): use [Await].
//
// The context given to a handler is new: it carries no values and no
// cancellation of the caller, and ends when the object is reset (rule 2.38).
// Pass it on as it is, or a context derived from it.
//
// # Values
//
// Arguments, results, stored values and SQL columns are copied by one table.
// Names of struct fields follow the json tag; without one, a field's name is
// its Go name with the leading capitals lowered as for methods.
//
//	Go                          RPC, key-value storage       SQL
//	nil, nil pointer            null                         NULL
//	bool                        boolean                      bound as text true, false; read from 0, 1 or that text
//	ints, uints, floats         number (a double; beyond     REAL; columns of INTEGER affinity keep whole
//	                            ±2^53 an error)              numbers as integers; read back as numbers
//	string                      string                       TEXT
//	[]byte                      Uint8Array                   BLOB
//	time.Time                   Date (milliseconds)          number of milliseconds since 1970
//	*big.Int                    BigInt                       cannot be bound
//	slices, arrays              Array                        cannot be bound
//	struct, map[string]T        object                       a row, when reading
//	other maps                  Map                          cannot be bound
//
// A number that does not fit the Go type that it is read into is an error that
// names the place. What is absent or undefined leaves the zero value. Functions,
// channels and the like cannot be cloned: a DataCloneError.
//
// # Promises
//
// The numbered rules are those of the project's specification of observable
// behaviour; each doc comment names the ones that it keeps. Messages of errors
// are those of the real runtime, word for word.
//
// The package knows nothing of SQLite, of schedulers and of servers: it stands
// on a narrow interface and compiles for GOOS=js too. Read package emulator
// next.
package durable
