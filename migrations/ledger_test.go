package migrations_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

func TestLedgerFormat(t *testing.T) {
	const text = `{"version":1,"script":"w",` +
		`"applied":[{"tag":"v1","new_classes":["K"],"new_sqlite_classes":["A"]},` +
		`{"tag":"v2","renamed_classes":[{"from":"A","to":"B"}],"deleted_classes":["K"],"transferred_classes":[{"from":"X","from_script":"o","to":"Y"}]}],` +
		`"declarative":true,` +
		`"namespaces":[{"class":"B","unique_key":"w-A","storage":"sqlite"},` +
		`{"class":"Y","unique_key":"o-X","storage":"legacy-kv"},` +
		`{"class":"U","unique_key":"w-U","storage":"legacy-kv","undeclared":true}],` +
		`"given_away":["w-Z"]}`
	want := migrations.Ledger{
		Script: "w",
		Applied: []migrations.Migration{
			{Tag: "v1", NewClasses: []string{"K"}, NewSQLiteClasses: []string{"A"}},
			{
				Tag: "v2", RenamedClasses: []migrations.RenamedClass{{From: "A", To: "B"}}, DeletedClasses: []string{"K"},
				TransferredClasses: []migrations.TransferredClass{{From: "X", FromScript: "o", To: "Y"}},
			},
		},
		Declarative: true,
		Namespaces: []migrations.Namespace{
			{Class: "B", UniqueKey: "w-A", SQLite: true},
			{Class: "Y", UniqueKey: "o-X"},
			{Class: "U", UniqueKey: "w-U", Undeclared: true},
		},
		GivenAway: []string{"w-Z"},
	}
	got, err := migrations.ParseLedger("ledger.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	written, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(written)); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestLedgerBroken(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "l:1:1: DM1013: the ledger of this state is broken: unexpected end of JSON input"},
		{"cut off", "{\n\"version\": 1,", "l:2:13: DM1013"},
		{"no JSON", "{\n  ü", "l:2:3: DM1013"},
		{"newer version", `{"version":2}`, "ledger has version 2; this dormouse reads version 1"},
		{"no version", `{}`, "ledger has version 0"},
		{"unknown key", `{"version":1,"foo":1}`, `unknown field "foo"`},
		{"unknown storage", `{"version":1,"namespaces":[{"class":"A","unique_key":"k","storage":"kv"}]}`, `has storage "kv"`},
		{"no key", `{"version":1,"namespaces":[{"class":"A","storage":"sqlite"}]}`, "lacks its class or its unique key"},
		{"a key twice", `{"version":1,"namespaces":[{"class":"A","unique_key":"k","storage":"sqlite"},{"class":"B","unique_key":"k","storage":"sqlite"}]}`, `unique key "k" is there twice`},
		{"a key held and given away", `{"version":1,"namespaces":[{"class":"A","unique_key":"k","storage":"sqlite"}],"given_away":["k"]}`, `unique key "k" is there twice`},
		{"a class twice", `{"version":1,"namespaces":[{"class":"A","unique_key":"k","storage":"sqlite"},{"class":"A","unique_key":"l","storage":"sqlite"}]}`, `class "A" has two namespaces`},
		{"a tag twice", `{"version":1,"applied":[{"tag":"a"},{"tag":"a"}]}`, `tag "a" is applied twice`},
		{"given away twice", `{"version":1,"given_away":["a","a"]}`, "given away twice"},
		{"undeclared with SQL", `{"version":1,"namespaces":[{"class":"A","unique_key":"k","storage":"sqlite","undeclared":true}]}`, `undeclared class "A" has storage`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := migrations.ParseLedger("l", []byte(tt.text))
			var d *wranglercfg.Diagnostic
			if !errors.As(err, &d) || d.Code != migrations.CodeLedger || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a Diagnostic with %q", err, tt.want)
			}
		})
	}
}
