package dev

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// reloader puts edits in place while the server runs, and shows those that
// cannot be. It is safe for concurrent use.
type reloader struct {
	em   *emulator.Emulator
	out  *output
	opts []emulator.ReloadOption

	mu      sync.Mutex // guards all below
	failure error      // of the last edit, whose code is not in place; nil if it is
	changed chan struct{}
}

func newReloader(em *emulator.Emulator, out *output) *reloader {
	return &reloader{em: em, out: out, changed: make(chan struct{})}
}

// watch starts to watch the files of the code in place; run then acts on what
// changes from now on.
func (r *reloader) watch() (*watcher, error) {
	w, err := newWatcher()
	if err != nil {
		return nil, err
	}
	if err := w.follow(r.inputs()); err != nil {
		r.out.warn(err) // the others are watched
	}
	return w, nil
}

// run puts changes in place until ctx ends.
func (r *reloader) run(ctx context.Context, w *watcher) {
	for {
		switch err := w.next(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.out.warn(err)
			return
		}
		r.reload()
		if err := w.follow(r.inputs()); err != nil {
			r.out.warn(err)
		}
	}
}

// inputs are the files of the code in place and those of the edit that failed.
func (r *reloader) inputs() []string {
	paths := r.em.Inputs()
	r.mu.Lock()
	defer r.mu.Unlock()
	var failed *bundle.Error
	if errors.As(r.failure, &failed) {
		paths = append(paths, failed.Inputs...)
		slices.Sort(paths)
		paths = slices.Compact(paths)
	}
	return paths
}

// reload puts the files as they are in place, or says why it cannot.
func (r *reloader) reload() {
	start := time.Now()
	err := r.em.Reload(r.opts...)
	r.mu.Lock()
	r.failure = err
	r.mu.Unlock()
	r.tell()
	r.out.reloaded(err, time.Since(start), r.em.Migrated())
}

// tell wakes the pages that wait for a change.
func (r *reloader) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.changed)
	r.changed = make(chan struct{})
}

// state gives a channel that is closed by the next edit, and the error of the
// last one.
func (r *reloader) state() (changed <-chan struct{}, failure error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed, r.failure
}

// changesPath is where a page that shows an error waits for its end.
const changesPath = "/cdn-cgi/dormouse/changes"

// overlay answers requests for pages with the error of the last edit, if it
// failed; all others go on to the old code.
func (r *reloader) overlay(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		changed, failure := r.state()
		switch {
		case req.URL.Path == changesPath:
			wait(w, req, changed)
		case failure != nil && asksForPage(req):
			showError(w, failure)
		default:
			next.ServeHTTP(w, req)
		}
	})
}

// asksForPage reports whether a browser asks for what it is going to show.
func asksForPage(req *http.Request) bool {
	if req.Method != http.MethodGet || req.Header.Get("Upgrade") != "" {
		return false
	}
	if dest := req.Header.Get("Sec-Fetch-Dest"); dest != "" {
		return dest == "document" || dest == "iframe"
	}
	return strings.Contains(req.Header.Get("Accept"), "text/html")
}

// wait answers with an event once something has changed.
func wait(w http.ResponseWriter, req *http.Request, changed <-chan struct{}) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush() // the event comes all the same
	select {
	case <-changed:
		fmt.Fprint(w, "event: changed\ndata: {}\n\n")
	case <-req.Context().Done():
	}
}

//go:embed overlay.html
var overlayText string

var overlayPage = template.Must(template.New("overlay").Parse(overlayText))

func showError(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusInternalServerError)
	_ = overlayPage.Execute(w, struct{ Error, Changes string }{err.Error(), changesPath}) // the reader may be gone
}
