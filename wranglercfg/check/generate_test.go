package check_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator writes random configurations: mostly valid, with a mistake here and
// there, all about Durable Objects. The same seed writes the same ones.
type generator struct {
	*rand.Rand
	mistakes int // of 1,000 places that may have one
}

func newGenerator(seed int) generator {
	g := generator{Rand: rand.New(rand.NewPCG(uint64(seed), 7))}
	g.mistakes = pick(g, 0, 5, 15, 40)
	return g
}

func (g generator) mistake() bool { return g.IntN(1000) < g.mistakes }

// doc is an object of JSON whose keys keep their order.
type doc []field

type field struct {
	key   string
	value any
}

func (d doc) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, f := range d {
		if i > 0 {
			b.WriteByte(',')
		}
		key, _ := json.Marshal(f.key) // a string always marshals
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s:%s", key, value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

var someClasses = []string{"A", "B", "C", "Room", "Café"}

func (g generator) class() string { return pick(g, someClasses...) }

// wrong returns a value of a type that is hardly ever the right one.
func (g generator) wrong() any {
	return pick[any](g, nil, 7, "x", "", true, []any{}, []any{"x"}, []any{nil}, doc{}, doc{{"a", 1}}, 1.5, []any{7})
}

// or returns the value, or now and then a wrong one.
func (g generator) or(value any) any {
	if g.mistake() {
		return g.wrong()
	}
	return value
}

// oneOf returns a good value, or now and then one of the bad ones.
func (g generator) oneOf(good []string, bad ...string) string {
	if g.mistake() {
		return pick(g, bad...)
	}
	return pick(g, good...)
}

// document writes a whole configuration with up to two environments.
func (g generator) document() doc {
	d := doc{{"name", g.or(g.oneOf([]string{"chat", "a_b-c", "_"}, "Chat", "a b", "-x", ""))}}
	if !g.mistake() {
		d = append(d, field{"main", g.or("src/chat.js")})
	}
	if !g.mistake() {
		d = append(d, field{"compatibility_date", g.or(g.oneOf([]string{"2025-06-01", "2026-01-31"}, "2025–06–01", "soon", "2026-13-01", "2026-1-5", ""))})
	}
	d = append(d, g.level(true)...)
	if g.chance(50) {
		env := doc{}
		for _, name := range []string{"e", "f"}[:1+g.IntN(2)] {
			env = append(env, field{name, g.or(g.level(false))})
		}
		d = append(d, field{"env", g.or(env)})
	}
	return d
}

func (g generator) level(top bool) doc {
	var d doc
	add := func(percent int, key string, make func() any) {
		if g.chance(percent) {
			d = append(d, field{key, g.or(make())})
		}
	}
	if !top {
		add(10, "name", func() any { return g.oneOf([]string{"own", ""}, "Own") })
		add(10, "compatibility_date", func() any { return "2026-01-01" })
	}
	add(70, "durable_objects", g.bindings)
	if g.chance(60) {
		add(90, "migrations", g.migrations)
		if g.mistake() {
			d = append(d, field{"exports", g.exports()})
		}
	} else {
		add(80, "exports", g.exports)
	}
	add(15, "vars", func() any {
		return doc{{g.oneOf([]string{"REGION", "V", "directory", "A"}, "ROOM", "binding", "toString", "B"), pick[any](g, "x", 1, "R2", doc{})}}
	})
	add(8, "kv_namespaces", func() any {
		return []any{doc{{"binding", g.oneOf([]string{"KV", "KV2"}, "ROOM", "A", "V")}, {"id", "0123"}}}
	})
	add(8, "containers", g.containers)
	add(5, "compatibility_flags", func() any { return []any{"nodejs_compat"} })
	add(4, "assets", func() any { return doc{{"directory", "public"}} })
	add(3, pick(g, "workers_dev", "minify", "logpush", "no_bundle", "keep_names"), func() any { return true })
	add(3, pick(g, "account_id", "base_dir", "tsconfig"), func() any { return "x" })
	if g.mistake() {
		add(100, pick(g, "legacy_env", "node_compat"), func() any { return true })
	}
	add(3, pick(g, "migration", "exprots", "keep_vars", "usage_model"), func() any { return true })
	return d
}

func (g generator) bindings() any {
	var list []any
	for _, name := range []string{"B", "ROOM", "R2", "C"}[:g.IntN(5)] {
		b := doc{{"name", g.or(g.oneOf([]string{name}, "A", "B", "directory", "", "valueOf"))}, {"class_name", g.or(g.class())}}
		if g.chance(20) {
			b = append(b, field{"script_name", g.or(pick(g, "other", "chat", ""))})
		}
		if g.mistake() || len(b) > 2 && g.chance(20) {
			b = append(b, field{"environment", g.or("production")})
		}
		if g.chance(5) {
			b = append(b, field{"remote", g.or(true)})
		}
		if g.mistake() {
			b = b[1:]
		}
		list = append(list, g.or(b))
	}
	if g.mistake() {
		return doc{}
	}
	if list == nil {
		list = []any{}
	}
	d := doc{{"bindings", g.or(list)}}
	if g.mistake() {
		d = append(d, field{"code_update_strategy", g.or(doc{{"mode", g.or("deferred")}, {"max_delay", g.or(60)}})})
	}
	return d
}

func (g generator) classes() any {
	list := []any{}
	for range 1 + g.IntN(2) {
		list = append(list, g.or(g.class()))
	}
	return list
}

func (g generator) migrations() any {
	list := []any{}
	for i := range g.IntN(5) {
		m := doc{{"tag", g.or(fmt.Sprintf("v%d", i+1))}}
		if g.mistake() {
			m = doc{}
		}
		for _, key := range []string{"new_classes", "new_sqlite_classes", "new_sqlite_classes", "deleted_classes", "new_sqlite_class"} {
			if g.chance(25) && (len(m) == 0 || m[len(m)-1].key != key) {
				m = append(m, field{key, g.or(g.classes())})
			}
		}
		if g.chance(25) {
			r := doc{{"from", g.or(g.class())}, {"to", g.or(g.class())}}
			m = append(m, field{"renamed_classes", g.or([]any{g.or(r)})})
		}
		if g.chance(10) {
			r := doc{{"from", g.or(g.class())}, {"from_script", g.or("other")}, {"to", g.or(g.class())}}
			m = append(m, field{"transferred_classes", g.or([]any{g.or(r)})})
		}
		list = append(list, g.or(m))
	}
	return list
}

func (g generator) exports() any {
	d := doc{}
	for _, class := range append([]string{}, someClasses...)[:1+g.IntN(len(someClasses))] {
		e := doc{{"type", g.or(g.oneOf([]string{"durable-object"}, "worker", "workflow"))}}
		state := g.oneOf([]string{"", "", "created", "deleted", "renamed", "transferred", "expecting-transfer"}, "live")
		if state != "" {
			e = append(e, field{"state", g.or(state)})
		}
		add := func(due bool, key string, value any) {
			if due != g.mistake() {
				e = append(e, field{key, g.or(value)})
			}
		}
		has := func(states ...string) bool { return slices.Contains(states, state) }
		add(has("", "created", "expecting-transfer"), "storage", g.oneOf([]string{"sqlite", "legacy-kv"}, "kv"))
		add(has("renamed"), "renamed_to", g.oneOf([]string{"A", "Room", "New"}, "Café", class))
		add(has("transferred"), "transferred_to", "other")
		add(has("expecting-transfer"), "transfer_from", "other")
		if has("", "created") && g.chance(10) {
			e = append(e, field{"container", g.or(g.oneOf([]string{"box", "crate"}, ""))})
		}
		if g.mistake() {
			e = append(e, field{"name", g.or("flow")})
		}
		if g.mistake() {
			e = append(e, field{"cache", g.or(doc{{"enabled", g.or(true)}})})
		}
		d = append(d, field{class, g.or(e)})
	}
	if g.mistake() {
		d = append(d, field{"", doc{{"type", "durable-object"}, {"storage", "sqlite"}}})
	}
	return d
}

func (g generator) containers() any {
	list := []any{}
	for range g.IntN(3) {
		c := doc{{"image", "registry.cloudflare.com/0123/box:1"}}
		if g.chance(80) {
			c = append(c, field{"class_name", g.class()})
		}
		if g.chance(60) {
			c = append(c, field{"name", pick(g, "box", "crate")})
		}
		list = append(list, c)
	}
	return list
}
