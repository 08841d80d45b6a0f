package migrations

import (
	"fmt"
	"slices"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Codes of this package.
const (
	CodeExistingClass wranglercfg.Code = "DM1001" // created although it exists (M9)
	CodeMissingClass  wranglercfg.Code = "DM1002" // deleted or renamed although it does not exist (M10, M11)
	CodeOccupied      wranglercfg.Code = "DM1003" // destination of a rename or transfer exists (M11, M12)
	CodeNotLive       wranglercfg.Code = "DM1004" // bound class that nothing creates (B6, X9)
	CodeTwoDirectives wranglercfg.Code = "DM1005" // class with two directives in one step (M14)
	CodeTagTwice      wranglercfg.Code = "DM1006" // tag that is there twice (M7)
	CodeAppliedGone   wranglercfg.Code = "DM1007" // applied tag removed or moved (M18)
	CodeAppliedEdited wranglercfg.Code = "DM1008" // applied step edited (M18)
	CodeOneWay        wranglercfg.Code = "DM1009" // back from exports to migrations (X13)
	CodeExport        wranglercfg.Code = "DM1010" // export at odds with the state (X7, X10, X12)
	CodeTransfer      wranglercfg.Code = "DM1011" // transfer from a Worker that is not known here (M12)
	CodeAdopt         wranglercfg.Code = "DM1012" // state without a ledger that fits no history
	CodeLedger        wranglercfg.Code = "DM1013" // ledger broken, or that of another Worker
)

// Kind is what a [Step] does.
type Kind uint8

const (
	// Create makes a namespace. It has no objects, except those that Adopt found
	// under its key.
	Create Kind = iota
	// Rename gives a namespace to another class; its key and objects stay.
	Rename
	// Delete removes a namespace with all its objects.
	Delete
	// Transfer takes a namespace over from another Worker; its key and objects stay.
	Transfer
)

// String returns the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Create:
		return "create"
	case Rename:
		return "rename"
	case Delete:
		return "delete"
	case Transfer:
		return "transfer"
	}
	return fmt.Sprintf("kind %d", k)
}

// Step is one thing to do to a state. Only a Delete has to touch objects.
type Step struct {
	Kind       Kind
	Class      string          // the class afterwards; the deleted one of a Delete
	From       string          // the class before a Rename or Transfer
	FromScript string          // the Worker before a Transfer
	UniqueKey  string          // of the namespace
	SQLite     bool            // its backend
	Tag        string          // of the migration; "" if exports say it
	Pos        wranglercfg.Pos // of the class in the configuration
}

// Changes are what a configuration asks of a state.
type Changes struct {
	// Steps are to be done in order. The steps of migrations that were applied
	// before are not among them.
	Steps []Step

	// Open lists the namespaces that the Worker runs, in the order of their
	// creation: those of live classes and those of bound, undeclared ones.
	Open []Namespace

	// Ledger is to be kept when all steps are done.
	Ledger Ledger

	// Sources are the new ledgers of Workers that gave a namespace away. They are
	// to be kept together with Ledger.
	Sources []Ledger
}

// Namespace returns the open namespace of a class.
func (c Changes) Namespace(class string) (Namespace, bool) {
	i := slices.IndexFunc(c.Open, func(n Namespace) bool { return n.Class == class })
	if i < 0 {
		return Namespace{}, false
	}
	return c.Open[i], true
}

// Plan returns what cfg asks of a state with the given ledger. others are the
// ledgers of the other Workers on the same state, from which transfers are
// taken and whose keys are not minted; one of the same Worker is passed over.
//
// If a finding is an error, nothing is to be done: there are no steps and no
// namespaces, and the ledger is the one that was given. Warnings leave the
// changes valid.
func Plan(l Ledger, cfg *wranglercfg.Config, others ...Ledger) (Changes, wranglercfg.Diagnostics) {
	return newPlanner(l, cfg, others).plan()
}

