package check

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// fate is what became of the latest class of one name. A nil fate is that of a
// name that nothing mentions.
type fate struct {
	class       string
	state       state
	sqlite      bool
	transferred bool // it came from another Worker, so that its backend is not known
	awaited     bool // it is still to come from Worker from
	from        string
	origin      wranglercfg.Pos // where its backend was chosen
	named       wranglercfg.Pos // where it got this name
	step        int             // index of that step; -1 of exports

	why    ending // of one that has ended
	to     string // the class or Worker that has its objects now
	end    wranglercfg.Pos
	endTag string
}

type state uint8

const (
	alive state = iota + 1
	ended
)

type ending uint8

const (
	wasDeleted ending = iota
	wasRenamed
	wasTransferred
)

func (f *fate) is(s state) bool { return f != nil && f.state == s }

// deletion is one deleted_classes entry of the list.
type deletion struct {
	class   wranglercfg.Text
	tag     string
	step    int
	created int             // index of the step that created the class, -1 if none did
	again   wranglercfg.Pos // where it is created again, if it is
}

// declarative reports whether exports rule.
func (s *selection) declarative() bool {
	for _, e := range s.cfg.Exports {
		if e.Type.Value == wranglercfg.TypeDurableObject {
			return true
		}
	}
	return false
}

// replay follows the classes through the list (M8), or reads them from exports.
// It goes on where migrations.Plan would refuse, so that one mistake does not
// hide the others.
func (s *selection) replay() map[string]*fate {
	r := &replay{selection: s, fates: map[string]*fate{}}
	if s.declarative() {
		r.exports()
		return r.fates
	}
	for i, m := range s.cfg.Migrations {
		r.step(i, m)
	}
	return r.fates
}

type replay struct {
	*selection
	fates map[string]*fate
}

func (r *replay) exports() {
	for _, e := range r.cfg.Exports {
		if e.Type.Value != wranglercfg.TypeDurableObject {
			continue
		}
		f := &fate{
			class: e.ClassName.Value, state: ended, end: e.ClassName.Pos, step: -1,
			sqlite: e.Storage.Value == wranglercfg.StorageSQLite, origin: e.Storage.Pos, named: e.ClassName.Pos,
		}
		switch e.State.Value {
		case wranglercfg.StateCreated:
			f.state = alive
		case wranglercfg.StateExpectingTransfer:
			f.state, f.awaited, f.transferred, f.from = alive, true, true, e.TransferFrom.Value
		case wranglercfg.StateRenamed:
			f.why, f.to = wasRenamed, e.RenamedTo.Value
		case wranglercfg.StateTransferred:
			f.why, f.to = wasTransferred, e.TransferredTo.Value
		}
		r.put(f)
	}
}

func (r *replay) step(i int, m wranglercfg.Migration) {
	tag := m.Tag.Value
	for _, t := range m.DeletedClasses {
		created := -1
		if f := r.fates[t.Value]; f.is(alive) {
			f.state = ended
			if !f.transferred {
				created = f.step
			}
		}
		r.selection.deleted = append(r.selection.deleted, &deletion{class: t, tag: tag, step: i, created: created})
		r.fates[t.Value] = &fate{class: t.Value, state: ended, why: wasDeleted, end: t.Pos, endTag: tag, step: i}
	}
	for _, rn := range m.RenamedClasses {
		moved := fate{class: rn.To.Value, state: alive, sqlite: true, origin: rn.To.Pos, step: i}
		if f := r.fates[rn.From.Value]; f.is(alive) {
			moved = *f
			moved.class = rn.To.Value
			f.state = ended
		}
		moved.named = rn.To.Pos
		r.fates[rn.From.Value] = &fate{class: rn.From.Value, state: ended, why: wasRenamed, to: rn.To.Value, end: rn.From.Pos, endTag: tag, step: i}
		r.put(&moved)
	}
	for _, t := range m.TransferredClasses {
		r.put(&fate{class: t.To.Value, state: alive, sqlite: true, transferred: true, from: t.FromScript.Value, origin: t.To.Pos, named: t.To.Pos, step: i})
	}
	for _, t := range m.NewClasses {
		r.create(i, t, false)
	}
	for _, t := range m.NewSQLiteClasses {
		r.create(i, t, true)
	}
}

func (r *replay) create(i int, t wranglercfg.Text, sqlite bool) {
	f := r.fates[t.Value]
	if f.is(alive) {
		return // migrations.Plan says so
	}
	if f.is(ended) && f.why == wasDeleted && f.step < i {
		for _, d := range r.selection.deleted {
			if d.class.Value == t.Value && !d.again.IsValid() {
				d.again = t.Pos
			}
		}
	}
	r.put(&fate{class: t.Value, state: alive, sqlite: sqlite, origin: t.Pos, named: t.Pos, step: i})
}

func (r *replay) put(f *fate) {
	r.fates[f.class] = f
	r.order = append(r.order, f)
}

var numberedTag = regexp.MustCompile(`^(.*?)(\d{1,9})$`)

// nextTag suggests a tag for a step behind the list.
func nextTag(list []wranglercfg.Migration) string {
	taken := map[string]bool{}
	for _, m := range list {
		taken[m.Tag.Value] = true
	}
	tag := list[len(list)-1].Tag.Value
	base, n := tag+"-", 1
	if m := numberedTag.FindStringSubmatch(tag); m != nil {
		base = m[1]
		n, _ = strconv.Atoi(m[2]) // digits only, and few
	}
	for n++; taken[base+strconv.Itoa(n)]; n++ {
	}
	return base + strconv.Itoa(n)
}

// stepText returns a step that creates a class, in the format of the file.
func (s *selection) stepText(tag, class string) string {
	if s.toml() {
		prefix := ""
		if s.env.Get("migrations") != nil {
			prefix = "env." + tomlKey(s.name) + "."
		}
		return fmt.Sprintf("\n[[%smigrations]]\ntag = %q\nnew_sqlite_classes = [%q]", prefix, tag, class)
	}
	return fmt.Sprintf(`{ "tag": %q, "new_sqlite_classes": [%q] }`, tag, class)
}

// exportText returns a live entry of exports, in the format of the file.
func (s *selection) exportText(class string) string {
	if s.toml() {
		prefix := ""
		if s.env.Get("exports") != nil {
			prefix = "env." + tomlKey(s.name) + "."
		}
		return fmt.Sprintf("\n[%sexports.%s]\ntype = \"durable-object\"\nstorage = \"sqlite\"", prefix, tomlKey(class))
	}
	return fmt.Sprintf(`%q: { "type": "durable-object", "storage": "sqlite" }`, class)
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func tomlKey(key string) string {
	if bareKey.MatchString(key) {
		return key
	}
	return strconv.Quote(key)
}
