package emulator_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// TestBrokenBody: a body that fails cuts the connection, so that nobody takes
// what has come for the whole.
func TestBrokenBody(t *testing.T) {
	config := project(t, `
export class Room {}
export default {
	fetch() {
		let n = 0;
		return new Response(new ReadableStream({
			pull(c) {
				if (n++ === 3) throw new Error("the source broke");
				c.enqueue(new TextEncoder().encode("part " + n + "\n"));
			},
		}));
	},
};
`)
	em, err := emulator.New(emulator.Worker{Config: config}, emulator.InMemory, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer em.Close()
	server := httptest.NewServer(em.Handler())
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || string(body) != "part 1\npart 2\npart 3\n" {
		t.Errorf("read %q, %v", body, err)
	}
}

// TestUploadWaitsForItsReader: JavaScript is no more than a little ahead of who
// reads what it uploads.
func TestUploadWaitsForItsReader(t *testing.T) {
	config := project(t, `
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
	pulled = 0;
	count() { return this.pulled; }
	async upload() {
		const body = new ReadableStream({
			pull: (c) => {
				if (this.pulled === 64) return c.close();
				this.pulled++;
				c.enqueue(new Uint8Array(64 << 10));
			},
		});
		return await (await fetch("https://outside.example/", { method: "POST", body })).text();
	}
}
export default { fetch() {} };
`)
	synctest.Test(t, func(t *testing.T) {
		read := make(chan struct{})
		outside := roundTrip(func(req *http.Request) (*http.Response, error) {
			<-read
			n, err := io.Copy(io.Discard, req.Body)
			if err != nil || n != 64*64<<10 {
				t.Errorf("the outside got %d bytes, %v", n, err)
			}
			return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}, Request: req}, nil
		})
		em, err := emulator.New(emulator.Worker{Config: config}, emulator.InMemory, quiet, emulator.Outbound(outside))
		if err != nil {
			t.Fatal(err)
		}
		defer em.Close()
		room := em.Namespace("ROOM").GetByName("a")
		upload := room.Start("upload")
		synctest.Wait()
		if n, err := durable.Call[int](t.Context(), room, "count"); err != nil || n == 0 || n > 8 {
			t.Errorf("with nobody who reads it gave %d parts of 64 KiB, %v", n, err)
		}
		close(read)
		if _, err := upload.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestOutgoingCompression: as recorded, the runtime asks for no compression by
// itself, and shows the header of what it decodes.
func TestOutgoingCompression(t *testing.T) {
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		fmt.Fprintf(z, "asked for %q", req.Header.Values("Accept-Encoding"))
	}))
	defer outside.Close()
	config := project(t, `
export class Room {}
export default {
	async fetch() {
		const res = await fetch("`+outside.URL+`");
		return new Response(res.headers.get("content-encoding") + ": " + await res.text());
	},
};
`)
	em, err := emulator.New(emulator.Worker{Config: config}, emulator.InMemory, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer em.Close()
	res := httptest.NewRecorder()
	em.Handler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "http://localhost/", nil))
	if got := res.Body.String(); got != "gzip: asked for []" {
		t.Errorf("got %q", got)
	}
}
