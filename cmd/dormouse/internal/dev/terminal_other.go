//go:build !unix || solaris || aix

package dev

import (
	"os"

	"golang.org/x/term"
)

// single makes a terminal give keys one by one, and not show them.
func single(terminal *os.File) (restore func(), err error) {
	fd := int(terminal.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, before) }, nil // the terminal may be gone
}
