package check

import (
	"fmt"
	"slices"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// bindingKinds are the kinds of bindings in the order in which wrangler names
// them (G8). Of those not marked as inherited or top, each level has its own.
var bindingKinds = []struct {
	key, name      string
	inherited, top bool
}{
	{key: "data_blobs", name: "Data Blob", top: true},
	{key: "durable_objects", name: "Durable Object"},
	{key: "kv_namespaces", name: "KV Namespace"},
	{key: "queues", name: "Queue"},
	{key: "d1_databases", name: "D1 Database"},
	{key: "vectorize", name: "Vectorize Index"},
	{key: "ai_search_namespaces", name: "AI Search Namespace"},
	{key: "ai_search", name: "AI Search Instance"},
	{key: "websearch", name: "Web Search"},
	{key: "agent_memory", name: "Agent Memory"},
	{key: "hyperdrive", name: "Hyperdrive Config"},
	{key: "r2_buckets", name: "R2 Bucket"},
	{key: "logfwdr", name: "logfwdr", inherited: true},
	{key: "services", name: "Worker"},
	{key: "analytics_engine_datasets", name: "Analytics Engine Dataset"},
	{key: "text_blobs", name: "Text Blob", top: true},
	{key: "browser", name: "Browser Run"},
	{key: "ai", name: "AI"},
	{key: "images", name: "Images"},
	{key: "stream", name: "Stream"},
	{key: "media", name: "Media"},
	{key: "version_metadata", name: "Worker Version Metadata"},
	{key: "unsafe", name: "Unsafe Metadata"},
	{key: "vars", name: "Environment Variable"},
	{key: "wasm_modules", name: "Wasm Module", top: true},
	{key: "dispatch_namespaces", name: "Dispatch Namespace"},
	{key: "mtls_certificates", name: "mTLS Certificate"},
	{key: "workflows", name: "Workflow"},
	{key: "pipelines", name: "Pipeline"},
	{key: "secrets_store_secrets", name: "Secrets Store Secret"},
	{key: "artifacts", name: "Artifacts"},
	{key: "ratelimits", name: "Rate Limit"},
	{key: "assets", name: "Assets", inherited: true},
	{key: "unsafe_hello_world", name: "Hello World"},
	{key: "flagship", name: "Flagship"},
	{key: "worker_loaders", name: "Worker Loader"},
	{key: "vpc_services", name: "VPC Service"},
	{key: "vpc_networks", name: "VPC Network"},
	{key: "secrets", name: "Secret"},
}

// reservedNames are the properties that every JavaScript object has: wrangler
// counts names in one and crashes when it meets them.
var reservedNames = []string{
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
	"__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__",
}

// use is one place where a binding gets its name.
type use struct {
	kind string
	pos  wranglercfg.Pos
}

// names refuses two bindings of one name in the selected configuration (G8).
func (s *selection) names() {
	uses := map[string][]use{}
	var order []string
	for _, k := range bindingKinds {
		var n *wranglercfg.Node
		switch {
		case k.top:
			n = s.top.Get(k.key)
		case k.inherited:
			n = s.inherited(k.key)
		default:
			n = s.own(k.key)
		}
		for _, t := range namesIn(k.key, n) {
			if uses[t.Value] == nil {
				order = append(order, t.Value)
			}
			uses[t.Value] = append(uses[t.Value], use{k.name, t.Pos})
		}
	}
	for _, name := range order {
		s.oneName(name, uses[name])
	}
}

func (s *selection) oneName(name string, uses []use) {
	if slices.Contains(reservedNames, name) {
		s.errorf(CodeReservedName, uses[0].pos, "wrangler cannot count a binding called %q and crashes", name).
			Hint = "give it another name"
		return
	}
	if len(uses) < 2 {
		return
	}
	var kinds, twice []string
	for _, u := range uses {
		switch {
		case !slices.Contains(kinds, u.kind):
			kinds = append(kinds, u.kind)
		case !slices.Contains(twice, u.kind):
			twice = append(twice, u.kind)
		}
	}
	slices.SortStableFunc(uses, func(a, b use) int {
		if after(a.pos, b.pos) {
			return 1
		}
		if after(b.pos, a.pos) {
			return -1
		}
		return 0
	})
	at, other := uses[len(uses)-1], uses[0]
	hint := fmt.Sprintf("Bindings must have unique names, so that they can all be referenced in the worker: the other %s is on line %d", name, other.pos.Line)
	if len(kinds) > 1 {
		s.errorf(CodeBindingTwice, at.pos, "%s assigned to %s bindings.", name, english(kinds)).Hint = hint
	}
	for _, kind := range twice {
		s.errorf(CodeBindingTwice, at.pos, "%s assigned to multiple %s bindings.", name, kind).Hint = hint
	}
}

// namesIn returns the names that wrangler takes from the value of one kind.
func namesIn(key string, n *wranglercfg.Node) []wranglercfg.Text {
	switch key {
	case "queues":
		n = n.Get("producers")
	case "secrets":
		return texts(n.Get("required").Items())
	case "vars":
		return append(memberNames(n, func(string) bool { return true }), texts([]*wranglercfg.Node{n.Get("binding")})...)
	}
	switch n.Kind() {
	case wranglercfg.List:
		return namesOf(n.Items(), "binding")
	case wranglercfg.Object:
		if list := n.Get("bindings"); list.Kind() == wranglercfg.List {
			return namesOf(list.Items(), "name")
		}
		if n.Get("binding") != nil {
			return texts([]*wranglercfg.Node{n.Get("binding")})
		}
		// An object without a name counts each of its keys: a quirk of wrangler.
		return memberNames(n, func(key string) bool { return key != "bindings" })
	}
	return nil
}

// memberNames returns the keys of an object, or the indices of a list.
func memberNames(n *wranglercfg.Node, take func(key string) bool) []wranglercfg.Text {
	var names []wranglercfg.Text
	for _, m := range n.Members() {
		if take(m.Key) {
			names = append(names, wranglercfg.Text{Value: m.Key, Pos: m.Pos})
		}
	}
	for i, item := range n.Items() {
		names = append(names, wranglercfg.Text{Value: fmt.Sprint(i), Pos: item.Pos()})
	}
	return names
}

func namesOf(items []*wranglercfg.Node, key string) []wranglercfg.Text {
	var values []*wranglercfg.Node
	for _, item := range items {
		values = append(values, item.Get(key))
	}
	return texts(values)
}

// texts returns those of the values that are strings.
func texts(values []*wranglercfg.Node) []wranglercfg.Text {
	var list []wranglercfg.Text
	for _, v := range values {
		if v.Kind() == wranglercfg.String {
			list = append(list, wranglercfg.Text{Value: v.Text(), Pos: v.Pos()})
		}
	}
	return list
}
