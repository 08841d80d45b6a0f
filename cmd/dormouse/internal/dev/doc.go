// Package dev is the dev server: it runs a wrangler project's Workers on local
// state and serves the first one over HTTP.
//
// Start with [Run].
//
// # Promises
//
//   - It listens where it is told, and answers only requests that name this
//     machine: a page from elsewhere that points its own name here gets 403.
//   - The inspector is at /cdn-cgi/dormouse/, unless it is switched off.
//   - Every request is a line of the log, with its status and duration.
//   - When it ends, everything is on disk.
//
// # What it knows nothing of
//
// Flags, and how Workers are run: package emulator does that.
package dev
