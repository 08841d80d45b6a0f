package wranglercfg

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// migrations reads the list of steps (M1). The order of the steps and what
// they do to each other is for package migrations to judge.
func (d *decoder) migrations(n *Node) inherited[Migration] {
	if n == nil {
		return inherited[Migration]{}
	}
	if n.kind != List {
		d.errorf(CodeMigrations, n.pos, `The optional "migrations" field should be an array, but got %s`, n.JSON())
		if n.kind == Object {
			d.hint("in TOML a list of tables has two brackets: [[migrations]]")
		}
		return inherited[Migration]{}
	}
	in := inherited[Migration]{pos: n.pos, list: make([]Migration, 0, len(n.items))}
	for i, item := range n.items {
		if item.kind != Object {
			d.errorf(CodeMigrations, item.pos, `Expected "migrations[%d]" to be an object but got %s`, i, item.JSON())
			continue
		}
		in.list = append(in.list, d.migration(item, fmt.Sprintf("migrations[%d]", i)))
	}
	return in
}

func (d *decoder) migration(n *Node, field string) Migration {
	m := Migration{Pos: n.pos}
	switch tag := n.Get("tag"); {
	case tag == nil:
		d.errorf(CodeMigration, n.pos, `"%s.tag" is a required field.`, field)
	default:
		m.Tag = d.text(CodeMigration, field+".tag", tag)
		if m.Tag.Pos.IsValid() && m.Tag.Value == "" {
			d.errorf(CodeMigration, tag.pos, `"%s.tag" is empty`, field)
			d.hint("an empty tag counts as never migrated, so that every deploy sends the whole list again")
		}
	}
	m.NewClasses = d.classes(n, "new_classes", field)
	m.NewSQLiteClasses = d.classes(n, "new_sqlite_classes", field)
	m.DeletedClasses = d.classes(n, "deleted_classes", field)
	for _, t := range d.tables(n, "renamed_classes", field, "from", "to") {
		m.RenamedClasses = append(m.RenamedClasses, Rename{From: t[0], To: t[1]})
	}
	for _, t := range d.tables(n, "transferred_classes", field, "from", "from_script", "to") {
		m.TransferredClasses = append(m.TransferredClasses, Transfer{From: t[0], FromScript: t[1], To: t[2]})
	}
	return m
}

// classes reads a list of class names (M3).
func (d *decoder) classes(n *Node, key, field string) []Text {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	if v.kind != List {
		d.errorf(CodeMigration, v.pos, `Expected "%s.%s" to be an array of strings but got %s`, field, key, v.JSON())
		return nil
	}
	var list []Text
	for i, item := range v.items {
		// The blank index after the dot is wrangler's.
		if t := d.text(CodeMigration, fmt.Sprintf("%s.%s.[%d]", field, key, i), item); t.Pos.IsValid() {
			list = append(list, t)
		}
	}
	return list
}

// tables reads a list of objects whose keys are all strings (M4, M5).
func (d *decoder) tables(n *Node, key, field string, keys ...string) [][]Text {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	var list [][]Text
	bad := v
	if v.kind == List {
		bad = nil
		for _, item := range v.items {
			row, ok := textsOf(item, keys)
			if !ok {
				if bad == nil {
					bad = item
				}
				continue
			}
			list = append(list, row)
		}
	}
	if bad != nil {
		d.errorf(CodeMigration, bad.pos, `Expected "%s.%s" to be an array of "{%s: string}" objects but got %s.`,
			field, key, strings.Join(keys, ": string, "), v.JSON())
	}
	return list
}

func textsOf(n *Node, keys []string) (row []Text, ok bool) {
	for _, k := range keys {
		v := n.Get(k)
		if v.Kind() != String {
			return nil, false
		}
		row = append(row, Text{Value: v.text, Pos: v.pos})
	}
	return row, true
}

// oneLifecycle refuses a level that has steps and declared classes (X1). Where
// two places conflict, the later one is at fault.
func (d *decoder) oneLifecycle(l level) {
	if len(l.migrations.list) == 0 || !slices.ContainsFunc(l.exports.list, Export.durableObject) {
		return
	}
	at, other := l.exports.pos, l.migrations.pos
	name := "migrations"
	if at.Line < other.Line || at.Line == other.Line && at.Column < other.Column {
		at, other, name = other, at, "exports"
	}
	d.errorf(CodeLifecycles, at, "`migrations` and `exports` are mutually exclusive. Choose one or the other to declare your Durable Object lifecycle, but not both.")
	d.hint("%s is on line %d; an environment can drop what it inherits with an empty value", name, other.Line)
}

func (e Export) durableObject() bool { return e.Type.Value == TypeDurableObject }

// exports reads the declared classes (X2). Entries that have a fault are left out.
func (d *decoder) exports(n *Node) inherited[Export] {
	if n == nil {
		return inherited[Export]{}
	}
	if n.kind != Object {
		d.errorf(CodeExports, n.pos, `The optional "exports" field should be an object keyed by class name, but got %s`, n.JSON())
		return inherited[Export]{}
	}
	in := inherited[Export]{pos: n.pos}
	for _, m := range n.members {
		before := len(d.diags)
		e := d.export(m)
		if Diagnostics(d.diags[before:]).Err() == nil {
			in.list = append(in.list, e)
		}
	}
	return in
}

