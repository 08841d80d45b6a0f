package wranglercfg_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// TestTwins holds the two fixtures of one document against each other.
func TestTwins(t *testing.T) {
	toml, err := wranglercfg.Load("testdata/chat.toml")
	if err != nil {
		t.Fatal(err)
	}
	jsonc, err := wranglercfg.Load("testdata/chat.jsonc")
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range []string{"", "staging", "next"} {
		a, aFindings := toml.Resolve(env)
		b, bFindings := jsonc.Resolve(env)
		if len(aFindings) > 0 || len(bFindings) > 0 {
			t.Fatalf("environment %q: findings %v and %v", env, lines(aFindings), lines(bFindings))
		}
		if len(a.Bindings)+len(a.Exports) == 0 {
			t.Fatalf("environment %q is empty", env)
		}
		if diff := cmp.Diff(a, b, ignorePlaces); diff != "" {
			t.Errorf("environment %q (-TOML +JSON):\n%s", env, diff)
		}
	}
}

// TestPlaces holds that every place begins the text that the tree says it has.
func TestPlaces(t *testing.T) {
	tests := []struct{ name, file, text string }{
		{"toml", "w.toml", "\ufeff# ✨\r\n\r\n  \"é ü\" . b =  [ 'x',\r\n # ]\r\n '✨', { \"c\"={d.e='z'} , f = [[ ], [\"y\"]] } ] # end\r\n\t[ t . \"u\" ] \nv = '''\nmany\n'''\nw = 12\n[[ l . m ]]\n[l.m.n]\nx = true\n[[l.m]]\nx = 2.5\n[t.'z']\nd = 2025-06-01 # no\n"},
		{"json", "w.jsonc", "\ufeff// ✨\r\n { \"é\\u00fc\" /* \" */ : [ \"x\",\r\n // ]\r\n \"✨\", {\"c\":{\"d\":null}, \"f\" : [[ ], [\"y\",],],} ], \"w\":12 ,\t\"x\": true, \"z\":-2.5e1 }\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := wranglercfg.Parse(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimPrefix(tt.text, "\ufeff"), "\n")
			at := func(p wranglercfg.Pos) string {
				return string([]rune(lines[p.Line-1])[p.Column-1:])
			}
			var walk func(n *wranglercfg.Node)
			walk = func(n *wranglercfg.Node) {
				want := map[wranglercfg.Kind]string{
					wranglercfg.Null: "n", wranglercfg.Bool: "t", wranglercfg.Number: "-12", wranglercfg.String: `"'`,
					wranglercfg.Date: "2", wranglercfg.List: "[", wranglercfg.Object: `{["'nbtlmude`,
				}[n.Kind()]
				if got := at(n.Pos()); n != f.Root() && !strings.ContainsAny(got[:1], want) {
					t.Errorf("%s at %s, where the text is %q", n.JSON(), n.Pos(), got)
				}
				for _, item := range n.Items() {
					walk(item)
				}
				for _, m := range n.Members() {
					if got := strings.TrimLeft(at(m.Pos), `"'`); !strings.HasPrefix(got, m.Key[:1]) {
						t.Errorf("key %q at %s, where the text is %q", m.Key, m.Pos, got)
					}
					walk(m.Value)
				}
			}
			walk(f.Root())
			if len(f.Root().Members()) < 3 {
				t.Errorf("the tree is %s", f.Root().JSON())
			}
		})
	}
}

func TestNodeJSON(t *testing.T) {
	tests := []struct{ file, text, want string }{
		{"w.json", `{"a": [ 1.0, -0, 1e21, 1e-7, 12345678901234567890, 1e999 ]}`, `{"a":[1,0,1e+21,1e-7,12345678901234567000,null]}`},
		{"w.json", `{"a": "\u2028<>&\u0001\n\ud800\"" }`, "{\"a\":\"\u2028<>&\\u0001\\n\ufffd\\\"\"}"},
		{"w.json", `{"b": null, "a": [true, false, {}, []] }`, `{"b":null,"a":[true,false,{},[]]}`},
		{"w.toml", "a = [inf, nan, 0xff, 0b11, 0o17, 1_000, 1_0.5, +7]", `{"a":[null,null,255,3,15,1000,10.5,7]}`},
		{"w.toml", "a = [2025-06-01, 2025-06-01 07:32:00z, 07:32:00]", `{"a":["2025-06-01","2025-06-01T07:32:00Z","07:32:00"]}`},
		{"w.toml", "a = [\"\"\"\nx\ny\\\n  z\"\"\", '''\n\\n''']", `{"a":["x\nyz","\\n"]}`},
	}
	for _, tt := range tests {
		f, err := wranglercfg.Parse(tt.file, []byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, f.Root().JSON()); diff != "" {
			t.Errorf("rules F6 F7: %s (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestNilNode(t *testing.T) {
	var n *wranglercfg.Node
	if n.Get("a") != nil || n.Kind() != wranglercfg.Null || n.Text() != "" || n.Items() != nil || n.Members() != nil || n.Pos().IsValid() || n.JSON() != "undefined" {
		t.Errorf("a nil node answers as if it were there")
	}
}

// TestManyKeys crosses the size from which keys are found through a map.
func TestManyKeys(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "%q:%d,", fmt.Sprint("k", i%60), i)
	}
	f, err := wranglercfg.Parse("w.json", []byte("{"+b.String()+"}"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		want := i
		if i < 40 {
			want += 60
		}
		if got := f.Root().Get(fmt.Sprint("k", i)).JSON(); got != fmt.Sprint(want) {
			t.Errorf("rule F8: key k%d is %s, want %d", i, got, want)
		}
	}
	if _, ds := f.Resolve(""); len(ds) != 40 || len(f.Root().Members()) != 60 || f.Root().Get("k60") != nil {
		t.Errorf("rule F8: %d findings and %d keys, want 40 and 60", len(ds), len(f.Root().Members()))
	}
}
