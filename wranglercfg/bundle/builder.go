package bundle

import (
	"fmt"
	"sync"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Builder builds one project again and again, each time only what changed. It
// does not watch files: ask [Bundle.Stale] or [Error.Stale], or watch the Inputs
// of what the last build returned. Safe for concurrent use; builds happen one
// after the other.
type Builder struct {
	mu        sync.Mutex // guards the fields below, and is held during a build
	project   *project
	collector *collector
	context   api.BuildContext // nil with no_bundle, and once it is closed
	closed    bool
}

// NewBuilder returns a Builder for a resolved configuration. A configuration
// that changed needs another Builder. What a build would refuse for the
// configuration alone is refused here, a main that is not there for example.
func NewBuilder(cfg *wranglercfg.Config, o Options) (*Builder, error) {
	p, err := newProject(cfg, o)
	if err != nil {
		return nil, err
	}
	b := &Builder{project: p}
	if p.noBundle {
		return b, nil
	}
	b.collector = &collector{project: p}
	options := p.options()
	options.Plugins = []api.Plugin{b.collector.plugin()}
	var context api.BuildContext
	var failed *api.ContextError
	outside(func() { context, failed = api.Context(options) })
	if failed != nil {
		return nil, &Error{Errors: failed.Errors}
	}
	b.context = context
	return b, nil
}

// Rebuild returns the bundle of the files as they are now, or the errors of
// [Build]. It may be called again after an error.
func (b *Builder) Rebuild() (*Bundle, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, fmt.Errorf("rebuild %s: the builder is closed", b.project.relative(b.project.main))
	}
	var made *Bundle
	var err error
	outside(func() {
		if b.project.noBundle {
			made, err = b.project.copied()
			return
		}
		made, err = b.collector.bundle(b.context.Rebuild)
	})
	return made, err
}

// Close frees what esbuild keeps. It waits for a build that is under way, and
// may be called again.
func (b *Builder) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.context != nil {
		b.context.Dispose()
		b.context = nil
	}
	b.closed = true
}
