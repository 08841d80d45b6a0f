package js

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// The runtime's numbers of references in values.
const (
	hostStub    = 1  // a function, an RpcTarget, or a stub of one
	hostService = 11 // a stub of an object
)

// sender writes values with the references in them.
type sender struct {
	c    *ioContext
	caps []host.Capability
	// given collects the stubs in a result: the receiver has them from now on.
	given *disposals
}

// sendArgs writes the arguments of a call, an array. Stubs among them stay the
// caller's, which they did not before 2026-01-20 (rule 10.33).
func (c *ioContext) sendArgs(list quickjs.Value) (host.Payload, error) {
	n, _, _ := list.Elements()
	args := make([]quickjs.Value, n)
	for i := range args {
		v, err := list.GetIndex(i)
		if err != nil {
			return host.Payload{}, err
		}
		args[i] = v
	}
	s := &sender{c: c}
	if c.w.rpc.transfers {
		s.given = &disposals{}
	}
	data, err := clone.MarshalArgs(c.w.iso, args, s.options())
	out, err := s.payload(data, err)
	if err == nil && s.given != nil {
		s.given.dispose()
	}
	return out, err
}

// sendResult writes the result of a call.
func (c *ioContext) sendResult(v quickjs.Value) (host.Payload, error) {
	if !v.IsObject() {
		s := sender{c: c}
		if v.IsUndefined() {
			return host.Payload{}, nil
		}
		data, err := clone.Marshal(v, clone.Options{NoStack: true, Strict: true})
		return s.payload(data, err)
	}
	var disposer quickjs.Value
	plain := v.Plain()
	if plain {
		var err error
		if disposer, err = c.w.rpc.disposer.Value().Call(quickjs.Value{}, v); err != nil {
			return host.Payload{}, err
		}
	}
	l := &live{c: c}
	s := &sender{c: c, given: &l.given}
	data, err := clone.Marshal(v, s.options())
	out, err := s.payload(data, err)
	if err != nil {
		return out, err
	}
	if disposer.IsFunction() {
		out.Caps = append(out.Caps, c.obj.Export(c.newTarget(v, ownMembers, disposer)))
		out.Disposer = true
	}
	how, ok := ownMembers, plain
	if !ok && v.ObjectKind() != quickjs.ArrayObject {
		if how, ok, err = c.w.howOf(v); err != nil {
			return out, err
		}
	}
	if ok || len(l.given.stubs) > 0 {
		l.value, l.how = v.Keep(), how
		c.keep(l)
		out.Live = l
	}
	return out, nil
}

func (s *sender) options() clone.Options {
	return clone.Options{PlainErrors: s.c.w.rpc.plainErrors, NoStack: true, Strict: true, Host: s.write}
}

func (s *sender) payload(data []byte, err error) (host.Payload, error) {
	if err == nil {
		return host.Payload{Data: data, Caps: s.caps}, nil
	}
	host.Payload{Caps: s.caps}.Release()
	return host.Payload{}, s.c.w.cloneError(err)
}

// write writes what calls pass by reference (rule 10.14).
func (s *sender) write(w *clone.Writer, v quickjs.Value) (bool, error) {
	c := s.c
	if n, ok := v.Host(); ok {
		st, ok := n.(*stub)
		if !ok {
			name, err := c.w.rpc.className.Value().Call(quickjs.Value{}, v)
			if err != nil {
				return false, err
			}
			return false, clone.Unsupported(name.String())
		}
		hs, err := st.use()
		if err != nil {
			return false, err
		}
		s.add(w, hostService, hs.Capability())
		return true, nil
	}
	switch {
	case v.IsFunction(): // proxies of functions, too
		return s.function(w, v)
	case v.IsProxy():
		how, ok, err := c.w.howOf(v)
		if err != nil {
			return false, err
		}
		if !ok {
			return false, &clone.Error{Message: "Proxy could not be serialized because it is not a valid RPC receiver type. The " +
				"Proxy must emulate either a plain object or an RpcTarget, as indicated by the Proxy's prototype chain."}
		}
		return true, s.export(w, v, how)
	case v.ObjectKind() == quickjs.PlainObject:
		target, err := c.w.rpc.isTarget.Value().Call(quickjs.Value{}, v)
		if err != nil {
			return false, err
		}
		if target.Truthy() {
			return true, s.export(w, v, inheritedMembers)
		}
	}
	return c.w.platform.WriteObject(w, v, s.transfer())
}

// function writes a function, or a stub, which looks like one.
func (s *sender) function(w *clone.Writer, v quickjs.Value) (bool, error) {
	if v.IsProxy() {
		what, err := s.c.w.rpc.reveal.Value().Call(quickjs.Value{}, v)
		if err != nil {
			return false, err
		}
		if what.Kind() == quickjs.String {
			return false, clone.Unsupported(what.String())
		}
		if n, ok := what.Host(); ok {
			h := n.(*held)
			if err := h.use(s.c); err != nil {
				return false, err
			}
			if h.done {
				return false, s.c.w.throw(errDisposed)
			}
			s.add(w, hostStub, h.cap.Dup())
			if s.given != nil {
				s.given.add(h)
			}
			return true, nil
		}
	}
	return true, s.export(w, v, ownMembers)
}

