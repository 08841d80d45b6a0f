// Package classtest holds implementations of classes to one contract: what the
// real runtime did, as package fixtures/workerd has it on record.
//
// Start with [Run], which plays every recorded script and puts every recorded
// question to a [Subject], one way to write classes: [Go] and [JS]. One class
// interprets the steps of all scripts, and a client outside of all objects calls
// it; in JavaScript both are the modules that were recorded.
//
// # Promises
//
//   - Scripts are played on the virtual clock, in memory and on disk, and on the
//     real clock; a subject's log, results and storage are the recorded ones
//     ([Modes]).
//   - In any order that a seed chooses, [Orders] finds the same results and the
//     same storage, save where the outcome depends on who comes first.
//   - A recording that a subject has no words for, and one that it answers in its
//     own way, is listed with the reason, and in the second case with the
//     subject's answer. One that agrees after all fails.
//   - Each script runs in a synctest bubble: a hang, a goroutine that nobody ends
//     and a turn that nobody gives back fail at once.
//   - Nothing passes without having been compared: the numbers are asserted.
//
// The package knows nothing of how the runtime works: it uses what any program
// can use.
package classtest
