package inspector

import (
	"strings"
	"sync"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
)

// Bounds of the timeline.
const (
	keptEvents = 2000
	keptLines  = 100     // of one event
	lineLength = 4 << 10 // in bytes
)

// timeline is a ring of the last events. It is safe for concurrent use, and
// calls nothing.
type timeline struct {
	mu      sync.Mutex // guards all below
	ring    []entry    // by number, modulo its length
	next    uint64     // number of the next entry
	at      map[uint64]uint64
	version uint64 // counts changes
	changed chan struct{}
}

// entry is an event in the ring, and the version at which it last changed.
type entry struct {
	event   event
	version uint64
}

// event is an event as the page sees it; times are in milliseconds since the
// epoch, durations in milliseconds.
type event struct {
	Seq       uint64   `json:"seq"`
	Cause     uint64   `json:"cause,omitempty"`
	Kind      string   `json:"kind"`
	Label     string   `json:"label"`
	Namespace string   `json:"ns,omitempty"`
	Class     string   `json:"class"`
	ID        string   `json:"id"`
	Name      string   `json:"name,omitempty"`
	Accepted  float64  `json:"accepted"`
	Start     float64  `json:"start"`
	End       float64  `json:"end,omitempty"` // absent while it runs
	Gate      float64  `json:"gate,omitempty"`
	Commits   []commit `json:"commits,omitempty"`
	Omitted   int      `json:"omitted,omitempty"`
	Error     string   `json:"error,omitempty"`
	Lines     []line   `json:"lines,omitempty"`
	LinesLost int      `json:"linesLost,omitempty"`
}

type commit struct {
	At       float64 `json:"at"`
	Duration float64 `json:"duration"`
	Wrote    bool    `json:"wrote,omitempty"`
	Messages int     `json:"messages,omitempty"`
}

type line struct {
	Level string `json:"level"`
	Text  string `json:"text"`
}

func newTimeline(n int) *timeline {
	return &timeline{ring: make([]entry, n), at: map[uint64]uint64{}, changed: make(chan struct{})}
}

func millis(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1000
}

func duration(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// event takes an event that begins, or the end of one.
func (t *timeline) event(e emulator.Event) {
	out := event{
		Seq: e.Seq, Cause: e.Cause, Kind: string(e.Kind), Label: e.Label,
		Namespace: e.Namespace, Class: e.Class, ID: e.ID, Name: e.Name,
		Accepted: millis(e.Accepted), Start: millis(e.Start), End: millis(e.End), Gate: duration(e.Gate), Omitted: e.Omitted,
	}
	if e.Err != nil {
		out.Error = shorten(e.Err.Error())
	}
	for _, c := range e.Commits {
		out.Commits = append(out.Commits, commit{millis(c.At), duration(c.Duration), c.Wrote, c.Messages})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.findLocked(e.Seq); known != nil {
		out.Lines, out.LinesLost = known.event.Lines, known.event.LinesLost
		known.event = out
		t.touchLocked(known)
		return
	}
	if e.End.IsZero() || e.Start == e.End { // or it has left the ring
		t.addLocked(out)
	}
}

func (t *timeline) findLocked(seq uint64) *entry {
	n, ok := t.at[seq]
	if !ok {
		return nil
	}
	return &t.ring[n%uint64(len(t.ring))]
}

func (t *timeline) addLocked(e event) {
	slot := &t.ring[t.next%uint64(len(t.ring))]
	delete(t.at, slot.event.Seq)
	slot.event = e
	t.at[e.Seq] = t.next
	t.next++
	t.touchLocked(slot)
}

func (t *timeline) touchLocked(e *entry) {
	t.version++
	e.version = t.version
	select {
	case <-t.changed: // nobody has looked since
	default:
		close(t.changed)
	}
}

// line adds a line to an event; one of no event is dropped.
func (t *timeline) line(seq uint64, level, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.findLocked(seq)
	switch {
	case e == nil:
		return
	case len(e.event.Lines) == keptLines:
		e.event.LinesLost++
	default:
		// The slice is shared with what readers have: it only grows.
		e.event.Lines = append(e.event.Lines, line{level, shorten(text)})
	}
	t.touchLocked(e)
}

func shorten(text string) string {
	if len(text) > lineLength {
		return strings.ToValidUTF8(text[:lineLength], "") + "…"
	}
	return text
}

// since gives what has changed behind a version, the oldest first, the version
// of now, and a channel that is closed at the next change.
func (t *timeline) since(version uint64) (out []event, now uint64, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := t.next - min(t.next, uint64(len(t.ring))); n < t.next; n++ {
		if e := &t.ring[n%uint64(len(t.ring))]; e.version > version {
			out = append(out, e.event)
		}
	}
	select {
	case <-t.changed:
		t.changed = make(chan struct{})
	default:
	}
	return out, t.version, t.changed
}