// Adopt is [Plan] for a state without a ledger. hasObjects reports whether the
// folder of a unique key holds objects. A live class takes the key of that name
// in its chain of renames which has objects; if there are several, the finding
// names them. Nothing is deleted: what no live class claims stays where it is.
func Adopt(cfg *wranglercfg.Config, hasObjects func(uniqueKey string) bool, others ...Ledger) (Changes, wranglercfg.Diagnostics) {
	p := newPlanner(Ledger{}, cfg, others)
	p.hasObjects = hasObjects
	return p.plan()
}

// planner holds one plan in the making.
type planner struct {
	cfg        *wranglercfg.Config
	before     Ledger // as given
	after      Ledger // changed by finish
	others     []Ledger
	hasObjects func(string) bool // nil except in Adopt
	steps      []*draft
	gone       map[string]string // class that lost its name: why
	diags      wranglercfg.Diagnostics

	had  map[string]Namespace // declared namespaces before, by class
	keys map[string]int       // of after.Namespaces; an entry without a key is one that went
	bare map[string]bool      // undeclared classes before
	left map[string]bool      // classes on their way to another Worker
	now  map[string]bool      // declared classes after finish
}

// draft is a step whose key may not be known yet.
type draft struct {
	Step
	dropped bool
	keys    []string // a Create: keys it may have in a state without a ledger
}

func newPlanner(l Ledger, cfg *wranglercfg.Config, others []Ledger) *planner {
	p := &planner{
		cfg: cfg, before: l, after: l.clone(), gone: map[string]string{},
		had: map[string]Namespace{}, keys: map[string]int{}, bare: map[string]bool{}, left: map[string]bool{},
	}
	for i, n := range p.after.Namespaces {
		p.keys[n.UniqueKey] = i
		p.bare[n.Class] = p.bare[n.Class] || n.Undeclared
		if _, ok := p.had[n.Class]; !ok && !n.Undeclared {
			p.had[n.Class] = n
		}
	}
	for _, e := range cfg.Exports {
		if e.State.Value == wranglercfg.StateTransferred {
			p.left[e.ClassName.Value] = true
		}
	}
	p.after.Script = cfg.ScriptName()
	for _, o := range others {
		if o.Script != p.after.Script { // the Worker's own keys are in its ledger
			p.others = append(p.others, o.clone())
		}
	}
	return p
}

func (p *planner) plan() (Changes, wranglercfg.Diagnostics) {
	p.belongs()
	switch {
	case p.declarative():
		p.exports()
	default:
		p.migrations()
	}
	if p.diags.Err() == nil {
		p.finish()
		p.undeclared()
	}
	p.diags.Sort()
	if p.diags.Err() != nil {
		return Changes{Ledger: p.before}, p.diags
	}
	c := Changes{Open: p.open(), Ledger: p.after, Sources: p.sources()}
	for _, d := range p.steps {
		c.Steps = append(c.Steps, d.Step)
	}
	return c, p.diags
}

// belongs refuses the ledger of another Worker: a renamed Worker is a new one.
func (p *planner) belongs() {
	used := len(p.before.Applied) > 0 || len(p.before.Namespaces) > 0
	if used && p.before.Script != p.cfg.ScriptName() {
		p.errorf(CodeLedger, p.place(p.cfg.Name.Pos), "the ledger is that of Worker %q, not of %q", p.before.Script, p.cfg.ScriptName())
		p.hint("a renamed Worker starts with a ledger of its own")
	}
}

// declarative reports whether exports rule. They do not if there is none yet:
// a Worker may have neither.
func (p *planner) declarative() bool {
	for _, e := range p.cfg.Exports {
		if e.Type.Value == wranglercfg.TypeDurableObject {
			return true
		}
	}
	return p.before.Declarative && len(p.cfg.Migrations) == 0
}

