// Package store keeps what one Durable Object stores: its SQLite database with the application's tables, the keys and
// values, and the alarm record, on disk in the layout of local workerd or in memory.
//
// Start with [New]: an [Engine] holds the folder, a [Namespace] is one class's part of it, a [Store] is one object.
//
// # Promises
//
//   - The first write of a turn, by whichever interface, opens the implicit transaction; [Store.Commit] keeps all of
//     them or none (rules 6.1–6.9).
//   - Errors of SQL carry the text of the real runtime (4.8–4.17, 4.55–4.87).
//   - An alarm that was committed is never lost, whatever the moment at which the process dies (12.10–12.14).
//   - SQL sees the engine's clock, never the machine's.
//   - Files written by local workerd open here, and the other way round (section 12).
//
// # Ownership
//
// A Store belongs to the holder of its object's turn: one goroutine at a time, any goroutine. Its cursors and
// iterators are part of it. Methods of Engine and Namespace may be called at any time from anywhere.
//
// # What it knows nothing of
//
// Events, turns, gates, stubs; how values are serialized; when an alarm fires. It starts no goroutines.
//
// Next to read: storetest, the contract that memory and disk share.
package store
