package durable

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// Follow reads a property of a result before it is with the caller. Of plain
// objects it has their own properties, of all else none (rule 10.22).
func (g *goInstance) Follow(_ context.Context, result host.Payload, call host.Call) (host.Payload, error) {
	defer call.Args.Release()
	var v v8value.Value = v8value.Undefined{}
	if result.Data != nil {
		var err error
		if v, err = v8value.Decode(result.Data); err != nil {
			return host.Payload{}, err
		}
	}
	for _, name := range call.Path {
		obj, _ := v.(*v8value.Object)
		if obj == nil {
			return host.Payload{}, notImplemented(name)
		}
		p, ok := obj.Get(name)
		if !ok {
			return host.Payload{}, notImplemented(name)
		}
		v = p
	}
	if !call.Get {
		return host.Payload{}, typeError("%q is not a function.", call.Path[len(call.Path)-1])
	}
	data, err := v8value.Encode(v)
	return host.Payload{Data: data}, err
}
