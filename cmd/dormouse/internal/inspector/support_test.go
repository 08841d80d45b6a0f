package inspector

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// site is an inspector with what it inspects, served together on loopback.
type site struct {
	*Inspector
	t      testing.TB
	em     *emulator.Emulator
	server *httptest.Server

	mu      sync.Mutex // guards problem
	problem error      // of the last edit
}

func (s *site) setProblem(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = err
}

func (s *site) getProblem() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem
}

// newSite serves a Worker with its inspector.
func newSite(t testing.TB, w emulator.Worker, opts ...emulator.Option) *site {
	t.Helper()
	s := &site{Inspector: New(), t: t}
	opts = append([]emulator.Option{
		emulator.InMemory, emulator.Logger(slog.New(s.Log(slog.DiscardHandler))),
		emulator.OnEvent(s.Event), emulator.OnConsole(s.Console), emulator.OnUncaught(s.Uncaught),
	}, opts...)
	em, err := emulator.New(w, opts...)
	if err != nil {
		t.Fatal(err)
	}
	s.em = em
	mux := http.NewServeMux()
	mux.Handle(Path, s.Handler(em, s.getProblem))
	mux.Handle("/", em.Handler())
	s.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.Close()
		s.server.Close()
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// shop is the project of testdata, in TypeScript.
func shop() emulator.Worker {
	return emulator.Worker{Config: filepath.Join("testdata", "shop", "wrangler.jsonc")}
}

// get asks the Worker.
func (s *site) get(path string) string {
	s.t.Helper()
	res, err := http.Get(s.server.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// ask calls the API with the token: a body makes it a POST. It gives the status
// and the answer.
func (s *site) ask(path string, query url.Values, body any) (int, string) {
	s.t.Helper()
	method, reader := http.MethodGet, io.Reader(http.NoBody)
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		method, reader = http.MethodPost, bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, s.server.URL+Path+"api/"+path+"?"+query.Encode(), reader)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set(tokenHeader, s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(text))
}

// key gives the unique key of a class.
func (s *site) key(class string) string {
	s.t.Helper()
	for _, n := range s.em.Namespaces() {
		if n.Class == class {
			return n.Key
		}
	}
	s.t.Fatalf("there is no class %s", class)
	return ""
}

// id gives the id of an object by its name.
func (s *site) id(class, name string) string {
	s.t.Helper()
	ns, err := s.em.NamespaceByKey(s.key(class))
	if err != nil {
		s.t.Fatal(err)
	}
	return ns.IDFromName(name).String()
}

// note is a class in Go.
type note struct{ state *durable.State }

func (n *note) Write(_ context.Context, text string) error {
	n.state.Logger().Info("written", "text", text)
	_, err := n.state.Storage().SQL().Exec("CREATE TABLE IF NOT EXISTS notes (text TEXT); INSERT INTO notes VALUES (?)", text)
	if err == nil {
		err = n.state.Storage().Put("text", text)
	}
	return err
}

// notes is a project in Go.
func notes(t testing.TB) emulator.Worker {
	t.Helper()
	config := filepath.Join(t.TempDir(), "wrangler.jsonc")
	const text = `{"name": "notes", "compatibility_date": "2026-07-01",
		"durable_objects": {"bindings": [{"name": "NOTE", "class_name": "Note"}]},
		"migrations": [{"tag": "v1", "new_sqlite_classes": ["Note"]}]}`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return emulator.Worker{Config: config, Classes: []durable.Class{
		durable.NewClass("Note", func(_ context.Context, state *durable.State, _ *durable.Env) (*note, error) { return &note{state}, nil }),
	}}
}
