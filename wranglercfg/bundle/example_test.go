package bundle_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

func ExampleBuild() {
	file, err := wranglercfg.Load("testdata/example/wrangler.jsonc")
	if err != nil {
		log.Fatal(err)
	}
	cfg, diags := file.Resolve("")
	if err := diags.Err(); err != nil {
		log.Fatal(err)
	}
	b, err := bundle.Build(cfg, bundle.Options{})
	if err != nil {
		log.Fatal(err) // as esbuild prints it
	}
	fmt.Println("exports:", b.Exports)
	for _, m := range b.Modules {
		fmt.Println(m.Kind, m.Name)
	}
	source, line, _, _ := b.Position(b.Main, 13, 5) // a place in the bundle
	text, _ := b.SourceLine(source, line)
	fmt.Printf("%s:%d:%s\n", filepath.Base(source), line, text)
	// Output:
	// exports: [Counter default]
	// ESModule index.js
	// Text af1995afaeaede6c761d69e0e22f5e10175eac65-schema.sql
	// index.ts:7:		ctx.storage.sql.exec(schema);
}

// A server that reloads asks whether the bundle is stale before each request,
// or watches Inputs.
func ExampleBuilder() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config, script := filepath.Join(dir, "wrangler.json"), filepath.Join(dir, "index.ts")
	os.WriteFile(config, []byte(`{ "name": "a", "main": "index.ts" }`), 0o600)
	os.WriteFile(script, []byte(`export default { broken`), 0o600)
	file, err := wranglercfg.Load(config)
	if err != nil {
		log.Fatal(err)
	}
	cfg, _ := file.Resolve("")
	builder, err := bundle.NewBuilder(cfg, bundle.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer builder.Close()

	_, err = builder.Rebuild()
	var failure *bundle.Error
	if errors.As(err, &failure) {
		fmt.Println(failure)
	}
	os.WriteFile(script, []byte(`export default { repaired: true }`), 0o600)
	fmt.Println("try again:", failure.Stale())
	b, err := builder.Rebuild()
	fmt.Println(b.Exports, err)
	// Output:
	// ✘ [ERROR] Expected "}" but found end of file
	//
	//     index.ts:1:23:
	//       1 │ export default { broken
	//         │                        ^
	//         ╵                        }
	// try again: true
	// [default] <nil>
}
