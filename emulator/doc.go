// Package emulator runs the Durable Objects of wrangler projects inside a Go
// process: it reads the configuration, replays its migrations, opens the
// namespaces and runs the classes.
//
// Start with [New] and [Worker]. In tests use package testkit, which sets up an
// emulator that suits them.
//
// Tools look into objects from outside with [Emulator.Objects] and
// [Emulator.Object], without waking them, and learn of all that happens by
// [OnEvent].
//
// # Promises
//
//   - An object behaves as on workerd as far as its own code and its callers can
//     see; the numbered rules in doc comments are those of the project's
//     specification.
//   - Data lies in the layout of local workerd below the state directory; a
//     commit survives the death of the process, and with [PowerSafe] the loss of
//     power.
//   - One process at a time runs objects on a state directory.
//   - [Emulator.Close] ends every goroutine that New or an object started.
//
// The package knows nothing of package testing and of the command line. Read
// package emulator/internal/actor next.
package emulator
