package inspector

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
)

// tokenHeader carries the page's token.
const tokenHeader = "X-Dormouse-Token"

// guard refuses requests that another machine or another site makes, and says in
// every answer what a browser may do with it. That the Host header names this
// machine is checked before.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if reason := refused(req); reason != "" {
			http.Error(w, "the inspector "+reason, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, req)
	})
}

// refused says why a request is refused, or "".
func refused(req *http.Request) string {
	if !fromHere(req) {
		return "answers only this machine: open it as localhost"
	}
	switch req.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return "takes no requests from other sites: open it in a tab of its own"
	}
	if origin := req.Header.Get("Origin"); origin != "" && origin != "http://"+req.Host {
		return "takes no requests from " + origin
	}
	return ""
}

// forwarded are headers by which a proxy on this machine tells that the client
// is elsewhere.
var forwarded = []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Cf-Connecting-Ip"}

// fromHere reports whether the client is on this machine.
func fromHere(req *http.Request) bool {
	for _, name := range forwarded {
		if req.Header.Get(name) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// withToken lets in what knows the page's token.
func (in *Inspector) withToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if subtle.ConstantTimeCompare([]byte(req.Header.Get(tokenHeader)), []byte(in.token)) != 1 {
			http.Error(w, "this needs the token of the inspector's page: reload the page", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, req)
	})
}
