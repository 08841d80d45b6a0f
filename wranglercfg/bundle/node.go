package bundle

import (
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// nodeMode is how much of Node's library a Worker asks for.
type nodeMode int

const (
	nodeNone nodeMode = iota
	nodeALS           // node:async_hooks alone
	nodeV1            // with the prefix node: only
	nodeV2            // everything, with the prefix and without
)

// switchOver is the compatibility date from which nodejs_compat means V2.
const switchOver = "2024-09-23"

func nodeModeOf(cfg *wranglercfg.Config) nodeMode {
	compat := hasFlag(cfg, "nodejs_compat")
	switch {
	case hasFlag(cfg, "nodejs_compat_v2"), compat && cfg.CompatibilityDate.Value >= switchOver && !hasFlag(cfg, "no_nodejs_compat_v2"):
		return nodeV2
	case compat:
		return nodeV1
	case hasFlag(cfg, "nodejs_als"):
		return nodeALS
	}
	return nodeNone
}

func hasFlag(cfg *wranglercfg.Config, flag string) bool {
	return slices.ContainsFunc(cfg.CompatibilityFlags, func(t wranglercfg.Text) bool { return t.Value == flag })
}

// hasNavigator reports whether the runtime has a navigator.
func hasNavigator(cfg *wranglercfg.Config) bool {
	switch {
	case hasFlag(cfg, "global_navigator"):
		return true
	case hasFlag(cfg, "no_global_navigator"):
		return false
	}
	return cfg.CompatibilityDate.Value >= "2022-03-21"
}

// builtins are the modules of Node 22 that have a name without the prefix, as
// require("node:module").builtinModules lists them.
var builtins = strings.Fields(`_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server
	_stream_duplex _stream_passthrough _stream_readable _stream_transform _stream_wrap _stream_writable _tls_common
	_tls_wrap assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram
	diagnostics_channel dns dns/promises domain events fs fs/promises http http2 https inspector inspector/promises
	module net os path path/posix path/win32 perf_hooks process punycode querystring readline readline/promises repl
	stream stream/consumers stream/promises stream/web string_decoder sys timers timers/promises tls trace_events tty
	url util util/types v8 vm wasi worker_threads zlib`)

func isNodeBuiltin(name string) bool {
	return slices.Contains(builtins, strings.TrimPrefix(name, "node:"))
}

// inV2 reports whether an import is left to a runtime that has all of Node.
func inV2(name string) bool {
	return isNodeBuiltin(name) || name == "node:sqlite"
}
