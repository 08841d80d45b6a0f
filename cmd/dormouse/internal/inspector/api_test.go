package inspector

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// TestAPI goes through the API on the project in TypeScript, one question after
// the other.
func TestAPI(t *testing.T) {
	s := newSite(t, shop())
	if got := s.get("/?room=lobby&text=hi"); got != "message 1" {
		t.Fatalf("the Worker says %q", got)
	}
	room, counter := s.key("Room"), s.key("Counter")
	lobby := s.id("Room", "lobby")
	at := func(more ...string) url.Values {
		q := url.Values{"ns": {room}, "id": {lobby}}
		for i := 0; i < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return q
	}
	type body = map[string]any
	with := func(more body) body {
		more["ns"], more["id"] = room, lobby
		return more
	}
	for i, tt := range []struct {
		path   string
		query  url.Values
		body   any
		status int
		want   string // that the answer contains
	}{
		{"state", nil, nil, 200, `"class":"Room","bindings":["ROOM"],"sqlite":true,"language":"JavaScript"`},
		{"objects", url.Values{"ns": {room}}, nil, 200, `"name":"lobby","state":"idle"`},
		{"objects", url.Values{"ns": {room}, "q": {lobby[:9]}}, nil, 200, `"total":1`},
		{"objects", url.Values{"ns": {room}, "q": {"LOB"}}, nil, 200, `"total":1`},
		{"objects", url.Values{"ns": {room}, "q": {"none"}}, nil, 200, `"objects":[],"total":0`},
		{"objects", url.Values{"ns": {room}, "state": {"stored"}}, nil, 200, `"total":0`},
		{"objects", url.Values{"ns": {room}, "offset": {"99"}}, nil, 200, `"objects":[],"total":1`},
		{"objects", url.Values{"ns": {counter}, "sort": {"size"}, "desc": {"true"}}, nil, 200, `"name":"messages"`},
		{"objects", url.Values{"ns": {"none"}}, nil, 400, `no namespace has the key`},
		{"name", url.Values{"ns": {room}, "name": {"lobby"}}, nil, 200, lobby},
		{"object", at(), nil, 200, `"exists":true`},
		{"object", at("id", strings.Repeat("0", 64)), nil, 200, `"exists":false`},
		{"object", at("id", "zz"), nil, 400, "not an id"},

		{"tables", at(), nil, 200, `{"tables":[{"name":"messages","type":"table","sql":"CREATE TABLE messages`},
		{"tables", at("id", strings.Repeat("0", 64)), nil, 200, `{"tables":[]}`},
		{"table", at("table", "messages"), nil, 200, `"rows":[[1,"ada","hi",1.5,null]],"total":1`},
		{"table", at("table", "messages", "sort", "author", "desc", "true"), nil, 200, `"total":1`},
		{"table", at("table", "messages", "sort", "nothing"), nil, 422, "no such column"},
		{"table", at("table", `messages" WHERE 0 --`), nil, 422, "no such table"},
		{"table", at("table", "messages", "sort", `id" DESC; DROP TABLE messages --`), nil, 422, "no such column"},
		{"table", at("table", "_cf_KV"), nil, 422, "not authorized"},
		{"table", at("table", "none"), nil, 422, "no such table"},

		{"query", nil, with(body{"sql": "INSERT INTO messages (text, raw) VALUES ('a', x'00ff'), (9e999, NULL)"}), 200, `"written":2`},
		{"query", nil, with(body{"sql": "SELECT text, raw FROM messages WHERE id > 1 ORDER BY id"}), 200, `[["a",{"blob":"00ff","size":2}],["Inf",null]]`},
		{"query", nil, with(body{"sql": "SELECT 9e999"}), 200, `[[{"number":"+Inf"}]]`},
		{"query", nil, with(body{"sql": "SELECT zeroblob(1000)"}), 200, `"size":1000`},
		{"query", nil, with(body{"sql": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) SELECT i FROM n"}), 200, `"more":true`},
		{"query", nil, with(body{"sql": "SELECT nowhere"}), 422, "no such column"},
		{"query", nil, with(body{"sql": "DELETE FROM messages; SELECT nowhere"}), 422, "no such column"},
		{"query", nil, with(body{"sql": "SELECT count(*) FROM messages"}), 200, `[[3]]`},
		{"query", nil, with(body{"sq": ""}), 400, "unknown field"},
		{"query", nil, body{"ns": "none", "id": lobby, "sql": "SELECT 1"}, 400, "no namespace"},

		{"kv", at(), nil, 200, `{"key":"last","size":`},
		{"kv", at("prefix", "wh"), nil, 200, `"text":"Date(1970-01-01T00:00:00.000Z)","json":""}],"more":false`},
		{"kv", at("limit", "1"), nil, 200, `"more":true`},
		{"kv/put", nil, with(body{"key": "new", "json": `{"b":[1,null]}`}), 200, "{}"},
		{"kv/put", nil, with(body{"key": "new", "json": `{b}`}), 422, "no JSON"},
		{"kv", at("prefix", "new"), nil, 200, `"text":"{ b: [ 1, null ] }","json":"{\"b\":[1,null]}"`},
		{"kv/delete", nil, with(body{"key": "new"}), 200, `{"existed":true}`},
		{"kv/delete", nil, with(body{"key": "new"}), 200, `{"existed":false}`},

		{"alarm", nil, with(body{"do": "run"}), 200, `{"ran":true}`},
		{"alarm", nil, with(body{"do": "run"}), 200, `{"ran":false}`},
		{"alarm", nil, with(body{"do": "set", "at": 4_000_000_000_000}), 200, "{}"},
		{"object", at(), nil, 200, `"alarm":4000000000000`},
		{"alarm", nil, with(body{"do": "cancel"}), 200, "{}"},
		{"object", at(), nil, 200, `"alarm":0`},
		{"alarm", nil, with(body{"do": "set"}), 400, "needs a time"},
		{"alarm", nil, with(body{"do": "ring"}), 400, "no action"},
		{"alarm", nil, body{"ns": counter, "id": s.id("Counter", "messages"), "do": "set", "at": 4_000_000_000_000}, 422, "no alarm handler"},

		{"sockets", at(), nil, 200, `{"sockets":[]}`},
		{"socket", nil, with(body{"number": 1, "do": "send", "text": "x"}), 404, "closed"},
		{"socket", nil, with(body{"number": 1, "do": "shout"}), 400, "no action"},

		{"scheduled", nil, body{"cron": "* * * * *"}, 200, `{"noRetry":false,"outcome":"ok"}`},
		{"scheduled", nil, body{"cron": "bad"}, 200, `"error":"no such time"`},

		{"act", nil, with(body{"do": "evict"}), 200, "{}"},
		{"object", at(), nil, 200, `"name":"lobby","state":"stored"`},
		{"act", nil, with(body{"do": "evict"}), 422, "not currently running"},
		{"act", nil, with(body{"do": "abort"}), 200, "{}"},
		{"act", nil, with(body{"do": "delete"}), 200, "{}"},
		{"tables", at(), nil, 200, `{"tables":[]}`},
		{"act", nil, with(body{"do": "frighten"}), 400, "no action"},
	} {
		status, got := s.ask(tt.path, tt.query, tt.body)
		if status != tt.status || !strings.Contains(got, tt.want) {
			t.Errorf("%d: %s %v %v: %d %s, want %d %s", i, tt.path, tt.query, tt.body, status, got, tt.status, tt.want)
		}
	}
}

func TestProblem(t *testing.T) {
	s := newSite(t, notes(t))
	if _, got := s.ask("state", nil, nil); !strings.Contains(got, `"problem":""`) {
		t.Error(got)
	}
	s.setProblem(errors.New("index.ts:1:2: nonsense"))
	if _, got := s.ask("state", nil, nil); !strings.Contains(got, `"problem":"index.ts:1:2: nonsense"`) {
		t.Error(got)
	}
}

// TestSockets: a client over the network, as the inspector sees it.
func TestSockets(t *testing.T) {
	s := newSite(t, shop())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+"/socket?room=lobby", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ws, res := s.em.DialWebSocket(req)
	if ws == nil {
		t.Fatal(res.Status)
	}
	q := url.Values{"ns": {s.key("Room")}, "id": {s.id("Room", "lobby")}}
	if _, got := s.ask("sockets", q, nil); !strings.Contains(got, `"number":1,"hibernatable":true`) ||
		!strings.Contains(got, `"state":"open","tags":["blue"],"attachment":"{ who: \"ada\" }"`) {
		t.Error(got)
	}
	for _, tt := range []struct {
		toObject bool
		want     string
	}{{false, "hello"}, {true, "echo hello"}} {
		status, got := s.ask("socket", nil, map[string]any{"ns": q.Get("ns"), "id": q.Get("id"), "number": 1, "do": "send", "text": "hello", "toObject": tt.toObject})
		if m, err := ws.Receive(t.Context()); status != 200 || err != nil || m.Text() != tt.want {
			t.Errorf("%d %s: got %q, %v, want %q", status, got, m.Text(), err, tt.want)
		}
	}
	s.ask("socket", nil, map[string]any{"ns": q.Get("ns"), "id": q.Get("id"), "number": 1, "do": "close", "code": 4001, "reason": "bye"})
	var end *durable.CloseError
	if _, err := ws.Receive(t.Context()); !errors.As(err, &end) || end.Code != 4001 || end.Reason != "bye" {
		t.Errorf("got %v", err)
	}
}

// TestEvents: the stream has what happened before and what happens then, and
// what a Go class logs stands at its event.
func TestEvents(t *testing.T) {
	s := newSite(t, notes(t))
	write := func(text string) {
		t.Helper()
		if _, err := s.em.Namespace("NOTE").GetByName("a").Call(t.Context(), "write", text); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+Path+"api/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(tokenHeader, s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func() (out []string) {
		t.Helper()
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var list []event
			if err := json.Unmarshal([]byte(data), &list); err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				out = append(out, fmt.Sprintf("%s of %s %s %v ended=%v commits=%d", e.Label, e.Class, e.Name, e.Lines, e.End > 0, len(e.Commits)))
			}
			return out
		}
		t.Fatal(lines.Err())
		return nil
	}
	want := []string{
		"rpc write of Note a [{INFO written text=first}] ended=true commits=1",
		"constructor of Note of Note a [] ended=true commits=0",
	}
	if got := next(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	write("second")
	if got := next(); len(got) != 1 || !strings.Contains(got[0], "text=second") {
		t.Errorf("got %q, want the second call", got)
	}
}

// TestKeyValueClass: a class without SQLite has keys and no SQL.
func TestKeyValueClass(t *testing.T) {
	w := notes(t)
	text, err := os.ReadFile(w.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.Config, bytes.ReplaceAll(text, []byte("new_sqlite_classes"), []byte("new_classes")), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, w)
	at := url.Values{"ns": {s.key("Note")}, "id": {s.id("Note", "a")}}
	put := map[string]any{"ns": at.Get("ns"), "id": at.Get("id"), "key": "k", "json": "1"}
	for _, tt := range []struct {
		path   string
		body   any
		status int
		want   string
	}{
		{"state", nil, 200, `"sqlite":false`},
		{"kv/put", put, 200, "{}"},
		{"kv", nil, 200, `"key":"k"`},
		{"tables", nil, 422, "not SQLite-backed"},
	} {
		if status, got := s.ask(tt.path, at, tt.body); status != tt.status || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.path, status, got, tt.status, tt.want)
		}
	}
}

