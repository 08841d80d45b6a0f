package quickjs

// Class is a class of host objects: each instance stands for a value of Go.
type Class struct {
	iso         *Isolate
	name        string
	ctor, proto *Ref
}

// Class makes a class. construct is called for new and gives the value that the instance stands for; nil makes new throw
// a TypeError, as for classes whose instances only the host makes. Subclasses in JavaScript work.
func (i *Isolate) Class(name string, length int, construct func(c *Call) (any, error)) (*Class, error) {
	proto, err := i.Object()
	if err != nil {
		return nil, err
	}
	c := &Class{iso: i, name: name}
	ctor, err := i.Constructor(name, length, func(call *Call) (Value, error) {
		if construct == nil {
			return Value{}, TypeErrorf("Illegal constructor")
		}
		if call.New.IsUndefined() {
			return Value{}, TypeErrorf("Class constructor %s cannot be invoked without 'new'", name)
		}
		value, err := construct(call)
		if err != nil {
			return Value{}, err
		}
		proto, err := call.New.Get("prototype")
		if err != nil {
			return Value{}, err
		}
		if !proto.IsObject() {
			proto = c.proto.Value()
		}
		return i.Host(proto, value, nil)
	})
	if err != nil {
		return nil, err
	}
	if err := ctor.Define("prototype", Property{Value: proto}); err != nil {
		return nil, err
	}
	if err := proto.Define("constructor", Property{Value: ctor, Writable: true, Configurable: true}); err != nil {
		return nil, err
	}
	tag, err := i.Global().path("Symbol", "toStringTag")
	if err != nil {
		return nil, err
	}
	text, err := i.String(name)
	if err != nil {
		return nil, err
	}
	if err := proto.DefineKey(tag, Property{Value: text, Configurable: true}); err != nil {
		return nil, err
	}
	c.ctor, c.proto = ctor.Keep(), proto.Keep()
	return c, nil
}

// path reads a property of a property.
func (v Value) path(names ...string) (Value, error) {
	var err error
	for _, name := range names {
		if v, err = v.Get(name); err != nil {
			return Value{}, err
		}
	}
	return v, nil
}

// Constructor gives the function that stands for the class.
func (c *Class) Constructor() Value { return c.ctor.Value() }

// Prototype gives the object whose properties all instances share.
func (c *Class) Prototype() Value { return c.proto.Value() }

// New makes an instance without calling the constructor; see [Isolate.Host] for finalize.
func (c *Class) New(value any, finalize func()) (Value, error) {
	return c.iso.Host(c.Prototype(), value, finalize)
}

// Method adds a method to a class whose instances stand for values of type T. Called on anything else, it throws the
// TypeError that platform classes throw.
func Method[T any](c *Class, name string, length int, fn func(self T, c *Call) (Value, error)) error {
	f, err := c.iso.Function(name, length, receive(fn))
	if err != nil {
		return err
	}
	return c.Prototype().Define(name, Property{Value: f, Writable: true, Enumerable: true, Configurable: true})
}

// Accessor adds a property that is read by get and, if set is not nil, written by set.
func Accessor[T any](c *Class, name string, get, set func(self T, c *Call) (Value, error)) error {
	p := Property{Enumerable: true, Configurable: true}
	var err error
	if p.Get, err = c.iso.Function("get "+name, 0, receive(get)); err != nil {
		return err
	}
	if set != nil {
		if p.Set, err = c.iso.Function("set "+name, 1, receive(set)); err != nil {
			return err
		}
	}
	return c.Prototype().Define(name, p)
}

func receive[T any](fn func(self T, c *Call) (Value, error)) Func {
	return func(c *Call) (Value, error) {
		value, _ := c.This.Host()
		self, ok := value.(T)
		if !ok {
			return Value{}, TypeErrorf("Illegal invocation: function called with incorrect `this` reference. " +
				"See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.")
		}
		return fn(self, c)
	}
}
