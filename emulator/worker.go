package emulator

import (
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// Worker is one wrangler project and the Go code that runs in it.
type Worker struct {
	// Config is the path of a wrangler.toml, wrangler.json or wrangler.jsonc;
	// empty finds it as wrangler does, from the working directory upwards.
	Config string
	// Env selects an environment of the configuration, like --env.
	Env string
	// Classes are the Durable Object classes written in Go.
	Classes []durable.Class
	// Handler makes the Worker's entry; nil serves an error.
	Handler func(*durable.Env) http.Handler
}
