package dev

import (
	"net"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/inspector"
)

// place is where a server is found.
type place struct {
	url       string
	network   []string // from other machines, if it listens on all addresses
	inspector string   // empty if there is none
}

func placeOf(addr net.Addr, in *inspector.Inspector) place {
	p := place{url: "http://" + addr.String()}
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		p.network = networkURLs(tcp)
	}
	if in != nil {
		p.inspector = strings.TrimSuffix(browsable(p.url), "/") + inspector.Path
	}
	return p
}

// networkURLs gives the addresses of this machine under which others reach a
// listener. Without them, the server runs all the same.
func networkURLs(at *net.TCPAddr) (urls []string) {
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		ipNet, ok := a.(*net.IPNet)
		if !ok || ipNet.IP.IsLoopback() || ipNet.IP.IsLinkLocalUnicast() || ipNet.IP.To4() == nil && at.IP.To4() != nil {
			continue
		}
		urls = append(urls, "http://"+net.JoinHostPort(ipNet.IP.String(), strconv.Itoa(at.Port)))
	}
	return urls
}
