// Package web is the web platform of JavaScript classes: fetch and its classes,
// streams, URL, encoding, events, timers, console and crypto, as Cloudflare's
// runtime has them, on an isolate of package quickjs.
//
// Start with [Install], which gives an isolate its globals, and [IOContext],
// which is what the platform asks of whoever runs events: package js.
//
// # Promises
//
//   - What a part has, it has completely, with the runtime's own messages.
//   - What every isolate needs is compiled once per process; what few need is
//     loaded when it is first touched.
//   - Time, randomness and the network come from the owner, never from the
//     machine.
//   - No host function waits: what takes time runs beside JavaScript, see
//     [IOContext.Go], and settles a promise in a turn of its own.
//   - It starts no goroutines and keeps nothing across isolates but compiled
//     code.
//
// The package knows nothing of Durable Objects, RPC and storage.
package web
