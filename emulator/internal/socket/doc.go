// Package socket speaks the WebSocket protocol (RFC 6455) over a connection as
// the real runtime does at its edge.
//
// Start with [Conn]; [Upgrade] makes one from a request that a server got,
// [Dial] one from a request that a client sends.
//
// It is not built on a WebSocket library, since the ones for Go answer a close
// frame by themselves and refuse what the runtime lets pass (frames that are not
// masked, long pings, any close code, text that is not UTF-8), and keep some
// 10 KiB for each idle connection.
//
// # Promises
//
//   - What is refused is refused with the runtime's code and words, as recorded.
//   - A close frame is passed on and never answered here (rule 9.41); pings are
//     answered, and pongs are dropped (rule 9.62).
//   - An idle connection holds no buffer but the 128 bytes in its [Conn].
//   - A message never takes more memory than twice what has arrived of it.
//
// The package knows nothing of objects, of events and of the rest of the module.
package socket
