package web

import "github.com/dormouse-do/dormouse/emulator/internal/quickjs"

var globalsUnit = unit{
	name:    "globals",
	globals: []string{"reportError", "atob", "btoa", "structuredClone", "navigator", "Navigator", "Cloudflare", "origin"},
	natives: func(p *Platform, n *natives) {
		n.add("atob", 1, p.atob)
		n.add("btoa", 1, p.btoa)
		n.add("clone", 2, p.structuredClone)
		n.add("describe", 1, p.describeError)
		n.add("uncaught", 2, p.uncaught)
		n.add("flags", 0, p.flags)
	},
}

var performanceUnit = unit{
	name:    "performance",
	globals: []string{"performance"},
	natives: performanceNatives,
}

func performanceNatives(p *Platform, n *natives) { n.add("now", 0, p.performanceNow) }

// nodeCompat reports whether the platform has Node's globals.
func (p *Platform) nodeCompat() bool {
	return p.enabled("nodejs_compat", "no_nodejs_compat", "") || p.enabled("nodejs_compat_v2", "no_nodejs_compat_v2", "")
}

// performanceNow is the time that Date shows: the runtime's time origin is 0,
// and outside of events its clock stands.
func (p *Platform) performanceNow(c *quickjs.Call) (quickjs.Value, error) {
	if _, err := p.current(); err != nil {
		return c.Isolate.Number(0), nil
	}
	return c.Isolate.Number(p.milliseconds()), nil
}

// shownFlags are the compatibility flags that Cloudflare.compatibilityFlags
// shows and that programs look at, with the flag that switches each off and the
// date since which it is the default.
var shownFlags = []struct{ on, off, since string }{
	{"nodejs_compat", "no_nodejs_compat", ""},
	{"nodejs_compat_v2", "no_nodejs_compat_v2", ""},
	{"nodejs_als", "no_nodejs_als", ""},
	{"global_navigator", "no_global_navigator", "2022-03-21"},
	{"formdata_parser_supports_files", "formdata_parser_converts_files_to_strings", "2021-11-03"},
	{"streams_enable_constructors", "streams_disable_constructors", "2022-11-30"},
	{"transformstream_enable_standard_constructor", "transformstream_disable_standard_constructor", "2022-11-30"},
	{"url_standard", "url_original", "2022-10-31"},
	{"rpc", "no_rpc", "2024-04-03"},
	{"enhanced_error_serialization", "legacy_error_serialization", "2026-04-21"},
	{"enable_ctx_exports", "disable_ctx_exports", "2025-11-17"},
	{"delete_all_deletes_alarm", "delete_all_preserves_alarm", "2026-02-24"},
	{"set_tostring_tag", "do_not_set_tostring_tag", "2024-09-26"},
	{"allow_eval_during_startup", "disallow_eval_during_startup", "2025-06-01"},
}

// flags gives an object with the flags that hold.
func (p *Platform) flags(c *quickjs.Call) (quickjs.Value, error) {
	o, err := c.Isolate.Object()
	if err != nil {
		return o, err
	}
	for _, f := range shownFlags {
		if err := o.Set(f.on, c.Isolate.Bool(p.enabled(f.on, f.off, f.since))); err != nil {
			return o, err
		}
	}
	return o, nil
}

// enabled reports whether a compatibility flag holds.
func (p *Platform) enabled(on, off, since string) bool {
	return p.Options.Enabled == nil || p.Options.Enabled(on, off, since)
}
