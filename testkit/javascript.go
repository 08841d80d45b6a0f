package testkit

import (
	"strings"
	"sync"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

// JSObject is the instance of a JavaScript class, for [RunInDurableObject]:
//
//	testkit.RunInDurableObject(t, room, func(ctx context.Context, o *testkit.JSObject, s *durable.State) { … })
type JSObject = emulator.JSObject

// Console records what JavaScript prints. It is an option of [New], and safe for
// concurrent use.
type Console struct {
	emulator.Option

	mu       sync.Mutex // guards messages
	messages []emulator.ConsoleMessage
}

// RecordConsole makes a Console, which also writes to the test's log.
func RecordConsole(tb testing.TB) *Console {
	c := &Console{}
	r := &reporter{tb: tb}
	tb.Cleanup(r.end)
	c.Option = emulator.OnConsole(func(m emulator.ConsoleMessage) {
		r.logf("console.%s: %s", consoleMethod(m), m.Text)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.messages = append(c.messages, m)
	})
	return c
}

func consoleMethod(m emulator.ConsoleMessage) string { return strings.ToLower(m.Level.String()) }

// Messages gives what was printed so far, in order.
func (c *Console) Messages() []emulator.ConsoleMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]emulator.ConsoleMessage(nil), c.messages...)
}

// Text gives the lines that were printed so far.
func (c *Console) Text() string {
	var b strings.Builder
	for _, m := range c.Messages() {
		b.WriteString(m.Text + "\n")
	}
	return b.String()
}

// Uncaught records errors of JavaScript that nothing catches, each of which
// fails the test otherwise. It is an option of [New], and safe for concurrent
// use.
type Uncaught struct {
	emulator.Option

	mu   sync.Mutex // guards errs
	errs []*emulator.UncaughtError
}

// ExpectUncaught makes an Uncaught, for a test that wants such errors.
func ExpectUncaught() *Uncaught {
	u := &Uncaught{}
	u.Option = emulator.OnUncaught(func(e *emulator.UncaughtError) {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.errs = append(u.errs, e)
	})
	return u
}

// Errors gives the errors so far, in order.
func (u *Uncaught) Errors() []*emulator.UncaughtError {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]*emulator.UncaughtError(nil), u.errs...)
}

// uncaught fails the test.
func (r *reporter) uncaught(e *emulator.UncaughtError) {
	where := "in the Worker"
	if e.Class != "" {
		where = "in " + e.Class + " " + e.ID
		if e.Name != "" {
			where = "in " + e.Class + " " + `"` + e.Name + `"`
		}
	}
	stack := e.Stack
	if _, frames, ok := strings.Cut(stack, "\n"); ok {
		stack = "\n" + frames
	}
	r.errorf("%s %s; a test that wants it gives testkit.New a testkit.ExpectUncaught%s", e.Error(), where, stack)
}
