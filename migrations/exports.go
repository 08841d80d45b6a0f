package migrations

import (
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// exports compares the declared classes with the namespaces of the ledger, as
// Cloudflare does at a deploy. Tombstones first: they free names.
func (p *planner) exports() {
	p.after.Declarative = true
	byName := map[string]wranglercfg.Export{}
	for _, e := range p.cfg.Exports {
		if e.Type.Value == wranglercfg.TypeDurableObject {
			byName[e.ClassName.Value] = e
		}
	}
	settled := map[string]bool{} // destinations of renames
	for _, e := range p.cfg.Exports {
		if _, ok := byName[e.ClassName.Value]; ok && !alive(e) {
			p.tombstone(e, byName, settled)
		}
	}
	for _, e := range p.cfg.Exports {
		if _, ok := byName[e.ClassName.Value]; ok && alive(e) {
			p.wanted(e, settled)
		}
	}
	for _, n := range p.before.Namespaces {
		if _, ok := byName[n.Class]; !ok && !n.Undeclared {
			p.errorf(CodeExport, p.cfg.Lifecycle, "[orphaned_provisioned_namespace] class '%s': it has a namespace and no entry in exports", n.Class)
			p.hint(`put the entry back, or say what becomes of the objects with the state "deleted", "renamed" or "transferred"`)
		}
	}
}

func alive(e wranglercfg.Export) bool {
	return e.State.Value == wranglercfg.StateCreated || e.State.Value == wranglercfg.StateExpectingTransfer
}

// tombstone writes what becomes of a class that is no longer wanted. One
// without a namespace is stale, which is fine.
func (p *planner) tombstone(e wranglercfg.Export, byName map[string]wranglercfg.Export, settled map[string]bool) {
	class := e.ClassName.Value
	n, has := p.had[class]
	s := Step{Class: class, UniqueKey: n.UniqueKey, SQLite: n.SQLite, Pos: e.ClassName.Pos}
	switch e.State.Value {
	case wranglercfg.StateDeleted:
		p.gone[class] = "it was deleted"
		if has {
			s.Kind = Delete
			p.steps = append(p.steps, &draft{Step: s})
		}
	case wranglercfg.StateRenamed:
		to := e.RenamedTo.Value
		p.gone[class] = "it was renamed to " + to
		target, ok := byName[to]
		if !ok || !alive(target) {
			p.errorf(CodeExport, e.RenamedTo.Pos, `"exports.%s.renamed_to" names class "%s", which has no live entry in exports`, class, to)
			p.hint("add an entry for the new name, with the same storage")
			return
		}
		if !has {
			return
		}
		if _, occupied := p.had[to]; occupied || settled[to] {
			p.errorf(CodeExport, e.RenamedTo.Pos, "[tombstone_renamed_to_occupied] class '%s': class '%s' has a namespace already", class, to)
			p.hint("the destination of a rename must not exist before; its objects would be lost")
			return
		}
		p.sameStorage(target, n)
		settled[to] = true
		s.Kind, s.From, s.Class = Rename, class, to
		p.steps = append(p.steps, &draft{Step: s})
	case wranglercfg.StateTransferred:
		// The namespace waits in the ledger until the other Worker takes it.
		p.gone[class] = "it was transferred to " + e.TransferredTo.Value
	}
}

// wanted writes the creation of a live class, unless it has its namespace.
func (p *planner) wanted(e wranglercfg.Export, settled map[string]bool) {
	class := e.ClassName.Value
	if n, ok := p.had[class]; ok {
		p.sameStorage(e, n)
		return
	}
	if settled[class] {
		return
	}
	s := Step{Kind: Create, Class: class, SQLite: e.Storage.Value == wranglercfg.StorageSQLite, Pos: e.ClassName.Pos}
	keys := []string{p.keyFor(class)}
	for _, old := range p.cfg.Exports {
		if old.State.Value == wranglercfg.StateRenamed && old.RenamedTo.Value == class {
			keys = append(keys, p.keyFor(old.ClassName.Value))
		}
	}
	if e.State.Value == wranglercfg.StateExpectingTransfer {
		from := e.TransferFrom.Value
		if n, ok := p.take(from, class); ok {
			p.sameStorage(e, n)
			s.Kind, s.From, s.FromScript, s.UniqueKey, s.SQLite = Transfer, class, from, n.UniqueKey, n.SQLite
			p.steps = append(p.steps, &draft{Step: s})
			return
		}
		p.warnf(CodeTransfer, e.TransferFrom.Pos, "class %q of Worker %q is not on this state", class, from)
		p.hint("%s starts without objects; to take them over, run both Workers", class)
		s.FromScript = from
		keys = append(keys, from+"-"+class)
	}
	p.steps = append(p.steps, &draft{Step: s, keys: keys})
}

// sameStorage refuses another backend than the namespace has (X10).
func (p *planner) sameStorage(e wranglercfg.Export, n Namespace) {
	if got := storage(n.SQLite); got != e.Storage.Value {
		p.errorf(CodeExport, e.Storage.Pos, "[storage_type_mismatch] class '%s': its namespace has storage %q, not %q", e.ClassName.Value, got, e.Storage.Value)
		p.hint("the backend of a namespace cannot change; write %q, or use a new class name", got)
	}
}
