// Package socket speaks the WebSocket protocol (RFC 6455) over a connection as
// the real runtime does at its edge.
//
// Start with [Conn]; [Upgrade] makes one from a request that a server got,
// [Dial] one from a request that a client sends.
//
// Frame headers, masks, close frames' payloads, the server's half of handshakes
// and decompression are github.com/gobwas/ws, which has no policy of its own:
// what is refused, who answers what and how messages are put together is decided
// here. A library that decides does not fit. Those answer a close frame by
// themselves and refuse what the runtime lets pass (frames that are not masked,
// long pings, any close code, text that is not UTF-8), and keep some 10 KiB for
// each idle connection.
//
// # What the library does not do
//
//   - It has no number for a frame that claims 2^63 bytes or more. The runtime's
//     words for it do, so its length is read here, once the library refused it.
//   - It cuts a close frame's reason that is too long where the runtime may not
//     (rule 15.18), unless the buffer is made here.
//   - It answers handshakes that are more complete than the runtime asks for, so it
//     is shown one that is. A key that is not 16 bytes in base64 is refused, where
//     the runtime answers any.
//   - Its client makes connections and keys by itself; ours come from a
//     [net/http.RoundTripper] and from the one who calls, so that they repeat.
//   - It reads offers of permessage-deflate, but its answers to them are others than
//     the runtime's, and it overlooks a parameter that comes twice without a value.
//
// # Promises
//
//   - What is refused is refused with the runtime's code and words, as recorded.
//   - A close frame is passed on and never answered here (rule 9.41); pings are
//     answered, and pongs are dropped (rule 9.62).
//   - An idle connection holds no buffer but the 140 bytes in its [Conn].
//   - A message never takes more memory than twice what has arrived of it.
//
// The package knows nothing of objects, of events and of the rest of the module.
package socket
