// Package js runs the JavaScript of a Worker: it is the adapter between the
// host seam and an isolate of package quickjs, as package durable's is for Go.
//
// Start with [Open], which gives a [Worker]: one isolate with the Worker's
// modules. [Worker.Class] gives its Durable Object classes to the runtime and
// [Worker.Entry] its default export, whose every request is an object of its
// own that ends with it. ioContext is where JavaScript is entered.
//
// # Turns
//
// A turn is one host event and the microtasks that it queues. Work that takes
// time is a task of the object (host.Object's Go), which waits outside of
// JavaScript and enters it again to settle a promise: no goroutine ever waits
// inside. All objects of a Worker share the isolate, and the scheduler's baton
// keeps them apart.
//
// # Calls
//
// runtime/rpc.js has the stubs, promises and properties that scripts see; rpc.go
// makes and takes calls, rpcvalue.go writes and reads what they carry. A call is
// settled by an event of its caller, and code that waits parks no goroutine. What
// is passed by reference is a target here and a held at the receiver; a call's
// arguments are disposed when it ends, all others with their context.
//
// # Promises
//
//   - Objects cannot be told from those of Go classes by their callers.
//   - JavaScript that loops, recurses or allocates without end gives an error to
//     its caller and never takes the process down.
//   - An error points at the line that was written, not at the bundle's.
//
// # What it knows nothing of
//
// SQLite, esbuild, configurations and servers.
package js
