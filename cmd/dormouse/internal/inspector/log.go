package inspector

import (
	"context"
	"log/slog"
	"strings"
)

// Log gives a handler that passes everything on to next, and adds what objects
// log to their events.
func (in *Inspector) Log(next slog.Handler) slog.Handler { return &logHandler{Handler: next, in: in} }

// logHandler is a [slog.Handler]. Like any it is safe for concurrent use.
type logHandler struct {
	slog.Handler
	in     *Inspector
	object bool // the attributes name an object
}

func (l *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || l.Handler.Enabled(ctx, level)
}

func (l *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *l
	out.Handler = l.Handler.WithAttrs(attrs)
	for _, a := range attrs {
		if a.Key == "class" {
			out.object = true
		}
	}
	return &out
}

func (l *logHandler) WithGroup(name string) slog.Handler {
	out := *l
	out.Handler = l.Handler.WithGroup(name)
	return &out
}

func (l *logHandler) Handle(ctx context.Context, r slog.Record) error {
	text, object := []string{r.Message}, l.object
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "class":
			object = true
		case "id", "stack":
		default:
			text = append(text, a.String())
		}
		return true
	})
	if em := l.in.em.Load(); object && em != nil {
		l.in.timeline.line(em.CurrentEvent(), r.Level.String(), strings.Join(text, " "))
	}
	if !l.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}
