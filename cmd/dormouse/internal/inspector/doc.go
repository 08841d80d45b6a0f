// Package inspector shows a person what the objects of an emulator are and do,
// in a browser: a page and the HTTP API that it uses.
//
// Start with [New]; its methods take what the emulator tells, and
// [Inspector.Handler] serves what is known. Every request passes guard first.
//
// # Promises
//
//   - It answers clients on this machine only, and no request that comes from
//     another site; whatever reads or changes data needs the token that is in
//     the page.
//   - Looking wakes no object.
//   - The timeline takes bounded memory, and a slow browser holds nobody up.
//
// # What it knows nothing of
//
// Terminals, flags and file watching: package dev has those.
package inspector