func TestNamesAreBounded(t *testing.T) {
	n := &names{}
	for i := range keptNames + 1 {
		n.add(fmt.Sprint(i), "name")
	}
	if len(n.byID) != 1 || n.of(fmt.Sprint(keptNames)) != "name" || n.of("0") != "" {
		t.Errorf("%d names are kept", len(n.byID))
	}
}

// TestTimelineIsBounded: of events, of the lines of one, and of their texts.
func TestTimelineIsBounded(t *testing.T) {
	tl := newTimeline(3)
	for seq := range uint64(10) {
		tl.event(emulator.Event{Seq: seq + 1})
	}
	list, version, _ := tl.since(0)
	if len(list) != 3 || list[0].Seq != 8 || len(tl.at) != 3 {
		t.Errorf("kept %v, %d known", list, len(tl.at))
	}
	for range keptLines + 5 {
		tl.line(9, "INFO", strings.Repeat("é", lineLength))
	}
	tl.line(1, "INFO", "of an event that has left")
	list, _, _ = tl.since(version)
	if len(list) != 1 || len(list[0].Lines) != keptLines || list[0].LinesLost != 5 || len(list[0].Lines[0].Text) > lineLength+3 {
		t.Errorf("%d events, %d lines", len(list), len(list[0].Lines))
	}
}