// export writes a value of this context's own. One that can be duplicated is,
// unless it is given away with a result.
func (s *sender) export(w *clone.Writer, v quickjs.Value, how look) error {
	if s.given == nil {
		dup, err := v.Get("dup")
		if err != nil {
			return err
		}
		if dup.IsFunction() {
			if v, err = dup.Call(v); err != nil {
				return err
			}
			if same, ok, err := s.c.w.howOf(v); err != nil || !ok || same != how {
				return errors.Join(err, &clone.Error{Message: "Couldn't create a stub for the RcpTarget because it has a dup() method which did not " +
					"return another RpcTarget. Either remove the dup() method or make sure it returns an RpcTarget."})
			}
		}
	}
	capability, err := s.c.export(v, how)
	if err == nil {
		s.add(w, hostStub, capability)
	}
	return err
}

func (s *sender) add(w *clone.Writer, number uint32, c host.Capability) {
	w.Host(number)
	w.Uint32(s.number(c))
}

// number makes a capability part of the message.
func (s *sender) number(c host.Capability) uint32 {
	s.caps = append(s.caps, c)
	return uint32(len(s.caps) - 1)
}

// reader reads values with the references in them; group gets the stubs.
type reader struct {
	c     *ioContext
	caps  []host.Capability
	taken []bool
	group *disposals
	o     clone.Options
}

// newReader reads a payload; of one without references nothing is kept.
func (c *ioContext) newReader(p host.Payload, group *disposals) *reader {
	if len(p.Caps) == 0 {
		c.w.rpc.plain.c = c
		return c.w.rpc.plain
	}
	return &reader{c: c, caps: p.Caps, taken: make([]bool, len(p.Caps)), group: group}
}

func (r *reader) options() clone.Options {
	if r.o.ReadHost == nil {
		r.o = clone.Options{NoStack: true, ReadHost: r.read}
	}
	return r.o
}

// receiveArgs reads the arguments of a call; the stubs among them end with it.
func (c *ioContext) receiveArgs(p host.Payload, group *disposals) ([]quickjs.Value, error) {
	if p.Data == nil {
		return nil, nil
	}
	r := c.newReader(p, group)
	args, err := clone.UnmarshalArgs(c.w.iso, p.Data, r.options())
	r.finish()
	return args, err
}

// receiveResult reads a result. An object gets a disposer for all stubs in it
// (rule 10.31).
func (c *ioContext) receiveResult(p host.Payload) (quickjs.Value, error) {
	if p.Data == nil {
		return quickjs.Value{}, nil
	}
	var group *disposals
	if len(p.Caps) > 0 {
		group = &disposals{}
	}
	if p.Disposer {
		last := len(p.Caps) - 1
		group.add(c.newHeld(p.Caps[last]))
		p.Caps = p.Caps[:last]
	}
	r := c.newReader(p, group)
	v, err := clone.Unmarshal(c.w.iso, p.Data, r.options())
	r.finish()
	if err != nil || !v.IsObject() || v.IsProxy() {
		return v, err
	}
	dispose := c.w.rpc.nothing.Value()
	if group != nil && len(group.stubs) > 0 {
		if dispose, err = c.w.iso.Function("", 0, func(*quickjs.Call) (quickjs.Value, error) {
			group.dispose()
			return quickjs.Value{}, nil
		}); err != nil {
			return v, err
		}
	}
	_, err = c.w.rpc.disposable.Value().Call(quickjs.Value{}, v, dispose)
	return v, err
}

// finish gives up the references that were not read.
func (r *reader) finish() {
	for i, c := range r.caps {
		if !r.taken[i] {
			c.Release()
		}
	}
}

func (r *reader) read(cr *clone.Reader, number uint32) (quickjs.Value, bool, error) {
	w := r.c.w
	if number != hostStub && number != hostService {
		return w.platform.ReadObject(cr, number, r.transfer())
	}
	at := cr.Offset()
	i, err := cr.Uint32()
	if err != nil {
		return quickjs.Value{}, true, err
	}
	if int(i) >= len(r.caps) || r.taken[i] {
		return quickjs.Value{}, true, cr.Errorf(at, "a reference to what was not sent")
	}
	r.taken[i] = true
	if number == hostService {
		v, err := r.c.newService(r.caps[i])
		return v, true, err
	}
	h := r.c.newHeld(r.caps[i])
	r.group.add(h)
	v, err := w.hostOf(h)
	if err == nil {
		v, err = w.rpc.stub.Value().Call(quickjs.Value{}, v)
	}
	return v, true, err
}
