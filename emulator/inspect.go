package emulator

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/js"
)

// NamespaceInfo describes the objects of one class of one Worker.
type NamespaceInfo struct {
	Key      string // its unique key
	Worker   string // that has the class
	Class    string
	Bindings []string // by which the first Worker reaches it
	SQLite   bool     // the class is SQLite-backed
	Language string   // "Go" or "JavaScript"
}

// Namespaces lists the classes of all Workers that have code.
func (em *Emulator) Namespaces() (out []NamespaceInfo) {
	d := em.live.Load()
	for _, w := range d.workers {
		for _, n := range w.changes.Open {
			class := w.classes[n.Class]
			if class == nil {
				continue
			}
			info := NamespaceInfo{Key: n.UniqueKey, Worker: w.cfg.ScriptName(), Class: n.Class, SQLite: n.SQLite, Language: "Go"}
			if js.IsClass(class) {
				info.Language = "JavaScript"
			}
			for name, b := range d.workers[0].bindings {
				if b.ns != nil && b.ns.Key() == n.UniqueKey {
					info.Bindings = append(info.Bindings, name)
				}
			}
			slices.Sort(info.Bindings)
			out = append(out, info)
		}
	}
	return out
}

// spaceOf gives the namespace with that unique key.
func (em *Emulator) spaceOf(key string) (*actor.Namespace, error) {
	em.deploying.Lock()
	defer em.deploying.Unlock()
	if ns := em.spaces[key]; ns != nil && !isEntry(key) {
		return ns, nil
	}
	return nil, fmt.Errorf("emulator: no namespace has the key %q", key)
}

// NamespaceByKey gives the namespace with that unique key, for code outside of
// all objects, also if the first Worker has no binding for it.
func (em *Emulator) NamespaceByKey(key string) (*durable.Namespace, error) {
	ns, err := em.spaceOf(key)
	if err != nil {
		return nil, err
	}
	return durable.NewNamespace(ns.Ref("", nil)), nil
}

// ObjectState says what there is of an object.
type ObjectState string

// The states of objects. One without storage, instance and socket has none.
const (
	Active     ObjectState = "active"     // something runs, or will go on without an event
	Idle       ObjectState = "idle"       // there is an instance with nothing to do
	Hibernated ObjectState = "hibernated" // there is no instance, but there are sockets
	Stored     ObjectState = "stored"     // there is only storage
)

// ObjectInfo describes an object at one moment.
type ObjectInfo struct {
	ID      string // 64 hex digits
	Name    string // if it is known: while the object is in memory, or has an alarm
	State   ObjectState
	Size    int64     // of its files, or of its pages in memory, in bytes
	Alarm   time.Time // zero if there is none
	Sockets int
	Events  int       // that are not over
	Used    time.Time // end of the last event; zero if it is not in memory
}

// Objects lists the objects of the namespace with that unique key, in the order
// of their ids: those that have storage and those that are in memory. It wakes
// none.
func (em *Emulator) Objects(key string) ([]ObjectInfo, error) {
	ns, err := em.spaceOf(key)
	if err != nil {
		return nil, err
	}
	sizes, err := ns.Sizes()
	if err != nil {
		return nil, err
	}
	views := ns.Views()
	out := make([]ObjectInfo, 0, len(sizes)+len(views))
	for id, v := range views {
		text := id.String()
		size, stored := sizes[text]
		delete(sizes, text)
		if info := objectInfo(text, v, size); stored || info.State != Stored {
			out = append(out, info)
		}
	}
	for id, size := range sizes {
		out = append(out, ObjectInfo{ID: id, State: Stored, Size: size})
	}
	slices.SortFunc(out, func(x, y ObjectInfo) int { return cmp.Compare(x.ID, y.ID) })
	return out, nil
}

func objectInfo(id string, v actor.View, size int64) ObjectInfo {
	info := ObjectInfo{
		ID: id, Name: v.Name, State: Stored, Size: size,
		Alarm: v.Alarm, Sockets: v.Sockets, Events: v.Events, Used: v.Used,
	}
	switch {
	case v.Active:
		info.State = Active
	case v.Live:
		info.State = Idle
	case v.Sockets > 0:
		info.State = Hibernated
	}
	return info
}

// Object is one object as a tool sees it: from outside, between its turns, and
// without waking it. It is safe for concurrent use. What changes storage here is
// not noticed by an instance that keeps things in memory.
type Object struct {
	em *Emulator
	ns *actor.Namespace
	id actor.ID
}

// Object gives the object with that id, 64 hex digits, of the namespace with
// that unique key.
func (em *Emulator) Object(key, id string) (*Object, error) {
	ns, err := em.spaceOf(key)
	if err != nil {
		return nil, err
	}
	o := &Object{em: em, ns: ns}
	if n, err := hex.Decode(o.id[:], []byte(id[:min(len(id), 64)])); err != nil || n != len(o.id) || len(id) != 64 {
		return nil, fmt.Errorf("emulator: %.80q is not an id: 64 hex digits", id)
	}
	return o, nil
}

// Stub gives a stub for code outside of all objects, for calls and for [Evict],
// [Abort], [Reset] and [RunAlarm].
func (o *Object) Stub() (*durable.Stub, error) {
	ns := durable.NewNamespace(o.ns.Ref("", nil))
	id, err := ns.IDFromString(o.id.String())
	if err != nil {
		return nil, err
	}
	return ns.Get(id), nil
}

// Info describes the object. ok is false if there is nothing of it.
func (o *Object) Info() (info ObjectInfo, ok bool) {
	size, stored := o.ns.Size(o.id)
	info = objectInfo(o.id.String(), o.ns.View(o.id), size)
	return info, stored || info.State != Stored
}

// SetAlarm sets the object's alarm; the zero time deletes it. A time that is
// over is now.
func (o *Object) SetAlarm(at time.Time) error {
	if at.IsZero() {
		return o.ns.PutAlarm(o.id, 0)
	}
	return o.ns.PutAlarm(o.id, max(1, at.UnixMilli()))
}
