package inspector

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
)

// BenchmarkObjects lists the first page of 10,000 objects on disk, by state.
func BenchmarkObjects(b *testing.B) {
	s := newSite(b, notes(b), emulator.StateDir(b.TempDir()))
	for i := range 10_000 {
		if _, err := s.em.Namespace("NOTE").GetByName(fmt.Sprint("note ", i)).Call(b.Context(), "write", "text"); err != nil {
			b.Fatal(err)
		}
	}
	query := url.Values{"ns": {s.key("Note")}, "sort": {"state"}, "limit": {"100"}}
	for b.Loop() {
		if status, text := s.ask("objects", query, nil); status != 200 {
			b.Fatal(text)
		}
	}
}

// BenchmarkTimeline takes the two reports of an event.
func BenchmarkTimeline(b *testing.B) {
	tl := newTimeline(keptEvents)
	b.ReportAllocs()
	var seq uint64
	for b.Loop() {
		seq++
		tl.event(emulator.Event{Seq: seq, Label: "rpc x"})
		tl.event(emulator.Event{Seq: seq, Label: "rpc x", End: emulator.DefaultStart})
	}
}
