package durable

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// Env gives a Worker's code what the wrangler configuration binds: namespaces,
// variables and the way outside.
type Env struct{ env host.Env }

// NewEnv is for the runtime; a class gets its Env in its constructor.
func NewEnv(env host.Env) *Env { return &Env{env} }

// Namespace gives the Durable Object namespace of a binding. A binding that the
// configuration lacks gives a namespace whose every call fails and names it.
func (e *Env) Namespace(binding string) *Namespace {
	ns, err := e.env.Namespace(binding)
	if err != nil {
		return NoNamespace(err)
	}
	return NewNamespace(ns)
}

// Var decodes a variable into what dst points to, as encoding/json does. It
// reports whether the configuration has the variable.
func (e *Env) Var(name string, dst any) (ok bool, err error) {
	data, ok := e.env.Var(name)
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(data, dst); err != nil {
		return true, fmt.Errorf("durable: variable %s: %w", name, err)
	}
	return true, nil
}

// Now tells the time of the emulator's clock.
func (e *Env) Now() time.Time { return e.env.Now() }

// HTTPClient gives a client for the world outside. A request ends the turn and
// needs a context of an event of the object; so does reading the response's
// body.
func (e *Env) HTTPClient() *http.Client {
	return &http.Client{Transport: e.env.Transport()}
}
