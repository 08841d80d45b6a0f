package js

import (
	_ "embed"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// natives are the values that Go and the runtime's own JavaScript share.
type natives struct {
	object *quickjs.Ref // what cloudflare:workers imports

	watch, promiseResolve, unsupported, describe, loopback *quickjs.Ref

	state, id, namespace, executionContext, scheduledController *quickjs.Class

	storageClasses
}

//go:embed runtime/natives.js
var nativesScript string

func (n *natives) exports() []quickjs.Export {
	return []quickjs.Export{{Name: "default", Value: n.object.Value()}}
}

// installNatives makes the classes of the runtime, env, and the functions that
// are easier to say in JavaScript.
func (w *Worker) installNatives() error {
	code, err := quickjs.Compile(nativesScript, "dormouse:natives", quickjs.ScriptCode)
	if err != nil {
		return err
	}
	helpers, err := w.iso.Run(code)
	if err != nil {
		return err
	}
	for name, ref := range map[string]**quickjs.Ref{
		"watch": &w.natives.watch, "promiseResolve": &w.natives.promiseResolve, "unsupported": &w.natives.unsupported, "describe": &w.natives.describe,
		"loopback": &w.natives.loopback,
	} {
		v, err := helpers.Get(name)
		if err != nil {
			return err
		}
		*ref = v.Keep()
	}
	object, err := w.iso.Object()
	if err != nil {
		return err
	}
	w.natives.object = object.Keep()
	for _, install := range []func() error{w.installRPC, w.installID, w.installNamespace, w.installState, w.installExecutionContext, w.installScheduledController, w.installEnv} {
		if err := install(); err != nil {
			return err
		}
	}
	return w.installWorkers(helpers)
}

// class makes a class whose instances only the runtime makes.
func (w *Worker) class(name string) (*quickjs.Class, error) {
	return w.iso.Class(name, 0, func(*quickjs.Call) (any, error) { return nil, nil })
}
