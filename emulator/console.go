package emulator

import (
	"encoding/hex"
	"log/slog"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// ConsoleMessage is a line that JavaScript printed with console.
type ConsoleMessage struct {
	Source
	Event uint64 // whose code it was, see [Event.Seq]; 0 in the global scope
	Level slog.Level
	Text  string
}

// UncaughtError is an error of JavaScript that nothing caught: a promise whose
// rejection nobody handled, or the error of a timer or of work that waitUntil
// was given.
type UncaughtError struct {
	Source
	Event uint64 // see [ConsoleMessage]
	Err   error
	Stack string // with the places that were written
}

func (e *UncaughtError) Error() string { return "Uncaught " + e.Err.Error() }

func (e *UncaughtError) Unwrap() error { return e.Err }

// Source says whose code it was.
type Source struct {
	Worker string // its name
	Class  string // of the object; empty for the entry and the global scope
	ID     string // of the object, 64 hex digits
	Name   string // of the object, if it has one
}

// OnConsole takes what JavaScript prints. fn runs in the middle of it and must
// not call into the emulator. The default is the [Logger].
func OnConsole(fn func(ConsoleMessage)) Option { return option(func(s *settings) { s.console = fn }) }

// OnUncaught takes errors of JavaScript that nothing caught. fn runs in the
// middle of it and must not call into the emulator. The default is the [Logger].
func OnUncaught(fn func(*UncaughtError)) Option { return option(func(s *settings) { s.uncaught = fn }) }

func (w *worker) source(obj *host.Info) Source {
	out := Source{Worker: w.cfg.ScriptName()}
	if obj != nil {
		out.Class, out.ID, out.Name = obj.Class, hex.EncodeToString(obj.ID[:]), obj.Name
	}
	return out
}

// consoleFunc and uncaughtFunc give the adapter its hooks, nil for the logger.
func (em *Emulator) consoleFunc(w *worker) func(*host.Info, slog.Level, string) {
	if em.set.console == nil {
		return nil
	}
	return func(obj *host.Info, level slog.Level, text string) {
		em.set.console(ConsoleMessage{w.source(obj), em.sched.CurrentEvent(), level, text})
	}
}

func (em *Emulator) uncaughtFunc(w *worker) func(*host.Info, error, string) {
	if em.set.uncaught == nil {
		return nil
	}
	return func(obj *host.Info, err error, stack string) {
		em.set.uncaught(&UncaughtError{w.source(obj), em.sched.CurrentEvent(), err, stack})
	}
}
