// Package clone is structured clone: it writes JavaScript values in V8's wire
// format and reads them back, in the same isolate or another one, today or from
// a disk.
//
// Start with [Marshal] and [Unmarshal], and with [MarshalArgs] and
// [UnmarshalArgs] for the arguments of a call, which Go classes read with
// v8value.UnmarshalArgs. [Options] tells the places apart where the runtime
// clones: storage, calls, structuredClone.
//
// # Promises
//
//   - What V8 writes is read as V8 reads it, and what is written here V8 reads
//     (rules 5.33 to 5.35, 5.38, 5.40 to 5.49). Identity and cycles are kept.
//   - What cannot be cloned is an [Error] with V8's own text (rules 5.37, 10.15).
//   - Getters run, as the language demands; what they throw is the error.
//   - Objects of the platform are the caller's: Options.Host and
//     Options.ReadHost see them first.
//   - Data may be hostile: nothing panics, and memory stays in proportion to it.
//
// # Differences
//
// An array with holes is written as sparse, one without as dense; V8 also writes
// some arrays without holes as sparse, which reads the same. Shared buffers are
// refused everywhere. Which numbers are integers is decided by value alone.
//
// The package knows nothing of storage, calls and their limits of size, and of
// DOMException, which its callers make of an [Error].
package clone
