package classtest

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// TestJSSockets plays the scenes against the very Worker that was recorded.
func TestJSSockets(t *testing.T) {
	RunSockets(t, SocketSubject{
		Serve: serveRecordedWorker,
		Differences: map[string]string{
			"handshake/deflate":   "messages are compressed each on its own, so that an idle connection keeps no window",
			"handshake/short-key": "the library that answers wants a key of 16 bytes, as every client has it",
		},
	})
}

func serveRecordedWorker(t *testing.T, date string) string {
	recorder, err := workerd.Source.ReadFile("record/sockets.mjs")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(recorder), "const source = `")
	source, _, ok := strings.Cut(rest, "`;")
	if !ok {
		t.Fatal("record/sockets.mjs has no source")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.js": source,
		"wrangler.toml": fmt.Sprintf("name = \"sockets\"\nmain = \"main.js\"\ncompatibility_date = %q\n[[durable_objects.bindings]]\nname = \"OBJ\"\n"+
			"class_name = \"Obj\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Obj\"]\n", date),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	em, err := emulator.New(emulator.Worker{Config: filepath.Join(dir, "wrangler.toml")}, emulator.InMemory,
		emulator.Logger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(em.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}
