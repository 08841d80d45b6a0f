package dev

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/report"
	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// output writes the log: what the runtime says, requests, and what JavaScript
// prints. It is a [slog.Handler] and safe for concurrent use.
type output struct {
	mu     *sync.Mutex // guards w
	w      io.Writer
	colour bool
	json   slog.Handler // instead of lines, or nil
	attrs  []slog.Attr
}

func newOutput(w io.Writer, colour, json bool) *output {
	o := &output{mu: &sync.Mutex{}, w: w, colour: colour}
	if json {
		o.json = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})
	}
	return o
}

// Colours of a terminal.
const (
	reset  = "\x1b[0m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
)

func (o *output) in(colour, s string) string {
	if !o.colour {
		return s
	}
	return colour + s + reset
}

func (o *output) printf(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fmt.Fprintf(o.w, format, args...)
}

func (o *output) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (o *output) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *o
	out.attrs = append(append([]slog.Attr(nil), o.attrs...), attrs...)
	if o.json != nil {
		out.json = o.json.WithAttrs(attrs)
	}
	return &out
}

func (o *output) WithGroup(string) slog.Handler { return o }

// Handle writes a record of the runtime's: its level, its text, what it is
// about, and below it a stack.
func (o *output) Handle(ctx context.Context, r slog.Record) error {
	if o.json != nil {
		return o.json.Handle(ctx, r)
	}
	var about, stack strings.Builder
	add := func(a slog.Attr) bool {
		if a.Key == "stack" {
			stack.WriteString(a.Value.String())
		} else {
			fmt.Fprintf(&about, " %s=%v", a.Key, a.Value)
		}
		return true
	}
	for _, a := range o.attrs {
		add(a)
	}
	r.Attrs(add)
	o.printf("%s%s%s%s\n", o.level(r.Level), r.Message, o.in(dim, about.String()), indented(stack.String()))
	return nil
}

func (o *output) level(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return o.in(red, "error: ")
	case l >= slog.LevelWarn:
		return o.in(yellow, "warning: ")
	}
	return ""
}

// indented puts the frames of a stack on lines of their own; its heading is the
// message already.
func indented(stack string) string {
	_, frames, _ := strings.Cut(stack, "\n")
	if frames == "" {
		return ""
	}
	return "\n" + strings.TrimRight(frames, "\n")
}

// console writes what JavaScript printed, as it is.
func (o *output) console(m emulator.ConsoleMessage) {
	if o.json != nil {
		slog.New(o.json).Log(context.Background(), m.Level, m.Text, "source", "console", "worker", m.Worker, "class", m.Class, "id", m.ID)
		return
	}
	text := m.Text
	switch {
	case m.Level >= slog.LevelError:
		text = o.in(red, text)
	case m.Level >= slog.LevelWarn:
		text = o.in(yellow, text)
	}
	o.printf("%s\n", text)
}

func (o *output) uncaught(e *emulator.UncaughtError) {
	_ = o.Handle(context.Background(), record(e)) // writing to the log fails unseen
}

func record(e *emulator.UncaughtError) slog.Record {
	r := slog.NewRecord(time.Now(), slog.LevelError, e.Error(), 0)
	if e.Class != "" {
		r.AddAttrs(slog.String("class", e.Class), slog.String("id", e.ID))
	}
	r.AddAttrs(slog.String("stack", e.Stack))
	return r
}

func (o *output) warn(err error) {
	_ = o.Handle(context.Background(), slog.NewRecord(time.Now(), slog.LevelWarn, err.Error(), 0)) // writing to the log fails unseen
}

// reloaded says what became of an edit.
func (o *output) reloaded(err error, took time.Duration, p *emulator.MigrationPlan) {
	if err != nil {
		var code *bundle.Error
		text := err.Error()
		if o.json == nil && errors.As(err, &code) {
			text = code.Format(o.colour)
		}
		_ = o.Handle(context.Background(), slog.NewRecord(time.Now(), slog.LevelError, "the last edit cannot run: "+text, 0)) // as above
		return
	}
	if o.json != nil {
		slog.New(o.json).Info("reloaded", "ms", milliseconds(took))
		return
	}
	var b bytes.Buffer
	o.migrations(&b, p)
	o.printf("%sreloaded %s\n", b.String(), o.in(dim, fmt.Sprintf("(%.1f ms)", milliseconds(took))))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// requests writes a line for each request.
func (o *output) requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		start := time.Now()
		seen := &status{ResponseWriter: w, code: http.StatusOK}
		defer func() { o.request(req, seen.code, time.Since(start)) }()
		next.ServeHTTP(seen, req)
	})
}

