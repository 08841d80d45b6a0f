// Package host is the seam between what a class sees and what runs it.
//
// Package durable gives users concrete types (State, Storage, Stub, …); each of
// them is a thin shell over an interface of this package. Package actor
// implements the interfaces that a class calls ([Object], [Storage], [Env],
// [Namespace], [Stub]); the Go adapter in durable implements those by which a
// class is called ([Class], [Instance]), and so does the JavaScript adapter, js.
//
// Start with [Object].
//
// # Promises
//
//   - Only plain values cross: structured clones as bytes in V8's wire format,
//     SQL values as nil, float64, string and []byte, times as [time.Time]; and
//     capabilities, by which one object calls what another has (see [Payload]).
//   - A method takes a context if and only if it may end the turn of the object
//     that calls it (design, "Concurrency").
//   - No interface here has more than twenty methods.
//
// The package knows nothing of the rest of the module.
package host
