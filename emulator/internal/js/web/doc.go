// Package web is the web platform of JavaScript classes: fetch and its classes,
// streams, URL, encoding, events, timers, console and crypto, as Cloudflare's
// runtime has them, on an isolate of package quickjs.
//
// Start with [Install], which gives an isolate its globals, and [IOContext],
// which is what the platform asks of whoever runs events: package js.
//
// # Requests and responses
//
// [Platform.NewRequest] makes the Request that a handler gets and
// [Platform.Respond] writes the Response that it gives. [Platform.TakeRequest]
// and [Platform.TakeResponse] take either apart into an [Outgoing]: a head of
// plain values and a body that [Outgoing.Copy] moves piece by piece, from the
// bytes that are there, from the reader of Go behind it, or from a stream of
// JavaScript. Whoever sends one elsewhere, by fetch or RPC, needs no more than
// the head and that stream. [Platform.ResponseFrom] goes the other way.
//
// # Where what stands
//
// runtime/*.js are units, see load.go. streams.gen.js comes from the npm package
// web-streams-polyfill (MIT; its licence stands in the file) by way of go
// generate: command gen changes its messages to the runtime's. Everything else
// is our own. testdata/diff holds tables of JavaScript with what the real
// runtime answered to them; go test -update -oracle DIR asks it again.
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
