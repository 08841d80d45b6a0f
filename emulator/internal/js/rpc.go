package js

import (
	"context"
	_ "embed"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

//go:embed runtime/rpc.js
var rpcScript string

// rpcNatives are the functions of runtime/rpc.js that Go calls.
type rpcNatives struct {
	find, settle, reveal, how, disposer, disposerOf, disposable, isTarget, className, headed, stub *quickjs.Ref

	fetcher, object *quickjs.Ref // prototypes of stubs of services and of objects
	nothing         *quickjs.Ref // a function that disposes nothing
	exports         *quickjs.Ref
	// What dates and flags decide (rules 10.33, 10.38).
	transfers, plainErrors bool

	plain *reader // of values without references
	names map[string]*quickjs.Ref
}

func (w *Worker) installRPC() error {
	code, err := quickjs.Compile("("+rpcScript+")", "dormouse:rpc", quickjs.ScriptCode)
	if err != nil {
		return err
	}
	make, err := w.iso.Run(code)
	if err != nil {
		return err
	}
	native, err := w.iso.Object()
	if err != nil {
		return err
	}
	for name, fn := range map[string]quickjs.Func{
		"start": w.startCall, "local": w.localTarget, "own": w.ownStub, "dup": w.dupStub, "dispose": w.disposeStub,
		"fetch": w.fetchStub, "connect": w.connectStub,
	} {
		f, err := w.iso.Function(name, 0, fn)
		if err != nil {
			return err
		}
		if err := native.Set(name, f); err != nil {
			return err
		}
	}
	if err := native.Set("rpc", w.iso.Bool(w.enabled("rpc", "no_rpc", "2024-04-03"))); err != nil {
		return err
	}
	exports, err := make.Call(quickjs.Value{}, native)
	if err != nil {
		return err
	}
	return w.keepRPC(exports)
}

func (w *Worker) keepRPC(exports quickjs.Value) error {
	n := &w.rpc
	n.names = map[string]*quickjs.Ref{}
	for name, ref := range map[string]**quickjs.Ref{
		"find": &n.find, "settle": &n.settle, "reveal": &n.reveal, "how": &n.how, "disposer": &n.disposer, "disposerOf": &n.disposerOf,
		"disposable": &n.disposable, "isTarget": &n.isTarget, "className": &n.className, "headed": &n.headed, "stub": &n.stub, "fetcher": &n.fetcher, "object": &n.object,
	} {
		v, err := exports.Get(name)
		if err != nil {
			return err
		}
		*ref = v.Keep()
	}
	nothing, err := w.iso.Function("", 0, func(*quickjs.Call) (quickjs.Value, error) { return quickjs.Value{}, nil })
	if err != nil {
		return err
	}
	n.nothing = nothing.Keep()
	n.transfers = !w.enabled("rpc_params_dup_stubs", "rpc_params_transfer_stubs", "2026-01-20")
	n.plainErrors = w.platform.CloneOptions().PlainErrors
	n.plain = &reader{c: &ioContext{w: w}}
	n.exports = exports.Keep()
	return nil
}

// enabled reports whether a compatibility flag holds.
func (w *Worker) enabled(on, off, since string) bool {
	return w.opts.Enabled == nil || w.opts.Enabled(on, off, since)
}

// name gives the string of a name that calls use, made once.
func (w *Worker) nameValue(name string) (quickjs.Value, error) {
	if ref := w.rpc.names[name]; ref != nil {
		return ref.Value(), nil
	}
	v, err := w.iso.String(name)
	if err == nil && len(w.rpc.names) < maxNames {
		w.rpc.names[name] = v.Keep()
	}
	return v, err
}

// maxNames bounds the names that are kept.
const maxNames = 1000

// rpcContext is what an ioContext has of calls.
type rpcContext struct {
	calls map[uint32]host.Pending // on their way
	last  uint32
	// kept are values that Go has for calls, and the stubs that were not disposed;
	// they are given up with the context.
	kept map[freer]struct{}
}

type freer interface{ Free() }

func (c *rpcContext) keep(f freer) {
	if c.kept == nil {
		c.kept = map[freer]struct{}{}
	}
	c.kept[f] = struct{}{}
}

func (c *rpcContext) free(f freer) {
	delete(c.kept, f)
	f.Free()
}

func (c *rpcContext) freeAll() {
	for f := range c.kept {
		f.Free()
	}
	clear(c.kept)
	c.calls = nil
}

// startCall(root, path, args, pending) starts a call, or a read without args, and
// gives its number; pending is settled with the result.
func (w *Worker) startCall(call *quickjs.Call) (quickjs.Value, error) {
	c := w.current
	if c == nil {
		return quickjs.Value{}, web.ErrGlobalScope
	}
	start, err := c.receiver(call.Arg(0))
	if err != nil {
		return quickjs.Value{}, err
	}
	out := host.Call{Get: call.Arg(2).IsUndefined()}
	if out.Path, err = pathOf(call.Arg(1)); err != nil {
		return quickjs.Value{}, err
	}
	if !out.Get {
		if out.Args, err = c.sendArgs(call.Arg(2)); err != nil {
			return quickjs.Value{}, err
		}
	}
	pending := start(out)
	c.last++
	id := c.last
	if c.calls == nil {
		c.calls = map[uint32]host.Pending{}
	}
	c.calls[id] = pending
	handler := call.Arg(3).Keep()
	c.keep(handler)
	pending.Then(func(ctx context.Context, result host.Payload, err error) {
		delete(c.calls, id)
		c.settleCall(ctx, handler, result, err)
	})
	return w.iso.Number(float64(id)), nil
}

// receiver gives what starts a call: a stub, or a call whose result it is made on.
func (c *ioContext) receiver(root quickjs.Value) (func(host.Call) host.Pending, error) {
	if n, ok := root.Host(); ok {
		switch s := n.(type) {
		case *stub:
			hs, err := s.use()
			if err != nil {
				return nil, err
			}
			return hs.Start, nil
		case *held:
			if err := s.use(c); err != nil {
				return nil, err
			}
			return s.stub.Start, nil
		}
	}
	if root.Kind() != quickjs.Number {
		return nil, quickjs.TypeErrorf("Illegal invocation")
	}
	id, err := root.Float()
	if err != nil {
		return nil, err
	}
	pending := c.calls[uint32(id)]
	if pending == nil {
		return nil, c.w.platform.Foreign("Pipeline")
	}
	return pending.Start, nil
}

func pathOf(v quickjs.Value) ([]string, error) {
	switch {
	case v.IsUndefined():
		return nil, nil
	case v.Kind() == quickjs.String:
		return []string{v.String()}, nil
	}
	n, err := v.Get("length")
	if err != nil {
		return nil, err
	}
	length, err := n.Float()
	if err != nil {
		return nil, err
	}
	var path []string
	for i := range int(length) {
		name, err := v.GetIndex(i)
		if err != nil {
			return nil, err
		}
		path = append(path, name.String())
	}
	return path, nil
}

// settleCall gives JavaScript the result of a call.
func (c *ioContext) settleCall(ctx context.Context, handler *quickjs.Ref, result host.Payload, err error) {
	w := c.w
	rerr := c.Run(ctx, func() error {
		defer c.free(handler)
		state := 1.0
		var v quickjs.Value
		if err == nil {
			v, err = c.receiveResult(result)
		}
		if err != nil {
			state = 2
			if v, err = w.errorValue(err); err != nil {
				return err
			}
		}
		_, err := w.rpc.settle.Value().Call(quickjs.Value{}, handler.Value(), v, w.iso.Number(state))
		return err
	})
	if rerr != nil {
		w.uncaught(c, rerr)
	}
}

// look is how a value is looked into; runtime/rpc.js has the same numbers.
type look uint8

const (
	entryMembers look = iota
	ownMembers
	inheritedMembers
)

// perform makes a call on a value.
func (c *ioContext) perform(ctx context.Context, call host.Call, value func() (quickjs.Value, look, error)) (host.Payload, error) {
	var group disposals
	result, err := c.answer(ctx, func() (quickjs.Value, error) {
		target, how, err := value()
		if err != nil {
			return target, err
		}
		fn, this, err := c.find(target, how, call.Path)
		if err != nil || call.Get {
			return fn, err
		}
		if !fn.IsFunction() {
			return fn, quickjs.TypeErrorf("%q is not a function.", methodName(call.Path))
		}
		args, err := c.receiveArgs(call.Args, &group)
		if err != nil {
			return fn, err
		}
		return fn.Call(this, args...)
	}, &group)
	if err != nil && !errors.Is(err, host.ErrLater) {
		err = c.boundary(call.Label(), err)
	}
	return result, err
}

func methodName(path []string) string {
	if len(path) == 0 {
		return "(this)"
	}
	name := path[0]
	for _, next := range path[1:] {
		name += "." + next
	}
	return name
}

// find gives the member that a path names, and what it is a member of.
func (c *ioContext) find(target quickjs.Value, how look, path []string) (member, this quickjs.Value, err error) {
	w := c.w
	switch len(path) {
	case 0:
		return target, target, nil
	case 1:
		name, err := w.nameValue(path[0])
		if err != nil {
			return name, name, err
		}
		member, err = w.rpc.find.Value().Call(quickjs.Value{}, target, w.iso.Number(float64(how)), name)
		return member, target, err
	}
	list := make([]quickjs.Value, len(path))
	for i, name := range path {
		if list[i], err = w.iso.String(name); err != nil {
			return member, this, err
		}
	}
	names, err := w.iso.Array(list...)
	if err != nil {
		return names, names, err
	}
	found, err := w.rpc.find.Value().Call(quickjs.Value{}, target, w.iso.Number(float64(how)), names)
	if err != nil {
		return found, found, err
	}
	if member, err = found.GetIndex(0); err == nil {
		this, err = found.GetIndex(1)
	}
	return member, this, err
}

// answer runs the code of a call and sends what it gives, now or when the
// promise that it gave is settled.
func (c *ioContext) answer(ctx context.Context, run func() (quickjs.Value, error), group *disposals) (result host.Payload, err error) {
	w := c.w
	var later host.Continuation
	err = c.Run(ctx, func() error {
		v, err := run()
		if err == nil {
			v, err = w.promiseOf(v)
		}
		if err == nil && v.PromiseState() == quickjs.Pending {
			err = w.runJobs()
		}
		if err != nil || v.PromiseState() != quickjs.Pending {
			if err == nil {
				result, err = c.sendSettled(v)
			}
			group.dispose()
			return err
		}
		later = c.obj.Later("a promise of JavaScript")
		promise := v.Keep()
		c.keep(promise)
		return w.watch(v, func() { later.Resume(c.resumed(promise, group)) })
	})
	if err == nil && later != nil {
		err = host.ErrLater
	}
	return result, err
}

// resumed gives the result of a call whose promise has been settled.
func (c *ioContext) resumed(promise *quickjs.Ref, group *disposals) func(ctx context.Context) (host.Payload, error) {
	return func(ctx context.Context) (result host.Payload, err error) {
		err = c.Run(ctx, func() (err error) {
			result, err = c.sendSettled(promise.Value())
			return err
		})
		c.free(promise)
		group.dispose()
		return result, c.boundary("rpc", err)
	}
}

// sendSettled sends the result of a promise, or of what is none.
func (c *ioContext) sendSettled(v quickjs.Value) (result host.Payload, err error) {
	err = c.w.finish(v, func(v quickjs.Value) (err error) {
		result, err = c.sendResult(v)
		return err
	})
	return result, err
}

// Call is an RPC of an object.
func (in *instance) Call(ctx context.Context, call host.Call) (host.Payload, error) {
	return in.perform(ctx, call, func() (quickjs.Value, look, error) {
		if in.plain {
			return quickjs.Value{}, entryMembers, in.w.throw(errNoRPC)
		}
		return in.value.Value(), entryMembers, nil
	})
}

// errNoRPC is what a class answers that extends nothing (rule 10.2).
var errNoRPC = &durable.Error{
	Name: "TypeError",
	Message: "The receiving Durable Object does not support RPC, because its class was not declared with `extends DurableObject`. " +
		"In order to enable RPC, make sure your class extends the special class `DurableObject`, " +
		"which can be imported from the module \"cloudflare:workers\".",
}

// Follow is a call of a member of a result.
func (c *ioContext) Follow(ctx context.Context, result host.Payload, call host.Call) (host.Payload, error) {
	return c.perform(ctx, call, func() (quickjs.Value, look, error) {
		if l, ok := result.Live.(*live); ok && l.value != nil {
			return l.value.Value(), l.how, nil
		}
		v, err := c.w.iso.Object() // of what has no members
		return v, ownMembers, err
	})
}
