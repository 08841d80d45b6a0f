//go:build unix && !solaris && !aix

package dev

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// single makes a terminal give keys one by one, and not show them. All else
// stays: Ctrl-C is a signal, and lines need no carriage return. restore may be
// called several times; a signal that ends the process without a word calls it.
func single(terminal *os.File) (restore func(), err error) {
	fd := int(terminal.Fd())
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		return nil, errors.Join(err, errors.New("the terminal belongs to another program"))
	}
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	modes, err := unix.IoctlGetTermios(fd, getModes)
	if err != nil {
		return nil, err
	}
	modes.Lflag &^= unix.ICANON | unix.ECHO
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setModes, modes); err != nil {
		return nil, err
	}
	fatal := make(chan os.Signal, 1)
	signal.Notify(fatal, syscall.SIGQUIT, syscall.SIGHUP)
	var once sync.Once
	restore = func() {
		once.Do(func() {
			signal.Stop(fatal)
			close(fatal)
			_ = term.Restore(fd, before) // the terminal may be gone
		})
	}
	go func() {
		if s, ok := <-fatal; ok {
			restore()
			_ = syscall.Kill(os.Getpid(), s.(syscall.Signal)) // now with its own effect
		}
	}()
	return restore, nil
}
