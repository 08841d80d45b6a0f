package quickjs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// TestClock: every way of JavaScript to learn the time follows the owner's clock, also after it was advanced by a day.
func TestClock(t *testing.T) {
	now := 1_700_000_000_123.0
	i := open(t, quickjs.Options{Now: func() float64 { return now }})
	for range 2 {
		for source, want := range map[string]float64{
			"Date.now()":           now,
			"new Date().getTime()": now,
			"+new Date":            now,
			"new (class extends Date {})().getTime()": now,
			"Reflect.construct(Date, []).valueOf()":   now,
			"Date.parse(Date())":                      now - 123,
			"new Date(undefined).getTime() || 5":      5,
			"new Date(1234).getTime()":                1234,
			"new Date(2020, 0, 2).getTime()":          1577923200000,
			"new Date('2020-01-02T00:00').getTime()":  1577923200000,
			"Date.UTC(2020, 0)":                       1577836800000,
			"Date.parse('1970-01-01')":                0,
		} {
			if got, err := eval(t, i, source).Float(); err != nil || got != want {
				t.Errorf("%s: got %v, %v, want %v", source, got, err, want)
			}
		}
		now += 24 * 3600 * 1000
	}
}

// TestDateLooksNative: code cannot tell that Date was replaced.
func TestDateLooksNative(t *testing.T) {
	probe := `(() => {
		const describe = (o, k) => JSON.stringify({ ...Object.getOwnPropertyDescriptor(o, k), value: undefined })
		return [Date.name, Date.length, typeof Date, Object.getOwnPropertyNames(Date).sort().join(), describe(globalThis, 'Date'), describe(Date, 'now'),
			describe(Date, 'prototype'), describe(Date, 'parse'), Date.now.name, Date.now.length, new Date() instanceof Date, new Date().constructor === Date,
			Object.prototype.toString.call(new Date()), Date.prototype.constructor === Date, Object.getPrototypeOf(Date) === Function.prototype,
			describe(Date.prototype, 'constructor'), describe(Math, 'random'), Math.random.name, Math.random.length, typeof structuredClone,
			Function.prototype.toString.call(Date).replace(/\s+/g, ' ')].join('\n')
	})()`
	want := eval(t, open(t, quickjs.Options{}), probe).String()
	got := eval(t, open(t, quickjs.Options{Now: func() float64 { return 0 }, Random: func() float64 { return 0 }}), probe).String()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-engine's own +ours):\n%s", diff)
	}
}

// TestLocalTimeIsUTC: wherever the machine stands.
func TestLocalTimeIsUTC(t *testing.T) {
	t.Setenv("TZ", "America/New_York")
	i := open(t, quickjs.Options{})
	if got := eval(t, i, "[new Date(2024, 6, 1).toISOString(), new Date(0).getTimezoneOffset(), String(new Date(0))].join(' ')").String(); got != "2024-07-01T00:00:00.000Z 0 Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)" {
		t.Errorf("got %s", got)
	}
}

func TestRandom(t *testing.T) {
	n := 0.0
	i := open(t, quickjs.Options{Random: func() float64 { n += 0.125; return n }})
	if got := eval(t, i, "[Math.random(), Math.random(), [0, 1].map(Math.random)].join()").String(); got != "0.125,0.25,0.375,0.5" {
		t.Errorf("got %s", got)
	}
}
