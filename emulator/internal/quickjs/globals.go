package quickjs

import (
	"errors"
	"strings"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// JavaScript's local time is UTC, as on Cloudflare. The engine asks the C library, whose environment is a copy of the
// process's own and must not be changed while another goroutine reads it: before main is the only safe time.
func init() {
	tls := libc.NewTLS()
	defer tls.Close()
	name, value := cstring(tls, "TZ"), cstring(tls, "UTC")
	defer free(tls, name)
	defer free(tls, value)
	libc.Xsetenv(tls, name, value, 1)
}

const descriptorSize = unsafe.Sizeof(lib.TJSPropertyDescriptor{})

// prepareGlobals takes what the isolate needs from its global object before scripts may change it, and puts the owner's
// clock and random numbers in.
func (i *Isolate) prepareGlobals() error {
	scope := i.OpenScope()
	defer scope.Close()
	global := i.Global()
	if err := i.takeIntrinsics(global); err != nil {
		return err
	}
	return errors.Join(i.dropInternalError(global), i.useStacks(global), i.guardArrays(global), i.nameZone(global), i.useClock(global), i.useRandom(global))
}

// dropInternalError makes the engine's own class of errors, which no other engine has, a RangeError: what V8 throws when
// the stack overflows.
func (i *Isolate) dropInternalError(global Value) error {
	protos := &(*lib.TJSContext)(pointer(i.ctx)).Fnative_error_proto
	i.drop(protos[lib.EJS_INTERNAL_ERROR])
	protos[lib.EJS_INTERNAL_ERROR] = i.dup(protos[lib.EJS_RANGE_ERROR])
	return global.Delete("InternalError")
}

// nameZone lets dates name their time zone as V8's do.
func (i *Isolate) nameZone(global Value) error {
	proto, err := global.path("Date", "prototype")
	if err != nil {
		return err
	}
	for _, name := range []string{"toString", "toTimeString"} {
		engine, err := proto.Get(name)
		if err != nil {
			return err
		}
		kept := engine.Keep()
		fn, err := i.Function(name, 0, func(c *Call) (Value, error) {
			v, err := kept.Value().Call(c.This)
			if err != nil {
				return v, err
			}
			text, err := v.Text()
			if err != nil || !strings.HasSuffix(text, "GMT+0000") {
				return v, err
			}
			return i.String(text + " (Coordinated Universal Time)")
		})
		if err != nil {
			return err
		}
		if err := proto.Define(name, hidden(fn)); err != nil {
			return err
		}
	}
	return nil
}

// useClock replaces Date by a constructor that hands the owner's time to the engine's.
func (i *Isolate) useClock(global Value) error {
	if i.opts.Now == nil {
		return nil
	}
	engine, err := global.Get("Date")
	if err != nil {
		return err
	}
	kept := engine.Keep()
	date, err := i.Constructor("Date", 7, func(c *Call) (Value, error) {
		if c.New.IsUndefined() {
			now, err := kept.Value().New(i.now())
			if err != nil {
				return Value{}, err
			}
			text, err := now.Text()
			if err != nil {
				return Value{}, err
			}
			return i.String(text)
		}
		if len(c.Args) == 0 {
			return kept.Value().NewAs(c.New, i.now())
		}
		return kept.Value().NewAs(c.New, c.Args...)
	})
	if err != nil {
		return err
	}
	now, err := i.Function("now", 0, func(*Call) (Value, error) { return i.now(), nil })
	if err != nil {
		return err
	}
	for _, name := range []string{"prototype", "parse", "UTC"} {
		v, err := engine.Get(name)
		if err != nil {
			return err
		}
		method := name != "prototype"
		if err := date.Define(name, Property{Value: v, Writable: method, Configurable: method}); err != nil {
			return err
		}
		if !method {
			if err := v.Define("constructor", hidden(date)); err != nil {
				return err
			}
		}
	}
	return errors.Join(date.Define("now", hidden(now)), global.Define("Date", hidden(date)))
}

func (i *Isolate) now() Value { return i.Number(float64(int64(i.opts.Now()))) }

// useRandom replaces Math.random.
func (i *Isolate) useRandom(global Value) error {
	if i.opts.Random == nil {
		return nil
	}
	math, err := global.Get("Math")
	if err != nil {
		return err
	}
	random, err := i.Function("random", 0, func(*Call) (Value, error) { return i.Number(i.opts.Random()), nil })
	if err != nil {
		return err
	}
	return math.Define("random", hidden(random))
}

// hidden is the usual property for functions of the language: not enumerable.
func hidden(v Value) Property { return Property{Value: v, Writable: true, Configurable: true} }
