package bundle

import (
	"fmt"

	"github.com/evanw/esbuild/pkg/api"
)

// Namespaces of modules that exist only in a bundle.
const (
	requiredNode = "node-built-in-modules" // a module of Node, for require
	shim         = "shim"                  // one of shims, for import
	requiredShim = "required-shim"         // the same for require
)

// fetchers are what packages that bring fetch to Node come down to where fetch
// is there already.
const fetchers = `
export function fetch(...args) { return globalThis.fetch(...args); }
export default fetch;
export const { Headers, Request, Response, AbortController } = globalThis;
export const FetchError = Error, AbortError = Error;
export function isRedirect(status) { return [301, 302, 303, 307, 308].includes(status); }
fetch.Promise = Promise;
fetch.isRedirect = isRedirect;
`

const urls = "export const { URL, URLSearchParams } = globalThis;\n"

// shims are the packages that wrangler replaces for a Worker with all of Node,
// whether they are installed or not, since what they do in Node the runtime does
// itself. wrangler takes the replacements from unenv; these are our own.
var shims = map[string]string{
	"cross-fetch":                  fetchers,
	"node-fetch":                   fetchers,
	"node-fetch-native":            fetchers,
	"cross-fetch/polyfill":         "export default {};\n",
	"node-fetch-native/polyfill":   "export default {};\n",
	"isomorphic-fetch":             "export default {};\n",
	"whatwg-url":                   urls,
	"whatwg-url/webidl2js-wrapper": urls,
	"inherits":                     "import { inherits } from \"node:util\";\nexport default inherits;\n",
	"fsevents":                     "export default { watch: async () => {}, getInfo: () => ({}) };\n",
}

// loadVirtual answers for the modules that exist only in a bundle.
func loadVirtual(b api.PluginBuild) {
	load := func(namespace string, text func(path string) string) {
		b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: namespace}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			contents := text(args.Path)
			return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, nil
		})
	}
	load(requiredNode, func(path string) string {
		return fmt.Sprintf("import libDefault from %q;\nmodule.exports = libDefault;", path)
	})
	load(shim, func(path string) string { return shims[path] })
	load(requiredShim, func(path string) string {
		return fmt.Sprintf(`import * as all from %q;
const { default: main = {}, ...rest } = all;
module.exports = Object.defineProperties(main, Object.getOwnPropertyDescriptors(rest));`, path)
	})
}
