package durable

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 20

func checkURL(req *http.Request) error {
	switch {
	case req.URL == nil || req.URL.Scheme == "" || req.URL.Host == "":
		return typeError("Invalid URL: %s", urlText(req.URL))
	case !strings.EqualFold(req.URL.Scheme, "http") && !strings.EqualFold(req.URL.Scheme, "https"):
		return typeError("Fetch API cannot load: %s", urlText(req.URL))
	}
	return nil
}

func urlText(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

// follow follows redirects as the runtime's fetch does (rules 11.10, 11.11).
func follow(s *Stub, req *http.Request) (*http.Response, error) {
	visited := []string{}
	for {
		res, err := s.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		location := res.Header.Get("Location")
		if location == "" || !isRedirect(res.StatusCode) {
			return res, nil
		}
		visited = append(visited, urlText(req.URL))
		if len(visited) > maxRedirects {
			res.Body.Close()
			return nil, typeError("Too many redirects.%s", strings.Join(visited, ", "))
		}
		next, err := redirected(req, res.StatusCode, location)
		res.Body.Close()
		if err != nil {
			return nil, err
		}
		req = next
	}
}

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

func redirected(req *http.Request, status int, location string) (*http.Request, error) {
	u, err := req.URL.Parse(location)
	if err != nil {
		return nil, typeError("Invalid URL: %s", location)
	}
	next := req.Clone(req.Context())
	next.URL, next.Host = u, u.Host
	toGet := status == 303 && req.Method != http.MethodHead ||
		(status == 301 || status == 302) && req.Method == http.MethodPost
	switch {
	case toGet:
		next.Method, next.Body, next.GetBody, next.ContentLength = http.MethodGet, nil, nil, 0
		next.Header.Del("Content-Length")
		next.Header.Del("Content-Type")
	case req.Body != nil && req.Body != http.NoBody:
		if req.GetBody == nil {
			return nil, typeError("A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered " +
				"a redirect requiring the body to be retransmitted. To avoid this error in the future, construct this request from a buffer-like body initializer.")
		}
		if next.Body, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("durable: body for the redirect: %w", err)
		}
	}
	return next, nil
}

// ServeHTTP forwards a request to the object and sends its response back, as a
// Worker does that returns stub.fetch(request) (rule 11.21). An error of the
// object is a 500 with the error's text.
func (s *Stub) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	out := req.Clone(req.Context())
	out.RequestURI = ""
	if out.URL.Host == "" {
		out.URL.Scheme, out.URL.Host = "http", req.Host
		if req.TLS != nil {
			out.URL.Scheme = "https"
		}
	}
	res, err := s.RoundTrip(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer res.Body.Close()
	header := w.Header()
	maps.Copy(header, res.Header)
	if header.Get("Content-Type") == "" {
		header["Content-Type"] = nil // net/http must not guess one
	}
	w.WriteHeader(res.StatusCode)
	stream(w, res.Body)
}

// stream copies a body piece by piece, so that the client sees each when the
// object sends it. A client that has gone ends the copy.
func stream(w http.ResponseWriter, body io.Reader) {
	flusher := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return
			}
			_ = flusher.Flush() // a writer that cannot flush sends at the end
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the head is gone: break the connection
		}
	}
}
