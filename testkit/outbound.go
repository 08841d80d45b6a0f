package testkit

import (
	"net/http"
	"net/http/httptest"

	"github.com/dormouse-do/dormouse/emulator"
)

// Outbound answers requests to the outside, those of JavaScript's fetch and of
// [durable.Env.HTTPClient], with a handler that runs in the test's process. The
// request has the full URL. Without it, and without [emulator.Outbound], every
// such request fails with an error that names its URL.
//
// The handler runs without the object's turn, like a server elsewhere, and must
// not call the object that it answers.
func Outbound(h http.Handler) emulator.Option { return emulator.Outbound(answerer{h}) }

// answerer is a handler as the way to the outside.
type answerer struct{ http.Handler }

func (a answerer) RoundTrip(req *http.Request) (*http.Response, error) {
	in := req.Clone(req.Context())
	in.RequestURI = req.URL.RequestURI()
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, in)
	res := w.Result()
	res.Request = req
	return res, in.Body.Close()
}
