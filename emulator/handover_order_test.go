package emulator

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/migrations"
)

const (
	roomConfig  = "name = \"chat\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\"]\n"
	suiteConfig = "name = \"hotel\"\n[[migrations]]\ntag = \"v1\"\ntransferred_classes = [{ from = \"Room\", from_script = \"chat\", to = \"Suite\" }]\n"
)

// pairOfStates is a giver and a taker, each with a folder of its own.
type pairOfStates struct {
	t            *testing.T
	giver, taker Worker
	files        map[string]bool // contents of objects that were ever written
	own          bool            // the taker's class has got objects of its own
	did          []string
	state        string // of the last application
}

// acts are what a user may do, in any order. Each returns whether the two were
// brought together.
var acts = map[string]func(*pairOfStates) bool{
	"chat":       func(p *pairOfStates) bool { return p.apply(p.giver) && false },
	"hotel":      func(p *pairOfStates) bool { return p.apply(p.taker) && false },
	"chat hotel": func(p *pairOfStates) bool { return p.apply(p.giver, Also(p.taker)) },
	"hotel chat": func(p *pairOfStates) bool { return p.apply(p.taker, Also(p.giver)) },
	"put Room":   func(p *pairOfStates) bool { p.put("chat", "Room"); return false },
	"put Suite":  func(p *pairOfStates) bool { p.put("hotel", "Suite"); return false },
}

// TestTransferInAnyOrder: whoever is applied alone before, and whoever is named
// first, no object is lost, and those of the giver are the taker's when both
// were named, unless it had objects of its own by then (M12).
func TestTransferInAnyOrder(t *testing.T) {
	names := slices.Sorted(maps.Keys(acts))
	for _, start := range [][]string{
		{"chat", "put Room"}, {"chat", "put Room", "chat hotel"}, {"hotel"}, {"hotel chat", "chat", "put Room"}, {"hotel", "chat hotel", "chat", "put Room"},
	} {
		for _, third := range names {
			for _, fourth := range names {
				playTransfer(t, append(slices.Clip(start), third, fourth))
			}
		}
	}
}

func playTransfer(t *testing.T, did []string) {
	t.Helper()
	p := &pairOfStates{t: t, files: map[string]bool{}, did: did,
		giver: Worker{Config: writeConfig(t, roomConfig)}, taker: Worker{Config: writeConfig(t, suiteConfig)}}
	for i, name := range did {
		p.did = did[:i+1]
		together := acts[name](p)
		for content := range p.files {
			if len(p.find(content)) != 1 {
				t.Errorf("%q: %s is in %v", p.did, content, p.find(content))
			}
		}
		if together && !p.own {
			p.wantTaken()
		}
	}
}

func (p *pairOfStates) apply(w Worker, opts ...Option) bool {
	p.t.Helper()
	plan, err := ApplyMigrations(w, nil, opts...)
	if err == nil {
		err = plan.Findings.Err()
	}
	if err != nil {
		p.t.Errorf("%q: %v", p.did, err)
		return false
	}
	p.state = plan.StateDir
	return true
}

func (p *pairOfStates) states() []string {
	return []string{
		filepath.Join(filepath.Dir(p.taker.Config), ".dormouse", "state"),
		filepath.Join(filepath.Dir(p.giver.Config), ".dormouse", "state"),
	}
}

// folder returns where the objects of a class are, "" if nowhere.
func (p *pairOfStates) folder(script, class string, dirs ...string) string {
	p.t.Helper()
	for _, dir := range dirs {
		ledgers, err := ReadLedgers(StateDir(dir))
		if err != nil {
			p.t.Fatal(err)
		}
		i := slices.IndexFunc(ledgers, func(l migrations.Ledger) bool { return l.Script == script })
		if i < 0 {
			continue
		}
		if n, ok := ledgers[i].Namespace(class); ok {
			return filepath.Join(dir, "v3", "do", n.UniqueKey)
		}
	}
	return ""
}

func (p *pairOfStates) put(script, class string) {
	p.t.Helper()
	dirs := p.states()
	if script == "chat" {
		dirs = dirs[1:] // it runs alone
	}
	folder := p.folder(script, class, dirs...)
	if folder == "" {
		return
	}
	p.own = p.own || script == "hotel"
	content := fmt.Sprintf("%s %d", class, len(p.files))
	p.files[content] = true
	if err := os.MkdirAll(folder, 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%064d.sqlite", len(p.files))), []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// find returns the folders that have a content.
func (p *pairOfStates) find(content string) []string {
	p.t.Helper()
	var out []string
	for _, dir := range p.states() {
		files, err := filepath.Glob(filepath.Join(dir, "v3", "do", "*", "0*.sqlite"))
		if err != nil {
			p.t.Fatal(err)
		}
		for _, f := range files {
			if data, err := os.ReadFile(f); err != nil || string(data) == content {
				out = append(out, filepath.Dir(f))
			}
		}
	}
	return out
}

func (p *pairOfStates) wantTaken() {
	p.t.Helper()
	want := p.folder("hotel", "Suite", p.state)
	for content := range p.files {
		if found := p.find(content); strings.HasPrefix(content, "Room") && (len(found) != 1 || found[0] != want) {
			p.t.Errorf("%q: %s is in %v, and the class has %s", p.did, content, found, want)
		}
	}
}