// export reads one entry (X3).
func (d *decoder) export(m Member) Export {
	n, field := m.Value, "exports."+m.Key
	e := Export{ClassName: Text{Value: m.Key, Pos: m.Pos}, Pos: n.pos}
	if m.Key == "" {
		d.errorf(CodeExports, m.Pos, `"export" keys cannot be the empty string.`)
		return e
	}
	if n.kind != Object {
		d.errorf(CodeExport, n.pos, `"%s" should be an object but got %s`, field, n.JSON())
		return e
	}
	e.Type = d.member(n, "type")
	switch e.Type.Value {
	case TypeDurableObject:
		d.durableObject(&e, n, field)
	case TypeWorker:
		d.cache(n, field)
	case TypeWorkflow:
		d.warnf(CodeExport, e.Type.Pos, `"%s.type" is "workflow", which wrangler before 4.164 refuses`, field)
	default:
		d.errorf(CodeExport, place(n, "type"), `"%s.type" must be "durable-object" or "worker", but got %s.`, field, n.Get("type").JSON())
	}
	return e
}

// member returns the string at key, or no value for anything else.
func (d *decoder) member(n *Node, key string) Text {
	if v := n.Get(key); v.Kind() == String {
		return Text{Value: v.text, Pos: v.pos}
	}
	return Text{}
}

// place returns where the value of key is, or the object that lacks it.
func place(n *Node, key string) Pos {
	if v := n.Get(key); v != nil {
		return v.pos
	}
	return n.pos
}

func (d *decoder) cache(n *Node, field string) {
	cache := n.Get("cache")
	if cache != nil && cache.Get("enabled").Kind() != Bool {
		d.errorf(CodeExport, place(cache, "enabled"), `Expected "%s.cache.enabled" to be of type boolean but got %s.`, field, cache.Get("enabled").JSON())
	}
}

// stateProperties lists what an entry of each state may have besides type and
// state (X5). All but container are required.
var stateProperties = map[string][]string{
	StateCreated:           {"storage", "container"},
	StateDeleted:           nil,
	StateRenamed:           {"renamed_to"},
	StateTransferred:       {"transferred_to"},
	StateExpectingTransfer: {"storage", "transfer_from", "container"},
}

// durableObject reads what a state needs and refuses the rest (X4, X5).
func (d *decoder) durableObject(e *Export, n *Node, field string) {
	e.State = Text{Value: StateCreated, Pos: n.pos}
	if n.Get("state") != nil {
		e.State = d.member(n, "state")
	}
	state := e.State.Value
	properties, known := stateProperties[state]
	if !known || !e.State.Pos.IsValid() {
		d.errorf(CodeExport, place(n, "state"), `"%s.state" must be one of "created", "deleted", "renamed", "transferred", or "expecting-transfer" but got %s.`,
			field, n.Get("state").JSON())
		return
	}
	for _, m := range n.members {
		if m.Key != "type" && m.Key != "state" && !slices.Contains(properties, m.Key) {
			d.errorf(CodeExport, m.Pos, `"%s.%s" is forbidden on state "%s".`, field, m.Key, state)
			d.hint("Allowed properties are: %s.", english(append([]string{"type", "state"}, properties...)))
		}
	}
	for _, p := range properties {
		switch p {
		case "storage":
			e.Storage = d.storage(n, field, state)
		case "renamed_to":
			e.RenamedTo = d.notEmpty(n, p, field, state)
			d.renameTarget(e, field)
		case "transferred_to":
			e.TransferredTo = d.notEmpty(n, p, field, state)
		case "transfer_from":
			e.TransferFrom = d.notEmpty(n, p, field, state)
		}
	}
}

func (d *decoder) storage(n *Node, field, state string) Text {
	t := d.member(n, "storage")
	if t.Value != StorageSQLite && t.Value != StorageLegacyKV {
		d.errorf(CodeExport, place(n, "storage"), `"%s.storage" is required for state "%s" and must be one of sqlite and legacy-kv, but got %s`,
			field, state, n.Get("storage").JSON())
	}
	return t
}

func (d *decoder) notEmpty(n *Node, key, field, state string) Text {
	t := d.member(n, key)
	if t.Value == "" {
		d.errorf(CodeExport, place(n, key), `"%s.%s" is required for state "%s" and must be a non-empty string.`, field, key, state)
	}
	return t
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// renameTarget judges a renamed_to that is there (X6).
func (d *decoder) renameTarget(e *Export, field string) {
	to := e.RenamedTo
	switch {
	case to.Value == "":
	case !identifier.MatchString(to.Value):
		d.errorf(CodeExport, to.Pos, `"%s.renamed_to" must be a valid JavaScript identifier (got "%s").`, field, to.Value)
	case to.Value == e.ClassName.Value:
		d.errorf(CodeExport, to.Pos, `"%s.renamed_to" cannot equal the source class name "%s".`, field, to.Value)
	}
}

// english joins words as Intl.ListFormat does.
func english(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	case 2:
		return words[0] + " and " + words[1]
	default:
		return strings.Join(words[:n-1], ", ") + ", and " + words[n-1]
	}
}
