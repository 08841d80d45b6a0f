package emulator

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/js"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// JSObject is the instance of a JavaScript class, as [RunIn] gives it. It may be
// used only by the function that RunIn runs. Members that are private in
// JavaScript (#name) cannot be reached; those that are private in TypeScript
// alone can. Values are copied as in a call, see package durable.
type JSObject struct {
	obj *js.Object
	ctx context.Context
}

// Get reads a member. An error is what a getter threw, or says that the value
// cannot be cloned.
func (o *JSObject) Get(name string) (durable.Value, error) {
	data, err := o.obj.Get(o.ctx, name)
	return durable.NewValue(data), err
}

// Set writes a member.
func (o *JSObject) Set(name string, value any) error {
	data, err := v8value.Marshal(value)
	if err != nil {
		return err
	}
	return o.obj.Set(o.ctx, name, data)
}

// Call calls a method, also one that callers of the object cannot reach, and
// waits for what its promise gives. It ends the turn.
func (o *JSObject) Call(ctx context.Context, method string, args ...any) (durable.Value, error) {
	data, err := v8value.MarshalArgs(args)
	if err != nil {
		return durable.Value{}, err
	}
	data, err = o.obj.Call(ctx, method, data)
	return durable.NewValue(data), err
}

// instanceOf gives an instance as callers of RunIn see it.
func instanceOf(ctx context.Context, instance any) any {
	if obj, ok := instance.(*js.Object); ok {
		return &JSObject{obj, ctx}
	}
	return instance
}
