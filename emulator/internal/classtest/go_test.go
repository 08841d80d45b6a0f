package classtest

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

func TestGo(t *testing.T) { Run(t, Go()) }

var orders = flag.Uint64("orders", 5, "in how many orders each script is played")

func TestGoOrders(t *testing.T) {
	var seeds []uint64
	for seed := range *orders {
		seeds = append(seeds, seed+1)
	}
	Orders(t, Go(), seeds...)
}

// TestQuestionsAreRecorded finds Go forms of questions that nobody asks.
func TestQuestionsAreRecorded(t *testing.T) {
	recorded := Questions(t)
	for key := range questions {
		if recorded[key] == nil || inexpressible[key] != "" {
			t.Errorf("%s is not recorded, or listed as inexpressible", key)
		}
	}
	for name := range alarmTimes {
		if recorded["alarms/"+name] == nil {
			t.Errorf("alarms/%s is not recorded", name)
		}
	}
}

// TestIDs compares the ids of names under several unique keys, which a Worker's
// and a class's name make (rules 1.2 to 1.6, 1.16).
func TestIDs(t *testing.T) {
	byKey := map[string][]workerd.IDCase{}
	for _, c := range load(t, workerd.LoadIDs).IDs {
		byKey[c.UniqueKey] = append(byKey[c.UniqueKey], c)
	}
	n := 0
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		i := strings.LastIndex(key, "-")
		script, class := key[:i], key[i+1:]
		config := "compatibility_date = \"2026-07-01\"\n" + strings.Join(configured(class), "")
		if script != "" {
			config = fmt.Sprintf("name = %q\n", script) + config
		}
		em := startConfig(t, t.TempDir(), config, []durable.Class{durable.NewClass(class, newSpecimen(class))}, emulator.InMemory)
		ns := em.Namespace(strings.ToUpper(class))
		for _, c := range byKey[key] {
			if diff := cmp.Diff(c.ID, ns.IDFromName(nameFrom(c)).String()); diff != "" {
				t.Errorf("rules %v: %s: %q (-want +got):\n%s", c.Rules, c.Name, c.Input, diff)
			}
			n++
		}
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}
	if n < 230 {
		t.Errorf("compared %d ids, want at least 230", n)
	}
}

// nameFrom is the name of a case. A lone surrogate in it is three bytes, as in
// WTF-8.
func nameFrom(c workerd.IDCase) string {
	if c.Units == nil {
		return c.Input
	}
	var b []byte
	for i := 0; i < len(c.Units); i++ {
		r := rune(c.Units[i])
		if i+1 < len(c.Units) {
			if pair := utf16.DecodeRune(r, rune(c.Units[i+1])); pair != utf8.RuneError {
				b = utf8.AppendRune(b, pair)
				i++
				continue
			}
		}
		if utf16.IsSurrogate(r) {
			b = append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}
