package js

import (
	_ "embed"
	"fmt"
	"path"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

//go:embed runtime/workers.js
var workersModule string

// Names of modules that the runtime provides. The second is for the first
// alone.
const (
	workersName = "cloudflare:workers"
	nativesName = "dormouse:natives"
)

// resolve turns an import's specifier into the name of a module.
func (w *Worker) resolve(specifier, referrer string) (string, error) {
	if referrer == "" || specifier == workersName || specifier == nativesName && referrer == workersName {
		return specifier, nil
	}
	name := specifier
	if strings.HasPrefix(specifier, "./") || strings.HasPrefix(specifier, "../") {
		name = path.Join(path.Dir(referrer), specifier)
	}
	if w.module(name) == nil {
		return "", &durable.Error{Message: fmt.Sprintf("No such module %q.\n  imported from %q%s", specifier, referrer, unsupportedModule(specifier))}
	}
	return name, nil
}

// unsupportedModule says of a module that Cloudflare has that we have not.
func unsupportedModule(specifier string) string {
	switch prefix, _, _ := strings.Cut(specifier, ":"); prefix {
	case "node":
		return "\n  Node's modules (nodejs_compat) are not supported by dormouse yet"
	case "cloudflare", "workerd":
		return "\n  of the runtime's own modules dormouse has cloudflare:workers"
	}
	return ""
}

func (w *Worker) module(name string) *Module {
	for i := range w.opts.Modules {
		if m := &w.opts.Modules[i]; m.Name == name {
			return m
		}
	}
	return nil
}

// load gives the engine a module's code.
func (w *Worker) load(iso *quickjs.Isolate, name string, _ map[string]string) (quickjs.Module, error) {
	switch name {
	case workersName:
		return quickjs.Module{Source: workersModule}, nil
	case nativesName:
		return quickjs.Module{Exports: w.natives.exports()}, nil
	}
	m := w.module(name)
	if m == nil {
		return quickjs.Module{}, fmt.Errorf("no such module: %q", name)
	}
	var v quickjs.Value
	var err error
	switch m.Kind {
	case ESModule:
		return quickjs.Module{Source: string(m.Source)}, nil
	case Text:
		v, err = iso.String(string(m.Source))
	case Data:
		v, err = iso.ArrayBuffer(m.Source)
	}
	return quickjs.Module{Exports: []quickjs.Export{{Name: "default", Value: v}}}, err
}

func (w *Worker) parseJSON(data []byte) (quickjs.Value, error) {
	text, err := w.iso.String(string(data))
	if err != nil {
		return quickjs.Value{}, err
	}
	json, err := w.iso.Global().Get("JSON")
	if err != nil {
		return quickjs.Value{}, err
	}
	return json.Invoke("parse", text)
}
