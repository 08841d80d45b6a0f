package classtest

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// Subject is one way to write classes.
type Subject struct {
	// Play runs a script on an emulator of the given mode and tells what it
	// did.
	Play func(t *testing.T, s *workerd.Script, m Mode) workerd.Answer
	// Ask puts a question of a list, such as "ids", and gives its outcome.
	Ask func(t *testing.T, list string, c *workerd.Case) workerd.Outcome

	// JavaScript says that the subject has words for everything.
	JavaScript bool
	// Inexpressible are scripts and questions that the subject's language has
	// no words for, by keys such as "gates/bcw-not-awaited", each with the
	// reason.
	Inexpressible map[string]string
	// Differences are those that it answers in its own way.
	Differences map[string]Difference

	// Pending are questions that are still answered wrongly, with what is missing.
	Pending map[string]string

	// Omit are keys, by list, that no answer of the subject has.
	Omit map[string][]string

	// Scripts and Questions are how many of them are compared, at least.
	Scripts, Questions int
}

// Difference is an answer that differs from the real runtime's by design.
type Difference struct {
	Why string
	// Script turns the recorded answer of a script into the subject's.
	Script func(*workerd.Answer)
	// Outcome is the subject's answer to a question, or
	Outcome *workerd.Outcome
	// Question turns the recorded one, as a tree of JSON, into the subject's.
	Question func(value map[string]any)
}

// Mode is a way to run the emulator.
type Mode struct {
	Name string
	Disk bool
	Real bool // the clock is package time's, in a synctest bubble
	Seed uint64
}

// Modes are the ways in which every script gives the recorded answer.
var Modes = []Mode{{Name: "memory"}, {Name: "disk", Disk: true}, {Name: "realclock", Real: true}}

func (m Mode) options(dir string) []emulator.Option {
	opts := []emulator.Option{emulator.InMemory, emulator.VirtualClock{}}
	if m.Disk {
		opts = append(opts, emulator.StateDir(filepath.Join(dir, "state")))
	}
	if m.Real {
		opts = append(opts, emulator.RealClock{})
	}
	if m.Seed != 0 {
		opts = append(opts, emulator.Seed(m.Seed))
	}
	return opts
}

// Run holds a subject to all recordings.
func Run(t *testing.T, s Subject) {
	scripts, questions := Scripts(t), Questions(t)
	s.checkLists(t, scripts, questions)
	for _, m := range Modes {
		t.Run(m.Name, func(t *testing.T) {
			n := 0
			for _, key := range slices.Sorted(maps.Keys(scripts)) {
				if _, skip := s.Inexpressible[key]; skip {
					continue
				}
				t.Run(key, func(t *testing.T) {
					s.compareScript(t, key, scripts[key], m)
					n++
				})
			}
			enough(t, "scripts", n, s.Scripts)
		})
	}
	t.Run("questions", func(t *testing.T) {
		n := 0
		for _, key := range slices.Sorted(maps.Keys(questions)) {
			if _, skip := s.Inexpressible[key]; skip {
				continue
			}
			t.Run(key, func(t *testing.T) {
				s.compareQuestion(t, key, questions[key])
				n++
			})
		}
		enough(t, "questions", n, s.Questions)
	})
}

// enough refuses to report success for what was never compared, unless the
// user asked for a part.
func enough(t *testing.T, what string, got, want int) {
	t.Helper()
	if flag.Lookup("test.run").Value.String() == "" && got < want {
		t.Errorf("compared %d %s, want at least %d", got, what, want)
	}
}

// Scripts gives the scripts of all recordings by key, with their date filled
// in.
func Scripts(t *testing.T) map[string]*workerd.Script {
	t.Helper()
	gates, errs, alarms := load(t, workerd.Gates), load(t, workerd.Errors), load(t, workerd.Alarms)
	out := map[string]*workerd.Script{}
	for file, list := range map[string][]workerd.Script{"gates": gates.Scripts, "errors": errs.Scripts, "alarms": alarms.Scripts} {
		for _, s := range list {
			if s.CompatibilityDate == "" {
				s.CompatibilityDate = gates.Runtime.CompatibilityDate
			}
			out[file+"/"+s.Name] = &s
		}
	}
	return out
}

