package testkit_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/testkit"
)

// Rule 16.11: tests that use the same names see nothing of each other, whether
// they run one after the other or at the same time.
func TestIsolation(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint("test", i), func(t *testing.T) {
			if i%2 == 0 {
				t.Parallel()
			}
			em, object := start(t, nil)
			testkit.Equal(t, nil, call[any](t, object("shared"), "get", "key"))
			testkit.Equal(t, 0, len(testkit.ListDurableObjectIDs(t, em.Namespace("PROBE"))))
			call[any](t, object("shared"), "put", "key", i)
			testkit.Equal(t, any(float64(i)), call[any](t, object("shared"), "get", "key"))
			testkit.RunInDurableObject(t, object("shared"), func(_ context.Context, _ *probe, s *durable.State) {
				if err := s.Storage().SetAlarm(em.Clock().Now().Add(1)); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// What the helpers do by default in every run is the same.
func TestRunsRepeat(t *testing.T) {
	run := func() (out []string) {
		em, object := start(t, acts{"alarm": func(context.Context, *probe) (any, error) { return nil, fmt.Errorf("no") }})
		out = append(out, em.Namespace("PROBE").NewUniqueID().String())
		testkit.RunInDurableObject(t, object("a"), func(_ context.Context, _ any, s *durable.State) {
			if err := s.Storage().SetAlarm(s.Now()); err != nil {
				t.Fatal(err)
			}
		})
		for range 4 { // the delays of retries are random (rule 7.28)
			em.Clock().Advance(1)
			out = append(out, fmt.Sprint(em.Clock().Now()))
		}
		return out
	}
	testkit.Equal(t, run(), run())
}

func TestOutgoingRequests(t *testing.T) {
	get := func(ctx context.Context, p *probe) (any, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://user:secret@example.com/prices?day=1", nil)
		if err != nil {
			return nil, err
		}
		res, err := p.env.HTTPClient().Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return string(body), err
	}
	t.Run("refused", func(t *testing.T) {
		_, object := start(t, acts{"get": get})
		_, err := object("a").Call(t.Context(), "do", "get")
		want := "testkit: outgoing request GET https://user:xxxxx@example.com/prices?day=1 refused: give testkit.New a testkit.Outbound that answers it"
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want an error that ends in\n%s", err, want)
		}
	})
	t.Run("answered", func(t *testing.T) {
		_, object := start(t, acts{"get": get}, emulator.Outbound(roundTripper(func(req *http.Request) string { return "body of " + req.URL.Path })))
		testkit.Equal(t, any("body of /prices"), call[any](t, object("a"), "do", "get"))
	})
}

type roundTripper func(*http.Request) string

func (rt roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(rt(req)))}, nil
}

// Options of the caller count more than the defaults.
func TestOptionsOverDefaults(t *testing.T) {
	t.Run("logger", func(t *testing.T) {
		var log strings.Builder
		_, object := start(t, nil, emulator.Logger(slog.New(slog.NewTextHandler(&log, nil))))
		testkit.RunInDurableObject(t, object("a"), func(_ context.Context, _ any, s *durable.State) { s.Logger().Info("here") })
		if !strings.Contains(log.String(), "msg=here class=Probe") {
			t.Errorf("got the log %q", log.String())
		}
	})
	t.Run("misuse", func(t *testing.T) {
		var got []string
		em, _ := start(t, nil, emulator.OnMisuse(func(err error) { got = append(got, err.Error()) }))
		em.Clock().Advance(-1)
		testkit.Equal(t, []string{"emulator: the clock cannot go back by 1ns"}, got)
	})
	t.Run("disk", func(t *testing.T) {
		dir := testkit.StateDir(t.TempDir())
		em, object := start(t, nil, dir)
		call[any](t, object("a"), "put", "key", "kept")
		if err := em.Close(); err != nil {
			t.Fatal(err)
		}
		_, object = start(t, nil, dir)
		testkit.Equal(t, any("kept"), call[any](t, object("a"), "get", "key"))
	})
}

// The test may close its emulator before the cleanup does.
func TestCloseTwice(t *testing.T) {
	em, object := start(t, nil)
	call[any](t, object("a"), "put", "key", 1)
	for range 2 {
		if err := em.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := object("a").Call(t.Context(), "instance"); err == nil {
		t.Error("a call of a closed emulator worked")
	}
}
