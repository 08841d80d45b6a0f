package js

import (
	"context"
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// Object is a JavaScript instance as tests see it: every member, private ones
// (#name) apart. It is used with the object's turn held and outside of
// JavaScript; values cross as structured clones.
type Object struct{ in *instance }

// Value gives a handle of the instance for tests.
func (in *instance) Value() any { return &Object{in} }

// Get reads a member.
func (o *Object) Get(ctx context.Context, name string) (data []byte, err error) {
	err = o.in.Run(ctx, func() error {
		v, err := o.in.value.Value().Get(name)
		if err != nil {
			return err
		}
		data, err = clone.Marshal(v, clone.Options{})
		return err
	})
	return data, plain(err)
}

// Set writes a member.
func (o *Object) Set(ctx context.Context, name string, data []byte) error {
	return plain(o.in.Run(ctx, func() error {
		v, err := clone.Unmarshal(o.in.w.iso, data, clone.Options{})
		if err != nil {
			return err
		}
		return o.in.value.Value().Set(name, v)
	}))
}

// Call calls a member and waits for what its promise gives.
func (o *Object) Call(ctx context.Context, name string, args []byte) (data []byte, err error) {
	err = o.in.Await(ctx, func() (quickjs.Value, error) {
		this := o.in.value.Value()
		fn, err := this.Get(name)
		if err != nil {
			return fn, err
		}
		if !fn.IsFunction() {
			return fn, &durable.Error{Name: "TypeError", Message: fmt.Sprintf("the instance has no method %q", name)}
		}
		list, err := clone.UnmarshalArgs(o.in.w.iso, args, clone.Options{})
		if err != nil {
			return fn, err
		}
		return fn.Call(this, list...)
	}, func(v quickjs.Value) (err error) {
		data, err = clone.Marshal(v, clone.Options{})
		return err
	})
	return data, plain(err)
}
