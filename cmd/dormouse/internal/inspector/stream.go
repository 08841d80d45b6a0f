package inspector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Times of the stream of events.
const (
	gather = 100 * time.Millisecond // changes that go out together
	beat   = 15 * time.Second       // after which a silent stream says that it is alive
)

// events sends the timeline, and then its changes, as Server-Sent Events: each
// is a list of events that are new or have changed. With after=N, the version
// that an earlier one had as its id, it goes on behind that.
func (a *api) events(w http.ResponseWriter, req *http.Request) {
	version, _ := strconv.ParseUint(req.URL.Query().Get("after"), 10, 64) // else from the beginning
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(w)
	for {
		changes, now, changed := a.timeline.since(version)
		if now < version { // of another process
			version = 0
			continue
		}
		version = now
		if err := send(w, now, changes); err != nil || flusher.Flush() != nil {
			return
		}
		select {
		case <-req.Context().Done():
			return
		case <-a.closed:
			return
		case <-changed:
		case <-time.After(beat):
		}
		select {
		case <-req.Context().Done():
			return
		case <-time.After(gather):
		}
	}
}

func send(w http.ResponseWriter, version uint64, changes []event) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintf(w, ": alive\n\n")
		return err
	}
	data, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %d\ndata: %s\n\n", version, data)
	return err
}
