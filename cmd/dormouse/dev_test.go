package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// server is a dev server that a script has started.
type server struct {
	cmd *exec.Cmd
	url string

	mu    sync.Mutex // guards log
	log   bytes.Buffer
	more  *sync.Cond // log has grown, or ended
	found int        // how much of log prints has seen

	ended chan struct{} // its output has ended
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// read collects the output and tells where the server is.
func (s *server) read(r io.Reader, ready chan<- string) {
	defer s.more.Broadcast()
	defer close(s.ended)
	defer close(ready)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		s.mu.Lock()
		s.log.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
		s.more.Broadcast()
		if url, ok := strings.CutPrefix(lines.Text(), "Ready on "); ok {
			ready <- url
		}
	}
}

// current is the server of a script.
type serverKey struct{}

// serve starts a dev server: serve ARGS... It has a free port.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: serve ARGS...")
	}
	s := &server{ended: make(chan struct{})}
	s.more = sync.NewCond(&s.mu)
	s.cmd = exec.Command(ts.Getenv("DORMOUSE"), append([]string{"dev", "--port", "0"}, args...)...)
	s.cmd.Dir = ts.MkAbs(".")
	s.cmd.Env = append(os.Environ(), "NO_COLOR=1")
	out, err := s.cmd.StdoutPipe()
	ts.Check(err)
	s.cmd.Stderr = s.cmd.Stdout
	ts.Check(s.cmd.Start())
	ts.Defer(func() {
		_ = s.cmd.Process.Kill() // unless the script has stopped it
		<-s.ended
	})
	ready := make(chan string, 1)
	go s.read(out, ready)
	url, ok := <-ready
	if !ok {
		_ = s.cmd.Wait()
		ts.Fatalf("the server did not start:\n%s", s.text())
	}
	s.url = url
	ts.Setenv("PORT", url[strings.LastIndexByte(url, ':')+1:])
	*ts.Value(serverKey{}).(**server) = s
}

func serverOf(ts *testscript.TestScript) *server {
	s := *ts.Value(serverKey{}).(**server)
	if s == nil {
		ts.Fatalf("no server: start one with serve")
	}
	return s
}

// get asks the server: get PATH STATUS TEXT, which the body has to contain. A
// fourth argument is the Host header.
func get(ts *testscript.TestScript, neg bool, args []string) { ask(ts, neg, args, "*/*") }

// page is get as a browser asks for a page.
func page(ts *testscript.TestScript, neg bool, args []string) { ask(ts, neg, args, "text/html") }

func ask(ts *testscript.TestScript, neg bool, args []string, accept string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: get|page PATH STATUS TEXT [HOST]")
	}
	req, err := http.NewRequest(http.MethodGet, serverOf(ts).url+args[0], nil)
	ts.Check(err)
	req.Header.Set("Accept", accept)
	if len(args) > 3 {
		req.Host = args[3]
	}
	client := http.Client{Timeout: time.Minute}
	res, err := client.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if !strings.HasPrefix(res.Status, args[1]) || !strings.Contains(string(body), args[2]) {
		ts.Fatalf("%s: %s\n%s\nwant %s and %q; the server says:\n%s", args[0], res.Status, body, args[1], args[2], serverOf(ts).text())
	}
}

// prints waits until the server has printed a text, behind what an earlier
// prints has found: prints TEXT.
func prints(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: prints TEXT")
	}
	s := serverOf(ts)
	late := time.AfterFunc(time.Minute, func() { _ = s.cmd.Process.Kill() }) // which ends its output
	defer late.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if i := strings.Index(s.log.String()[s.found:], args[0]); i >= 0 {
			s.found += i + len(args[0])
			return
		}
		select {
		case <-s.ended:
			ts.Fatalf("the server did not print %q, but:\n%s", args[0], s.log.String())
		default:
			s.more.Wait()
		}
	}
}

// interrupt ends the server, which must exit with 0 and have printed each of
// the texts: interrupt TEXT...
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	ts.Check(s.cmd.Process.Signal(os.Interrupt))
	<-s.ended
	if err := s.cmd.Wait(); err != nil {
		ts.Fatalf("the server ended with %v:\n%s", err, s.text())
	}
	for _, want := range args {
		if !strings.Contains(s.text(), want) {
			ts.Fatalf("the server did not print %q, but:\n%s", want, s.text())
		}
	}
}
