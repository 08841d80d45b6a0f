package classtest

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// JS is the subject of classes written in JavaScript: the very modules with
// which the real runtime was recorded.
func JS() Subject {
	return Subject{
		Play: playJS, Ask: askJS, JavaScript: true,
		Differences: jsDifferences, Pending: jsPending,
		Scripts: 208, Questions: 275,
	}
}

var jsDifferences = map[string]Difference{
	"gates/sync-delete-all": {
		Why: "deleteAll() inside transactionSync is refused, as inside transaction, instead of losing the data and answering with an internal error",
		Script: func(a *workerd.Answer) {
			a.Log = []string{}
			a.Storage["a"].KV["a"] = []byte("1")
		},
	},
}

// jsPending are questions that are still answered wrongly.
var jsPending = because(map[string][]string{
	"headers that only net/http has or lacks are not told apart": {
		"fetch/answer-headers", "fetch/cf", "fetch/content-length-wrong", "fetch/head", "fetch/post-empty-string",
		"fetch/redirect-head-303",
	},
	"__defineGetter__ is a local function of a stub": {"errors/object-prototype-member"},
	"net/url writes some characters in another way":  {"urls/url \"http://x/'\\\"<>`{}|^\""},
})

// playJS plays a script with the Worker that recorded it.
func playJS(t *testing.T, s *workerd.Script, m Mode) (answer workerd.Answer) {
	w := project{date: s.CompatibilityDate, main: "interpreter.mjs", classes: map[string]string{"OBJ": "Obj"}}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		em := w.start(t, dir, m.options(dir)...)
		body, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		ask(t, em, http.MethodPost, "http://worker/", body, &answer)
		if err := em.Close(); err != nil {
			t.Errorf("closing the emulator: %v", err)
		}
	})
	if s.Order == workerd.OrderParty {
		answer.Log = byParty(answer.Log)
	}
	return answer
}

// project is a Worker whose modules are those of the recordings.
type project struct {
	date, main string
	source     string            // of main, unless it is one of the recordings'
	classes    map[string]string // by binding
	alias      map[string]string // of modules to files of the project
	define     map[string]string
}

