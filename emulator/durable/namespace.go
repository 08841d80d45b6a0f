package durable

import "github.com/dormouse-do/dormouse/emulator/internal/host"

// Namespace is the set of objects of one class, reached through a binding.
// Its methods start nothing (rule 1.29) and may be called at any time.
type Namespace struct {
	ns  host.Namespace
	key string
	err error
}

// NewNamespace is for the runtime; classes get theirs from [Env.Namespace].
func NewNamespace(ns host.Namespace) *Namespace {
	return &Namespace{ns: ns, key: ns.Info().Key}
}

// NoNamespace gives a namespace whose every use fails with err: what a binding
// that does not exist is, since an error at the place of use names the call.
func NoNamespace(err error) *Namespace { return &Namespace{err: err} }

// IDFromName gives the id of the object with that name: the same name always
// gives the same id (rule 1.3).
func (n *Namespace) IDFromName(name string) ID {
	return ID{bytes: idFromName(n.key, name), name: name, hasName: true}
}

// NewUniqueID makes a random id. Keep its String to find the object again
// (rule 1.4).
func (n *Namespace) NewUniqueID() ID {
	var base [16]byte
	if n.ns != nil {
		n.ns.Random(base[:])
	}
	return ID{bytes: idFromBase(n.key, base[:])}
}

// IDFromString reads an id that String printed, in either case. An id of
// another namespace and anything but 64 hex digits is a TypeError (rules 1.9 to
// 1.11).
func (n *Namespace) IDFromString(s string) (ID, error) {
	if n.err != nil {
		return ID{}, n.err
	}
	b, err := idFromString(n.key, s)
	if err != nil {
		return ID{}, err
	}
	return ID{bytes: b}, nil
}

// Get gives a stub for the object; nothing is started before its first call.
func (n *Namespace) Get(id ID, opts ...GetOption) *Stub {
	if n.err != nil {
		return &Stub{id: id, err: n.err}
	}
	return &Stub{id: id, stub: n.ns.Stub(id.bytes, id.name, id.hasName)}
}

// GetByName equals Get(IDFromName(name)) (rule 1.28).
func (n *Namespace) GetByName(name string, opts ...GetOption) *Stub {
	return n.Get(n.IDFromName(name), opts...)
}

// Jurisdiction gives the part of the namespace that is restricted to a
// jurisdiction. Like local workerd it refuses every one but "", which is the
// namespace itself (rule 1.22).
func (n *Namespace) Jurisdiction(jurisdiction string) (*Namespace, error) {
	if jurisdiction != "" {
		return nil, &Error{Name: "Error", Message: "Jurisdiction restrictions are not implemented in workerd."}
	}
	return n, nil
}

// GetOption is an option of Get and GetByName.
type GetOption interface{ getOption() }

// LocationHint wishes for a place where a new object should be made, such as
// "weur". Any text is accepted; it has no local effect (rule 1.26).
type LocationHint string

func (LocationHint) getOption() {}

// Host is for the runtime.
func (n *Namespace) Host() (host.Namespace, error) { return n.ns, n.err }
