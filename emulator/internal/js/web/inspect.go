package web

import "github.com/dormouse-do/dormouse/emulator/internal/quickjs"

//go:generate go run ./gen/inspect $NODE_PACKAGES

// inspectUnits show values as text: Node's util.inspect, which the runtime uses
// too, and what it asks the engine.
var inspectUnits = []unit{
	{name: "inspect.gen"},
	{name: "inspect", natives: func(p *Platform, n *natives) {
		n.add("promise", 1, promiseDetails)
		n.add("proxy", 1, func(c *quickjs.Call) (quickjs.Value, error) { return c.Arg(0).ProxyTarget(), nil })
	}},
}

// promiseDetails(promise) gives its state and its result.
func promiseDetails(c *quickjs.Call) (quickjs.Value, error) {
	state, err := c.Isolate.String(c.Arg(0).PromiseState().String())
	if err != nil {
		return state, err
	}
	return c.Isolate.Array(state, c.Arg(0).PromiseResult())
}

// Inspect shows a value as console.log does.
func (p *Platform) Inspect(v quickjs.Value) (string, error) {
	scope := p.Isolate.OpenScope()
	inspect, err := p.export("inspect.gen", "inspect")
	if err != nil {
		return "", err
	}
	text, err := inspect.Call(quickjs.Value{}, v)
	if err != nil {
		return "", err
	}
	defer scope.Close()
	return text.Text()
}
