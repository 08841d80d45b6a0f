package js_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

var exported = regexp.MustCompile(`(?m)^export class (\w+)`)

// start runs a Worker of one file, each of whose exported classes has a
// namespace of its name.
func start(t testing.TB, source string, opts ...emulator.Option) *emulator.Emulator {
	t.Helper()
	return testkit.New(t, emulator.Worker{Config: project(t, source, "2026-07-01")}, opts...)
}

// project writes the files of such a Worker and gives the configuration's path.
func project(t testing.TB, source, date string) string {
	t.Helper()
	var classes []string
	var bindings []any
	for _, m := range exported.FindAllStringSubmatch(source, -1) {
		classes = append(classes, m[1])
		bindings = append(bindings, map[string]string{"name": m[1], "class_name": m[1]})
	}
	config, err := json.Marshal(map[string]any{
		"name": "test", "main": "main.js", "compatibility_date": date,
		"durable_objects": map[string]any{"bindings": bindings},
		"migrations":      []any{map[string]any{"tag": "v1", "new_sqlite_classes": classes}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(source, "export default") {
		source += "\nexport default {};\n"
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"wrangler.json": config, "main.js": []byte(source)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "wrangler.json")
}

// call calls a method of an object and gives its result, or its error with the
// properties, as text.
func call(t testing.TB, em *emulator.Emulator, class, name, method string, args ...any) string {
	t.Helper()
	v, err := durable.Call[any](t.Context(), em.Namespace(class).GetByName(name), method, args...)
	if err != nil {
		return failure(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func failure(err error) string {
	e := durable.AsError(err)
	text := fmt.Sprintf("%s: %s", e.Name, e.Message)
	for _, flag := range []string{"overloaded", "remote", "reset"} {
		if map[string]bool{"reset": e.Reset, "remote": e.Remote, "overloaded": e.Overloaded}[flag] {
			text += " {" + flag + "}"
		}
	}
	return text
}

var quiet = emulator.Logger(slog.New(slog.NewTextHandler(io.Discard, nil)))
