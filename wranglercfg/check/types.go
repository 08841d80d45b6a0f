package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// typed lists the general fields that wrangler wants to be of one type.
var typed = []struct {
	kind wranglercfg.Kind
	name string
	keys []string
	top  []string // of the top level only
}{
	{
		wranglercfg.Bool, "boolean",
		strings.Fields(`workers_dev preview_urls find_additional_modules preserve_file_names no_bundle minify
			keep_names first_party_worker logpush upload_source_maps`),
		[]string{"send_metrics", "keep_vars"},
	},
	{
		wranglercfg.String, "string",
		strings.Fields(`account_id jsx_factory jsx_fragment tsconfig base_dir`),
		[]string{"$schema", "pages_build_output_dir"},
	},
}

// Other kinds of bindings, whose names must not be those of Durable Objects
// (G8): wrangler refuses a value from which no name can be taken.
var (
	objectKeys = strings.Fields(`queues secrets unsafe ai browser images stream media version_metadata websearch logfwdr`)
	listKeys   = strings.Fields(`workflows kv_namespaces r2_buckets d1_databases vectorize ai_search_namespaces ai_search
		agent_memory hyperdrive services analytics_engine_datasets dispatch_namespaces mtls_certificates pipelines
		secrets_store_secrets artifacts unsafe_hello_world flagship worker_loaders vpc_services vpc_networks`)
)

// types judges general fields and the shape of other bindings at one level.
func (s *selection) types(n *wranglercfg.Node, prefix string) {
	for _, t := range typed {
		keys := t.keys
		if prefix == "" {
			keys = slices.Concat(t.keys, t.top)
		}
		for _, key := range keys {
			if v := n.Get(key); v != nil && v.Kind() != t.kind {
				s.errorf(CodeFieldType, v.Pos(), `Expected "%s" to be of type %s but got %s.`, key, t.name, v.JSON())
			}
		}
	}
	for _, key := range objectKeys {
		if v := n.Get(key); v != nil && v.Kind() != wranglercfg.Object {
			s.errorf(CodeFieldType, v.Pos(), `The field "%s%s" should be an object but got %s.`, prefix, key, v.JSON())
		}
	}
	if v := n.Get("assets"); v != nil && v.Kind() != wranglercfg.Object && v.Kind() != wranglercfg.List {
		s.errorf(CodeFieldType, v.Pos(), `"assets" should be an object, but got %s`, v.JSON())
	}
	for _, key := range listKeys {
		s.bindingList(n.Get(key), prefix+key)
	}
}

func (s *selection) bindingList(n *wranglercfg.Node, field string) {
	if n == nil {
		return
	}
	if n.Kind() != wranglercfg.List {
		d := s.errorf(CodeFieldType, n.Pos(), `The field "%s" should be an array but got %s.`, field, n.JSON())
		if n.Kind() == wranglercfg.Object && s.toml() {
			d.Hint = fmt.Sprintf("in TOML a list of tables has two brackets: [[%s]]", field)
		}
		return
	}
	for i, item := range n.Items() {
		switch {
		case item.Kind() != wranglercfg.Object:
			s.errorf(CodeFieldType, item.Pos(), `"%s" bindings should be objects, but got %s`, field, item.JSON())
		case item.Get("binding").Kind() != wranglercfg.String:
			s.errorf(CodeFieldType, memberPos(item, "binding"), `"%s[%d]" bindings should have a string "binding" field but got %s.`, field, i, item.JSON())
		}
	}
}
