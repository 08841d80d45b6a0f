package quickjs

import (
	"fmt"
	"runtime/debug"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// Module is what an import gives: source text, compiled code, or values from Go.
type Module struct {
	Source  string   // text of an ES module; compiled once per process and content
	Code    *Code    // or a module that was compiled before
	Exports []Export // or a module without text
}

// Export is a value that a module made in Go exports.
type Export struct {
	Name  string // "default" for the default export
	Value Value
}

// Import loads and runs a module, as import() does in a module named referrer, and gives a promise of its namespace.
// Jobs must be run for it to settle.
func (i *Isolate) Import(specifier, referrer string) (promise Value, err error) {
	return i.run(func() lib.TJSValue {
		base := i.cstring(referrer)
		defer i.release(base)
		name := i.cstring(specifier)
		defer i.release(name)
		return lib.XJS_LoadModule(i.tls, i.ctx, base, name)
	})
}

// guard calls Go in the middle of JavaScript, with a scope; errors and panics become the pending exception.
func (i *Isolate) guard(name string, fn func() error) (ok bool) {
	scope := Scope{i, len(i.slots)}
	defer scope.Close()
	defer func() {
		if r := recover(); r != nil {
			i.throw(fmt.Errorf("panic in %s: %v", name, r))
			if i.opts.Panicked != nil {
				i.opts.Panicked(name, r, debug.Stack())
			}
		}
	}()
	if err := fn(); err != nil {
		i.throw(err)
		return false
	}
	return true
}

// onNormalize turns a specifier into the name of a module.
func onNormalize(tls *libc.TLS, ctx, base, name, _ uintptr) (result uintptr) {
	i := isolateOf(ctx)
	full := libc.GoString(name)
	if i.opts.Resolve != nil {
		ok := i.guard("the module resolver", func() (err error) {
			full, err = i.opts.Resolve(full, libc.GoString(base))
			return err
		})
		if !ok {
			return 0
		}
	}
	p := i.cstring(full)
	defer i.release(p)
	return lib.Xjs_strdup(tls, ctx, p)
}

// onLoad gives the engine's definition of a module, or 0 with an exception pending.
func onLoad(_ *libc.TLS, ctx, name, _ uintptr, attributes lib.TJSValue) (m uintptr) {
	i := isolateOf(ctx)
	i.guard("the module loader", func() error {
		file := libc.GoString(name)
		if i.opts.Load == nil {
			return &Error{Name: "TypeError", Message: fmt.Sprintf("Cannot find module '%s'", file)}
		}
		with, err := i.attributes(attributes)
		if err != nil {
			return err
		}
		module, err := i.opts.Load(i, file, with)
		if err != nil {
			return err
		}
		m, err = i.instantiate(file, module)
		return err
	})
	return m
}

func (i *Isolate) attributes(raw lib.TJSValue) (map[string]string, error) {
	if tagOf(raw) != lib.EJS_TAG_OBJECT {
		return nil, nil
	}
	v := i.borrow(raw)
	names, err := v.Names()
	if err != nil {
		return nil, err
	}
	with := make(map[string]string, len(names))
	for _, name := range names {
		value, err := v.Get(name)
		if err != nil {
			return nil, err
		}
		if with[name], err = value.Text(); err != nil {
			return nil, err
		}
	}
	return with, nil
}

// instantiate makes the engine's definition of a module; it is not linked yet.
func (i *Isolate) instantiate(name string, module Module) (uintptr, error) {
	if module.Exports != nil {
		return i.synthetic(name, module.Exports)
	}
	code := module.Code
	if code == nil {
		var err error
		if code, err = Compile(module.Source, name, ModuleCode); err != nil {
			return 0, err
		}
	}
	if code.Kind != ModuleCode || code.File != name {
		return 0, fmt.Errorf("%s is imported, but the code for it is not compiled as a module of that name (%s)", name, code.File)
	}
	v, err := i.enter(func() lib.TJSValue { return i.read(code) })
	if err != nil {
		return 0, err
	}
	// The isolate's list of modules holds the definition.
	i.drop(v)
	return uintptr(payload(v)), nil
}

// meta fills import.meta of a module that was read.
func (i *Isolate) meta(m uintptr, name string) error {
	v, err := i.run(func() lib.TJSValue { return lib.XJS_GetImportMeta(i.tls, i.ctx, m) })
	if err != nil {
		return err
	}
	url, err := i.String(name)
	if err != nil {
		return err
	}
	if err := v.Define("url", Property{Value: url, Writable: true, Enumerable: true, Configurable: true}); err != nil {
		return err
	}
	if i.opts.Meta != nil {
		return i.opts.Meta(name, v)
	}
	return nil
}

// synthetic makes a module whose exports are values; they are set when it is linked.
func (i *Isolate) synthetic(name string, exports []Export) (uintptr, error) {
	for _, e := range exports {
		i.raw(e.Value)
	}
	var m uintptr
	_, err := i.enter(func() lib.TJSValue {
		p := i.cstring(name)
		defer i.release(p)
		if m = lib.XJS_NewCModule(i.tls, i.ctx, p, syntheticCallback); m == 0 {
			return exception
		}
		for _, e := range exports {
			p := i.cstring(e.Name)
			rc := lib.XJS_AddModuleExport(i.tls, i.ctx, m, p)
			i.release(p)
			if rc < 0 {
				return exception
			}
		}
		return undefined
	})
	if err != nil {
		return 0, err
	}
	held := make([]heldExport, len(exports))
	for n, e := range exports {
		held[n] = heldExport{e.Name, e.Value.Keep()}
	}
	if i.pending == nil {
		i.pending = make(map[uintptr][]heldExport)
	}
	i.pending[m] = held
	return m, nil
}

type heldExport struct {
	name  string
	value *Ref
}

func onSynthetic(_ *libc.TLS, ctx, m uintptr) int32 {
	i := isolateOf(ctx)
	held := i.pending[m]
	delete(i.pending, m)
	rc := int32(0)
	for _, e := range held {
		p := i.cstring(e.name)
		v := undefined
		if e.value.iso != nil {
			v = i.dup(e.value.v)
		}
		if lib.XJS_SetModuleExport(i.tls, i.ctx, m, p, v) < 0 {
			rc = -1
		}
		i.release(p)
		e.value.Free()
	}
	return rc
}
