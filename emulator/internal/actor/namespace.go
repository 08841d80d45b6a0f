package actor

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// Namespace is the table of one class's objects. It is safe for concurrent
// use.
type Namespace struct {
	s                     *Scheduler
	class                 host.Class
	key                   string
	sql                   bool
	keepAlarm             bool
	halfOpen, longReasons bool
	powerSafe             bool
	ephemeral             bool
	store                 *store.Namespace
	log                   *slog.Logger
	newEnv                func(caller *Actor) host.Env

	// Guarded by the scheduler's mutex.
	actors map[ID]*Actor
	alarms map[ID]*alarm
}

// Config describes a [Namespace].
type Config struct {
	Class host.Class
	Key   string
	SQL   bool
	// KeepAlarm: deleteAll leaves the alarm alone, as before compatibility date
	// 2026-02-24.
	KeepAlarm bool
	// HalfOpen: standard sockets do not answer a close frame by themselves, as
	// before 2026-04-07. LongReasons: the reasons of close frames have no limit,
	// as before 2026-03-03.
	HalfOpen, LongReasons bool
	PowerSafe             bool
	// Ephemeral objects end as soon as they have nothing to do: what serves one
	// request of a Worker's entry.
	Ephemeral bool
	Store     *store.Namespace
	Logger    *slog.Logger
	// Env gives the environment of an instance; its stubs are made with caller.
	Env func(caller *Actor) host.Env
}

// NewNamespace makes a namespace; [Namespace.LoadAlarms] then starts its alarms.
func (s *Scheduler) NewNamespace(c Config) *Namespace {
	n := &Namespace{
		s: s, class: c.Class, key: c.Key, sql: c.SQL, keepAlarm: c.KeepAlarm, powerSafe: c.PowerSafe, ephemeral: c.Ephemeral,
		halfOpen: c.HalfOpen, longReasons: c.LongReasons,
		store: c.Store, log: c.Logger, newEnv: c.Env,
		actors: map[ID]*Actor{}, alarms: map[ID]*alarm{},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spaces = append(s.spaces, n)
	return n
}

// Class gives the name of the class.
func (n *Namespace) Class() string { return n.class.Name() }

// Key gives the unique key.
func (n *Namespace) Key() string { return n.key }

func (n *Namespace) env(a *Actor) host.Env { return n.newEnv(a) }

// actorLocked gives the record of an object and makes it at need: its name is
// the one that the first caller knew (rule 1.37).
func (n *Namespace) actorLocked(id ID, name string, hasName bool) *Actor {
	a := n.actors[id]
	if a == nil {
		a = &Actor{
			ns: n, s: n.s, id: id, name: name, hasName: hasName,
			events: map[*event]struct{}{}, pending: map[*timer]struct{}{},
		}
		n.actors[id] = a
	}
	return a
}

// inOrderLocked gives the records in the order of their ids.
func (n *Namespace) inOrderLocked() []*Actor {
	return slices.SortedFunc(maps.Values(n.actors), func(x, y *Actor) int { return bytes.Compare(x.id[:], y.id[:]) })
}

func (n *Namespace) dropLocked(a *Actor) {
	if n.actors[a.id] == a {
		delete(n.actors, a.id)
	}
	a.dropped = true
}

// Times after which an object without activity loses its instance, and its
// record (rules 2.22, 2.27).
const (
	evictAfter = 10 * time.Second
	dropAfter  = 70 * time.Second
)

// idleLocked arms the eviction of an object that has nothing to do.
func (a *Actor) idleLocked() {
	if a.ns.ephemeral && !a.activeLocked() && a.broken == nil {
		a.ns.dropLocked(a)
		a.s.pushLocked(&entry{start: a.evictIdle, first: true})
		return
	}
	if a.outdated && !a.activeLocked() && a.broken == nil {
		a.updateLocked()
	}
	if a.idling == nil && !a.activeLocked() && a.broken == nil && !a.s.closed {
		a.idling = a.s.upkeepLocked(evictAfter, a.idledLocked)
	}
}

// activeLocked reports what holds the instance in memory (rules 2.23, 2.24).
func (a *Actor) activeLocked() bool {
	return len(a.events) > 0 || len(a.pending) > 0 || len(a.exports) > 0 && (!a.ns.ephemeral || a.session) || a.heldBySocketLocked()
}

func (a *Actor) idledLocked() {
	a.idling = nil
	s := a.s
	if a.broken != nil || a.activeLocked() {
		return
	}
	idle := s.Now().Sub(a.used)
	switch {
	case idle < evictAfter:
		a.idling = s.upkeepLocked(evictAfter-idle, a.idledLocked)
	case a.object != nil:
		s.pushLocked(&entry{start: a.evictIdle})
		a.idling = s.upkeepLocked(max(1, dropAfter-idle), a.idledLocked)
	case idle < dropAfter:
		a.idling = s.upkeepLocked(dropAfter-idle, a.idledLocked)
	case a.hibernating.n == 0:
		a.ns.dropLocked(a)
	}
}

// evictIdle evicts the instance unless something has come up. It runs with the
// baton.
func (a *Actor) evictIdle() {
	a.s.mu.Lock()
	busy := a.activeLocked() || a.broken != nil
	a.s.mu.Unlock()
	if !busy {
		a.evict()
	}
}

// evict drops the instance; storage stays (rule 2.26). It runs with the baton.
func (a *Actor) evict() {
	if a.object == nil {
		return
	}
	a.cancel(context.Canceled)
	a.s.mu.Lock()
	a.goneLocked()
	a.loseSocketsLocked(false)
	a.s.mu.Unlock()
	a.releaseInstance()
	a.outdated = false
	a.object, a.ctx, a.cancel, a.alarm, a.unstored = nil, nil, nil, nil, nil
	a.store.Close()
	a.store = nil
}

func (a *Actor) releaseInstance() {
	if r, ok := a.inst.(host.Releaser); ok {
		r.Release()
	}
	a.inst = nil
}

// ref is a namespace as one caller reaches it; it implements [host.Namespace].
type ref struct {
	ns      *Namespace
	binding string
	caller  *Actor // nil from outside
}

// Ref gives the namespace to a caller; nil is code outside of all objects.
func (n *Namespace) Ref(binding string, caller *Actor) host.Namespace {
	return &ref{n, binding, caller}
}

func (r *ref) Info() host.NamespaceInfo {
	return host.NamespaceInfo{Binding: r.binding, Class: r.ns.Class(), Key: r.ns.key}
}

func (r *ref) Random(p []byte) { r.ns.s.Random(p) }

func (r *ref) Stub(id [32]byte, name string, hasName bool) host.Stub {
	return &stub{ns: r.ns, id: id, name: name, hasName: hasName, caller: r.caller}
}

// StoredIDs gives the ids of a namespace's objects that have storage.
func StoredIDs(hn host.Namespace) ([]string, error) {
	r, ok := hn.(*ref)
	if !ok {
		return nil, errForeign
	}
	return r.ns.store.IDs()
}
