package js

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

// What another program wrote and nobody can read is an internal error (rule
// 5.39), with a reference that the log has, too.
func TestUndecodableValue(t *testing.T) {
	var log strings.Builder
	w, err := Open(Options{
		Modules: []Module{{Name: "main.js", Source: []byte("export default {}")}},
		Now:     time.Now, Random: func(p []byte) { clear(p) },
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	scope := w.iso.OpenScope()
	defer scope.Close()
	for _, data := range []string{"", "\xff", "\xff\x0f", "\xff\x0f?", "\xff\x0fo", "\xff\x63I\x02", "\xff\x0f\x22\xffabc"} {
		const want = "internal error; reference = aaaaaaaaaaaaaaaaaaaaaaaa"
		v, err := w.unmarshalStored([]byte(data))
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, %v, want %q", data, v, err, want)
		}
	}
	if !strings.Contains(log.String(), "reference=aaaaaaaaaaaaaaaaaaaaaaaa") {
		t.Errorf("the log has no reference: %s", &log)
	}
}