// place returns pos, or the place of the whole where pos is unknown.
func (p *planner) place(pos wranglercfg.Pos) wranglercfg.Pos {
	if pos.IsValid() {
		return pos
	}
	return p.cfg.Lifecycle
}

// finish mints the keys of new namespaces and writes the steps into the ledger.
func (p *planner) finish() {
	p.steps = slices.DeleteFunc(p.steps, func(d *draft) bool { return d.dropped })
	for _, d := range p.steps {
		i := p.index(d.UniqueKey)
		switch d.Kind {
		case Create:
			d.UniqueKey = p.keyOf(d)
			p.add(Namespace{Class: d.Class, UniqueKey: d.UniqueKey, SQLite: d.SQLite})
		case Transfer:
			p.after.GivenAway = slices.DeleteFunc(p.after.GivenAway, func(k string) bool { return k == d.UniqueKey })
			p.add(Namespace{Class: d.Class, UniqueKey: d.UniqueKey, SQLite: d.SQLite})
		case Rename:
			p.after.Namespaces[i].Class = d.Class
		case Delete:
			p.remove(i)
		}
	}
	p.after.Namespaces = slices.DeleteFunc(p.after.Namespaces, func(n Namespace) bool { return n.UniqueKey == "" })
	p.keys, p.now = map[string]int{}, map[string]bool{}
	for i, n := range p.after.Namespaces {
		p.keys[n.UniqueKey] = i
		p.now[n.Class] = p.now[n.Class] || !n.Undeclared
	}
}

func (p *planner) add(n Namespace) {
	p.keys[n.UniqueKey] = len(p.after.Namespaces)
	p.after.Namespaces = append(p.after.Namespaces, n)
}

// remove leaves an entry without a key, so that indices stay what they are.
func (p *planner) remove(i int) {
	delete(p.keys, p.after.Namespaces[i].UniqueKey)
	p.after.Namespaces[i] = Namespace{}
}

func (p *planner) index(key string) int {
	if i, ok := p.keys[key]; ok {
		return i
	}
	return -1
}

// keyOf returns the key of a new namespace: the one that its objects are under
// already, or a new one.
func (p *planner) keyOf(d *draft) string {
	if p.bare[d.Class] {
		i := p.undeclaredIndex(d.Class)
		p.bare[d.Class] = false
		key := p.after.Namespaces[i].UniqueKey
		p.remove(i)
		return key
	}
	if p.hasObjects != nil {
		if key := p.adopted(d); key != "" {
			return key
		}
	}
	return p.mint(d.Class)
}

// adopted returns the one key of a class's chain of names that has objects, or
// "". A name that another live class has today is that class's.
func (p *planner) adopted(d *draft) string {
	var found []string
	for _, key := range d.keys {
		if slices.Contains(found, key) || !p.hasObjects(key) || p.ownedByName(key, d) {
			continue
		}
		found = append(found, key)
	}
	if len(found) == 0 {
		return ""
	}
	if len(found) > 1 {
		p.errorf(CodeAdopt, d.Pos, "class %q has objects under %q and %q, from before and after a rename", d.Class, found[0], found[1])
		p.hint("keep one of the two folders: move the other one away")
		return ""
	}
	if i := p.index(found[0]); i >= 0 {
		p.errorf(CodeAdopt, d.Pos, "the objects under %q may belong to class %q and to class %q", found[0], p.after.Namespaces[i].Class, d.Class)
		p.hint("rename the folder to the name of the class they belong to: %q or %q", p.keyFor(p.after.Namespaces[i].Class), p.keyFor(d.Class))
		return ""
	}
	return found[0]
}

func (p *planner) ownedByName(key string, d *draft) bool {
	return slices.ContainsFunc(p.steps, func(o *draft) bool {
		return o != d && o.Kind == Create && key == p.keyFor(o.Class)
	})
}

// keyFor returns the key that a class has if nothing else claims it (1.6).
func (p *planner) keyFor(class string) string { return p.cfg.ScriptName() + "-" + class }

