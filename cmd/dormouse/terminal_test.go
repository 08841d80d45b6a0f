//go:build linux || darwin

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// typed is dormouse dev in a terminal.
type typed struct {
	t        *testing.T
	cmd      *exec.Cmd
	terminal *os.File // the side of the program
	keyboard *os.File // the side of the one who types
	before   *term.State

	mu    sync.Mutex // guards shown
	shown string
	more  *sync.Cond // there is more
}

// inTerminal starts dormouse dev in a terminal of its own.
func inTerminal(t *testing.T, env ...string) *typed {
	t.Helper()
	dormouse, err := exec.LookPath("dormouse") // installed by TestMain
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"wrangler.toml": "name = \"w\"\nmain = \"index.js\"\ncompatibility_date = \"2026-07-01\"\n",
		"index.js":      "export default { fetch() { return new Response('hello') } }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keyboard, terminal, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminal:", err)
	}
	u := &typed{t: t, terminal: terminal, keyboard: keyboard, cmd: exec.Command(dormouse, "dev", "--port", "0")}
	u.more = sync.NewCond(&u.mu)
	if u.before, err = term.GetState(int(terminal.Fd())); err != nil {
		t.Fatal(err)
	}
	u.cmd.Dir, u.cmd.Env = dir, append(os.Environ(), append(env, "NO_COLOR=1")...)
	u.cmd.Stdin, u.cmd.Stdout, u.cmd.Stderr = terminal, terminal, terminal
	u.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		u.read()
	}()
	t.Cleanup(func() {
		_ = u.cmd.Process.Kill() // unless it has ended
		terminal.Close()
		keyboard.Close()
		<-read
	})
	return u
}

func (u *typed) read() {
	buf := make([]byte, 4096)
	for {
		n, err := u.keyboard.Read(buf)
		u.mu.Lock()
		u.shown += string(buf[:n])
		u.mu.Unlock()
		u.more.Broadcast()
		if err != nil {
			return
		}
	}
}

// sees waits for a text and forgets what is before its end.
func (u *typed) sees(text string) {
	u.t.Helper()
	late := false
	defer time.AfterFunc(time.Minute, func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		late = true
		u.more.Broadcast()
	}).Stop()
	u.mu.Lock()
	defer u.mu.Unlock()
	for !strings.Contains(u.shown, text) {
		if late {
			u.t.Fatalf("the terminal does not show %q, but %q", text, u.shown)
		}
		u.more.Wait()
	}
	_, u.shown, _ = strings.Cut(u.shown, text)
}

func (u *typed) types(text string) {
	u.t.Helper()
	if _, err := u.keyboard.WriteString(text); err != nil {
		u.t.Fatal(err)
	}
}

// ends waits for the end and wants the terminal to be what it was.
func (u *typed) ends() error {
	u.t.Helper()
	err := u.cmd.Wait()
	after, stateErr := term.GetState(int(u.terminal.Fd()))
	if stateErr != nil {
		u.t.Fatal(stateErr)
	}
	if before, after := fmt.Sprint(*u.before), fmt.Sprint(*after); before != after {
		u.t.Errorf("the terminal is left as %s, and was %s", after, before)
	}
	return err
}

const help = "[o] open a browser  [r] reload  [c] clear  [x] exit\r\n"

func TestKeys(t *testing.T) {
	bin := t.TempDir()
	// It takes the place of the system's command that opens a browser.
	script := "#!/bin/sh\necho opens \"$@\" >/dev/tty\n"
	for _, name := range []string{"xdg-open", "open"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	u := inTerminal(t, "PATH="+bin+":"+os.Getenv("PATH"))
	u.sees("Inspector on http://127.0.0.1:")
	u.sees("Ready on http://127.0.0.1:")
	u.sees(help)
	if now, err := term.GetState(int(u.terminal.Fd())); err != nil || fmt.Sprint(*now) == fmt.Sprint(*u.before) {
		t.Errorf("keys are not given one by one: %v", err)
	}
	u.types("r")
	u.sees("reloaded (")
	u.types("?c")
	u.sees("\x1b[2J")
	u.sees(help)
	u.types("o")
	u.sees("opens http://127.0.0.1:")
	u.types("\n")
	u.sees("\r\n")
	u.types("x")
	if err := u.ends(); err != nil {
		t.Errorf("it ends with %v: %q", err, u.shown)
	}
}

// TestTerminalIsRestored: whatever ends the server, the terminal is what it was.
func TestTerminalIsRestored(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*typed)
		want string // of the error of Wait; empty: exit code 0
	}{
		{"q", func(u *typed) { u.types("q") }, ""},
		{"Ctrl-C", func(u *typed) { u.types("\x03") }, ""},
		{"SIGTERM", func(u *typed) { _ = u.cmd.Process.Signal(syscall.SIGTERM) }, ""},
		{"SIGHUP", func(u *typed) { _ = u.cmd.Process.Signal(syscall.SIGHUP) }, "hangup"},
		{"SIGQUIT", func(u *typed) { u.types("\x1c") }, "exit status 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := inTerminal(t)
			u.sees(help)
			tt.end(u)
			got := ""
			if err := u.ends(); err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("it ends with %q, want %q", got, tt.want)
			}
		})
	}
}
