package dev

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// keys acts on what is typed in the terminal. It belongs to the goroutine that
// runs it.
type keys struct {
	out    *output
	url    string
	open   func(url string) error
	reload func()
	exit   func()
}

const keysHelp = "[o] open a browser  [r] reload  [c] clear  [x] exit"

// run reads keys until there are no more.
func (k *keys) run(r io.Reader) {
	var key [1]byte
	for {
		n, err := r.Read(key[:])
		if n > 0 {
			k.press(key[0])
		}
		if err != nil {
			return
		}
	}
}

// press ignores what means nothing.
func (k *keys) press(key byte) {
	const ctrlC, ctrlD = 3, 4
	switch key {
	case 'o', 'O':
		if err := k.open(k.url); err != nil {
			k.out.warn(fmt.Errorf("%s cannot be opened: %w", k.url, err))
		}
	case 'r', 'R':
		k.reload()
	case 'c', 'C':
		k.out.printf("\x1b[2J\x1b[3J\x1b[H%s\n%s\n", k.out.in(green, "Ready on "+k.url), k.out.in(dim, keysHelp))
	case 'x', 'X', 'q', 'Q', ctrlC, ctrlD:
		k.exit()
	case '\r', '\n':
		k.out.printf("\n") // people part the lines of a log with it
	}
}

// browse opens a page in the browser. The address is an argument of a program
// and no text for a shell.
func browse(url string) error {
	name, args := browser(runtime.GOOS, url)
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // it says for itself what went wrong
	return nil
}

func browser(system, url string) (name string, args []string) {
	switch system {
	case "darwin":
		return "open", []string{url}
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	return "xdg-open", []string{url}
}

// listen reads keys from a terminal, if it can be told to give them one by one.
// The function that it returns makes the terminal what it was.
func (k *keys) listen(terminal *os.File) (restore func()) {
	if terminal == nil {
		return func() {}
	}
	restore, err := single(terminal)
	if err != nil { // such as in the background
		return func() {}
	}
	k.out.printf("%s\n", k.out.in(dim, keysHelp))
	go k.run(terminal) // a read from a terminal ends with the process
	return restore
}

// browsable gives an address that a browser on this machine can open.
func browsable(url string) string {
	for _, all := range []string{"//0.0.0.0:", "//[::]:"} {
		url = strings.Replace(url, all, "//localhost:", 1)
	}
	return url
}
