package wranglercfg

import (
	"encoding/json"
	"fmt"
)

// Resolve selects an environment ("" is the top level) and applies wrangler's
// inheritance. The findings are those of the whole file, of its top level and
// of the selected environment, sorted; if one is an error, the Config holds
// only what could be understood.
func (f *File) Resolve(env string) (*Config, Diagnostics) {
	d := &decoder{diags: append(Diagnostics(nil), f.warnings...)}
	top := d.level(f.root, "")
	selected := top
	c := &Config{Path: f.path, Env: env, Pos: f.root.pos, node: f.root, top: f.root}
	if env != "" {
		top.name = suffixed(top.name, env)
		selected = top
		if node := f.environment(d, env); node != nil {
			c.node, c.Pos = node, node.pos
			selected = d.inherit(top, d.level(node, "env."+env+"."))
			d.notInherited(f.root, node, env)
		}
	}
	selected.fill(c)
	d.diags.Sort()
	return c, d.diags
}

// environment returns the object of a named environment. nil stands for an
// environment that is not there: an error if the file has others, else all of
// the top level applies, bindings included (E2).
func (f *File) environment(d *decoder, env string) *Node {
	all := f.root.Get("env")
	node := all.Get(env)
	switch {
	case node.Kind() == Object:
		return node
	case node.Kind() != Null:
		d.errorf(CodeEnvironment, node.pos, `The field "env.%s" should be an object but got %s.`, env, node.JSON())
		return nil
	}
	diag := &Diagnostic{
		Code: CodeEnvironment, Severity: SeverityWarning, Pos: f.root.pos,
		Msg:  fmt.Sprintf(`No environment found in configuration with name %q.`, env),
		Hint: "all of the top level is used, under the suffixed name",
	}
	// An env without any name is enough for wrangler to refuse.
	if all.Kind() != Null {
		names := f.Environments()
		if names == nil {
			names = []string{}
		}
		list, err := json.Marshal(names)
		if err != nil {
			list = nil // not reached: strings always marshal
		}
		diag.Severity = SeverityError
		diag.Pos = all.pos
		diag.Hint = "The available configured environment names are: " + string(list)
	}
	d.diags = append(d.diags, diag)
	return nil
}

// level is what one level of the file says: the top, or an environment. Fields
// that are inherited are paired with whether this level has them.
type level struct {
	name  Text
	main  Text
	date  Text
	flags inherited[Text]

	migrations inherited[Migration]
	exports    inherited[Export]

	vars     []Var
	bindings []Binding
}

// inherited is a list that an environment overrides as a whole, with an empty
// one too (E9).
type inherited[T any] struct {
	list []T
	pos  Pos // of the list; valid if this level, or the one it was taken from, has it
}

func (i inherited[T]) or(top inherited[T]) inherited[T] {
	if i.pos.IsValid() {
		return i
	}
	return top
}

func (t Text) or(top Text) Text {
	if t.Pos.IsValid() {
		return t
	}
	return top
}

// suffixed returns the name that an environment has without one of its own (E4).
func suffixed(name Text, env string) Text {
	if name.Value != "" {
		name.Value += "-" + env
	}
	return name
}

// inherit returns the environment with what it takes from the top level (E3).
func (d *decoder) inherit(top, env level) level {
	own := env
	env.name = env.name.or(top.name)
	env.main = env.main.or(top.main)
	env.date = env.date.or(top.date)
	env.flags = env.flags.or(top.flags)
	env.migrations = env.migrations.or(top.migrations)
	env.exports = env.exports.or(top.exports)
	if own.migrations.pos.IsValid() || own.exports.pos.IsValid() {
		d.oneLifecycle(env)
	}
	return env
}

// notInherited warns of keys that the environment probably should repeat (E5).
func (d *decoder) notInherited(top, node *Node, env string) {
	for _, key := range []string{"vars", "durable_objects"} {
		if top.Get(key) != nil && node.Get(key) == nil {
			d.warnf(CodeNotInherited, node.pos, `"%s" exists at the top level, but not on "env.%s".`, key, env)
			d.hint(`"%s" is not inherited by environments; add it to "env.%s"`, key, env)
		}
	}
}

func (l level) fill(c *Config) {
	c.Name, c.Main, c.CompatibilityDate = l.name, l.main, l.date
	c.CompatibilityFlags = l.flags.list
	c.Vars, c.Bindings = l.vars, l.bindings
	c.Migrations, c.Exports = l.migrations.list, l.exports.list
	c.Lifecycle = c.Pos
	if l.migrations.pos.IsValid() {
		c.Lifecycle = l.migrations.pos
	}
	if len(l.exports.list) > 0 || l.exports.pos.IsValid() && !l.migrations.pos.IsValid() {
		c.Lifecycle = l.exports.pos
	}
}
