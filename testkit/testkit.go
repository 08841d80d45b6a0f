package testkit

import (
	"fmt"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

// New starts an emulator that belongs to the test and is closed with it. It
// differs from [emulator.New] in its defaults, each of which an option changes:
//
//   - all data is in memory ([StateDir])
//   - the clock is virtual and starts at [emulator.DefaultStart] ([RealClock])
//   - ids and other randomness repeat in every run, and the order of events is
//     that of arrival ([Seed])
//   - what objects log goes to the test's log, with the emulator's time
//     ([emulator.Logger])
//   - requests to the outside are refused with an error that names their URL
//     ([Outbound])
//   - a turn that is held for 1 s of real time is reported in the test's log;
//     after 10 s the test fails, and so does every call that waits
//     ([emulator.OnStuck])
//   - calls that make no sense fail the test ([emulator.OnMisuse])
//   - errors of JavaScript that nothing catches fail the test ([ExpectUncaught])
//
// New ends the test if the emulator cannot start. Closing waits for every
// goroutine that the emulator has started, and fails the test with the stacks of
// those that do not end within 5 s.
//
// If the configuration lies outside of the test's module, New keeps go test from
// caching the result, since go test would not see an edit of it; for that it
// makes a file .dormouse/not-cached in the module.
func New(tb testing.TB, w emulator.Worker, opts ...emulator.Option) *emulator.Emulator {
	tb.Helper()
	r := &reporter{tb: tb}
	em, err := emulator.New(w, append([]emulator.Option{
		emulator.InMemory,
		emulator.VirtualClock{},
		emulator.Repeatable(true),
		emulator.Logger(r.logger()),
		emulator.Outbound(refuse{}),
		emulator.OnStuck(r.stuck),
		emulator.OnMisuse(r.misuse),
		emulator.OnUncaught(r.uncaught),
	}, opts...)...)
	if err != nil {
		tb.Fatalf("testkit.New: %v", err)
	}
	r.em.Store(em)
	noteInputs(tb, em.Inputs())
	tb.Cleanup(func() {
		tb.Helper()
		if tb.Failed() {
			tb.Log(howToRepeat(tb.Name(), em, opts))
		}
		err := em.Close()
		r.end()
		if err != nil {
			tb.Errorf("testkit: closing the emulator: %v", err)
		}
	})
	return em
}

// howToRepeat says of a test that failed when it did and, if a seed chose its
// order of events, how to see that order again.
func howToRepeat(test string, em *emulator.Emulator, opts []emulator.Option) string {
	out := fmt.Sprintf("testkit: the emulator's clock stands at %s", em.Clock().Now().UTC().Format(timeLayout))
	for i := len(opts) - 1; i >= 0; i-- { // of two seeds the later one counts
		if seed, ok := opts[i].(Seed); ok {
			return out + fmt.Sprintf("\n\tits order of events is the choice of testkit.Seed(%d), an option of testkit.New; to repeat it:\n\t%s", seed, command(test))
		}
	}
	return out
}

// command gives the command that runs one test, or one subtest, alone.
func command(test string) string {
	parts := strings.Split(test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	out := "go test -run '" + strings.Join(parts, "/") + "'"
	if info, ok := debug.ReadBuildInfo(); ok {
		if pkg, ok := strings.CutSuffix(info.Path, ".test"); ok { // as go test names its binaries
			out += " " + pkg
		}
	}
	return out
}

// refuse is the way to the outside that a test has not set up.
type refuse struct{}

func (refuse) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close()
	}
	return nil, fmt.Errorf("testkit: outgoing request %s %s refused: give testkit.New a testkit.Outbound that answers it",
		req.Method, req.URL.Redacted())
}