func (p *project) start(t *testing.T, dir string, opts ...emulator.Option) *emulator.Emulator {
	t.Helper()
	files, err := fs.Glob(workerd.Source, "record/*.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := workerd.Source.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if p.source != "" {
		if err := os.WriteFile(filepath.Join(dir, p.main), []byte(p.source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := map[string]any{"main": p.main, "compatibility_date": p.date}
	var bindings, classes []any
	for name, class := range p.classes {
		bindings = append(bindings, map[string]any{"name": name, "class_name": class})
		classes = append(classes, class)
	}
	if len(classes) > 0 {
		config["durable_objects"] = map[string]any{"bindings": bindings}
		config["migrations"] = []any{map[string]any{"tag": "v1", "new_sqlite_classes": classes}}
	}
	if len(p.alias) > 0 {
		config["alias"] = p.alias
	}
	if len(p.define) > 0 {
		config["define"] = p.define
	}
	return startMain(t, dir, toJSON(config), opts...)
}

// ask sends a request to a Worker and decodes its answer.
func ask[T any](t *testing.T, em *emulator.Emulator, method, url string, body []byte, answer *T) {
	t.Helper()
	res := httptest.NewRecorder()
	em.Handler().ServeHTTP(res, httptest.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body)))
	if err := json.Unmarshal(res.Body.Bytes(), answer); err != nil {
		t.Fatalf("%v: status %d: %s", err, res.Code, res.Body)
	}
}

// recorder is a Worker that runs the recorders on a runtime that only notes what
// it is given and asked.
var recorder = project{
	date: "2026-07-01", main: "main.mjs",
	alias:  map[string]string{"miniflare": "./notes.mjs", "node:fs/promises": "./notes.mjs"},
	define: map[string]string{"import.meta.url": `"file:///record/main.mjs"`},
	source: `import { notes } from "miniflare";
import { record as ids } from "./ids.mjs";
import { record as errors } from "./errors.mjs";
import { record as alarms } from "./alarms.mjs";
import { record as fetch } from "./fetch.mjs";
export default { async fetch() {
  const out = {};
  for (const [name, record] of Object.entries({ ids, errors, alarms, fetch })) {
    notes.length = 0;
    await record();
    out[name] = notes.findLast((n) => n.source);
  }
  return Response.json(out);
} };
`,
}

const notesModule = `export const notes = [];
export class Miniflare {
  constructor({ modules, durableObjects }) {
    const classes = Object.fromEntries(Object.entries(durableObjects).map(([binding, { className }]) => [binding, className]));
    this.note = { source: modules[0]?.contents, classes, requests: [] };
    notes.push(this.note);
  }
  async dispatchFetch(url, { method = "GET", body = "" } = {}) {
    this.note.requests.push({ url, method, body });
    return { json: async () => ({ log: [], results: {}, value: {} }) };
  }
  async dispose() {}
}
export const readFile = async () => "";
`

// asking is the Worker that answers a list of questions, and how each is asked.
type asking struct {
	Source   string
	Classes  map[string]string
	Requests []struct{ URL, Method, Body string }
}

var askings struct {
	sync.Mutex // guards all below
	lists      map[string]asking
}

// askingOf gives the Worker for a list; the recorders are run once.
func askingOf(t *testing.T, list string) asking {
	t.Helper()
	askings.Lock()
	defer askings.Unlock()
	if askings.lists == nil {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "notes.mjs"), []byte(notesModule), 0o600); err != nil {
			t.Fatal(err)
		}
		em := recorder.start(t, dir, emulator.InMemory, emulator.VirtualClock{})
		ask(t, em, http.MethodGet, "http://worker/", nil, &askings.lists)
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}
	return askings.lists[list]
}

// askJS puts a question as the recorder did.
func askJS(t *testing.T, list string, c *workerd.Case) (o workerd.Outcome) {
	recorder := list
	if list == "urls" {
		recorder = "fetch"
	}
	a := askingOf(t, recorder)
	w := project{date: "2026-07-01", main: "worker.mjs", source: a.Source, classes: a.Classes, alias: map[string]string{"interpreter": "./interpreter.mjs"}}
	request := a.Requests[indexOf(t, list, c.Name, len(a.Requests))]
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		em := w.start(t, dir, emulator.InMemory, emulator.VirtualClock{})
		ask(t, em, request.Method, request.URL, []byte(request.Body), &o)
		if err := em.Close(); err != nil {
			t.Errorf("closing the emulator: %v", err)
		}
	})
	if list == "urls" && o.Error == nil {
		var seen struct{ Seen json.RawMessage }
		if err := json.Unmarshal(o.Value, &seen); err != nil {
			t.Fatal(err)
		}
		o.Value = seen.Seen
	}
	return o
}

// indexOf gives the place of a question among the requests of its recorder, of
// which it is one of the last n.
func indexOf(t *testing.T, list, name string, n int) int {
	t.Helper()
	names := func(cases []workerd.Case) (out []string) {
		for _, c := range cases {
			out = append(out, c.Name)
		}
		return out
	}
	var all []string
	fetches := load(t, workerd.Fetches)
	switch list {
	case "ids":
		all = names(load(t, workerd.LoadIDs).Cases)
	case "errors":
		all = names(load(t, workerd.Errors).Cases)
	case "alarms":
		all = names(load(t, workerd.Alarms).Arguments)
	case "urls", "fetch":
		for _, u := range fetches.URLs {
			all = append(all, u.Name)
		}
		all = append(all, names(fetches.Cases)...)
	}
	i := slices.Index(all, name)
	if i < 0 || len(all) != n {
		t.Fatalf("%s is question %d of %d, and the recorder asks %d", name, i, len(all), n)
	}
	return i
}
