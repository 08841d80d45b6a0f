package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// directive is one directive of a step: its name, and its entries in the order
// of the file, each as the format wants it.
type directive struct {
	name    string
	entries []string
}

// directives returns those that a step has, in wrangler's order of names. colon
// stands between key and value of an entry, keys are quoted by key.
func directives(m wranglercfg.Migration, key func(string) string, colon string) []directive {
	pair := func(name string, t wranglercfg.Text) string { return key(name) + colon + strconv.Quote(t.Value) }
	classes := func(list []wranglercfg.Text) (out []string) {
		for _, t := range list {
			out = append(out, strconv.Quote(t.Value))
		}
		return out
	}
	all := []directive{
		{"new_classes", classes(m.NewClasses)},
		{"new_sqlite_classes", classes(m.NewSQLiteClasses)},
		{"renamed_classes", nil},
		{"deleted_classes", classes(m.DeletedClasses)},
		{"transferred_classes", nil},
	}
	for _, r := range m.RenamedClasses {
		all[2].entries = append(all[2].entries, "{ "+pair("from", r.From)+", "+pair("to", r.To)+" }")
	}
	for _, t := range m.TransferredClasses {
		all[4].entries = append(all[4].entries, "{ "+pair("from", t.From)+", "+pair("from_script", t.FromScript)+", "+pair("to", t.To)+" }")
	}
	return slices.DeleteFunc(all, func(d directive) bool { return len(d.entries) == 0 })
}

// inline returns a step on one line.
func inline(m wranglercfg.Migration, key func(string) string, colon string) string {
	parts := []string{key("tag") + colon + strconv.Quote(m.Tag.Value)}
	for _, d := range directives(m, key, colon) {
		parts = append(parts, key(d.name)+colon+"["+strings.Join(d.entries, ", ")+"]")
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func inlineJSON(m wranglercfg.Migration) string { return inline(m, strconv.Quote, ": ") }

// stepSource returns a step as the file would say it on one line.
func (s *selection) stepSource(m wranglercfg.Migration) string {
	if s.toml() {
		return inline(m, func(key string) string { return key }, " = ")
	}
	return inlineJSON(m)
}

// sum is equal for steps with the same directives: the order of entries, like
// comments and format, says nothing (M18). The tag is not part of it.
func sum(m wranglercfg.Migration) string {
	var b strings.Builder
	for _, d := range directives(m, strconv.Quote, ":") {
		slices.Sort(d.entries)
		fmt.Fprintf(&b, "%s%v;", d.name, d.entries)
	}
	return b.String()
}

// asConfigured returns a step of a ledger as a configuration has it.
func asConfigured(m migrations.Migration) wranglercfg.Migration {
	texts := func(list []string) (out []wranglercfg.Text) {
		for _, v := range list {
			out = append(out, wranglercfg.Text{Value: v})
		}
		return out
	}
	c := wranglercfg.Migration{
		Tag: wranglercfg.Text{Value: m.Tag}, NewClasses: texts(m.NewClasses),
		NewSQLiteClasses: texts(m.NewSQLiteClasses), DeletedClasses: texts(m.DeletedClasses),
	}
	for _, r := range m.RenamedClasses {
		c.RenamedClasses = append(c.RenamedClasses, wranglercfg.Rename{From: wranglercfg.Text{Value: r.From}, To: wranglercfg.Text{Value: r.To}})
	}
	for _, t := range m.TransferredClasses {
		c.TransferredClasses = append(c.TransferredClasses, wranglercfg.Transfer{
			From: wranglercfg.Text{Value: t.From}, FromScript: wranglercfg.Text{Value: t.FromScript}, To: wranglercfg.Text{Value: t.To},
		})
	}
	return c
}
