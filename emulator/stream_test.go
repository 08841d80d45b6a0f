package emulator_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// streamer writes a body in two parts with an hour between them, and reads that
// of another streamer.
var streamer = behaviour{
	serve: func(p *probe, w http.ResponseWriter, req *http.Request) {
		fmt.Fprint(w, "begun")
		w.(http.Flusher).Flush()
		if err := durable.Sleep(req.Context(), time.Hour); err != nil {
			panic(err)
		}
		fmt.Fprint(w, " done")
	},
	do: func(ctx context.Context, p *probe, what string) (any, error) { return get(ctx, p.other(what)) },
}

func get(ctx context.Context, stub *durable.Stub) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://x/", nil)
	if err != nil {
		return "", err
	}
	return text(stub.Fetch(req))
}

func text(res *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return string(data), err
}

// TestBodyThatIsStillWritten: whoever waits for the rest of a body is a caller
// for whom virtual time passes (rules 3.3, 11.8).
func TestBodyThatIsStillWritten(t *testing.T) {
	for _, tt := range []struct {
		name string
		read func(t *testing.T, em *probes) (any, error)
	}{
		{"from outside", func(t *testing.T, em *probes) (any, error) { return get(t.Context(), em.stub("a")) }},
		{"by a client", func(t *testing.T, em *probes) (s any, err error) {
			em.Clients(t.Context(), 1, func(ctx context.Context, _ int) { s, err = get(ctx, em.stub("a")) })
			return s, err
		}},
		{"by an object", func(t *testing.T, em *probes) (any, error) { return em.do("reader", "a") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				em := newProbes(t, streamer)
				before := em.Clock().Now()
				got, err := tt.read(t, em)
				if got != "begun done" || err != nil {
					t.Errorf("got %v, %v, want begun done", got, err)
				}
				if d := em.Clock().Now().Sub(before); d != time.Hour {
					t.Errorf("it took %v, want an hour", d)
				}
			})
		})
	}
}

// TestBodyWithoutEnd: a body that can never end fails its reader with who waits
// for what.
func TestBodyWithoutEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		em := newProbes(t, behaviour{serve: func(p *probe, w http.ResponseWriter, req *http.Request) {
			fmt.Fprint(w, "begun")
			w.(http.Flusher).Flush()
			panic(waitForNothing(req.Context(), p))
		}})
		_, err := get(t.Context(), em.stub("a"))
		want := "emulator: reading the body of fetch GET / of Probe(a) can never return: nothing is ready to run and no deadline is left:\n" +
			"\tfetch GET / of Probe(a) waits for a task\n" +
			"\ttask of Probe(a) waits for a task"
		if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// waitForNothing waits for a task that waits for itself.
func waitForNothing(ctx context.Context, p *probe) error {
	var task *durable.Task
	task = p.state.Go(func(ctx context.Context) error { return task.Wait(ctx) })
	return task.Wait(ctx)
}

// TestBodyThatNobodyReads: a writer that waits for room keeps nothing else from
// running, and goes on when somebody reads.
func TestBodyThatNobodyReads(t *testing.T) {
	const size = 1 << 20
	inBubble(t, func(t *testing.T) {
		em := newProbes(t, behaviour{serve: func(_ *probe, w http.ResponseWriter, _ *http.Request) {
			for range size >> 10 {
				if _, err := io.WriteString(w, strings.Repeat("x", 1<<10)); err != nil {
					panic(err)
				}
			}
		}})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := em.stub("a").Fetch(req)
		if err != nil {
			t.Fatal(err)
		}
		em.Clock().Advance(time.Minute)
		if got, err := text(res, nil); len(got) != size || err != nil {
			t.Errorf("got %d bytes, %v, want %d", len(got), err, size)
		}
	})
}

// TestBodyIsPassedOn: a body that an object was given can be given to another
// one, a request's and a response's.
func TestBodyIsPassedOn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		em := newProbes(t, behaviour{serve: func(p *probe, w http.ResponseWriter, req *http.Request) {
			switch p.name() {
			case "front": // the request as it is, to upper; its answer to tail
				res, err := p.other("upper").Fetch(req)
				if err != nil {
					panic(err)
				}
				next, err := http.NewRequestWithContext(req.Context(), http.MethodPost, "http://x/", res.Body)
				if err != nil {
					panic(err)
				}
				s, err := text(p.other("tail").Fetch(next))
				if err != nil {
					panic(err)
				}
				fmt.Fprint(w, s)
			case "upper":
				data, err := io.ReadAll(req.Body)
				if err != nil {
					panic(err)
				}
				fmt.Fprint(w, strings.ToUpper(string(data)))
				w.(http.Flusher).Flush()
				if err := durable.Sleep(req.Context(), time.Second); err != nil {
					panic(err)
				}
				fmt.Fprint(w, "!")
			case "tail":
				data, err := io.ReadAll(req.Body)
				if err != nil {
					panic(err)
				}
				fmt.Fprintf(w, "<%s>", data)
			}
		}})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := text(em.stub("front").Fetch(req))
		if got != "<HELLO!>" || err != nil {
			t.Errorf("got %q, %v, want <HELLO!>", got, err)
		}
	})
}

// TestBodiesKeepTheOrder: what lies in memory is read without leaving the order
// of events to chance.
func TestBodiesKeepTheOrder(t *testing.T) {
	var first []string
	for range 20 {
		var log events
		em := newProbes(t, behaviour{serve: func(p *probe, w http.ResponseWriter, req *http.Request) {
			buf := make([]byte, 1)
			for {
				n, err := req.Body.Read(buf)
				if n > 0 {
					log.add("%s %s", p.name(), buf)
				}
				if err == io.EOF {
					return
				}
				if err != nil {
					panic(err)
				}
			}
		}})
		em.Clients(t.Context(), 3, func(ctx context.Context, i int) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://x/", strings.NewReader("abc"))
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := text(em.stub(fmt.Sprint(i)).Fetch(req)); err != nil {
				t.Error(err)
			}
		})
		reads := log.take()
		if first == nil {
			first = reads
		}
		if diff := cmp.Diff(first, reads); diff != "" || len(reads) != 9 {
			t.Fatalf("%d reads in another order (-first +now):\n%s", len(reads), diff)
		}
	}
}

// TestContextOfReader: a reader outside gives up with its context.
func TestContextOfReader(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		em := newProbes(t, streamer, realClock)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			cancel()
		}()
		if _, err := get(ctx, em.stub("a")); err != context.Canceled {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	})
}
