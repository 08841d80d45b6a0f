package bundle

import (
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Options are what a command line may say beyond the configuration. The zero
// value builds as `wrangler dev` does without arguments.
type Options struct {
	// Main is built instead of the configuration's main: the SCRIPT of `wrangler
	// dev SCRIPT`. It is relative to the working directory, which then is the
	// root of the project.
	Main string

	Define map[string]string // beyond the configuration's define, and before it
	Alias  map[string]string // beyond the configuration's alias, and before it

	// NodeEnv is what process.env.NODE_ENV is replaced with; "" stands for
	// "development". A deploy has "production".
	NodeEnv string

	// Conditions choose among the exports of packages; nil stands for workerd,
	// worker and browser.
	Conditions []string

	// External are imports that are left as they are. They may contain one "*".
	External []string

	// AnyFormat bundles a service worker as if it was a module, instead of
	// refusing it, and Readable neither minifies nor keeps names, and bundles
	// also with no_bundle: both are for whoever reads the code and does not run
	// it.
	AnyFormat, Readable bool
}

// Bundle is the code of a Worker. It never changes, is shared between callers
// and safe for concurrent use.
type Bundle struct {
	Main    string   // name of the entry module
	Modules []Module // the entry first, then what lies beside it
	Exports []string // of the entry, sorted; nil if no_bundle left it unread

	// Inputs are the absolute paths of the files that were read, sorted: sources,
	// packages with their package.json, tsconfig. The configuration is not in it.
	Inputs []string

	Warnings []string // what esbuild and wrangler warn of, as they print it, without colour

	maps    map[string]*sourceMap // by name of the module
	records records
}

// Module is one module of a Worker. Its Source must not be changed.
type Module struct {
	// Name is a path with slashes. An import in a module is meant relative to the
	// folder of that module's name, and cannot leave the top.
	Name string
	Kind Kind
	File string // absolute path of the file that it is a copy of; "" for a bundled entry

	Source []byte
}

// Kind is how a module is instantiated.
type Kind int

// Kinds of modules, with the type that they have in rules.
const (
	ESModule Kind = iota
	CommonJS
	Text // exports a string
	Data // exports an ArrayBuffer
	Wasm // exports a WebAssembly.Module; CompiledWasm in rules
)

var kinds = [...]string{"ESModule", "CommonJS", "Text", "Data", "CompiledWasm"}

// String returns the type that the kind has in rules.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return "unknown"
	}
	return kinds[k]
}

// Build bundles the main module of a resolved configuration. What it refuses: no
// main ([ErrNoMain]), a main that is not there, one without a default export
// ([ErrServiceWorker]), and code that cannot be bundled ([*Error]).
//
// A bundle whose files are what they were is returned again.
func Build(cfg *wranglercfg.Config, o Options) (*Bundle, error) {
	p, err := newProject(cfg, o)
	if err != nil {
		return nil, err
	}
	return p.cached(p.build)
}

func (p *project) build() (*Bundle, error) {
	if p.noBundle {
		return p.copied()
	}
	c := &collector{project: p}
	return c.bundle(c.run)
}
