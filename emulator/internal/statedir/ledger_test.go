package statedir

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

func TestParseLedgers(t *testing.T) {
	const w = `{"version": 1, "script": "w", "namespaces": [{"class": "A", "unique_key": "w-A", "storage": "sqlite"}]}`
	tests := []struct {
		name, text string
		want       string // the place; "" if it is fine
	}{
		{"empty", `{"version": 1, "workers": []}`, ""},
		{"one", `{"version": 1, "workers": [` + w + `]}`, ""},
		{"a move", `{"version": 1, "workers": [], "moving": [{"class": "A", "from": "v3/do/w-A", "to": "deleted/w-A.1"}]}`, ""},
		{"not JSON", "{\n  nonsense", "l.json:2:3"},
		{"cut off", `{"version": 1, "work`, "l.json"},
		{"more", `{"version": 1, "workers": []} {}`, "l.json"},
		{"version", `{"version": 2, "workers": []}`, "l.json"},
		{"unknown key", `{"version": 1, "worker": []}`, "l.json"},
		{"twice", `{"version": 1, "workers": [` + w + `,` + w + `]}`, "l.json"},
		{"one key, two Workers", `{"version": 1, "workers": [` + w + `,` + string(bytes.Replace([]byte(w), []byte(`"script": "w"`), []byte(`"script": "x"`), 1)) + `]}`, "l.json"},
		{"outside", `{"version": 1, "workers": [], "moving": [{"class": "A", "from": "../a", "to": "deleted/w-A.1"}]}`, "l.json"},
		{"a transfer", `{"version": 1, "workers": [], "taking": [{"script": "w", "class": "A", "unique_key": "w-A", "other": "../w"}], "giving": []}`, ""},
		{"a transfer out of the folder", `{"version": 1, "workers": [], "taking": [{"script": "w", "class": "A", "unique_key": "../A", "other": "../w"}]}`, "l.json"},
		{"a transfer from nowhere", `{"version": 1, "workers": [], "giving": [{"script": "w", "class": "A", "unique_key": "w-A", "other": ""}]}`, "l.json"},
		{"absolute", `{"version": 1, "workers": [], "moving": [{"class": "A", "from": "v3/do/w-A", "to": "/etc"}]}`, "l.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseLedgers("l.json", []byte(tt.text))
			var d *wranglercfg.Diagnostic
			if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &d) || d.Pos.String() != tt.want || d.Code != migrations.CodeLedger || d.Hint == "") {
				t.Errorf("got %v, want place %q", err, tt.want)
			}
		})
	}
}

// FuzzLedgers: what can be read can be written, and reads the same.
func FuzzLedgers(f *testing.F) {
	f.Add([]byte(`{"version": 1, "workers": []}`))
	f.Add([]byte(`{"version": 1, "workers": [{"version": 1, "script": "w", "applied": [{"tag": "v1", "new_classes": ["A"]}], "namespaces": [{"class": "A", "unique_key": "w-A", "storage": "legacy-kv"}], "given_away": ["w-B"]}], "moving": [{"class": "C", "from": "v3/do/w-C", "to": "deleted/w-C.1"}]}`))
	f.Add([]byte(`{"version": 1, "workers": [], "taking": [{"script": "w", "class": "A", "unique_key": "w-A", "other": "../w"}], "giving": [{"script": "x", "class": "B", "unique_key": "x-B", "other": "/y"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parse("l.json", data)
		if err != nil {
			return
		}
		text, err := s.format()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse("l.json", text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		twice, err := again.format()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), string(twice)); diff != "" {
			t.Error(diff)
		}
	})
}
