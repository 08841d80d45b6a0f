package bundle

import (
	"slices"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Format is how a main is written.
type Format int

// The formats that wrangler tells apart.
const (
	Modules       Format = iota // an ES module with a default export
	ServiceWorker               // anything else
)

// GuessFormat tells the format of main as wrangler does: by the exports of its
// own text, what it imports left aside. It returns these exports, too.
func GuessFormat(cfg *wranglercfg.Config, o Options) (Format, []string, error) {
	p, err := newProject(cfg, o)
	if err != nil {
		return 0, nil, err
	}
	var format Format
	var exports []string
	outside(func() { format, exports, err = p.guess() })
	return format, exports, err
}

func (p *project) guess() (Format, []string, error) {
	o := p.options()
	o.Bundle, o.External, o.Alias, o.Define = false, nil, nil, nil
	o.Format = api.FormatDefault // keeps CommonJS what it is: no module
	o.Sourcemap = api.SourceMapNone
	result := api.Build(o)
	if len(result.Errors) > 0 {
		return 0, nil, &Error{Errors: result.Errors, Warnings: result.Warnings, Inputs: []string{p.main}}
	}
	exports := readMetafile(result.Metafile).exports
	if slices.Contains(exports, "default") {
		return Modules, exports, nil
	}
	return ServiceWorker, exports, nil
}
