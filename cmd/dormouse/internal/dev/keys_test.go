package dev

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/inspector"
)

func TestPress(t *testing.T) {
	var done []string
	var b bytes.Buffer
	k := &keys{
		out: newOutput(&b, false, false), url: "http://localhost:1",
		open:   func(url string) error { done = append(done, "open "+url); return errors.New("no browser") },
		reload: func() { done = append(done, "reload") },
		exit:   func() { done = append(done, "exit") },
	}
	k.run(strings.NewReader("orRzq\x03"))
	if diff := cmp.Diff([]string{"open http://localhost:1", "reload", "reload", "exit", "exit"}, done); diff != "" {
		t.Error(diff)
	}
	if got := b.String(); got != "warning: http://localhost:1 cannot be opened: no browser\n" {
		t.Errorf("printed %q", got)
	}
}

func TestBrowser(t *testing.T) {
	for system, want := range map[string]string{
		"linux": "xdg-open http://x/?a&b", "darwin": "open http://x/?a&b", "windows": "rundll32 url.dll,FileProtocolHandler http://x/?a&b",
	} {
		name, args := browser(system, "http://x/?a&b")
		if got := strings.Join(append([]string{name}, args...), " "); got != want {
			t.Errorf("%s: %s", system, got)
		}
	}
}

func TestPlace(t *testing.T) {
	in := inspector.New()
	defer in.Close()
	p := placeOf(&net.TCPAddr{IP: net.IPv4zero, Port: 80}, in)
	if p.url != "http://0.0.0.0:80" || p.inspector != "http://localhost:80/cdn-cgi/dormouse/" || browsable(p.url) != "http://localhost:80" {
		t.Errorf("%+v", p)
	}
	for _, url := range p.network {
		if strings.Contains(url, "127.0.0.1") || !strings.HasSuffix(url, ":80") {
			t.Errorf("%s is no address for others", url)
		}
	}
	p = placeOf(&net.TCPAddr{IP: net.IPv6loopback, Port: 80}, nil)
	if diff := cmp.Diff(place{url: "http://[::1]:80"}, p, cmp.AllowUnexported(place{})); diff != "" {
		t.Error(diff)
	}
}
