package quickjs

import lib "modernc.org/libquickjs"

// Call calls a function.
func (v Value) Call(this Value, args ...Value) (Value, error) {
	i, fn, err := v.target("call")
	if err != nil {
		return Value{}, err
	}
	if i.closed {
		return Value{}, ErrClosed
	}
	t := i.raw(this)
	argv := i.pack(args)
	defer i.unpack(args)
	return i.run(func() lib.TJSValue { return lib.XJS_Call(i.tls, i.ctx, fn, t, int32(len(args)), argv) })
}

// New calls a constructor, as the operator new does.
func (v Value) New(args ...Value) (Value, error) { return v.NewAs(v, args...) }

// NewAs calls a constructor on behalf of target, whose prototype the object gets, as Reflect.construct does.
func (v Value) NewAs(target Value, args ...Value) (Value, error) {
	i, fn, err := v.target("new")
	if err != nil {
		return Value{}, err
	}
	if i.closed {
		return Value{}, ErrClosed
	}
	t := i.raw(target)
	argv := i.pack(args)
	defer i.unpack(args)
	return i.run(func() lib.TJSValue {
		return lib.XJS_CallConstructor2(i.tls, i.ctx, fn, t, int32(len(args)), argv)
	})
}

// Invoke calls the method of that name.
func (v Value) Invoke(method string, args ...Value) (Value, error) {
	fn, err := v.Get(method)
	if err != nil {
		return Value{}, err
	}
	if !fn.IsFunction() {
		return Value{}, &Error{Name: "TypeError", Message: method + " is not a function"}
	}
	return fn.Call(v, args...)
}

// pack puts arguments on the stack of C, from which unpack takes them.
func (i *Isolate) pack(args []Value) uintptr {
	if len(args) == 0 {
		return 0
	}
	for _, v := range args {
		i.raw(v) // panics before anything is on the stack
	}
	argv := i.tls.Alloc(len(args) * int(valueSize))
	raws := values(argv, len(args))
	for n, v := range args {
		raws[n] = i.raw(v)
	}
	return argv
}

func (i *Isolate) unpack(args []Value) {
	if len(args) > 0 && !i.closed {
		i.tls.Free(len(args) * int(valueSize))
	}
}

// callRaw calls fn with one argument. The caller owns all of them.
func (i *Isolate) callRaw(fn, this, arg lib.TJSValue) lib.TJSValue {
	argv := i.tls.Alloc(int(valueSize))
	defer i.tls.Free(int(valueSize))
	*(*lib.TJSValue)(pointer(argv)) = arg
	return lib.XJS_Call(i.tls, i.ctx, fn, this, 1, argv)
}

func (i *Isolate) constructRaw(fn, arg lib.TJSValue) lib.TJSValue {
	argv := i.tls.Alloc(int(valueSize))
	defer i.tls.Free(int(valueSize))
	*(*lib.TJSValue)(pointer(argv)) = arg
	return lib.XJS_CallConstructor(i.tls, i.ctx, fn, 1, argv)
}

// Eval runs a script in the global scope and gives the value of its last expression. The file stands in stacks.
func (i *Isolate) Eval(source, file string) (Value, error) {
	return i.run(func() lib.TJSValue { return i.eval(source, file, lib.MJS_EVAL_TYPE_GLOBAL) })
}

func (i *Isolate) eval(source, file string, flags int32) lib.TJSValue {
	s := i.cstring(source)
	defer i.release(s)
	f := i.cstring(file)
	defer i.release(f)
	return lib.XJS_Eval(i.tls, i.ctx, s, uint64(len(source)), f, flags)
}
