// Package quickjs runs JavaScript: a thin binding of the QuickJS engine, translated from C to Go, without cgo.
//
// Start with [Open], which makes an [Isolate]; [Isolate.Eval] and [Isolate.Import] run code in it, a [Value] is what
// comes out, a [Func] is Go that JavaScript calls, and [Options] holds the limits, the clock and the module loader.
//
// # Promises
//
//   - No JavaScript takes the process down: what loops, recurses or allocates without end is ended by the limits of
//     [Options] with an [*Error] that names file and line. A fault of the engine itself is an error of its isolate.
//   - Nothing leaks: a [Value] ends with its scope, and closing an isolate gives all of its memory back, whatever was
//     left open.
//   - A value that is used after its end, or in another isolate, is a panic with a clear text, never a damaged memory.
//   - JavaScript takes time and randomness from its owner, if [Options.Now] and [Options.Random] are set; its local time
//     is UTC.
//   - Bytes and strings cross by block copies; strings keep lone surrogates.
//   - It starts no goroutines and has no process-wide state but caches behind a mutex. No pointer of Go is given to C.
//
// # Ownership
//
// An isolate belongs to whoever uses it: one goroutine at a time, any goroutine. Calls nest, from Go into JavaScript
// into Go, and must end in reverse order. Only [Isolate.Interrupt] and [Compile] may be called from anywhere.
//
// # What it knows nothing of
//
// Durable Objects, the web platform, timers, source maps, TypeScript. On 32-bit systems it does not compile.
package quickjs
