// Package testkit tests Durable Objects with go test: each test has an emulator
// of its own, with storage in memory and a clock that only the test moves.
//
// # A first test
//
// [New] reads the project's wrangler configuration, starts an emulator with the
// classes that the test gives it, and closes it when the test ends; the
// package's example is a whole test. From there:
//
//   - To call an object as its clients do, take a stub from
//     Emulator.Namespace and call a method with [durable.Call], or send a
//     request with Stub.Fetch or through Emulator.Handler. The context is that
//     of the test.
//   - To be a WebSocket client, use [DialWebSocket].
//   - To look at an object from inside, or to prepare its storage, use
//     [RunInDurableObject].
//   - To let time pass, use Emulator.Clock and Advance: alarms and timers on the
//     way run one by one. [RunDurableObjectAlarm] runs an alarm before its time.
//   - To see what a deployment or an idle hour does to an object, which is that
//     its fields are lost and its storage is not, use [EvictDurableObject].
//     [AbortDurableObject] and [Crash] do it to calls in flight too.
//   - To find out whether the order of events matters, let [Parallel] call from
//     many clients, and repeat it with several values of [Seed].
//   - To see each storage operation fail once, sweep with [FailAt].
//   - To have the configuration itself judged, as the command line does, use
//     [CheckConfig].
//
// Virtual time stands still while a test computes. It moves by Advance, and
// while a call waits and nothing can run: then it jumps to the next deadline, so
// a handler that sleeps for an hour takes no time. A call that can never return
// fails at once and says who waits for whom.
//
// A helper that cannot do what it is asked ends the test at the line of its
// caller. A test that wants the error instead calls the function of package
// emulator of which the helper is the short form.
//
// # Promises
//
//   - Two emulators share nothing, so tests may run in parallel and use the same
//     names (rule 16.11 promises that per file).
//   - The same test does the same in every run: ids, times, the order of events
//     and the delays of retries repeat. Code that asks package time or
//     math/rand by itself is on its own.
//   - Go code, SQL and alarms tell the same time.
//   - When the test is over no goroutine of its emulator is left. Closing waits
//     for them and fails the test with the stacks of those that do not end;
//     since each emulator counts its own, tests in parallel do not disturb the
//     check. Goroutines that a class started with a go statement are not counted.
//   - Everything works inside a testing/synctest bubble, with the virtual clock
//     or with [RealClock], which there is the bubble's.
//   - The package adds nothing that packages emulator and wranglercfg/check cannot
//     do. It reads no environment variables, prints nothing but through the test,
//     and does not panic.
//
// The package knows nothing of the command line and of other test frameworks.
// Read package emulator next.
package testkit
