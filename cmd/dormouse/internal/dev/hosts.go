package dev

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ownHosts answers requests that name this machine: localhost, an address, or
// the given name. A browser sends any other name only if its owner made it point
// here, so that pages of that name could read what is served (DNS rebinding).
func ownHosts(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !ownHost(req.Host, name) {
			http.Error(w, fmt.Sprintf("dormouse does not answer for the host %q: use localhost or an address, or start it with --host %s",
				req.Host, hostname(req.Host)), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, req)
	})
}

func ownHost(host, name string) bool {
	host = strings.ToLower(strings.TrimSuffix(hostname(host), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || name != "" && host == strings.ToLower(name) {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

// hostname gives a Host header without its port.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}
