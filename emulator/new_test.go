package emulator_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// misnamed has a method that a stub keeps for itself.
type misnamed struct{}

func (misnamed) Dup(context.Context) {}

func newMisnamed(context.Context, *durable.State, *durable.Env) (misnamed, error) {
	return misnamed{}, nil
}

// TestNewRefuses: what cannot be run is refused with what is wrong, where, and
// what to do; and nothing is left that holds the state directory.
func TestNewRefuses(t *testing.T) {
	probes := []durable.Class{behaviour{}.class()}
	for _, tt := range []struct {
		name    string
		config  string // the text; "" is that of the probes
		prepare func(t *testing.T, dir, state string)
		worker  emulator.Worker // without Config, unless it has one
		want    string          // matches the error; DIR is the folder of the configuration
	}{
		{
			name: "a bound class that nothing provides",
			want: `DIR/wrangler\.toml:5:14: class "Probe" is bound to PROBE, and no Go class of that name was given: add it to Worker\.Classes`,
		},
		{
			name:   "a Go class that nothing names",
			worker: emulator.Worker{Classes: append(probes, durable.NewClass("Prope", newMisnamedAs))},
			want:   `DIR/wrangler\.toml: nothing names the Go class "Prope": bind it in durable_objects\.bindings and create it in migrations \(it has Probe\)`,
		},
		{
			name:   "a Go class with a reserved method",
			worker: emulator.Worker{Classes: []durable.Class{durable.NewClass("Probe", newMisnamed)}},
			want:   `class Probe: method Dup would be called "dup" over RPC, which is a reserved name: rename it`,
		},
		{
			name:   "two Go classes of one name",
			worker: emulator.Worker{Classes: append(probes, probes...)},
			want:   `two Go classes are named "Probe"`,
		},
		{
			name:   "no such configuration",
			worker: emulator.Worker{Config: "DIR/nope.toml", Classes: probes},
			want:   `DIR/nope\.toml`,
		},
		{
			name:   "a configuration that is a folder",
			worker: emulator.Worker{Config: "DIR", Classes: probes},
			want:   `DIR`,
		},
		{
			name:   "a configuration that cannot be parsed",
			config: probeConfig + "[[",
			worker: emulator.Worker{Classes: probes},
			want:   `DIR/wrangler\.toml:9:2: DM1104: `,
		},
		{
			name:   "a migration that deletes what was never created",
			config: probeConfig + "[[migrations]]\ntag = \"v2\"\ndeleted_classes = [\"Other\"]\n",
			worker: emulator.Worker{Classes: probes},
			want:   `DIR/wrangler\.toml:11:20: DM1002: Cannot apply deleted_classes migration to non-existent class Other`,
		},
		{
			name: "a damaged ledger",
			prepare: func(t *testing.T, _, state string) {
				write(t, filepath.Join(state, "ledger.json"), "{")
			},
			worker: emulator.Worker{Classes: probes},
			want:   `DIR/\.dormouse/state/ledger\.json`,
		},
		{
			name: "a state directory that is a file",
			prepare: func(t *testing.T, _, state string) {
				write(t, state, "")
			},
			worker: emulator.Worker{Classes: probes},
			want:   `DIR/\.dormouse/state`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.config == "" {
				tt.config = probeConfig
			}
			path := config(t, tt.config)
			dir := filepath.Dir(path)
			state := filepath.Join(dir, ".dormouse", "state")
			if tt.prepare != nil {
				tt.prepare(t, dir, state)
			}
			w := tt.worker
			w.Config = strings.ReplaceAll(w.Config, "DIR", dir)
			if w.Config == "" {
				w.Config = path
			}
			em, err := emulator.New(w, quiet)
			if err == nil {
				t.Fatalf("no error; closing: %v", em.Close())
			}
			want := strings.ReplaceAll(tt.want, "DIR", regexp.QuoteMeta(dir))
			if !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("got %v, want a match of %s", err, want)
			}
			if tt.prepare == nil {
				mustOpen(t, state, probes)
			}
		})
	}
}

func newMisnamedAs(context.Context, *durable.State, *durable.Env) (*probe, error) {
	return &probe{}, nil
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mustOpen checks that a state directory can be used.
func mustOpen(t *testing.T, state string, classes []durable.Class) {
	t.Helper()
	em, err := emulator.New(emulator.Worker{Config: config(t, probeConfig), Classes: classes}, emulator.StateDir(state), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := em.Close(); err != nil {
		t.Error(err)
	}
}

// TestOneProcessAtATime: two emulators cannot run objects on one directory, and
// the second one says so.
func TestOneProcessAtATime(t *testing.T) {
	state := t.TempDir()
	probes := []durable.Class{behaviour{}.class()}
	first, err := emulator.New(emulator.Worker{Config: config(t, probeConfig), Classes: probes}, emulator.StateDir(state), quiet)
	if err != nil {
		t.Fatal(err)
	}
	second, err := emulator.New(emulator.Worker{Config: config(t, probeConfig), Classes: probes}, emulator.StateDir(state), quiet)
	if err == nil {
		t.Fatalf("the second one started; closing: %v", second.Close())
	}
	if !strings.Contains(err.Error(), state) || !strings.Contains(err.Error(), "another process runs Durable Objects on this folder") {
		t.Errorf("got %v, want that another process uses %s", err, state)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, state, probes)
}

// TestUnknownBinding: a binding that is not there is named by every use, with
// those that are.
func TestUnknownBinding(t *testing.T) {
	em := newProbes(t, behaviour{})
	ns := em.Namespace("NOPE")
	want := `wrangler.toml has no Durable Object binding "NOPE": it has PROBE`
	_, err := ns.GetByName("a").Call(t.Context(), "do", "")
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("a call gave %v, want %s", err, want)
	}
	if _, err := ns.IDFromString(strings.Repeat("0", 64)); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("IDFromString gave %v, want %s", err, want)
	}
}