func (o *output) request(req *http.Request, code int, took time.Duration) {
	if o.json != nil {
		slog.New(o.json).Info("request", "method", req.Method, "url", req.URL.RequestURI(), "status", code, "ms", milliseconds(took))
		return
	}
	colour := green
	switch {
	case code >= 500:
		colour = red
	case code >= 400:
		colour = yellow
	}
	o.printf("%s %s %s %s\n", req.Method, req.URL.RequestURI(), o.in(colour, fmt.Sprintf("%d %s", code, http.StatusText(code))),
		o.in(dim, fmt.Sprintf("(%.1f ms)", milliseconds(took))))
}

// status remembers the status of a response.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Hijack is asked for by what makes the connection a WebSocket.
func (s *status) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s.code = http.StatusSwitchingProtocols
	return http.NewResponseController(s.ResponseWriter).Hijack()
}

func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// start writes the start screen: what the Workers' code has in env, their
// classes, what migrations did, and where all of it is served.
func (o *output) start(em *emulator.Emulator, at place) {
	if o.json != nil {
		log := slog.New(o.json)
		for _, w := range em.Migrated().Workers {
			for _, s := range w.Changes.Steps {
				log.Info("migration", "worker", w.Config.ScriptName(), "step", s.Kind.String(), "class", s.Class, "from", s.From, "tag", s.Tag)
			}
		}
		for _, n := range em.Namespaces() {
			log.Info("class", "worker", n.Worker, "class", n.Class, "storage", storage(n), "language", n.Language)
		}
		attrs := []any{"url", at.url}
		if len(at.network) > 0 {
			attrs = append(attrs, "network", at.network)
		}
		if at.inspector != "" {
			attrs = append(attrs, "inspector", at.inspector)
		}
		log.Info("Ready on "+at.url, attrs...)
		return
	}
	var b bytes.Buffer
	o.bindings(&b, em.Bindings())
	o.classes(&b, em.Namespaces())
	o.migrations(&b, em.Migrated())
	if at.inspector != "" {
		fmt.Fprintf(&b, "%s\n", o.in(dim, "Inspector on "+at.inspector))
	}
	for _, url := range at.network {
		fmt.Fprintf(&b, "%s\n", o.in(dim, "On the network as "+url))
	}
	fmt.Fprintf(&b, "%s\n", o.in(green, "Ready on "+at.url))
	o.printf("%s", b.String())
}

func (o *output) bindings(b *bytes.Buffer, list []emulator.BindingInfo) {
	if len(list) == 0 {
		return
	}
	b.WriteString("Your Worker has access to the following bindings:\n")
	wide := 0
	for _, e := range list {
		wide = max(wide, len(e.Name)+len(e.Target))
	}
	for _, e := range list {
		what := "env." + e.Name
		pad := wide - len(e.Name) - len(e.Target)
		if e.Target != "" {
			what += " (" + e.Target + ")"
		} else {
			pad += 3
		}
		fmt.Fprintf(b, "  %s%s  %s\n", what, strings.Repeat(" ", pad), o.in(dim, e.Kind))
	}
}

// classes writes the classes of all Workers and how they are stored.
func (o *output) classes(b *bytes.Buffer, list []emulator.NamespaceInfo) {
	if len(list) == 0 {
		return
	}
	b.WriteString("Durable Object classes:\n")
	wide := 0
	for _, n := range list {
		wide = max(wide, len(n.Worker)+len(n.Class))
	}
	for _, n := range list {
		name := n.Class
		if n.Worker != "" {
			name = n.Worker + "/" + name
		}
		fmt.Fprintf(b, "  %-*s  %s\n", wide+1, name, o.in(dim, storage(n)+", "+n.Language))
	}
}

func storage(n emulator.NamespaceInfo) string {
	if n.SQLite {
		return wranglercfg.StorageSQLite
	}
	return wranglercfg.StorageLegacyKV
}

// migrations writes what was done to the state.
func (o *output) migrations(b *bytes.Buffer, p *emulator.MigrationPlan) {
	var r report.Report
	for _, w := range p.Workers {
		if len(w.Changes.Steps) > 0 {
			r.Plans = append(r.Plans, report.Plan{
				Worker: w.Config.ScriptName(), Env: w.Config.Env, Done: true, Steps: w.Changes.Steps, TakesOver: w.TakesOver,
			})
		}
	}
	if write, err := report.Format("text", o.colour); err == nil {
		_ = write(b, r) // a buffer takes all
	}
}
