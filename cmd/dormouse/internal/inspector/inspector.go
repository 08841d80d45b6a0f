package inspector

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dormouse-do/dormouse/emulator"
)

// Path is where the inspector is; all below it is the inspector's.
const Path = "/cdn-cgi/dormouse/"

// Inspector keeps what an emulator tells of its events. It is safe for
// concurrent use.
type Inspector struct {
	token    string
	timeline *timeline
	names    *names
	closed   chan struct{}
	close    func()
	em       atomic.Pointer[emulator.Emulator] // once there is one
}

// New makes an inspector for an emulator that is about to be made: it has to be
// told of events and console lines from the beginning.
func New() *Inspector {
	in := &Inspector{token: rand.Text(), timeline: newTimeline(keptEvents), names: &names{}, closed: make(chan struct{})}
	in.close = sync.OnceFunc(func() { close(in.closed) })
	return in
}

// Close ends the streams of events, which would last for ever. Closing twice is
// fine.
func (in *Inspector) Close() { in.close() }

// Event takes an event: it is for [emulator.OnEvent].
func (in *Inspector) Event(e emulator.Event) {
	if e.Namespace != "" && e.Name != "" {
		in.names.add(e.ID, e.Name)
	}
	in.timeline.event(e)
}

// Console takes a line: it is for [emulator.OnConsole].
func (in *Inspector) Console(m emulator.ConsoleMessage) {
	in.timeline.line(m.Event, m.Level.String(), m.Text)
}

// Uncaught takes an error: it is for [emulator.OnUncaught].
func (in *Inspector) Uncaught(e *emulator.UncaughtError) {
	text := e.Stack
	if text == "" {
		text = e.Error()
	}
	in.timeline.line(e.Event, "ERROR", text)
}

// Problem tells what is wrong with the last edit of the code, or nil.
type Problem func() error

// Handler serves the inspector of em below [Path].
func (in *Inspector) Handler(em *emulator.Emulator, problem Problem) http.Handler {
	in.em.Store(em)
	a := &api{em: em, problem: problem, timeline: in.timeline, names: in.names, closed: in.closed}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", in.page)
	mux.HandleFunc("GET "+Path+"ui/{file}", asset)
	for pattern, handle := range a.routes() {
		method, name, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+Path+"api/"+name, in.withToken(handle))
	}
	return guard(mux)
}

//go:embed ui
var ui embed.FS

var pageTemplate = template.Must(template.ParseFS(ui, "ui/index.html"))

// page gives the page with the token. Scripts of other pages of this origin, such
// as those that the Worker serves, may not fetch it: only a person opens it.
func (in *Inspector) page(w http.ResponseWriter, req *http.Request) {
	if dest := req.Header.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" {
		http.Error(w, "the inspector is opened by a person, not fetched by a page", http.StatusForbidden)
		return
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, struct{ Token string }{in.token}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = b.WriteTo(w) // the reader may be gone
}

var assetTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

func asset(w http.ResponseWriter, req *http.Request) {
	name := req.PathValue("file")
	data, err := fs.ReadFile(ui, "ui/"+name)
	kind, known := assetTypes[path.Ext(name)]
	if err != nil || !known {
		http.NotFound(w, req)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(data) // the reader may be gone
}

// handler gives the answer of a request of the API, as JSON, or its error.
type handler func(req *http.Request) (any, error)

// maxBody is the size of a request.
const maxBody = 8 << 20

func (h handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	req.Body = http.MaxBytesReader(w, req.Body, maxBody)
	v, err := h(req)
	if errors.Is(err, context.Canceled) {
		return
	}
	status := http.StatusOK
	if err != nil {
		status, v = statusOf(err), map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader may be gone
}

// requestError is the fault of whoever asks.
type requestError struct{ text string }

func (e requestError) Error() string { return e.text }

func statusOf(err error) int {
	var fault requestError
	switch {
	case errors.As(err, &fault):
		return http.StatusBadRequest
	case errors.Is(err, emulator.ErrBusy):
		return http.StatusConflict
	case errors.Is(err, emulator.ErrNotStored), errors.Is(err, emulator.ErrNoSocket):
		return http.StatusNotFound
	}
	return http.StatusUnprocessableEntity
}

// read reads the JSON of a request.
func read(req *http.Request, into any) error {
	d := json.NewDecoder(req.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil && err != io.EOF {
		return requestError{"the request is not readable: " + err.Error()}
	}
	return nil
}
