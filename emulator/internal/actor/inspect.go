package actor

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// View is an object that is in memory, or has an alarm, as a tool sees it.
type View struct {
	ID      ID
	Name    string // if it is known
	Active  bool   // something runs, or holds the instance in memory
	Live    bool   // there is an instance
	Sockets int
	Events  int       // that are not over
	Used    time.Time // end of the last event; zero if there was none
	Alarm   time.Time // zero: none that is known
}

// Views gives the objects of the namespace that are in memory or have an alarm.
func (n *Namespace) Views() map[ID]View {
	s := n.s
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[ID]View, len(n.actors))
	for id, al := range n.alarms {
		out[id] = View{ID: id, Name: al.name, Alarm: time.UnixMilli(al.at).UTC()}
	}
	for id, a := range n.actors {
		v := out[id]
		v.ID = id
		a.viewLocked(&v)
		out[id] = v
	}
	return out
}

// Sizes gives the sizes of the objects that have storage, by id.
func (n *Namespace) Sizes() (map[string]int64, error) { return n.store.Sizes() }

// Size gives that of one object; ok is false if it has no storage.
func (n *Namespace) Size(id ID) (size int64, ok bool) { return n.store.Size(id.String()) }

// View gives one object as Views does; of one that is not in memory it is empty.
func (n *Namespace) View(id ID) View {
	s := n.s
	s.mu.Lock()
	defer s.mu.Unlock()
	v := View{ID: id}
	if al := n.alarms[id]; al != nil {
		v.Name, v.Alarm = al.name, time.UnixMilli(al.at).UTC()
	}
	if a := n.actors[id]; a != nil {
		a.viewLocked(&v)
	}
	return v
}

func (a *Actor) viewLocked(v *View) {
	v.Active, v.Live = a.activeLocked(), a.object != nil
	v.Sockets, v.Events, v.Used = a.hibernating.n+a.loose.n, len(a.events), a.used
	if a.hasName {
		v.Name = a.name
	}
}

// SQL reports whether the class is SQLite-backed.
func (n *Namespace) SQL() bool { return n.sql }

// ErrBusy is the error of [Namespace.Peek] for an object in the middle of a
// critical section or transaction.
var ErrBusy = errors.New("the object is in a critical section or transaction: wait until it is over, or abort it")

// ErrNotStored is the error for an object without storage.
var ErrNotStored = errors.New("the object has no storage")

// Peek runs fn with the storage of an object between two of its turns, and
// commits. No instance is made for it. Without create, an object that has no
// storage gets none, and the error is ErrNotStored.
func (n *Namespace) Peek(id ID, create bool, fn func(*store.Store) error) error {
	var err error
	derr := n.s.Do(func() { err = n.peek(id, create, fn) })
	return errors.Join(derr, err)
}

func (n *Namespace) peek(id ID, create bool, fn func(*store.Store) error) error {
	n.s.mu.Lock()
	a := n.actors[id]
	busy := a != nil && (a.section != nil || a.broken != nil)
	n.s.mu.Unlock()
	var st *store.Store
	switch {
	case busy || a != nil && a.txn != nil:
		return ErrBusy
	case a != nil && a.store != nil:
		st = a.store
	default:
		st = n.store.Open(id.String(), n.knownName(id))
		defer st.Close()
	}
	if !create && !st.Stored() {
		return ErrNotStored
	}
	err := fn(st)
	if err == nil {
		err = st.Commit()
	}
	if err != nil && st.Dirty() {
		st.Rollback()
	}
	return err
}

func (n *Namespace) knownName(id ID) string {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	switch a, al := n.actors[id], n.alarms[id]; {
	case a != nil:
		return a.storedName()
	case al != nil:
		return al.name
	}
	return ""
}

// PutAlarm sets an object's alarm, or with 0 deletes it, without waking it.
func (n *Namespace) PutAlarm(id ID, ms int64) error {
	if ms != 0 && !n.class.HandlesAlarm() {
		return fmt.Errorf("the class %s has no alarm handler", n.Class())
	}
	var err error
	derr := n.s.Do(func() { err = n.putAlarm(id, ms) })
	return errors.Join(derr, err)
}

