// Package housetest checks the rules of the house that a compiler does not:
// which package may import which, that each has a doc comment, that all time
// and randomness come through the scheduler, and that what the README shows is
// what runs.
//
// Start with the table in imports_test.go.
//
// # Promises
//
//   - A broken rule fails with the file and the reason for the rule.
//
// The package has no code of its own and knows nothing of how any other works.
package housetest
