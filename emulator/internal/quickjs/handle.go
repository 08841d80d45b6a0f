package quickjs

import lib "modernc.org/libquickjs"

// Value is a JavaScript value of one isolate. The zero Value is undefined and belongs to every isolate.
//
// A Value lives as long as the scope it was made in (see [Isolate.OpenScope]); within a host function that is until the
// function returns, outside of every scope until the isolate is closed. Nobody frees a Value. To keep one longer, use
// [Value.Keep]. Using a Value after its end panics.
type Value struct {
	iso    *Isolate
	index  uint32
	serial uint32
}

// slot holds the JavaScript value of one handle.
type slot struct {
	v        lib.TJSValue
	serial   uint32
	borrowed bool // somebody else owns v for as long as the slot lives
}

func (i *Isolate) slot(v lib.TJSValue, borrowed bool) Value {
	i.serial++
	i.slots = append(i.slots, slot{v, i.serial, borrowed})
	return Value{i, uint32(len(i.slots) - 1), i.serial}
}

// push makes a handle of v, whose ownership passes to the current scope.
func (i *Isolate) push(v lib.TJSValue) Value { return i.slot(v, false) }

// borrow makes a handle of a value that outlives the current scope.
func (i *Isolate) borrow(v lib.TJSValue) Value { return i.slot(v, true) }

// raw is the value behind a handle, owned by the handle.
func (i *Isolate) raw(v Value) lib.TJSValue {
	if v.iso == nil {
		return undefined
	}
	if v.iso != i {
		panic("quickjs: a value of another isolate")
	}
	if int(v.index) >= len(i.slots) || i.slots[v.index].serial != v.serial {
		i.usable()
		panic("quickjs: a value is used after its scope was closed")
	}
	return i.slots[v.index].v
}

func (i *Isolate) alive(v Value) bool {
	return v.iso == nil || v.iso == i && int(v.index) < len(i.slots) && i.slots[v.index].serial == v.serial
}

func (i *Isolate) dup(v lib.TJSValue) lib.TJSValue {
	if counted(v) {
		return lib.XDupValue(i.tls, i.ctx, v)
	}
	return v
}

func (i *Isolate) drop(v lib.TJSValue) {
	if counted(v) && i.broken == nil {
		lib.XFreeValue(i.tls, i.ctx, v)
	}
}

// Scope is a range of handles that end together. Scopes nest and are closed in reverse order.
type Scope struct {
	iso  *Isolate
	mark int
}

// OpenScope starts a scope: every Value made from now on ends when it is closed. Host functions have one of their own.
func (i *Isolate) OpenScope() Scope {
	i.usable()
	return Scope{i, len(i.slots)}
}

// Close ends the values of the scope and of all scopes opened since. Calling it twice is fine.
func (s Scope) Close() {
	i := s.iso
	if i == nil || i.closed {
		return
	}
	for len(i.slots) > s.mark {
		last := &i.slots[len(i.slots)-1]
		v, owned := last.v, !last.borrowed
		i.slots = i.slots[:len(i.slots)-1]
		if owned {
			i.drop(v)
		}
	}
	if i.depth == 0 && len(i.reaped) > 0 {
		i.reap()
	}
}

// Escape closes the scope and gives v, made in it, to the scope around it.
func (s Scope) Escape(v Value) Value {
	if s.iso == nil || v.iso == nil {
		s.Close()
		return v
	}
	raw := s.iso.dup(s.iso.raw(v))
	s.Close()
	return s.iso.push(raw)
}

// Ref keeps a JavaScript value until it is freed or the isolate closed. A Ref that JavaScript can reach, through a host
// function or object that holds it, keeps its value even when nothing else does: the engine cannot see such cycles.
type Ref struct {
	iso        *Isolate
	v          lib.TJSValue
	next, prev *Ref
}

// Keep makes a Ref of v.
func (v Value) Keep() *Ref {
	r := &Ref{iso: v.iso, v: undefined}
	if i := v.iso; i != nil {
		r.v = i.dup(i.raw(v))
		if r.next = i.refs; r.next != nil {
			r.next.prev = r
		}
		i.refs = r
	}
	return r
}

// Value makes a handle in the current scope. It is undefined once the Ref was freed or the isolate closed.
func (r *Ref) Value() Value {
	if r == nil || r.iso == nil {
		return Value{}
	}
	return r.iso.push(r.iso.dup(r.v))
}

// Free gives the value up. Calling it twice, or after the isolate was closed, is fine.
func (r *Ref) Free() {
	if r == nil || r.iso == nil {
		return
	}
	i := r.iso
	r.iso = nil
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		i.refs = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	}
	r.next, r.prev = nil, nil
	i.drop(r.v)
	if i.depth == 0 && len(i.reaped) > 0 {
		i.reap()
	}
}
