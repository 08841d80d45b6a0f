// Package storetest holds every kind of store to one contract: what rules 4 to 8, 12 and 13 promise about storage.
//
// Start with [Run], which takes a way to open an engine. Its rows carry the number of the rule they check; [Recorded]
// compares with answers of the real runtime (testdata/record.mjs makes them).
//
// # Promises
//
//   - Memory and disk pass the same rows.
//   - A difference from the real runtime is listed with its reason, and a listed one that is gone is a failure.
//
// # What it knows nothing of
//
// Events, turns and how values are serialized.
package storetest
