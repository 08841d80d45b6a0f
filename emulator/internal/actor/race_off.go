//go:build !race

package actor

// raceEnabled makes every use of storage check its goroutine.
const raceEnabled = false
