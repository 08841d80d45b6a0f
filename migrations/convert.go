package migrations

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// CodeConvert says why a list of migrations has no equivalent in exports.
const CodeConvert wranglercfg.Code = "DM1014"

// Convert returns the exports that stand for a list of migrations: one live
// entry for each class that is live at its end, with the backend of its origin
// (X13). The text has the format of the configuration's file; in an environment
// it belongs to that environment. No objects move.
//
// A finding of severity error leaves the text empty: the list is refused
// itself, is empty, or exports are there already. A warning marks a class whose
// backend the list does not tell, since it came by a transfer.
//
// There is no way back, so the list must be deployed up to its end first: its
// deletions and renames have no entry.
func Convert(cfg *wranglercfg.Config) (text string, ds wranglercfg.Diagnostics) {
	p := newPlanner(Ledger{}, cfg, nil)
	switch {
	case p.declarative():
		p.errorf(CodeConvert, cfg.Lifecycle, "exports are in use already")
	case len(cfg.Migrations) == 0:
		p.errorf(CodeConvert, cfg.Lifecycle, "there are no migrations to convert")
	default:
		changes, found := p.plan()
		if found.Err() != nil {
			return "", found
		}
		p.diags = nil
		p.guessed(changes)
		text = exportsText(cfg, changes.Ledger)
	}
	p.diags.Sort()
	return text, p.diags
}

// guessed warns of live classes whose backend the list does not tell.
func (p *planner) guessed(c Changes) {
	for _, s := range c.Steps {
		if s.FromScript != "" {
			p.warnf(CodeConvert, s.Pos, "the storage of class %q, which came from Worker %q, is not in the list", s.Class, s.FromScript)
			p.hint("%q is a guess: write the storage that it has in the other Worker", storage(s.SQLite))
		}
	}
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func exportsText(cfg *wranglercfg.Config, l Ledger) string {
	var b strings.Builder
	if strings.HasSuffix(cfg.Path, ".toml") {
		for _, n := range l.Namespaces {
			if n.Undeclared {
				continue
			}
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			b.WriteString("[")
			if cfg.Env != "" {
				b.WriteString("env." + tomlKey(cfg.Env) + ".")
			}
			b.WriteString("exports." + tomlKey(n.Class) + "]\ntype = \"durable-object\"\nstorage = \"" + storage(n.SQLite) + "\"\n")
		}
		return b.String()
	}
	b.WriteString("{\n  \"exports\": {")
	comma := ""
	for _, n := range l.Namespaces {
		if n.Undeclared {
			continue
		}
		b.WriteString(comma + "\n    " + jsonString(n.Class) + `: { "type": "durable-object", "storage": "` + storage(n.SQLite) + `" }`)
		comma = ","
	}
	b.WriteString("\n  }\n}\n")
	return b.String()
}

func tomlKey(key string) string {
	if bareKey.MatchString(key) {
		return key
	}
	return jsonString(key)
}

// jsonString quotes a key as both formats read it.
func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			b.WriteString(`\u00` + strings.ToLower(strconv.FormatInt(int64(r)+0x100, 16)[1:]))
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}
