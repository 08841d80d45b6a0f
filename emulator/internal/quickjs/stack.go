package quickjs

import (
	"strings"
	"unsafe"

	lib "modernc.org/libquickjs"
)

// The engine gives every error a property "stack" of its own, with lines but without the heading that V8 puts before
// them, and in places of the compiled text. hideTraces turns the name under which it does so into a private one, which
// no script can spell; what scripts see as stack is an accessor of Error.prototype, see useStacks.
//
// The engine knows that name by a fixed number. Private names are symbols with a special hash, so that they are in no
// table of names: a script's "stack" becomes a name of its own. All isolates do so, since compiled code refers to the
// engine's own names by number.
func (i *Isolate) hideTraces() {
	const private = 3<<30 | (1<<30 - 1) // type and hash
	atoms := (*lib.TJSRuntime)(pointer(i.rt)).Fatom_array
	atom := *(*uintptr)(pointer(atoms + lib.EJS_ATOM_stack*unsafe.Sizeof(atoms)))
	(*lib.TJSString)(pointer(atom)).F__ccgo4 = private
}

// trace lends the engine's own text of an error's stack.
func (i *Isolate) trace(v lib.TJSValue, use func(text []byte)) {
	if tagOf(v) != lib.EJS_TAG_OBJECT {
		return
	}
	i.lend(func() lib.TJSValue { return i.ownData(v, lib.EJS_ATOM_stack) }, use)
}

// setTrace replaces it.
func (i *Isolate) setTrace(v lib.TJSValue, trace string) int32 {
	text := i.newString(trace)
	if isException(text) {
		return -1
	}
	return lib.XJS_DefinePropertyValue(i.tls, i.ctx, v, lib.EJS_ATOM_stack, text, lib.MJS_PROP_WRITABLE|lib.MJS_PROP_CONFIGURABLE)
}

// ownData reads an own data property without running code; what is none is an exception.
func (i *Isolate) ownData(v lib.TJSValue, a lib.TJSAtom) lib.TJSValue {
	desc := i.tls.Alloc(int(descriptorSize))
	defer i.tls.Free(int(descriptorSize))
	if lib.XJS_GetOwnProperty(i.tls, i.ctx, desc, v, a) <= 0 {
		return exception
	}
	d := (*lib.TJSPropertyDescriptor)(pointer(desc))
	i.drop(d.Fgetter)
	i.drop(d.Fsetter)
	return d.Fvalue
}

// Frames gives the calls that were open when v was made, if it is an Error, or when [Value.Trace] was called with it,
// the innermost first, at most limit; ok is false for other values.
func (v Value) Frames(limit int) (frames []Frame, ok bool) {
	if v.iso == nil {
		return nil, false
	}
	v.iso.trace(v.iso.raw(v), func(text []byte) { frames, ok = parseFrames(text, limit), true })
	return frames, ok
}

// Trace gives an object frames, as if it had been made there.
func (v Value) Trace(frames []Frame) error {
	i, raw, err := v.target("stack")
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, f := range frames {
		text.WriteString("    at " + f.String() + "\n")
	}
	_, err = i.enter(func() lib.TJSValue { return status(i.setTrace(raw, text.String())) })
	return err
}

// useStacks gives errors the property stack in V8's format: a heading and at most ten lines. It is made when it is first
// read, with the name and message that the error has then, and stays as it was made.
func (i *Isolate) useStacks(global Value) error {
	proto, err := global.path("Error", "prototype")
	if err != nil {
		return err
	}
	get, err := i.Function("stack", 0, func(c *Call) (Value, error) {
		if _, ok := c.This.Frames(0); !ok {
			return Value{}, nil
		}
		text, err := i.String(i.describe(i.raw(c.This)).Stack)
		if err != nil {
			return text, err
		}
		return text, c.This.Define("stack", hidden(text))
	})
	if err != nil {
		return err
	}
	set, err := i.Function("stack", 1, func(c *Call) (Value, error) {
		if !c.This.IsObject() {
			return Value{}, nil
		}
		return Value{}, c.This.Define("stack", hidden(c.Arg(0)))
	})
	if err != nil {
		return err
	}
	return proto.Define("stack", Property{Get: get, Set: set, Configurable: true})
}
