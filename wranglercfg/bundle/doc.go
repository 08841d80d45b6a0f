// Package bundle builds the code of a Worker as wrangler does: main and what it
// imports become one ES module, and texts, data and WebAssembly become modules
// beside it.
//
// # Where to start
//
// [Build] takes a configuration that wranglercfg resolved and returns a
// [Bundle]. [NewBuilder] is the same for whoever builds again and again.
//
// # Promises
//
//   - The bundler is wrangler's, esbuild, with wrangler's settings: target ES2024,
//     conditions workerd, worker and browser, JSX in .js files, names kept,
//     process.env.NODE_ENV and navigator.userAgent replaced. tsconfig, define, alias,
//     jsx_factory, jsx_fragment, minify, keep_names, rules, base_dir,
//     find_additional_modules, preserve_file_names and no_bundle are honoured.
//   - Modules have the names that wrangler gives them, content hashes included.
//   - What esbuild says is passed on as it says it, see [Error]; to imports of
//     Node's modules and of packages that are not there wrangler's hints are added.
//   - A place in a module leads back to the source that it was made of; the
//     source map is read when the first place is asked for.
//   - [Bundle.Inputs] names every file that was read, the configuration excepted.
//   - Bundles are cached in the process. One that is handed out again was checked
//     against the files: by content, unless inode, size and times say that a file
//     was not touched since it was read.
//   - A Bundle never changes and is safe for concurrent use. No goroutine outlives
//     a call, except what esbuild keeps for an open [Builder].
//
// # Where it differs from wrangler
//
// The build command is never run: a main that it would write has to be there.
// A Worker in the format of a service worker is refused, and so is Python. With
// nodejs_compat, Node's modules and globals are all left to the runtime, whatever
// the compatibility date, and none is replaced by a polyfill. The middleware that `wrangler dev` wraps around a Worker is
// left out, and so is what it injects to watch fetch. Imports of workerd:… are
// left to the runtime. Environment variables (NODE_ENV, WRANGLER_BUILD_CONDITIONS,
// WRANGLER_BUILD_PLATFORM) are not read; the first two are options.
//
// # What it knows nothing of
//
// The runtime that runs the modules, bindings, and which classes a Worker must
// export.
package bundle
