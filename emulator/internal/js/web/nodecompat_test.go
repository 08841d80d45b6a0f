package web_test

import (
	"errors"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// TestNodeCompat: what the global scope has under nodejs_compat only, as the
// runtime has it.
func TestNodeCompat(t *testing.T) {
	iso, err := quickjs.Open(quickjs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer iso.Close()
	l := &loop{t: t, iso: iso}
	if _, err := web.Install(iso, web.Options{
		Current: func() web.IOContext { return l },
		Enabled: func(on, _, _ string) bool { return on == "nodejs_compat" },
	}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range [][2]string{ // in this order, in one isolate
		{"typeof setImmediate + typeof clearImmediate", "functionfunction"},
		{"clearImmediate(null)", "undefined"},
		{"clearImmediate(5)", "TypeError: Failed to execute 'clearImmediate' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Immediate'."},
		{"setImmediate('x')", "TypeError: Failed to execute 'setImmediate' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'."},
		{"performance.mark('a', {startTime: 5}).toJSON().startTime", "5"},
		{"performance.mark('b', {startTime: 9, detail: 1}).detail", "1"},
		{"const m = performance.measure('m', 'a', 'b'); [m.entryType, m.name, m.startTime, m.duration]", "measure,m,5,4"},
		{"performance.measure('n', {start: 1, duration: 2}).duration", "2"},
		{"performance.measure('o', 'nope')", "SyntaxError: The mark 'nope' does not exist."},
		{"performance.getEntries().map(e => e.name)", "n,a,m,b"},
		{"performance.getEntriesByType('mark').length + performance.getEntriesByName('m').length", "3"},
		{"performance.clearMarks('a'); performance.clearMeasures(); performance.getEntries().length", "1"},
	} {
		v, err := iso.Eval(tt[0], "case.js")
		var e *quickjs.Error
		if errors.As(err, &e) {
			v, _ = e.Thrown()
		}
		if got, err := v.Text(); err != nil || got != tt[1] {
			t.Errorf("%s: got %s, %v, want %s", tt[0], got, err, tt[1])
		}
	}
}
