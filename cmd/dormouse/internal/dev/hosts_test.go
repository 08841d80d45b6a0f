package dev

import "testing"

func TestOwnHost(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST:8787": true, "localhost.": true, "a.localhost:1": true,
		"127.0.0.1:8787": true, "192.168.1.7": true, "[::1]:8787": true, "[::1]": true,
		"dev.example": true, "dev.example:80": true,
		"evil.example": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "": false, "evil.example:8787": false,
		"x.dev.example": false,
	} {
		if got := ownHost(host, "dev.example"); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}
