package dev

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/inspector"
	"github.com/dormouse-do/dormouse/emulator"
)

// inspect serves the inspector, if there is one, beside what next does. It goes
// before the overlay of an edit that failed: the inspector shows that itself.
func inspect(in *inspector.Inspector, em *emulator.Emulator, edits *reloader, next http.Handler) http.Handler {
	if in == nil {
		return next
	}
	page := in.Handler(em, func() error {
		_, failure := edits.state()
		return failure
	})
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch path := req.URL.Path; {
		case path == changesPath:
			next.ServeHTTP(w, req)
		case path+"/" == inspector.Path:
			http.Redirect(w, req, inspector.Path, http.StatusMovedPermanently)
		case strings.HasPrefix(path, inspector.Path):
			page.ServeHTTP(w, req)
		default:
			next.ServeHTTP(w, req)
		}
	})
}

// listeners are the options by which the log, and the inspector if there is one,
// learn what happens.
func listeners(out *output, in *inspector.Inspector) []emulator.Option {
	if in == nil {
		return []emulator.Option{emulator.Logger(slog.New(out)), emulator.OnConsole(out.console), emulator.OnUncaught(out.uncaught)}
	}
	return []emulator.Option{
		emulator.Logger(slog.New(in.Log(out))), emulator.OnEvent(in.Event),
		emulator.OnConsole(func(m emulator.ConsoleMessage) { out.console(m); in.Console(m) }),
		emulator.OnUncaught(func(e *emulator.UncaughtError) { out.uncaught(e); in.Uncaught(e) }),
	}
}
