package check_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// step is a step of a random history.
type step struct {
	tag              string
	kv, sqlite, gone []string
	renamed          [][2]string
}

func (s step) doc() doc {
	d := doc{{"tag", s.tag}}
	add := func(key string, list []string) {
		if list != nil {
			d = append(d, field{key, list})
		}
	}
	add("new_classes", s.kv)
	add("new_sqlite_classes", s.sqlite)
	add("deleted_classes", s.gone)
	if s.renamed != nil {
		var list []any
		for _, r := range s.renamed {
			list = append(list, doc{{"from", r[0]}, {"to", r[1]}})
		}
		d = append(d, field{"renamed_classes", list})
	}
	return d
}

// platform is a simple model of Cloudflare: which objects each class has. The
// objects of a class are known by the name under which it was created, and when.
type platform map[string]objects

type objects struct {
	id     string
	sqlite bool
}

// apply deploys one step. ok is false if the platform would refuse it.
func (p platform) apply(s step) (ok bool) {
	for _, c := range s.gone {
		if _, there := p[c]; !there {
			return false
		}
		delete(p, c)
	}
	for _, r := range s.renamed {
		o, there := p[r[0]]
		_, taken := p[r[1]]
		if !there || taken {
			return false
		}
		delete(p, r[0])
		p[r[1]] = o
	}
	create := func(list []string, sqlite bool) {
		for _, c := range list {
			if _, taken := p[c]; taken {
				ok = false
				continue
			}
			p[c] = objects{c + "@" + s.tag, sqlite}
		}
	}
	ok = true
	create(s.kv, false)
	create(s.sqlite, true)
	return ok
}

// history writes steps that mostly make sense after those before it.
func (g generator) history(before []step, count int) []step {
	live := platform{}
	for _, s := range before {
		live.apply(s)
	}
	list := slices.Clone(before)
	for range count {
		s := step{tag: fmt.Sprintf("t%d", len(list)+1)}
		names := slices.Sorted(maps.Keys(live))
		some := func() string {
			if len(names) == 0 || g.mistake() {
				return g.class()
			}
			return pick(g, names...)
		}
		switch g.IntN(6) {
		case 0:
			s.gone = []string{some()}
		case 1, 2:
			s.renamed = [][2]string{{some(), g.class()}}
		case 3:
			s.kv = []string{g.class()}
		default:
			s.sqlite = []string{g.class()}
			if g.chance(20) {
				s.gone = []string{some()}
			}
		}
		live.apply(s)
		list = append(list, s)
	}
	return list
}

// tampered changes what was deployed already, now and then.
func (g generator) tampered(list []step) []step {
	out := slices.Clone(list)
	if len(out) == 0 || g.chance(50) {
		return out
	}
	i, k := g.IntN(len(out)), g.IntN(len(out))
	switch g.IntN(6) {
	case 5:
		out = slices.Insert(out, i, step{tag: "in", sqlite: []string{"In"}})
	case 0:
		out = slices.Delete(out, i, i+1)
	case 1:
		out[i], out[k] = out[k], out[i]
	case 2:
		out[i].tag = g.class()
	case 3:
		out[i].sqlite, out[i].kv = out[i].kv, out[i].sqlite
	case 4:
		out[i].gone = append(slices.Clone(out[i].gone), g.class())
	}
	return out
}

func config(list []step) []byte {
	var steps []any
	for _, s := range list {
		steps = append(steps, s.doc())
	}
	d := doc{{"name", "chat"}, {"main", "a.js"}, {"compatibility_date", "2025-06-01"}}
	if steps != nil {
		d = append(d, field{"migrations", steps})
	}
	data, _ := json.Marshal(d) // docs always marshal
	return data
}

