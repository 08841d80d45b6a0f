package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/statedir"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// State is a state directory that is looked into without running its objects:
// that of an [Emulator], or what wrangler dev and Miniflare have written. It is
// safe for concurrent use; each object is not. [State.Close] ends it.
type State struct {
	dir    *statedir.Dir
	engine *store.Engine
}

// ReadState opens a state directory for reading. Nothing is written there, and
// whoever runs objects on it meanwhile goes on undisturbed; what is read of an
// object is one snapshot. A directory that is not there has no objects.
func ReadState(dir StateDir) (*State, error) { return openState(dir, true) }

// WriteState opens a state directory for changes also. It takes the lock that an
// emulator takes, so it fails while one runs; wrangler dev takes none and has to
// be stopped by the caller.
func WriteState(dir StateDir) (*State, error) { return openState(dir, false) }

func openState(dir StateDir, readOnly bool) (*State, error) {
	if dir == InMemory {
		return nil, errors.New("emulator: a state in memory has no directory")
	}
	s := &State{dir: statedir.At(string(dir))}
	engine, err := store.New(store.Options{Dir: s.dir.Objects(), Now: actor.MachineTime, ReadOnly: readOnly, PowerSafe: !readOnly})
	if err != nil {
		return nil, err
	}
	s.engine = engine
	return s, nil
}

// Close gives the directory back. Closing twice is fine.
func (s *State) Close() error { return s.engine.Close() }

// Namespaces lists the classes that the directory knows, by Worker and class:
// those that migrations were applied for, and those that have a folder. The name
// of a folder without migrations ends in the class; whether its class is
// SQLite-backed is not known then, and said to be so.
func (s *State) Namespaces() ([]NamespaceInfo, error) {
	ledgers, err := s.dir.Ledgers()
	if err != nil {
		return nil, err
	}
	var out []NamespaceInfo
	known := map[string]bool{}
	for _, l := range ledgers {
		for _, n := range l.Namespaces {
			known[n.UniqueKey] = true
			out = append(out, NamespaceInfo{Key: n.UniqueKey, Worker: l.Script, Class: n.Class, SQLite: n.SQLite})
		}
	}
	entries, err := os.ReadDir(s.dir.Objects())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if key := e.Name(); e.IsDir() && !known[key] {
			out = append(out, namespaceOf(key))
		}
	}
	slices.SortFunc(out, func(x, y NamespaceInfo) int {
		return cmp.Or(cmp.Compare(x.Worker, y.Worker), cmp.Compare(x.Class, y.Class), cmp.Compare(x.Key, y.Key))
	})
	return out, nil
}

// namespaceOf is what the name of a folder tells (rule 1.6). No class has a
// hyphen in its name.
func namespaceOf(key string) NamespaceInfo {
	i := max(0, strings.LastIndexByte(key, '-'))
	return NamespaceInfo{Key: key, Worker: key[:i], Class: strings.TrimPrefix(key[i:], "-"), SQLite: true}
}

// Namespace finds a class by its name, as Worker/Class, or by its unique key.
func (s *State) Namespace(class string) (NamespaceInfo, error) {
	all, err := s.Namespaces()
	if err != nil {
		return NamespaceInfo{}, err
	}
	var found []NamespaceInfo
	var names []string
	for _, n := range all {
		name := n.Worker + "/" + n.Class
		names = append(names, name)
		if class == n.Key || class == name {
			return n, nil
		}
		if class == n.Class {
			found = append(found, n)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		names = names[:0]
		for _, n := range found {
			names = append(names, n.Worker+"/"+n.Class)
		}
		return NamespaceInfo{}, fmt.Errorf("several Workers have a class %s: say which, as %s", class, strings.Join(names, " or "))
	case len(names) == 0:
		return NamespaceInfo{}, fmt.Errorf("%s has no objects", s.dir.Path())
	}
	return NamespaceInfo{}, fmt.Errorf("%s has no class %q, only %s", s.dir.Path(), class, strings.Join(names, ", "))
}

func (s *State) space(n NamespaceInfo) *store.Namespace { return s.engine.Namespace(n.Key, n.SQLite) }

// Objects lists the objects of a class that have storage, in the order of their
// ids. A name is known only of an object with an alarm.
func (s *State) Objects(n NamespaceInfo) ([]*StateObject, error) {
	space := s.space(n)
	sizes, err := space.Sizes()
	if err != nil {
		return nil, err
	}
	rows, err := space.Alarms()
	if err != nil {
		return nil, err
	}
	alarms := map[string]store.AlarmRecord{}
	for _, r := range rows {
		alarms[r.ID] = r
	}
	out := make([]*StateObject, 0, len(sizes))
	for id, size := range sizes {
		o := &StateObject{Namespace: n, ObjectInfo: ObjectInfo{ID: id, State: Stored, Size: size}, state: s}
		if r, ok := alarms[id]; ok {
			o.Name, o.Alarm = r.Name, time.UnixMilli(r.Time).UTC()
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(x, y *StateObject) int { return cmp.Compare(x.ID, y.ID) })
	return out, nil
}

// StateObject is one object of a [State].
type StateObject struct {
	Namespace NamespaceInfo
	ObjectInfo
	state *State
}

// ErrReadOnly is the error of a write to a state that is open for reading.
var ErrReadOnly = store.ErrReadOnly

// ErrNoObject is the error of [State.Object] for an object without storage.
var ErrNoObject = errors.New("there is no such object")

// Object finds an object by its id, 64 hex digits, or by its name.
func (s *State) Object(n NamespaceInfo, idOrName string) (*StateObject, error) {
	id, name := strings.ToLower(idOrName), ""
	if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
		id, name = idOf(n.Key, idOrName), idOrName
	}
	list, err := s.Objects(n)
	if err != nil {
		return nil, err
	}
	i, ok := slices.BinarySearchFunc(list, id, func(o *StateObject, id string) int { return cmp.Compare(o.ID, id) })
	if !ok {
		err := fmt.Errorf("class %s: %w with the id %s", n.Class, ErrNoObject, id)
		if name != "" {
			err = fmt.Errorf("class %s: %w with the name %q: its id would be %s", n.Class, ErrNoObject, name, id)
		}
		return nil, err
	}
	if name != "" {
		list[i].Name = name
	}
	return list[i], nil
}

// read gives fn the object's storage until it was not changed meanwhile.
func (o *StateObject) read(fn func(*store.Store) error) error {
	for range 3 {
		st := o.state.space(o.Namespace).Open(o.ID, o.Name)
		err := fn(st)
		changed := st.Changed()
		st.Close()
		if !changed {
			return err
		}
	}
	return fmt.Errorf("object %s is being opened and closed again and again: try once more", o.ID)
}

// idOf gives the id of a name.
func idOf(key, name string) string {
	return durable.NewNamespace(keyOnly(key)).IDFromName(name).String()
}

// keyOnly is a namespace that makes ids, and no stubs.
type keyOnly string

func (k keyOnly) Info() host.NamespaceInfo            { return host.NamespaceInfo{Key: string(k)} }
func (keyOnly) Random([]byte)                         {}
func (keyOnly) Stub([32]byte, string, bool) host.Stub { return nil }
