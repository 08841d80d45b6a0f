package wranglercfg

import "fmt"

// BindingName is a name under which code finds something in env: a binding, a
// variable or a secret.
type BindingName struct {
	Key  string // of the configuration, such as "kv_namespaces"
	Kind string // as wrangler calls it, such as "KV Namespace"
	Name Text
}

// BindingNames returns the names of all bindings, kind by kind, as wrangler
// counts them (G8).
func (c *Config) BindingNames() []BindingName {
	var out []BindingName
	for _, k := range bindingKinds {
		var n *Node
		switch {
		case k.top:
			n = c.top.Get(k.key)
		case k.inherited:
			n = c.Inherited(k.key)
		default:
			n = c.node.Get(k.key)
		}
		for _, name := range NamesIn(k.key, n) {
			out = append(out, BindingName{k.key, k.name, name})
		}
	}
	return out
}

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

// NamesIn returns the names that wrangler takes from the value of one kind.
func NamesIn(key string, n *Node) []Text {
	switch key {
	case "queues":
		n = n.Get("producers")
	case "secrets":
		return stringsIn(n.Get("required").Items())
	case "vars":
		return append(memberNames(n, func(string) bool { return true }), stringsIn([]*Node{n.Get("binding")})...)
	}
	switch n.Kind() {
	case List:
		return namesOf(n.Items(), "binding")
	case Object:
		if list := n.Get("bindings"); list.Kind() == List {
			return namesOf(list.Items(), "name")
		}
		if n.Get("binding") != nil {
			return stringsIn([]*Node{n.Get("binding")})
		}
		// An object without a name counts each of its keys: a quirk of wrangler.
		return memberNames(n, func(key string) bool { return key != "bindings" })
	}
	return nil
}

// memberNames returns the keys of an object, or the indices of a list.
func memberNames(n *Node, take func(key string) bool) []Text {
	var names []Text
	for _, m := range n.Members() {
		if take(m.Key) {
			names = append(names, Text{Value: m.Key, Pos: m.Pos})
		}
	}
	for i, item := range n.Items() {
		names = append(names, Text{Value: fmt.Sprint(i), Pos: item.Pos()})
	}
	return names
}

func namesOf(items []*Node, key string) []Text {
	var values []*Node
	for _, item := range items {
		values = append(values, item.Get(key))
	}
	return stringsIn(values)
}

// stringsIn returns those of the values that are strings.
func stringsIn(values []*Node) []Text {
	var list []Text
	for _, v := range values {
		if v.Kind() == String {
			list = append(list, Text{Value: v.Text(), Pos: v.Pos()})
		}
	}
	return list
}
