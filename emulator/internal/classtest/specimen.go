package classtest

import (
	"context"
	"io"
	"net/http"
	"time"
	"unicode/utf16"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// specimen is the class that questions are asked about, after the classes of
// errors.json, ids.json and fetch.json.
type specimen struct {
	// Own and Arrow look like members that could be called, and are none.
	Own   int
	Arrow func(context.Context) int

	class string
	state *durable.State
	env   *durable.Env
}

func newSpecimen(class string) func(context.Context, *durable.State, *durable.Env) (*specimen, error) {
	return func(_ context.Context, state *durable.State, env *durable.Env) (*specimen, error) {
		return &specimen{class: class, state: state, env: env}, nil
	}
}

type identity struct{ ID, Name, Class string }

// Who tells what the object knows of itself.
func (s *specimen) Who(context.Context) identity {
	name, _ := s.state.ID().Name()
	return identity{s.state.ID().String(), name, s.class}
}

// NameLength counts the name as JavaScript does.
func (s *specimen) NameLength(context.Context) any {
	name, ok := s.state.ID().Name()
	if !ok {
		return "undefined"
	}
	return len(utf16.Encode([]rune(name)))
}

func (s *specimen) Die(context.Context)                     { s.state.Abort("boom") }
func (s *specimen) Plain(context.Context, ...any) int       { return 1 }
func (s *specimen) Args(_ context.Context, args ...any) int { return len(args) }
func (s *specimen) Big(context.Context) []byte              { return make([]byte, 33<<20) }

func taken(name string) error {
	return &durable.Error{Name: name, Message: "taken", Props: map[string]any{"seat": 7}}
}

func (s *specimen) Seat(context.Context) error    { return taken("SeatTaken") }
func (s *specimen) Unnamed(context.Context) error { return taken("TypeError") }
func (s *specimen) DOM(context.Context) error     { return aborted }

var aborted = &durable.Error{Name: "AbortError", Message: "dom"}

// What cannot be cloned.
func (s *specimen) ObjectID(context.Context) any {
	return map[string]durable.ID{"id": s.state.ID()}
}
func (s *specimen) State(context.Context) any       { return s.state }
func (s *specimen) Environment(context.Context) any { return s.env }
func (s *specimen) Namespace(context.Context) any   { return s.env.Namespace("OBJ") }
func (s *specimen) Cursor(context.Context) any      { return s.state.Storage().SQL().Query("SELECT 1") }

// AlarmAt sets an alarm, a time in milliseconds since 1970, and tells which one
// is set then.
func (s *specimen) AlarmAt(_ context.Context, ms float64) (alarmAnswer, error) {
	return alarmAt(s.state.Storage(), ms)
}

func (s *specimen) Alarm(context.Context, durable.AlarmInfo) error { return nil }

// ServeHTTP answers by path.
func (s *specimen) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if name, _ := s.state.ID().Name(); name == "echo" {
		echo(w, req)
		return
	}
	switch req.URL.Path {
	case "/seat":
		panic(taken("SeatTaken"))
	case "/dom":
		panic(aborted)
	case "/body", "/body-abort":
		write(w, "begun ")
		w.(http.Flusher).Flush()
		if req.URL.Path == "/body" {
			panic(&durable.Error{Name: "TypeError", Message: "in body"})
		}
		if err := durable.Sleep(req.Context(), 20*time.Millisecond); err != nil {
			panic(err)
		}
		s.state.Abort("boom")
	default:
		s.serveFetch(w, req)
	}
}

func write(w io.Writer, text string) {
	if _, err := io.WriteString(w, text); err != nil {
		panic(err)
	}
}

// bare is a class without handlers.
type bare struct{ state *durable.State }

func newBare(_ context.Context, state *durable.State, _ *durable.Env) (*bare, error) {
	return &bare{state}, nil
}

func (b *bare) AlarmAt(_ context.Context, ms float64) (alarmAnswer, error) {
	return alarmAt(b.state.Storage(), ms)
}