// checkHistory judges one random pair of revisions and holds the verdict against
// the platform: what is accepted can be deployed step by step and loses nothing
// that was not allowed; what only grew by steps that the platform takes is accepted.
func checkHistory(t *testing.T, seed int) (accepted bool) {
	t.Helper()
	g := newGenerator(seed)
	old := g.history(nil, g.IntN(5))
	list := g.history(g.tampered(old), g.IntN(4))
	var allow []string
	if g.chance(30) {
		allow = []string{g.class()}
	}
	report, err := check.Run(check.Request{
		Path: "wrangler.json", Data: config(list), NoCode: true, AllowDelete: allow, Now: now,
		Base: &check.Base{Revision: "before", Data: config(old)},
	})
	if err != nil {
		t.Fatal(err)
	}
	deployed := platform{}
	for _, s := range old {
		if !deployed.apply(s) {
			return false // it was never deployed
		}
	}
	tell := func(format string, args ...any) {
		t.Helper()
		t.Errorf("seed %d: "+format+"\nbefore: %s\nnow: %s\nallowed: %v\n%s", append(append([]any{seed}, args...), config(old), config(list), allow, render(report))...)
	}
	grown := len(list) >= len(old) && slices.EqualFunc(list[:len(old)], old, func(a, b step) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
	after := maps.Clone(deployed)
	takes := grown && oneDirectiveEach(list)
	if grown {
		for _, s := range list[len(old):] {
			takes = after.apply(s) && takes
		}
	}
	lost := ""
	for class, o := range deployed {
		kept := slices.Contains(slices.Collect(maps.Values(after)), o)
		if !kept && !slices.Contains(allow, nameAtEnd(class, list[min(len(old), len(list)):])) {
			lost = class
		}
	}
	switch ok := report.Verdict() != check.Error; {
	case ok && !grown && fmt.Sprint(list) != fmt.Sprint(old):
		tell("accepted, although the list did not only grow")
	case ok && !takes:
		tell("accepted, although the platform refuses a step")
	case ok && lost != "":
		tell("accepted, although the objects of %s are lost", lost)
	case !ok && takes && lost == "":
		tell("refused, although the platform takes every step and nothing is lost")
	default:
		return ok
	}
	return false
}

// nameAtEnd follows a class through renames up to its deletion.
func nameAtEnd(class string, list []step) string {
	for _, s := range list {
		if slices.Contains(s.gone, class) {
			return class
		}
		for _, r := range s.renamed {
			if r[0] == class {
				class = r[1]
			}
		}
	}
	return class
}

// oneDirectiveEach reports whether no step targets a class twice and no tag is
// there twice (M7, M14).
func oneDirectiveEach(list []step) bool {
	tags := map[string]bool{}
	for _, s := range list {
		seen := map[string]bool{}
		targets := slices.Concat(s.gone, s.kv, s.sqlite)
		for _, r := range s.renamed {
			targets = append(targets, r[1])
		}
		for _, c := range targets {
			if seen[c] {
				return false
			}
			seen[c] = true
		}
		if tags[s.tag] {
			return false
		}
		tags[s.tag] = true
	}
	return true
}

func TestRandomHistories(t *testing.T) {
	accepted := 0
	for seed := range 4000 {
		if checkHistory(t, seed) {
			accepted++
		}
	}
	if accepted < 400 {
		t.Errorf("only %d of 4000 histories are accepted: the generator no longer tests much", accepted)
	}
}

func FuzzHistories(f *testing.F) {
	for seed := range 8 {
		f.Add(seed * 1_000_003)
	}
	f.Fuzz(func(t *testing.T, seed int) { checkHistory(t, seed) })
}

// FuzzRun feeds bytes as configuration and as its older revision: nothing
// panics, and every position lies inside the file.
func FuzzRun(f *testing.F) {
	for i, text := range []string{
		`{}`, `[`, "\ufeff{\"name\":\"é\",\n\"env\":{\"e\":{\"migrations\":[{}]}}}",
		complete("w.json", roomLive), complete("w.json", grown), "migrations = [{ tag = 'v1', new_classes = ['A'] }]\n[env.e.vars]\nmain = 1979-05-27\r\n",
		"[[migrations]]\ntag = \"é\"\n[durable_objects]\nbindings = [ {name=\"A\", class_name=\"B\"} ]", "containers = [ {name='a'}, 1 ]\n[exports.A]\ntype='durable-object'\n",
	} {
		f.Add([]byte(text), []byte(`{"name":"a","migrations":[{"tag":"v1","deleted_classes":["A"]}]}`), "e", i%2 == 0)
	}
	files, err := filepath.Glob(filepath.Join(corpus, "*wrangler*"))
	if err != nil || len(files) < 60 {
		f.Fatalf("the corpus has %d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, data, "staging", strings.HasSuffix(file, ".toml"))
	}
	f.Fuzz(func(t *testing.T, data, base []byte, env string, toml bool) {
		path := "w.jsonc"
		if toml {
			path = "w.toml"
		}
		for _, req := range []check.Request{
			{Env: env}, {AllEnvs: true, Base: &check.Base{Data: base}}, {Deployed: &check.Deployed{Tag: env}},
		} {
			req.Path, req.Data, req.NoCode, req.Now = path, data, true, now
			if req.Data == nil {
				req.Data = []byte{}
			}
			report, err := check.Run(req)
			if err != nil {
				t.Fatalf("bytes are always judged: %v", err)
			}
			inside(t, report)
		}
	})
}

// inside holds the positions of a report against its source, and its order.
func inside(t *testing.T, r check.Report) {
	t.Helper()
	lines := strings.Split(string(r.Source), "\n")
	var before *wranglercfg.Diagnostic
	for _, d := range r.Diagnostics {
		if d.Pos.Path != r.Path || d.Pos.Line < 1 || d.Pos.Line > len(lines) || d.Pos.Column < 1 || d.Pos.Column > utf8.RuneCountInString(lines[d.Pos.Line-1])+1 {
			t.Errorf("position outside the file: %v", d)
		}
		if d.Msg == "" || d.Code == "" {
			t.Errorf("finding without code or text: %v", d)
		}
		if before != nil && (before.Pos.Line > d.Pos.Line || *before == *d) {
			t.Errorf("out of order, or twice: %v, %v", before, d)
		}
		before = d
	}
}
