package testkit_test

import (
	"bufio"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// Failures are reported at the line of the test that called the helper, with
// what a reader needs to find the cause.
func TestFailures(t *testing.T) {
	out, err := exec.Command(os.Args[0], "-failing", "-test.v", "-test.run=^TestFailing$", "-test.timeout=2m").CombinedOutput()
	if err == nil {
		t.Errorf("tests that fail passed:\n%s", out)
	}
	got := messages(t, string(out), "failing_test.go")
	want := expectations(t, "failing_test.go")
	if len(want) < 20 {
		t.Errorf("only %d lines of failing_test.go say anything", len(want))
	}
	for line, re := range want {
		text, ok := got[line]
		if !ok {
			t.Errorf("failing_test.go:%d says nothing, want %s", line, re)
			continue
		}
		if !re.MatchString(text) {
			t.Errorf("failing_test.go:%d says\n%s\nwant %s", line, text, re)
		}
		delete(got, line)
	}
	for line, text := range got {
		t.Errorf("failing_test.go:%d says, unexpectedly:\n%s", line, text)
	}
	for subtest, res := range unlocated {
		_, text, _ := strings.Cut(string(out), "=== RUN   TestFailing/stuck/"+subtest+"\n")
		text, _, _ = strings.Cut(text, "=== RUN")
		for _, re := range res {
			if !regexp.MustCompile(re).MatchString(text) {
				t.Errorf("%s: %s is not said", subtest, re)
			}
		}
	}
	if strings.Contains(string(out), "msg=late") {
		t.Error("something was logged behind the end of its emulator")
	}
	if t.Failed() {
		t.Logf("all of it:\n%s", out)
	}
}

// unlocated is what subtests say that no line of theirs has caused: reports of
// the watchdog and of Close.
var unlocated = map[string][]string{
	"turn": {
		`rpc do of Probe\(a\), id [0-9a-f]{64} has held the turn for 1s,[^\n]*durable\.Await\n\s+goroutine`,
		`rpc do of Probe\(a\), id [0-9a-f]{64} has held the turn for 10s`,
		`closing the emulator: emulator: not closed after 5s, since this still runs:[^~]*goroutine[^~]*failing_test.go`,
	},
	"await": {
		`closing the emulator: emulator: not closed after 5s, since this still runs:[^~]*goroutine[^~]*failing_test.go`,
	},
}

// expectations reads the comments of a file: by line, what its messages match.
func expectations(t *testing.T, file string) map[int]*regexp.Regexp {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]*regexp.Regexp{}
	for i, line := range strings.Split(string(src), "\n") {
		if _, want, ok := strings.Cut(line, "// says: "); ok {
			if out[i+1], err = regexp.Compile(want); err != nil {
				t.Fatalf("%s:%d: %v", file, i+1, err)
			}
		}
	}
	return out
}

// location begins a message. Where the line is not the one that package testing
// finds, the message has its own.
var location = regexp.MustCompile(`^\s+(?:reporter\.go:\d+: )?([a-z_]+\.go):(\d+): (.*)$`)

// messages gives what a run of go test has printed, by line of the file;
// several messages of one line are joined by "; ".
func messages(t *testing.T, output, file string) map[int]string {
	t.Helper()
	got := map[int]string{}
	current := 0
	lines := bufio.NewScanner(strings.NewReader(output))
	for lines.Scan() {
		text := lines.Text()
		m := location.FindStringSubmatch(text)
		switch {
		case m != nil && m[1] == file:
			n, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			current = n
			if got[n] != "" {
				got[n] += "; "
			}
			got[n] += m[3]
		case m != nil || !strings.HasPrefix(text, "        "):
			current = 0
		case current != 0:
			got[current] += "\n" + text
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}
