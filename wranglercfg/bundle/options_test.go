package bundle_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

const worker = "export default { fetch() {} };\n"

// TestOptions: what the caller says comes before the configuration.
func TestOptions(t *testing.T) {
	files := map[string]string{
		"wrangler.json":               wrangler(`, "define": { "A": "'config'", "B": "'config b'" }, "alias": { "x": "./src/x.js", "y": "./src/y.js" }, "minify": true`),
		"src/index.ts":                "import x from 'x';\nimport y from 'y';\nimport c from 'c';\nclass Long {}\nexport default { a: A, b: B, x, y, c, e: process.env.NODE_ENV, Long };\n",
		"src/x.js":                    "export default 'config x';\n",
		"src/y.js":                    "export default 'config y';\n",
		"src/option.js":               "export default 'option x';\n",
		"node_modules/c/package.json": `{ "exports": { "special": "./special.js", "default": "./default.js" } }`,
		"node_modules/c/special.js":   "export default 'special';\n",
		"node_modules/c/default.js":   "export default 'default';\n",
	}
	cfg := project(t, files)
	b := build(t, cfg, bundle.Options{
		Define: map[string]string{"A": "'option a'"}, Alias: map[string]string{"x": "./src/option.js"}, NodeEnv: `te"st`,
		Conditions: []string{"special"}, External: []string{"y"}, Readable: true,
	})
	source := string(b.Modules[0].Source)
	for _, want := range []string{`"option a"`, `"config b"`, `"option x"`, `"special"`, `'te"st'`, "Long = class {\n}"} {
		if !strings.Contains(source, want) {
			t.Errorf("no %s in:\n%s", want, source)
		}
	}
	if strings.Contains(source, "__name") {
		t.Error("names are kept for a reader")
	}
	if !strings.Contains(string(build(t, cfg, bundle.Options{}).Modules[0].Source), `"development"`) {
		t.Error("NODE_ENV is not development")
	}
}

// TestMainOption: a script on the command line is relative to the working
// directory, which becomes the root.
func TestMainOption(t *testing.T) {
	cfg := project(t, map[string]string{
		"conf/wrangler.json": `{ "name": "a", "main": "gone.ts", "alias": { "x": "./x.js" } }`,
		"wrangler.json":      `{}`, "other/script.ts": "import x from 'x';\nexport default { x };\n", "x.js": "export default 'root';\n", "conf/x.js": "export default 'conf';\n",
	})
	dir := filepath.Dir(cfg.Path)
	t.Chdir(dir)
	cfg = load(t, filepath.Join(dir, "conf"), "")
	b := build(t, cfg, bundle.Options{Main: "other/script.ts"})
	if b.Main != "script.js" || !strings.Contains(string(b.Modules[0].Source), `"root"`) || !strings.Contains(string(b.Modules[0].Source), "// other/script.ts") {
		t.Errorf("main %s:\n%s", b.Main, b.Modules[0].Source)
	}
	var lost *bundle.MainError
	_, err := bundle.Build(cfg, bundle.Options{Main: "other/gone.ts"})
	if !errors.As(err, &lost) || lost.Pos.IsValid() || lost.Path != filepath.Join(dir, "other/gone.ts") {
		t.Errorf("got %v", err)
	}
}

// TestAnyFormat: whoever only reads the code gets that of a service worker, too.
func TestAnyFormat(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": wrangler(""), "src/index.ts": "export * from './a';\nexport class B {}\n", "src/a.ts": "export class A {}\n"})
	format, exports, err := bundle.GuessFormat(cfg, bundle.Options{})
	if err != nil || format != bundle.ServiceWorker || strings.Join(exports, " ") != "B" {
		t.Errorf("got %v %q %v", format, exports, err)
	}
	if _, err := bundle.Build(cfg, bundle.Options{}); !errors.Is(err, bundle.ErrServiceWorker) {
		t.Errorf("got %v", err)
	}
	if b := build(t, cfg, bundle.Options{AnyFormat: true}); strings.Join(b.Exports, " ") != "A B" {
		t.Errorf("exports %q", b.Exports)
	}
}

// TestFormat: colour only when asked for, hints as wrangler gives them.
func TestFormat(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": wrangler(""), "src/index.ts": "import 'fs';\nimport 'gone';\n" + worker})
	_, err := bundle.Build(cfg, bundle.Options{})
	var failure *bundle.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v", err)
	}
	const want = `✘ [ERROR] Could not resolve "fs"

    src/index.ts:1:7:
      1 │ import 'fs';
        ╵        ~~~~

  The package "fs" wasn't found on the file system but is built into node.
  - Add the "nodejs_compat" compatibility flag to your project.
  

✘ [ERROR] Could not resolve "gone"

    src/index.ts:2:7:
      2 │ import 'gone';
        ╵        ~~~~~~

  To fix this, you can add an entry to "alias" in your Wrangler configuration.
  For more guidance see: https://developers.cloudflare.com/workers/wrangler/configuration/#bundling-issues
`
	if got := failure.Format(false); strings.TrimSpace(got) != strings.TrimSpace(want) || err.Error() != got {
		t.Errorf("got\n%s", got)
	}
	if !strings.Contains(failure.Format(true), "\x1b[") {
		t.Error("no colour")
	}
}

