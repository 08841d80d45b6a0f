//go:build !race

package check_test

// raceEnabled says that the race detector slows everything down.
const raceEnabled = false