// Questions gives the questions of all recordings by key.
func Questions(t *testing.T) map[string]*workerd.Case {
	t.Helper()
	fetches := load(t, workerd.Fetches)
	urls := make([]workerd.Case, len(fetches.URLs))
	for i, u := range fetches.URLs {
		urls[i] = workerd.Case{Label: u.Label, Asked: u.Sent, Answer: u.Answer}
	}
	out := map[string]*workerd.Case{}
	for list, cases := range map[string][]workerd.Case{
		"ids": load(t, workerd.LoadIDs).Cases, "errors": load(t, workerd.Errors).Cases,
		"alarms": load(t, workerd.Alarms).Arguments, "fetch": fetches.Cases, "urls": urls,
	} {
		for i := range cases {
			out[list+"/"+cases[i].Name] = &cases[i]
		}
	}
	return out
}

func load[T any](t *testing.T, from func() (T, error)) T {
	t.Helper()
	v, err := from()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkLists refuses entries that mean nothing.
func (s *Subject) checkLists(t *testing.T, scripts map[string]*workerd.Script, questions map[string]*workerd.Case) {
	for key, why := range s.Inexpressible {
		if (scripts[key] == nil && questions[key] == nil) || why == "" {
			t.Errorf("inexpressible %s is not recorded, or has no reason", key)
		}
	}
	for key, d := range s.Differences {
		switch {
		case d.Why == "":
			t.Errorf("difference %s has no reason", key)
		case s.Inexpressible[key] != "":
			t.Errorf("difference %s is listed as inexpressible too", key)
		case d.Script != nil && scripts[key] != nil, (d.Outcome != nil || d.Question != nil) && questions[key] != nil:
		default:
			t.Errorf("difference %s is not recorded, or does not say what differs", key)
		}
	}
	for key, missing := range s.Pending {
		if questions[key] == nil || missing == "" || s.Inexpressible[key] != "" {
			t.Errorf("pending %s is not recorded, not asked, or has no reason", key)
		}
	}
	for key, script := range scripts {
		if !s.JavaScript && script.JSOnly != (s.Inexpressible[key] == JSOnly) {
			t.Errorf("%s: jsOnly is %v, listed as %q", key, script.JSOnly, s.Inexpressible[key])
		}
	}
}

// JSOnly is the reason to be inexpressible that a recording itself gives.
const JSOnly = "rests on what only JavaScript can express"

func (s *Subject) compareScript(t *testing.T, key string, script *workerd.Script, m Mode) {
	got := tree(t, s.Play(t, script, m))
	want := tree(t, script.Answer)
	d, differs := s.Differences[key]
	if differs {
		if cmp.Equal(want, got) {
			t.Errorf("agrees with the real runtime, yet is listed as different: %s", d.Why)
		}
		ours := clone(t, script.Answer)
		d.Script(&ours)
		want = tree(t, ours)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules %s: %s (-want +got):\n%s", strings.Join(script.Rules, ", "), script.About, diff)
	}
}

func (s *Subject) compareQuestion(t *testing.T, key string, c *workerd.Case) {
	list, _, _ := strings.Cut(key, "/")
	got := tree(t, s.Ask(t, list, c))
	want := without(tree(t, c.Answer), s.Omit[list])
	d, differs := s.Differences[key]
	if differs {
		if cmp.Equal(want, got) {
			t.Errorf("agrees with the real runtime, yet is listed as different: %s", d.Why)
		}
		if d.Outcome != nil {
			want = tree(t, d.Outcome)
		} else {
			d.Question(want.(map[string]any)["value"].(map[string]any))
		}
	}
	diff := cmp.Diff(want, got)
	switch missing, pending := s.Pending[key]; {
	case pending && diff == "":
		t.Errorf("agrees with the real runtime, yet is listed as pending: %s", missing)
	case diff != "" && !pending:
		t.Errorf("rules %s: %s (-want +got):\n%s", strings.Join(c.Rules, ", "), c.Asked, diff)
	}
}

// tree gives v in the one form in which answers are compared: what its JSON
// reads as.
func tree(t *testing.T, v any) any {
	t.Helper()
	return convert[any](t, v)
}

// without removes keys from a tree.
func without(v any, keys []string) any {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range keys {
			delete(v, k)
		}
		for _, inner := range v {
			without(inner, keys)
		}
	case []any:
		for _, inner := range v {
			without(inner, keys)
		}
	}
	return v
}

func clone(t *testing.T, a workerd.Answer) workerd.Answer {
	t.Helper()
	return convert[workerd.Answer](t, a)
}

func convert[T any](t *testing.T, v any) (out T) {
	t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("converting an answer: %w", err))
	}
	return out
}