// TestShims: with all of Node, wrangler replaces packages that only bring what
// the runtime has.
func TestShims(t *testing.T) {
	files := map[string]string{
		"wrangler.json":                    wrangler(`, "compatibility_flags": ["nodejs_compat"]`),
		"src/index.ts":                     "import f from 'node-fetch';\nimport { inherits } from './c.cjs';\nimport 'isomorphic-fetch';\nexport default { f, inherits };\n",
		"src/c.cjs":                        "exports.inherits = require('inherits');\nexports.fetch = require('cross-fetch');\n",
		"node_modules/node-fetch/index.js": "export default 'the package';\n",
	}
	b := build(t, project(t, files), bundle.Options{})
	source := string(b.Modules[0].Source)
	for _, want := range []string{"globalThis.fetch(...args)", `from "node:util"`, "Object.defineProperties"} {
		if !strings.Contains(source, want) {
			t.Errorf("no %s in:\n%s", want, source)
		}
	}
	if strings.Contains(source, "the package") {
		t.Error("the package is bundled")
	}
	files["wrangler.json"], files["src/index.ts"] = wrangler(""), "import f from 'node-fetch';\nexport default { f };\n"
	if b := build(t, project(t, files), bundle.Options{}); !strings.Contains(string(b.Modules[0].Source), "the package") {
		t.Error("without nodejs_compat the package is replaced")
	}
}

// TestSymlinks: a package that is linked is bundled once, under its real path.
func TestSymlinks(t *testing.T) {
	cfg := project(t, map[string]string{
		"wrangler.json": wrangler(`, "find_additional_modules": true`), "packages/shared/index.ts": "import text from './t.txt';\nexport const shared = text;\n",
		"packages/shared/package.json": `{ "name": "shared", "main": "index.ts" }`, "packages/shared/t.txt": "linked",
		"src/index.ts": "import { shared } from 'shared';\nimport { shared as same } from '../packages/shared';\nexport default { shared, same };\n",
	})
	dir := filepath.Dir(cfg.Path)
	for link, to := range map[string]string{
		"node_modules/shared": "../packages/shared", "src/folder": "../packages", "src/loop": ".", "src/nowhere.txt": "gone", "src/link.txt": "../packages/shared/t.txt",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	b := build(t, cfg, bundle.Options{})
	var names []string
	for _, m := range b.Modules {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "index.js link.txt ") || !strings.HasSuffix(got, "-t.txt") || len(names) != 3 {
		t.Errorf("modules %s", got)
	}
	if strings.Count(string(b.Modules[0].Source), "// packages/shared/index.ts") != 1 {
		t.Errorf("bundled more than once:\n%s", b.Modules[0].Source)
	}
}

func TestFindMain(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": wrangler(`, "rules": [{ "type": "Text", "globs": ["\\y"] }]`), "src/index.ts": worker})
	if err := bundle.FindMain(cfg); err != nil {
		t.Error(err)
	}
	if _, err := bundle.Build(cfg, bundle.Options{}); err == nil || !strings.Contains(err.Error(), `wrangler.json:1:114: the glob "\\y" of a module rule cannot be read`) {
		t.Errorf("got %v", err)
	}
	if err := bundle.FindMain(project(t, map[string]string{"wrangler.json": `{}`})); !errors.Is(err, bundle.ErrNoMain) {
		t.Errorf("got %v", err)
	}
}

// TestRuleKinds: a kind of rule that is not supported is refused where it counts.
func TestRuleKinds(t *testing.T) {
	rules := `, "rules": [{ "type": "PythonModule", "globs": ["**/*.py"] }]`
	files := map[string]string{"wrangler.json": wrangler(rules), "src/index.ts": worker, "src/a.py": ""}
	build(t, project(t, files), bundle.Options{})
	files["src/index.ts"] = "import a from './a.py';\nexport default { a };\n"
	if _, err := bundle.Build(project(t, files), bundle.Options{}); err == nil || !strings.Contains(err.Error(), "modules of type PythonModule are not supported") {
		t.Errorf("got %v", err)
	}
	files["src/index.ts"], files["wrangler.json"] = worker, wrangler(rules+`, "find_additional_modules": true`)
	if _, err := bundle.Build(project(t, files), bundle.Options{}); err == nil || !strings.Contains(err.Error(), "a.py: modules of type PythonModule are not supported") {
		t.Errorf("got %v", err)
	}
	if got := bundle.Kind(99).String(); got != "unknown" {
		t.Errorf("got %s", got)
	}
}

// TestConfigIsNotChanged: a configuration is shared by its readers.
func TestConfigIsNotChanged(t *testing.T) {
	cfg := project(t, map[string]string{"wrangler.json": wrangler(`, "define": { "A": "1" }, "alias": { "a": "./a.js" }`), "src/index.ts": worker})
	before := cfg.Top().JSON()
	o := bundle.Options{Define: map[string]string{"B": "2"}, Alias: map[string]string{"b": "./b.js"}}
	build(t, cfg, o)
	if cfg.Top().JSON() != before || len(o.Define) != 1 || len(o.Alias) != 1 {
		t.Error("the configuration or the options were changed")
	}
}
