package web

import (
	"math"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var timerUnit = unit{
	name:    "timers",
	globals: []string{"setTimeout", "clearTimeout", "setInterval", "clearInterval", "queueMicrotask", "scheduler"},
	natives: func(p *Platform, n *natives) {
		n.add("start", 3, p.startTimer)
		n.add("clear", 1, p.clearTimer)
		n.add("enqueue", 1, func(c *quickjs.Call) (quickjs.Value, error) {
			return quickjs.Value{}, p.Isolate.Enqueue(c.Arg(0))
		})
	},
}

// timerNumbers is what an [IOContext] may have besides: the numbers of its
// timers, from 1. Without it all contexts share theirs.
type timerNumbers interface{ NextTimer() int }

// timerKey names a timer: its number means nothing to other contexts.
type timerKey struct {
	io IOContext
	id int
}

// timer is one that is pending, or an interval.
type timer struct {
	fn   *quickjs.Ref
	stop func() bool
}

// timers are the pending ones of all contexts. What the context of one ends
// with, such as a reset, leaves it here until Close.
type timers struct {
	pending map[timerKey]*timer
	last    int
}

func (t *timers) next(io IOContext) int {
	if n, ok := io.(timerNumbers); ok {
		return n.NextTimer()
	}
	t.last++
	return t.last
}

// startTimer(ms, repeat, fn) calls fn once, or again and again, and gives the
// timer's number.
func (p *Platform) startTimer(c *quickjs.Call) (quickjs.Value, error) {
	io, err := p.current()
	if err != nil {
		return quickjs.Value{}, err
	}
	ms, err := c.Arg(0).Float()
	if err != nil {
		return quickjs.Value{}, err
	}
	key := timerKey{io, p.timers.next(io)}
	t := &timer{fn: c.Arg(2).Keep()}
	if p.timers.pending == nil {
		p.timers.pending = map[timerKey]*timer{}
	}
	p.timers.pending[key] = t
	d, repeat := duration(math.Trunc(ms)), c.Arg(1).Truthy()
	if repeat { // with no time between two calls, virtual time could not go on
		d = max(d, time.Millisecond)
	}
	var fire func() error
	fire = func() error {
		if p.timers.pending[key] != t {
			return nil
		}
		fn := t.fn.Value()
		if repeat {
			t.stop = io.After(d, fire)
		} else {
			p.forgetTimer(key)
		}
		_, err := fn.Call(quickjs.Value{})
		return err
	}
	t.stop = io.After(d, fire)
	return p.Isolate.Number(float64(key.id)), nil
}

func (p *Platform) forgetTimer(key timerKey) {
	p.timers.pending[key].fn.Free()
	delete(p.timers.pending, key)
}

// clearTimer(id) stops a timer of the context; what is none it ignores.
func (p *Platform) clearTimer(c *quickjs.Call) (quickjs.Value, error) {
	io, err := p.current()
	if err != nil {
		return quickjs.Value{}, err
	}
	id, err := c.Arg(0).Float()
	if err != nil || !(id > 0 && id < math.MaxInt32) {
		return quickjs.Value{}, err
	}
	key := timerKey{io, int(id)}
	if t := p.timers.pending[key]; t != nil {
		t.stop()
		p.forgetTimer(key)
	}
	return quickjs.Value{}, nil
}

// End forgets the timers of a context that is gone.
func (p *Platform) End(io IOContext) {
	for key := range p.timers.pending {
		if key.io == io {
			p.forgetTimer(key)
		}
	}
}
