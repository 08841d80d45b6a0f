package emulator

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// entryKey begins the keys of namespaces whose objects are requests and calls
// of entrypoints; no class has such a key.
const entryKey = "_entry"

// entrypoint is an export of a Worker that serves requests and calls: each of
// them is an object of its own, which ends with it.
type entrypoint struct {
	w  *worker
	ns *actor.Namespace
}

// openEntrypoints makes the entrypoints of a Worker: its default export, and all
// others that are no Durable Object classes.
func (em *Emulator) openEntrypoints(w *worker) {
	w.entrypoints = map[string]*entrypoint{}
	if w.script == nil {
		return
	}
	for _, name := range w.bundle.Exports {
		if _, object := w.changes.Namespace(name); object || filepath.Base(name) != name {
			continue
		}
		key := entryKey + "." + w.cfg.ScriptName() + "." + name
		config := actor.Config{
			Class: w.script.Entrypoint(name), Key: key, SQL: true, Ephemeral: true,
			HalfOpen: w.repliesByHand(), LongReasons: w.longReasons(),
			Store:  em.engine.Namespace(key, true),
			Logger: em.set.logger,
			Env:    func(caller *actor.Actor) host.Env { return w.env(em, caller) },
		}
		ns, open := em.spaces[key]
		if open {
			ns.Replace(config, false)
		} else {
			ns = em.sched.NewNamespace(config)
			em.spaces[key] = ns
		}
		w.entrypoints[name] = &entrypoint{w, ns}
	}
}

// stub gives a new object of the entrypoint to a caller; nil is code outside.
func (e *entrypoint) stub(caller *actor.Actor, props []byte) host.Stub {
	ref := e.ns.Ref("", caller)
	var id [32]byte
	ref.Random(id[:])
	if props != nil {
		e.w.script.GiveProps(id, props)
	}
	return ref.Stub(id, "", false)
}

func (e *entrypoint) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	serveStub(e.stub(nil, nil), w, req)
}

// service is an entrypoint for one caller: each call goes to an object of its
// own. It implements [host.Stub].
type service struct {
	*entrypoint
	caller *actor.Actor
	props  []byte
}

func (s *service) fresh() host.Stub { return s.stub(s.caller, s.props) }

func (s *service) Start(call host.Call) host.Pending { return s.fresh().Start(call) }

func (s *service) Call(ctx context.Context, call host.Call) (host.Payload, error) {
	return s.fresh().Call(ctx, call)
}

func (s *service) Fetch(req *http.Request) (*http.Response, error) { return s.fresh().Fetch(req) }

func (s *service) StartFetch(req *http.Request) host.Exchange { return s.fresh().StartFetch(req) }

func (s *service) Capability() host.Capability { return s.fresh().Capability() }

// Entrypoint implements [host.Env].
func (e *env) Entrypoint(script, name string, props []byte) (host.Stub, error) {
	w := e.w
	if script != "" && script != w.cfg.ScriptName() {
		w = nil
		for _, other := range e.w.all {
			if other.cfg.ScriptName() == script {
				w = other
			}
		}
	}
	if w == nil {
		return nil, fmt.Errorf("emulator: the Worker %q is not part of this emulator: add it with emulator.Also, or with another -c", script)
	}
	p := w.entrypoints[name]
	if p == nil {
		return nil, fmt.Errorf("emulator: main of the Worker %q has no entrypoint %q", w.cfg.ScriptName(), name)
	}
	return &service{p, e.caller, props}, nil
}

// Exported implements [host.Env].
func (e *env) Exported(class string) (host.Namespace, error) {
	ns := e.w.spaces[class]
	if ns == nil {
		return nil, fmt.Errorf("emulator: %s creates no class %q", e.w.cfg.Path, class)
	}
	return ns.Ref(class, e.caller), nil
}

// isEntry reports whether a key is one of an entry point.
func isEntry(key string) bool { return strings.HasPrefix(key, entryKey+".") }