// TestAlso: Workers share an emulator. Each has its own classes and variables,
// and reaches the others' objects by script_name.
func TestAlso(t *testing.T) {
	tells := behaviour{do: func(ctx context.Context, p *probe, what string) (any, error) {
		if what == "across" {
			return durable.Call[string](ctx, p.env.Namespace("THERE").GetByName("a"), "do", "who")
		}
		var who string
		_, err := p.env.Var("WHO", &who)
		return who + " " + p.state.ID().String(), err
	}}
	worker := func(script, other string) emulator.Worker {
		text := strings.Replace(probeConfig, `"probes"`, `"`+script+`"`, 1) +
			"[[durable_objects.bindings]]\nname = \"THERE\"\nclass_name = \"Probe\"\nscript_name = \"" + other + "\"\n" +
			"[vars]\nWHO = \"" + script + "\"\n"
		return emulator.Worker{Config: config(t, text), Classes: []durable.Class{tells.class()}}
	}
	em, err := emulator.New(worker("here", "there"), emulator.Also(worker("there", "here")), emulator.InMemory, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, tt := range []struct{ binding, what, want string }{
		{"PROBE", "who", "here"},
		{"THERE", "who", "there"},
		{"PROBE", "across", "there"},
		{"THERE", "across", "here"},
	} {
		stub := em.Namespace(tt.binding).GetByName("a")
		got, err := durable.Call[string](t.Context(), stub, "do", tt.what)
		if err != nil {
			t.Error(err)
		}
		who, id, _ := strings.Cut(got, " ")
		if who != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.what, tt.binding, who, tt.want)
		}
		// One name is two objects, one in each Worker.
		if same := id == stub.ID().String(); same == (tt.what == "across") {
			t.Errorf("%s of %s: answered by %s, asked %s", tt.what, tt.binding, id, stub.ID())
		}
	}
}

// TestWorkerThatIsNotThere: a binding to another Worker needs that Worker.
func TestWorkerThatIsNotThere(t *testing.T) {
	text := probeConfig + "[[durable_objects.bindings]]\nname = \"THERE\"\nclass_name = \"Probe\"\nscript_name = \"there\"\n"
	em, err := emulator.New(emulator.Worker{Config: config(t, text), Classes: []durable.Class{behaviour{}.class()}}, emulator.InMemory, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	})
	_, err = em.Namespace("THERE").GetByName("a").Call(t.Context(), "do", "")
	if err == nil || !strings.Contains(err.Error(), `binding THERE leads to the Worker "there", which is not part of this emulator: add it with emulator.Also`) {
		t.Errorf("got %v, want how to add the Worker", err)
	}
}

// TestVars: variables are what the configuration gives, of any type that it can
// have.
func TestVars(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wrangler.json")
	write(t, path, `{
		"name": "probes", "compatibility_date": "2026-07-01",
		"durable_objects": {"bindings": [{"name": "PROBE", "class_name": "Probe"}]},
		"migrations": [{"tag": "v1", "new_sqlite_classes": ["Probe"]}],
		"vars": {"TEXT": "x", "NUMBER": 1.5, "FLAG": true, "LIST": [1, "a"], "TREE": {"a": {"b": null}}},
		"env": {"staging": {"vars": {"TEXT": "staged"},
			"durable_objects": {"bindings": [{"name": "PROBE", "class_name": "Probe"}]}}}
	}`)
	for _, tt := range []struct{ env, name, want string }{
		{"", "TEXT", `"x"`}, {"", "NUMBER", "1.5"}, {"", "FLAG", "true"}, {"", "LIST", `[1,"a"]`}, {"", "TREE", `{"a":{"b":null}}`},
		{"staging", "TEXT", `"staged"`}, {"staging", "NUMBER", ""},
	} {
		em, err := emulator.New(emulator.Worker{Config: path, Env: tt.env, Classes: []durable.Class{behaviour{}.class()}}, emulator.InMemory, quiet)
		if err != nil {
			t.Fatal(err)
		}
		var got json.RawMessage
		ok, err := em.Env().Var(tt.name, &got)
		if ok != (tt.want != "") || err != nil {
			t.Errorf("%s %s: ok %v, error %v", tt.env, tt.name, ok, err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.env, tt.name, diff)
		}
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHandler: the Worker's entry serves, with the objects behind it; without
// one, who asks is told what is missing.
func TestHandler(t *testing.T) {
	b := behaviour{serve: func(p *probe, w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-From", p.name()) }}
	for _, tt := range []struct {
		name   string
		entry  func(*durable.Env) http.Handler
		status int
		from   string
	}{
		{"with an entry", func(env *durable.Env) http.Handler { return env.Namespace("PROBE").GetByName("a") }, http.StatusOK, "a"},
		{"without", nil, http.StatusNotImplemented, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			em, err := emulator.New(emulator.Worker{Config: config(t, probeConfig), Classes: []durable.Class{b.class()}, Handler: tt.entry},
				emulator.InMemory, quiet)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := em.Close(); err != nil {
					t.Error(err)
				}
			})
			rec := httptest.NewRecorder()
			em.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
			if rec.Code != tt.status || rec.Header().Get("X-From") != tt.from {
				t.Errorf("got %d from %q, want %d from %q", rec.Code, rec.Header().Get("X-From"), tt.status, tt.from)
			}
		})
	}
}
