// Package wranglercfg reads a Worker's wrangler configuration: wrangler.toml,
// wrangler.json and wrangler.jsonc become one typed [Config] whose every value
// knows its line and column.
//
// # Where to start
//
// [Find] looks for the file as wrangler does, [Load] reads it ([Parse] takes
// bytes), [File.Resolve] selects an environment and applies inheritance. Both
// formats meet in one tree of [Node] values; one decoder turns that tree into
// a Config. Package migrations goes on from a Config to namespaces, package
// bundle to the code of main.
//
// # Promises
//
//   - A file that wrangler reads is read, and a file that wrangler refuses for
//     its encoding, syntax or shape is refused (rules F1 to F10, G1 to G5, B1 to
//     B3, M1 to M5, X1 to X6 of the config rule book), in wrangler's words where
//     wrangler has words.
//   - The same document in either format gives the same Config, positions apart.
//   - Inheritance is wrangler's: durable_objects and vars are not inherited, an
//     inherited key is overridden as a whole and never merged (E1 to E4, E9).
//   - The top level and the selected environment are judged; the other
//     environments are not looked at (E7).
//   - Positions are 1-based, count characters and lie inside the file. A finding
//     points at the value that is wrong, or at the object that lacks one.
//   - All findings of a run are reported, sorted by position. No input panics.
//   - Unknown fields are no errors; they stay in the tree ([File.Root],
//     [Config.Node]) for whoever wants to judge them.
//
// # What it knows nothing of
//
// The runtime, the Worker's code, what is deployed, and the environment
// variable CLOUDFLARE_ENV: the caller passes the name of the environment.
package wranglercfg
