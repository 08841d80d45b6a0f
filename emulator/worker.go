package emulator

import (
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// Worker is one wrangler project and the Go code that runs in it. Its main is
// bundled and run if something in it is needed: a bound class that is not among
// Classes, or the entry.
type Worker struct {
	// Config is the path of a wrangler.toml, wrangler.json or wrangler.jsonc;
	// empty finds it as wrangler does, from the working directory upwards.
	Config string
	// Env selects an environment of the configuration, like --env.
	Env string
	// Classes are the Durable Object classes written in Go. Each replaces an
	// export of that name in main.
	Classes []durable.Class
	// Handler makes the Worker's entry; nil takes main's default export.
	Handler func(*durable.Env) http.Handler

	// Main replaces the configuration's main, like the SCRIPT of wrangler dev. It
	// is relative to the working directory.
	Main string
	// Vars replace variables of the configuration and of .dev.vars, like --var.
	Vars map[string]string
	// Define and Alias are for the bundling of main, like --define and --alias.
	Define, Alias map[string]string
	// CompatibilityDate and CompatibilityFlags replace those of the
	// configuration, like the flags of these names.
	CompatibilityDate  string
	CompatibilityFlags []string
}
