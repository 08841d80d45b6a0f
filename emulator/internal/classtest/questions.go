package classtest

import (
	"context"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// asked is what a question in Go is put to: two namespaces of one class, and
// one object of the first.
type asked struct {
	ctx       context.Context
	em        *emulator.Emulator
	ns, other *durable.Namespace
	stub      *durable.Stub
	c         *workerd.Case
}

// question is a recorded question in Go.
type question func(a *asked) (any, error)

// questions are the Go forms of the recorded ones, by key.
var questions = func() map[string]question {
	all := map[string]question{}
	for list, questions := range map[string]map[string]question{"ids": idQuestions, "errors": errorQuestions, "fetch": fetchQuestions} {
		for name, q := range questions {
			all[list+"/"+name] = q
		}
	}
	return all
}()

// askGo puts a question to Go classes, in a synctest bubble of its own.
func askGo(t *testing.T, list string, c *workerd.Case) (o workerd.Outcome) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		config := "compatibility_date = \"2026-07-01\"\n" + strings.Join(configured("Obj", "Other", "Bare"), "")
		em := startConfig(t, dir, config, []durable.Class{
			durable.NewClass("Obj", newSpecimen("Obj")), durable.NewClass("Other", newSpecimen("Other")), durable.NewClass("Bare", newBare),
		}, emulator.InMemory, emulator.VirtualClock{})
		a := &asked{ctx: t.Context(), em: em, ns: em.Namespace("OBJ"), other: em.Namespace("OTHER"), c: c}
		a.stub = a.ns.GetByName(c.Name)
		switch q := questions[list+"/"+c.Name]; {
		case list == "alarms":
			o = askAlarm(t, a)
		case list == "urls":
			o = outcome(a.url())
		case q == nil:
			t.Errorf("no Go form of %s: write one, or list it as inexpressible", c.Asked)
		default:
			o = outcome(q(a))
		}
		if err := em.Close(); err != nil {
			t.Errorf("closing the emulator: %v", err)
		}
	})
	return o
}

// configured gives the lines that bind classes by their names in upper case.
func configured(classes ...string) []string {
	lines := []string{}
	for _, c := range classes {
		lines = append(lines, "[[durable_objects.bindings]]\nname = \""+strings.ToUpper(c)+"\"\nclass_name = \""+c+"\"\n")
	}
	return append(lines, "[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\""+strings.Join(classes, "\", \"")+"\"]\n")
}

// call calls a method of a stub and decodes the result.
func (a *asked) call(stub *durable.Stub, method string, args ...any) (any, error) {
	return decoded(stub.Call(a.ctx, method, args...))
}

// calls is the question that only calls a method of the object.
func calls(method string, args ...any) question {
	return func(a *asked) (any, error) { return a.call(a.stub, method, args...) }
}

// merged puts tables of questions together.
func merged(tables ...map[string]question) map[string]question {
	all := map[string]question{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}
