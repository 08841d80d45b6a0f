package testkit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// go test answers from its cache as long as it sees no edit. It sees none
// outside of the module, so a test with an input there must run every time.
func TestCaching(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module of its own, twice")
	}
	repo, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	old := time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, config string // the config's path from the module's root
		cached       bool
	}{
		{"config inside of the module", "wrangler.jsonc", true},
		{"config outside of the module", "../wrangler.jsonc", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			project := t.TempDir()
			module := filepath.Join(project, "module")
			write := func(path, text string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(path, old, old); err != nil { // what is new is not cached either
					t.Fatal(err)
				}
			}
			read := func(path string) string {
				t.Helper()
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				return string(data)
			}
			_, requires, _ := strings.Cut(read(filepath.Join(repo, "go.mod")), "\nrequire (")
			requires, _, _ = strings.Cut(requires, "\n)")
			write(filepath.Join(module, "go.mod"), "module example.com/project\n\ngo 1.26.0\n\nrequire (\n\tgithub.com/dormouse-do/dormouse v0.0.0"+requires+
				"\n)\n\nreplace github.com/dormouse-do/dormouse => "+repo+"\n")
			write(filepath.Join(module, "go.sum"), read(filepath.Join(repo, "go.sum")))
			write(filepath.Join(module, tt.config), `{
				"name": "project", "main": "src/index.ts", "compatibility_date": "2026-07-01",
				"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
				"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]
			}`)
			part := filepath.Join(filepath.Dir(filepath.Join(module, tt.config)), "src", "part.ts")
			write(filepath.Join(filepath.Dir(part), "index.ts"), `
import { version } from "./part";
export class Room { constructor() {} fetch() {} }
export default { fetch: () => new Response(version) };
`)
			write(part, `export const version = "version 1";`)
			write(filepath.Join(module, "project_test.go"), `package project

import (
	"net/http/httptest"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/testkit"
)

func TestProject(t *testing.T) {
	em := testkit.New(t, emulator.Worker{Config: "`+tt.config+`"})
	res := httptest.NewRecorder()
	em.Handler().ServeHTTP(res, httptest.NewRequest("GET", "http://localhost/", nil))
	t.Log(res.Body.String())
}
`)
			run := func() string {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", ".", "-v")
				cmd.Dir = module
				cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				return string(out)
			}
			out := run()
			if says := strings.Contains(out, "testkit: results are not cached, since "); says == tt.cached {
				t.Errorf("the first run says\n%s", out)
			}
			if !strings.Contains(out, "version 1") {
				t.Errorf("the first run says\n%s", out)
			}
			if cached := strings.Contains(run(), "(cached)"); cached != tt.cached {
				t.Errorf("the second run: got cached = %v, want %v", cached, tt.cached)
			}
			write(part, `export const version = "version 2";`)
			if err := os.Chtimes(part, old, old.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if out := run(); !strings.Contains(out, "version 2") {
				t.Errorf("after an edit of main the third run says\n%s", out)
			}
		})
	}
}
