// Package actor runs Durable Objects: their events, turns and gates, and the
// one scheduler and clock of an emulator.
//
// Start with [Scheduler], which hands one baton from turn to turn; then
// [Actor], one object, and the way of an event through it: Actor.submit puts it
// in the queue, the scheduler gives it the baton when the input gate admits it,
// Actor.process runs it, Actor.commit is the output gate.
//
// # Words
//
//   - event: a call, request, alarm, timer or task delivered to an object
//   - turn: what code runs between two points at which others may run
//   - baton: the right to run a turn; there is one per [Scheduler]
//   - gate: the input gate keeps events out of an object while a section is
//     open; the output gate keeps messages in until the writes before them are
//     committed
//   - section: a critical section: a constructor, BlockConcurrencyWhile, a
//     transaction
//   - export: something of an object that others may call while they hold it
//   - reset: the end of an [Actor] with an error; the next stub makes a new one
//   - root: a call from outside of all objects
//   - end: one end of a WebSocket connection; a link couples one to the network
//
// # Promises
//
//   - At most one turn of all objects of a scheduler runs at a time (rule 2.33);
//     at most one instance of an object lives (2.4).
//   - A turn ends only in the methods of host.Object, host.Stub and host.Task
//     that take a context, and in reads of bodies (3.3).
//   - Nothing leaves a turn before its writes are committed (3.14, 3.15, 9.20).
//   - Hibernatable sockets belong to the record and stay when the instance goes;
//     all others end with it (9.55, 9.60).
//   - Events enter an object in the order in which they were sent, unless a seed
//     chooses; calls of one stub always do (3.5, 3.9).
//   - No other package of the runtime starts goroutines that touch an object,
//     or asks package time.
//
// # Locks
//
// There is one mutex, the scheduler's; it is never held while user code or the
// store runs. What an object's turn owns needs no lock: the baton orders it.
//
// The package knows nothing of how storage works inside, of JavaScript, of
// configurations and of servers.
package actor
