package testkit

import "github.com/dormouse-do/dormouse/emulator"

// The options that a test chooses are the emulator's own types: the names here
// and there are the same types, and what package emulator says of them holds.
// Everything else that an emulator can be given ([emulator.Also],
// [emulator.Outbound], [emulator.PowerSafe], …) is passed to [New] as it is.
type (
	// Seed makes the order of events that are ready at the same time a choice
	// of that seed; the same seed gives the same order. A test that fails
	// prints its seed and the command that repeats it.
	Seed = emulator.Seed

	// Strict(true) checks with every use of storage that it comes from the
	// goroutine that holds the object's turn. With -race it is always on.
	Strict = emulator.Strict

	// RealClock{} runs the emulator on package time, which inside a synctest
	// bubble is the bubble's. The default is a virtual clock.
	RealClock = emulator.RealClock

	// StateDir keeps the objects' databases in a directory, such as one of
	// TempDir, instead of in memory.
	StateDir = emulator.StateDir

	// Fault is what [FailAt] gives: an option, and the answer to whether the
	// operation came up.
	Fault = emulator.Fault
)

// FailAt makes the n-th storage operation of the emulator fail, counted from 0.
// A sweep runs a scenario for n = 0, 1, … and ends when the fault did not fire:
// then every operation of the scenario has failed once.
func FailAt(n int) *Fault { return emulator.FailAt(n) }
