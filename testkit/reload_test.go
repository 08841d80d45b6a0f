package testkit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/testkit"
)

// TestReloadKeepsSockets: an edit takes instances and leaves hibernatable
// sockets, with their tags and attachments, unless it is told to close them.
func TestReloadKeepsSockets(t *testing.T) {
	worker := jsProject(t, socketMain)
	em := testkit.New(t, worker)
	ws := testkit.DialWebSocket(t, em, "http://localhost/?name=ada&tag=a")
	ws.Send("before")
	if got := ws.Next().Text(); got != "got before" {
		t.Errorf("got %q", got)
	}
	edited := strings.ReplaceAll(socketMain, `"got "`, `"new code got "`)
	if err := os.WriteFile(filepath.Join(filepath.Dir(worker.Config), "index.ts"), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := em.Reload(); err != nil {
		t.Fatal(err)
	}
	ws.Send("after")
	if got := ws.Next().Text(); got != "new code got after" {
		t.Errorf("after an edit got %q", got)
	}
	ws.Send("state")
	if got := ws.Next().Text(); !strings.Contains(got, `"tags":["a"],"attachment":{"name":"ada"`) {
		t.Errorf("after an edit the socket has %s", got)
	}

	if err := em.Reload(emulator.CloseSockets); err != nil {
		t.Fatal(err)
	}
	if got := ws.Closed(); got.Code != 1006 {
		t.Errorf("the socket ends with %v", got)
	}
	again := testkit.DialWebSocket(t, em, "http://localhost/?name=ada")
	again.Send("hello")
	if got := again.Next().Text(); got != "new code got hello" {
		t.Errorf("a new client got %q", got)
	}
}
