package emulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// binding is a Durable Object binding and where it leads.
type binding struct {
	ns  *actor.Namespace
	err error // why it leads nowhere
}

// openNamespaces makes the namespaces of all Workers that are not open yet, and
// leads their bindings to them. Those that are open keep their class.
func (em *Emulator) openNamespaces(d *deployment) (opened []opening, err error) {
	byScript := map[string]map[string]*actor.Namespace{}
	for _, w := range d.workers {
		byClass := map[string]*actor.Namespace{}
		byScript[w.cfg.ScriptName()] = byClass
		w.spaces = byClass
		for _, n := range w.changes.Open {
			class := w.classes[n.Class]
			if class == nil {
				continue // created by a migration, bound to nothing, provided by nothing
			}
			config := actor.Config{
				Class: class, Key: n.UniqueKey, SQL: n.SQLite,
				KeepAlarm:   !w.enabled("delete_all_deletes_alarm", "delete_all_preserves_alarm", "2026-02-24"),
				HalfOpen:    w.repliesByHand(),
				LongReasons: w.longReasons(),
				PowerSafe:   em.set.powerSafe,
				Store:       em.engine.Namespace(n.UniqueKey, n.SQLite),
				Logger:      em.set.logger,
				Env:         func(caller *actor.Actor) host.Env { return w.env(em, caller) },
			}
			ns, open := em.spaces[n.UniqueKey]
			if !open {
				ns = em.sched.NewNamespace(config)
				em.spaces[n.UniqueKey] = ns
			}
			byClass[n.Class] = ns
			opened = append(opened, opening{ns, config, !open})
		}
	}
	for _, w := range d.workers {
		w.bindings = map[string]binding{}
		for _, b := range w.cfg.Bindings {
			w.bindings[b.Name.Value] = w.bind(b, byScript)
		}
	}
	return opened, nil
}

func (w *worker) bind(b wranglercfg.Binding, byScript map[string]map[string]*actor.Namespace) binding {
	script := w.cfg.ScriptName()
	if !w.cfg.Local(b) {
		script = b.ScriptName.Value
	}
	classes, ok := byScript[script]
	if !ok {
		return binding{err: fmt.Errorf("%s: binding %s leads to the Worker %q, which is not part of this emulator: add it with emulator.Also",
			at(b.ScriptName.Pos), b.Name.Value, script)}
	}
	ns := classes[b.ClassName.Value]
	if ns == nil {
		return binding{err: fmt.Errorf("%s: binding %s leads to the class %q, which the Worker %q does not have",
			at(b.ClassName.Pos), b.Name.Value, b.ClassName.Value, script)}
	}
	return binding{ns: ns}
}

// BindingInfo describes something that the first Worker's code has in env.
type BindingInfo struct {
	Name   string
	Target string // class of a namespace, text of a variable
	Kind   string // as wrangler calls it
}

// Bindings lists what the first Worker's code has in env. The values of secrets
// are not shown.
func (em *Emulator) Bindings() (out []BindingInfo) {
	w := em.live.Load().workers[0]
	for _, b := range w.cfg.Bindings {
		target := b.ClassName.Value
		if !w.cfg.Local(b) {
			target += ", defined in " + b.ScriptName.Value
		}
		out = append(out, BindingInfo{b.Name.Value, target, "Durable Object"})
	}
	for _, s := range w.services() {
		out = append(out, BindingInfo{s.Get("binding").Text(), s.Get("service").Text(), "Worker"})
	}
	for _, v := range w.vars {
		if v.secret {
			out = append(out, BindingInfo{v.name, "(hidden)", "Secret"})
			continue
		}
		out = append(out, BindingInfo{v.name, string(v.json), "Environment Variable"})
	}
	for _, b := range w.unsupported() {
		out = append(out, BindingInfo{b.Name.Value, "", b.Kind + ", not supported yet"})
	}
	return out
}

// enabled reports whether a compatibility flag holds: by name, or by its date if
// it has one. A configuration without a date gets the newest behaviour, as from
// wrangler dev.
func (w *worker) enabled(on, off, since string) bool {
	flags := w.CompatibilityFlags
	if flags == nil {
		for _, f := range w.cfg.CompatibilityFlags {
			flags = append(flags, f.Value)
		}
	}
	for _, f := range flags {
		switch f {
		case on:
			return true
		case off:
			return false
		}
	}
	date := cmp.Or(w.CompatibilityDate, w.cfg.CompatibilityDate.Value)
	return since != "" && (date == "" || date >= since)
}

// env gives the Worker's environment to a caller; nil is code outside.
func (w *worker) env(em *Emulator, caller *actor.Actor) host.Env {
	return &env{em: em, w: w, caller: caller}
}

// env implements [host.Env].
type env struct {
	em     *Emulator
	w      *worker
	caller *actor.Actor
}

func (e *env) Namespace(name string) (host.Namespace, error) {
	b, ok := e.w.bindings[name]
	if !ok {
		return nil, fmt.Errorf("emulator: %s has no Durable Object binding %q%s", e.w.cfg.Path, name, e.known())
	}
	if b.err != nil {
		return nil, b.err
	}
	return b.ns.Ref(name, e.caller), nil
}

func (e *env) known() string {
	var names []string
	for name := range e.w.bindings {
		names = append(names, name)
	}
	if len(names) == 0 {
		return ": it has none"
	}
	slices.Sort(names)
	return ": it has " + strings.Join(names, ", ")
}

func (e *env) Now() time.Time { return e.em.sched.Now() }

func (e *env) Var(name string) ([]byte, bool) { return e.w.variable(name) }

func (e *env) Transport() http.RoundTripper { return e.em.sched.Outbound(e.caller, e.em.set.outbound) }
