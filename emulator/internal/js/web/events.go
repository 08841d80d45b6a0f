package web

import (
	"math"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var eventUnit = unit{
	name: "events",
	globals: []string{
		"DOMException", "Event", "CustomEvent", "MessageEvent", "CloseEvent", "ErrorEvent", "ExtendableEvent", "PromiseRejectionEvent", "EventTarget",
		"AbortSignal", "AbortController", "addEventListener", "removeEventListener", "dispatchEvent",
	},
	natives: func(p *Platform, n *natives) {
		n.add("now", 0, func(*quickjs.Call) (quickjs.Value, error) { return p.Isolate.Number(p.milliseconds()), nil })
		n.add("after", 2, p.after)
	},
}

// milliseconds is the time since 1970.
func (p *Platform) milliseconds() float64 {
	if p.Options.Now == nil {
		return 0
	}
	return float64(p.Options.Now().UnixMilli())
}

// after(ms, fn) calls fn once that time has passed.
func (p *Platform) after(c *quickjs.Call) (quickjs.Value, error) {
	io, err := p.current()
	if err != nil {
		return quickjs.Value{}, err
	}
	ms, err := c.Arg(0).Float()
	if err != nil {
		return quickjs.Value{}, err
	}
	fn := c.Arg(1).Keep()
	io.After(duration(ms), func() error {
		defer fn.Free()
		_, err := fn.Value().Call(quickjs.Value{})
		return err
	})
	return quickjs.Value{}, nil
}

// duration turns a number of milliseconds into one that a timer can have: what
// is no number or negative is 0, what is too long as long as possible.
func duration(ms float64) time.Duration {
	const most = float64(math.MaxInt64/int64(time.Millisecond) - 1)
	switch {
	case !(ms > 0):
		return 0
	case ms > most:
		return math.MaxInt64
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// Rejected fires unhandledrejection for a promise that was rejected and that
// nobody handles. It is called in JavaScript, when no other code runs.
func (p *Platform) Rejected(promise, reason quickjs.Value) error {
	if p.loader.exports["events"] == nil {
		return nil // so nobody can listen
	}
	fire, err := p.export("events", "rejected")
	if err == nil {
		_, err = fire.Call(quickjs.Value{}, promise, reason)
	}
	return err
}