func (n *Namespace) putAlarm(id ID, ms int64) error {
	err := n.peek(id, ms != 0, func(st *store.Store) error {
		if ms == 0 {
			return st.DeleteAlarm()
		}
		return st.SetAlarm(max(ms, n.s.Now().UnixMilli()))
	})
	if err != nil {
		return err
	}
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	if a := n.actors[id]; a != nil && a.alarm != nil {
		a.alarm.changed = true
	}
	if ms == 0 {
		n.forgetLocked(id)
		return nil
	}
	al := n.scheduleLocked(id, max(ms, n.s.Now().UnixMilli()), 0)
	al.retries, al.faults = 0, 0
	return nil
}

// SocketView is one WebSocket of an object as a tool sees it.
type SocketView struct {
	Number        uint64 // by which it is found again
	Hibernatable  bool
	Peer          string // who has the other end: network, object or code outside
	Tags          []string
	Attachment    []byte // a structured clone, or nil
	State         host.ReadyState
	Protocol      string
	Queued        int // bytes that wait for their events
	AutoResponded time.Time
}

// Sockets gives the WebSockets of an object that are accepted, the oldest first.
func (n *Namespace) Sockets(id ID) (out []SocketView) {
	n.s.mu.Lock()
	ends := n.endsLocked(id)
	for _, e := range ends {
		if e.number == 0 {
			n.s.numbered++
			e.number = n.s.numbered
		}
		v := SocketView{
			Number: e.number, Hibernatable: e.mode == hibernate, Peer: "code outside",
			Tags: slices.Clone(e.tags), Attachment: e.attachment, Protocol: e.protocol, Queued: e.queued,
		}
		switch {
		case e.other.link != nil:
			v.Peer = "network"
		case e.other.owner != nil:
			v.Peer = "object"
		}
		if e.autoAt != 0 {
			v.AutoResponded = time.Unix(0, e.autoAt).UTC()
		}
		out = append(out, v)
	}
	n.s.mu.Unlock()
	for i, e := range ends {
		out[i].State = e.ReadyState()
	}
	return out
}

func (n *Namespace) endsLocked(id ID) (out []*end) {
	a := n.actors[id]
	if a == nil {
		return nil
	}
	for _, l := range []*endList{&a.hibernating, &a.loose} {
		for e := l.first; e != nil; e = e.next {
			if e.acceptedLocked() {
				out = append(out, e)
			}
		}
	}
	return out
}

// ErrNoSocket is the error for a socket that is closed, or of another object.
var ErrNoSocket = errors.New("the WebSocket is closed")

// Inject sends a message by one of an object's sockets: to its other side, or
// with inward to the object, as if the other side had.
func (n *Namespace) Inject(id ID, number uint64, m host.Message, inward bool) error {
	f := frame{kind: textFrame, data: m.Data}
	if m.Binary {
		f.kind = binaryFrame
	}
	return n.injectFrame(id, number, f, inward)
}

// InjectClose sends a close frame, as Inject does a message.
func (n *Namespace) InjectClose(id ID, number uint64, c host.CloseFrame, inward bool) error {
	if c.Code < 1000 || c.Code > 4999 || c.Code >= 1004 && c.Code <= 1006 || c.Code == 1015 {
		return &durable.Error{Name: "InvalidAccessError", Message: fmt.Sprintf("Invalid WebSocket close code: %d.", c.Code)}
	}
	return n.injectFrame(id, number, frame{kind: closeFrame, code: c.Code, reason: c.Reason}, inward)
}

func (n *Namespace) injectFrame(id ID, number uint64, f frame, inward bool) error {
	var err error
	derr := n.s.Do(func() {
		n.s.mu.Lock()
		defer n.s.mu.Unlock()
		i := slices.IndexFunc(n.endsLocked(id), func(e *end) bool { return e.number == number && number != 0 })
		if i < 0 {
			err = ErrNoSocket
			return
		}
		e := n.endsLocked(id)[i]
		switch {
		case e.closedOut && !inward || e.aborted:
			err = ErrNoSocket
		case inward:
			e.arriveLocked(f)
		default:
			e.closedOut = f.last()
			e.other.arriveLocked(f)
		}
	})
	return errors.Join(derr, err)
}