// mint returns the first key for a class that no namespace of the state holds.
func (p *planner) mint(class string) string {
	key := p.keyFor(class)
	for n := 2; p.held(key); n++ {
		key = fmt.Sprintf("%s-%d", p.keyFor(class), n)
	}
	return key
}

func (p *planner) held(key string) bool {
	if p.index(key) >= 0 || slices.Contains(p.after.GivenAway, key) {
		return true
	}
	return slices.ContainsFunc(p.others, func(o Ledger) bool {
		return slices.ContainsFunc(o.Namespaces, func(n Namespace) bool { return n.UniqueKey == key })
	})
}

// take moves a namespace out of another Worker's ledger, if it is there.
func (p *planner) take(script, class string) (Namespace, bool) {
	for i := range p.others {
		o := &p.others[i]
		if o.Script != script {
			continue
		}
		for j, n := range o.Namespaces {
			if n.Class == class && !n.Undeclared {
				o.Namespaces = slices.Delete(o.Namespaces, j, j+1)
				o.GivenAway = append(o.GivenAway, n.UniqueKey)
				return n, true
			}
		}
	}
	return Namespace{}, false
}

// sources returns the other ledgers from which steps took something.
func (p *planner) sources() []Ledger {
	var ls []Ledger
	for _, o := range p.others {
		if slices.ContainsFunc(p.steps, func(d *draft) bool { return d.Kind == Transfer && d.FromScript == o.Script }) {
			ls = append(ls, o)
		}
	}
	return ls
}

// undeclared gives a namespace to each class that is bound and not live, as
// wrangler dev runs it. The namespace is in the ledger, so that its key is
// never another one's.
func (p *planner) undeclared() {
	told := map[string]bool{}
	for _, b := range p.cfg.LocalBindings() {
		class := b.ClassName.Value
		if class == "" || told[class] || p.live(class) {
			continue
		}
		told[class] = true
		p.warnf(CodeNotLive, b.ClassName.Pos, "Cannot create binding for class '%s' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.", class)
		if why := p.gone[class]; why != "" {
			p.hint("%s; the binding finds a class without SQL and without the objects it had", why)
		} else {
			p.hint("add it to new_sqlite_classes of a new migration; until then it runs without SQL")
		}
		if p.undeclaredIndex(class) < 0 {
			p.add(Namespace{Class: class, UniqueKey: p.mint(class), Undeclared: true})
		}
	}
}

func (p *planner) undeclaredIndex(class string) int {
	return slices.IndexFunc(p.after.Namespaces, func(n Namespace) bool { return n.Class == class && n.Undeclared })
}

// live reports whether a class is declared and not on its way to another Worker.
func (p *planner) live(class string) bool { return p.now[class] && !p.left[class] }

func (p *planner) open() []Namespace {
	bound := map[string]bool{}
	for _, b := range p.cfg.LocalBindings() {
		bound[b.ClassName.Value] = true
	}
	var ns []Namespace
	for _, n := range p.after.Namespaces {
		live := p.live(n.Class)
		if !n.Undeclared && live || n.Undeclared && !live && bound[n.Class] {
			ns = append(ns, n)
		}
	}
	return ns
}

func (p *planner) errorf(code wranglercfg.Code, pos wranglercfg.Pos, format string, args ...any) {
	p.diags = append(p.diags, &wranglercfg.Diagnostic{Code: code, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

func (p *planner) warnf(code wranglercfg.Code, pos wranglercfg.Pos, format string, args ...any) {
	p.errorf(code, pos, format, args...)
	p.diags[len(p.diags)-1].Severity = wranglercfg.SeverityWarning
}

// hint adds advice to the latest finding.
func (p *planner) hint(format string, args ...any) {
	p.diags[len(p.diags)-1].Hint = fmt.Sprintf(format, args...)
}
