package durable

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
	"github.com/google/go-cmp/cmp"
)

func constructor[T any](context.Context, *State, *Env) (t T, err error) { return t, nil }

type plainClass struct{}

func (*plainClass) URLFor(context.Context, string) (string, error) { return "", nil }
func (*plainClass) GetID(context.Context) error                    { return nil }
func (*plainClass) Sum(_ context.Context, first int, rest ...int) (int, error) {
	return first + len(rest), nil
}
func (*plainClass) Optional(_ context.Context, a string, b *string) string { return a }
func (*plainClass) Helper(string) string                                   { return "" }
func (*plainClass) ServeHTTP(http.ResponseWriter, *http.Request)           {}
func (*plainClass) Alarm(context.Context, AlarmInfo) error                 { return nil }

type badAlarm struct{}

func (*badAlarm) Alarm(context.Context) error { return nil }

type badFetch struct{}

func (*badFetch) ServeHTTP(context.Context, *http.Request) {}

type reservedName struct{}

func (*reservedName) Fetch(context.Context) error { return nil }

type collision struct{}

func (*collision) URLFor(context.Context) error { return nil }
func (*collision) UrlFor(context.Context) error { return nil }

type twoResults struct{}

func (*twoResults) Pair(context.Context) (int, int, error) { return 0, 0, nil }

func TestNewClass(t *testing.T) {
	c := NewClass("Plain", constructor[*plainClass]).(*goClass)
	if c.Err() != nil || !c.HandlesAlarm() || !c.fetch {
		t.Errorf("err %v, alarm %v, fetch %v", c.Err(), c.HandlesAlarm(), c.fetch)
	}
	var names []string
	for _, name := range []string{"urlFor", "getID", "sum", "optional", "helper", "serveHTTP", "alarm"} {
		if c.methods[name] != nil {
			names = append(names, name)
		}
	}
	if diff := cmp.Diff([]string{"urlFor", "getID", "sum", "optional"}, names); diff != "" {
		t.Errorf("RPC methods (-want +got):\n%s", diff)
	}
}

func TestNewClassRefuses(t *testing.T) {
	for _, c := range []struct {
		class Class
		want  string
	}{
		{NewClass("C", constructor[*badAlarm]), "class C: method Alarm is a handler and must be declared as Alarm(context.Context, durable.AlarmInfo) error"},
		{NewClass("C", constructor[*badFetch]), "method ServeHTTP is a handler and must be declared as ServeHTTP(http.ResponseWriter, *http.Request)"},
		{NewClass("C", constructor[*reservedName]), `method Fetch would be called "fetch" over RPC, which is a reserved name: rename it`},
		{NewClass("C", constructor[*collision]), `would be called "urlFor" over RPC, like URLFor: rename one`},
		{NewClass("C", constructor[*twoResults]), "method Pair returns more than one value and an error: return a struct"},
		{NewClass("C", constructor[http.Handler]), "the constructor returns the interface http.Handler: return the class's own type"},
	} {
		if err := c.class.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want an error with %q", err, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	class := NewClass("Plain", constructor[*plainClass]).(*goClass)
	for _, c := range []struct {
		method string
		args   []any
		want   string // of the error
	}{
		{"sum", []any{1}, ""},
		{"sum", []any{1, 2, 3}, ""},
		{"sum", nil, "TypeError: Failed to execute 'sum' on 'Plain': 1 arguments required, but only 0 present."},
		{"sum", []any{1, "x"}, "TypeError: Failed to execute 'sum' on 'Plain': "},
		{"sum", []any{0.5}, "TypeError: Failed to execute 'sum' on 'Plain': "},
		{"optional", []any{"a"}, ""},
		{"optional", []any{"a", nil}, ""},
		{"optional", []any{"a", "b"}, ""},
		{"optional", []any{"a", "b", "c"}, "TypeError: Failed to execute 'optional' on 'Plain': 2 arguments expected, but 3 present."},
	} {
		data, err := v8value.MarshalArgs(c.args)
		if err != nil {
			t.Fatal(err)
		}
		_, err = class.methods[c.method].arguments(t.Context(), "Plain", data)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s%v: %v", c.method, c.args, err)
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s%v: %v, want %s…", c.method, c.args, err, c.want)
		}
	}
}
