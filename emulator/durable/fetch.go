package durable

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const maxRedirects = 20

// methods are those that the runtime knows, CONNECT left out (rule 11.6).
const methods = " ACL CHECKOUT COPY DELETE GET HEAD LOCK MERGE MKACTIVITY MKCOL MOVE MSEARCH NOTIFY OPTIONS PATCH POST " +
	"PROPFIND PROPPATCH PURGE PUT QUERY REPORT SEARCH SUBSCRIBE TRACE UNLOCK UNSUBSCRIBE "

// checkRequest refuses what the runtime's fetch refuses (rules 11.1, 11.4, 11.6).
func checkRequest(req *http.Request) error {
	u, method := req.URL, strings.ToUpper(req.Method)
	switch {
	case u == nil || u.Scheme == "":
		return typeError("Invalid URL: %s", urlText(u))
	case !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https"):
		return typeError("Fetch API cannot load: %s", urlText(u))
	case !reachable(u):
		return typeError("Invalid URL: %s", urlText(u))
	case method != "" && !strings.Contains(methods, " "+method+" "):
		return typeError("Invalid HTTP method string: %s", req.Method)
	case (method == "" || method == http.MethodGet || method == http.MethodHead) && req.Body != nil && req.Body != http.NoBody:
		return typeError("Request with a GET or HEAD method cannot have a body.")
	}
	for name, values := range req.Header {
		if strings.ContainsAny(name, " \t\r\n\x00\"(),/:;<=>?@[\\]{}") {
			return typeError("Invalid header name.")
		}
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n\x00") {
				return typeError("Invalid header value.")
			}
		}
	}
	return nil
}

// reachable reports whether a URL names a host and a port.
func reachable(u *url.URL) bool {
	_, err := strconv.ParseUint(cmp.Or(u.Port(), "0"), 10, 16)
	return u.Host != "" && err == nil
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

// origin is what a redirect must not change for credentials to be sent on.
func origin(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[scheme])
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
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
	if err != nil || !reachable(u) {
		return nil, typeError("Invalid Location header; unable to follow redirect.")
	}
	next := req.Clone(req.Context())
	next.URL, next.Host = u, u.Host
	if origin(u) != origin(req.URL) {
		next.Header.Del("Authorization")
	}
	toGet := status == 303 && req.Method != http.MethodHead ||
		(status == 301 || status == 302) && req.Method == http.MethodPost
	switch {
	case toGet:
		next.Method, next.Body, next.GetBody, next.ContentLength = http.MethodGet, nil, nil, 0
		next.Header.Del("Content-Length") // the type stays, as recorded
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
// object is a 500 with the error's text. A WebSocket that the object returns is
// passed on.
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
	if res.StatusCode == http.StatusSwitchingProtocols {
		forwardWebSocket(w, req, res)
		return
	}
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
