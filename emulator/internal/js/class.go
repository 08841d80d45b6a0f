package js

import (
	"context"
	"fmt"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// class is a Durable Object class that the Worker exports; it implements
// [host.Class]. Like the Worker it belongs to whoever holds the baton.
type class struct {
	w     *Worker
	name  string
	known bool // what follows was found out
	alarm bool
	plain bool // it extends nothing
	err   error
}

// Class gives the exported class of that name; after [Worker.Start] its Err
// says what is wrong with it, if anything.
func (w *Worker) Class(name string) host.Class { return &class{w: w, name: name} }

// look finds out, once, what the class is.
func (c *class) look() {
	if c.known || c.w.exports == nil {
		return
	}
	c.known = true
	scope := c.w.iso.OpenScope()
	defer scope.Close()
	ctor, err := c.constructor()
	if err == nil {
		var proto quickjs.Value
		if proto, err = ctor.Get("prototype"); err == nil && proto.IsObject() {
			c.alarm, err = proto.Has("alarm")
			c.plain = !c.w.extendsBase(proto)
		}
	}
	c.err = err
}

func (c *class) constructor() (quickjs.Value, error) {
	v, err := c.w.exports.Value().Get(c.name)
	switch {
	case err != nil:
		return v, err
	case !v.IsFunction():
		return v, fmt.Errorf("main exports no class %q", c.name)
	}
	return v, nil
}

// ownAlarm notices an alarm handler that is no member of the class but of its
// instances (rule 7.8).
func (c *class) ownAlarm(instance quickjs.Value) error {
	if c.HandlesAlarm() || !instance.IsObject() {
		return nil
	}
	v, err := instance.Get("alarm")
	c.alarm = v.IsFunction()
	return err
}

func (c *class) Name() string { return c.name }

func (c *class) HandlesAlarm() bool {
	c.look()
	return c.alarm
}

func (c *class) Err() error {
	c.look()
	return c.err
}

// New constructs an instance: constructor(ctx, env).
func (c *class) New(ctx context.Context, obj host.Object, env host.Env) (host.Instance, error) {
	c.look()
	in := newInstance(&ioContext{w: c.w, obj: obj, env: env})
	in.plain = c.plain
	made := false
	defer func() {
		if !made { // also when a reset unwinds it
			in.Release()
		}
	}()
	err := in.Run(ctx, func() error {
		ctor, err := c.constructor()
		if err != nil {
			return err
		}
		state, err := in.newState()
		if err != nil {
			return err
		}
		v, err := ctor.New(state, c.w.env.Value())
		if err != nil {
			return err
		}
		in.value = v.Keep()
		return c.ownAlarm(v)
	})
	if err != nil {
		return nil, in.boundary("constructor of "+c.name, err)
	}
	made = true
	return in, nil
}

// extendsBase reports whether a prototype is one of a class that extends
// DurableObject.
func (w *Worker) extendsBase(proto quickjs.Value) bool {
	base, err := w.natives.object.Value().Get("workers")
	for _, name := range []string{"DurableObject", "prototype"} {
		if err == nil {
			base, err = base.Get(name)
		}
	}
	for err == nil && proto.IsObject() {
		if proto.Is(base) {
			return true
		}
		proto, err = proto.Prototype()
	}
	return false
}

// instance is one object of a class, or one request of the Worker's entry; it
// implements [host.Instance].
type instance struct {
	*ioContext
	value *quickjs.Ref
	plain bool // its class extends nothing, so it takes no calls (rule 10.2)
}

func newInstance(io *ioContext) *instance {
	io.w.instances++
	return &instance{ioContext: io}
}

// Release gives up what keeps the object's JavaScript in memory.
func (in *instance) Release() {
	if in.value != nil {
		in.value.Free()
	}
	in.freeAll()
	in.dropShell(nil)
	w := in.w
	w.platform.End(in.ioContext)
	if w.instances--; w.instances == 0 && w.drained != nil {
		w.drained()
	}
}

func (in *instance) Alarm(ctx context.Context, info host.AlarmInfo) error {
	err := in.Await(ctx, func() (quickjs.Value, error) {
		arg, err := in.w.alarmInfo(info)
		if err != nil {
			return arg, err
		}
		return in.value.Value().Invoke("alarm", arg)
	}, nil)
	return in.boundary("alarm", err)
}

// Fetch calls the fetch handler and writes its response.
func (in *instance) Fetch(w http.ResponseWriter, req *http.Request) {
	this := func() quickjs.Value { return in.value.Value() }
	if err := in.serve(w, req, this); err != nil {
		panic(in.boundary("fetch", err))
	}
}

// IsClass reports whether a class is written in JavaScript.
func IsClass(c host.Class) bool {
	_, ok := c.(*class)
	return ok
}
