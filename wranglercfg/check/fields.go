package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Keys of a level, by what environments do with them (E3).
var (
	inheritedKeys = strings.Fields(`name main compatibility_date compatibility_flags migrations exports account_id
		route routes workers_dev preview_urls triggers build no_bundle find_additional_modules base_dir
		preserve_file_names rules minify keep_names tsconfig jsx_factory jsx_fragment assets limits placement
		logpush logfwdr observability upload_source_maps access cache compliance_region python_modules
		first_party_worker previews`)
	ownKeys = strings.Fields(`durable_objects vars secrets define workflows containers cloudchamber kv_namespaces
		r2_buckets d1_databases queues services hyperdrive vectorize send_email analytics_engine_datasets
		dispatch_namespaces mtls_certificates tail_consumers streaming_tail_consumers browser ai ai_search
		ai_search_namespaces agent_memory websearch images stream media pipelines secrets_store_secrets artifacts
		flagship worker_loaders ratelimits vpc_services vpc_networks version_metadata unsafe unsafe_hello_world`)
	topKeys = strings.Fields(`$schema env dev site alias keep_vars send_metrics addresses
		dependencies_instrumentation pages_build_output_dir wasm_modules text_blobs data_blobs`)
	removedKeys = []string{"legacy_env", "node_compat"} // judged by removed

	levelKeys    = slices.Concat(inheritedKeys, ownKeys)
	documentKeys = slices.Concat(levelKeys, topKeys)

	bindingKeys   = []string{"name", "class_name", "script_name", "environment"}
	migrationKeys = []string{
		"tag", "new_classes", "new_sqlite_classes", "renamed_classes", "deleted_classes", "transferred_classes",
	}
	workerExportKeys = []string{"type", "cache"}
)

// fields judges the keys of the top level and of the selected environment: those
// that wrangler does not know (G6, E8, B4, M6, X3) and those it no longer
// accepts (G7).
func (s *selection) fields() {
	s.levels(func(n *wranglercfg.Node, prefix string) {
		s.removed(n, prefix)
		s.types(n, prefix)
		if prefix == "" {
			s.unknown(n, "top-level", slices.Concat(documentKeys, removedKeys))
		} else {
			s.unknown(n, strings.TrimSuffix(prefix, "."), slices.Concat(levelKeys, []string{"node_compat"}))
		}
		for i, b := range n.Get("durable_objects").Get("bindings").Items() {
			s.unknown(b, fmt.Sprintf("%sdurable_objects.bindings[%d]", prefix, i), bindingKeys)
		}
		s.unknown(n.Get("durable_objects"), prefix+"durable_objects", []string{"bindings", "code_update_strategy"})
		for _, m := range n.Get("migrations").Items() {
			s.unknown(m, "migrations", migrationKeys)
			for _, r := range m.Get("renamed_classes").Items() {
				s.unknown(r, "migrations.renamed_classes", []string{"from", "to"})
			}
			for _, t := range m.Get("transferred_classes").Items() {
				s.unknown(t, "migrations.transferred_classes", []string{"from", "from_script", "to"})
			}
		}
		for _, m := range n.Get("exports").Members() {
			if m.Value.Get("type").Text() == wranglercfg.TypeWorker {
				s.unknown(m.Value, "exports."+m.Key, workerExportKeys)
				s.unknown(m.Value.Get("cache"), "exports."+m.Key+".cache", []string{"enabled"})
			}
		}
		s.newer(n, prefix)
		s.swallowedByVars(n.Get("vars"), prefix)
	})
}

// unknown warns of each key of an object that is not in known.
func (s *selection) unknown(n *wranglercfg.Node, field string, known []string) {
	if n.Kind() != wranglercfg.Object {
		return
	}
	for _, m := range n.Members() {
		if slices.Contains(known, m.Key) {
			continue
		}
		d := s.warnf(CodeUnknownField, m.Pos, "Unexpected fields found in %s field: %q", field, m.Key)
		meant := nearest(m.Key, known)
		switch {
		case meant != "":
			d.Hint = fmt.Sprintf("did you mean %q?", meant)
		case field != "top-level" && slices.Contains(documentKeys, m.Key) && s.toml():
			d.Code = CodeSwallowed
			d.Hint = fmt.Sprintf("everything after a header belongs to it: move %s to the top of the file, above the first [header]", m.Key)
		case field != "top-level" && slices.Contains(documentKeys, m.Key):
			d.Hint = fmt.Sprintf("%s belongs to the top level", m.Key)
		case field == "migrations":
			d.Hint = "the step is used up without it; directives are " + english(migrationKeys[1:])
		}
	}
}

func (s *selection) toml() bool { return strings.HasSuffix(s.path, ".toml") }

// swallowedByVars finds what stands below [vars] and is missing at the top: any
// name is legal there, so wrangler says nothing (F9).
func (s *selection) swallowedByVars(vars *wranglercfg.Node, prefix string) {
	if !s.toml() || vars.Kind() != wranglercfg.Object {
		return
	}
	for _, m := range vars.Members() {
		if slices.Contains(required, m.Key) && !s.given(m.Key) || slices.Contains([]string{"migrations", "exports", "durable_objects"}, m.Key) {
			d := s.warnf(CodeSwallowed, m.Pos, "%q is a variable here, since everything after the header [%svars] belongs to it", m.Key, prefix)
			d.Hint = fmt.Sprintf("move %s to the top of the file, above the first [header]", m.Key)
		}
	}
}

// required are the keys without which nothing is deployed.
var required = []string{"name", "main", "compatibility_date"}

// swallowed returns where a key that the top level lacks was written by
// mistake: in a table whose header comes before it (F9).
func (s *selection) swallowed(key string) wranglercfg.Pos {
	if !s.toml() {
		return wranglercfg.Pos{}
	}
	tables := []*wranglercfg.Node{s.top.Get("vars"), s.top.Get("durable_objects")}
	if key != "name" { // a binding has a name of its own
		tables = append(tables, s.top.Get("durable_objects").Get("bindings").Items()...)
	}
	tables = append(tables, s.top.Get("migrations").Items()...)
	for _, m := range s.top.Get("exports").Members() {
		tables = append(tables, m.Value)
	}
	for _, t := range tables {
		if t.Get(key) != nil {
			return memberPos(t, key)
		}
	}
	return wranglercfg.Pos{}
}

// removed refuses fields of earlier wranglers, and warns of empty ones (G7).
func (s *selection) removed(n *wranglercfg.Node, prefix string) {
	if prefix == "" && n.Get("legacy_env") != nil {
		s.errorf(CodeRemovedField, memberPos(n, "legacy_env"),
			`The "legacy_env" field is no longer supported, so please remove it from your configuration file.`).
			Hint = "remove the line; each environment is a Worker of its own, as with legacy_env = true"
	}
	if n.Get("node_compat") != nil {
		s.errorf(CodeRemovedField, memberPos(n, "node_compat"),
			`The "node_compat" field is no longer supported as of Wrangler v4. Instead, use the `+"`nodejs_compat` compatibility flag.").
			Hint = `remove the line and write compatibility_flags: ["nodejs_compat"]`
	}
	for _, key := range []string{"account_id", "route"} {
		if v := n.Get(key); v.Kind() == wranglercfg.String && v.Text() == "" {
			s.warnf(CodeIgnoredField, v.Pos(), `The %q field in your configuration is an empty string and will be ignored.`, key).
				Hint = fmt.Sprintf("Please remove the %q field from your configuration.", key)
		}
	}
}
