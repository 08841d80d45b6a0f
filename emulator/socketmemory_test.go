//go:build !race && (linux || darwin)

package emulator_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
)

// dialers is the variable that makes the test binary a client of many sockets:
// in a process of its own, it neither counts for memory nor for descriptors.
const dialers = "DORMOUSE_TEST_DIAL"

func TestMain(m *testing.M) {
	if addr := os.Getenv(dialers); addr != "" {
		os.Exit(dialMany(addr))
	}
	os.Exit(m.Run())
}

// dialMany opens sockets until its input ends; it says so when they are open.
func dialMany(addr string) int {
	args := os.Args[len(os.Args)-2:]
	n, err := strconv.Atoi(args[0])
	objects, oerr := strconv.Atoi(args[1])
	if err != nil || oerr != nil {
		return 2
	}
	t := &failer{}
	conns := make([]*rawConn, n) // kept: a connection that is collected is closed
	for i := range n {
		conns[i] = rawDial(t, addr, fmt.Sprintf("/object-%d", i%objects))
		if conns[i].res.StatusCode != http.StatusSwitchingProtocols {
			fmt.Println("failed:", i, conns[i].res.Status)
			return 1
		}
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin) // its end is the signal
	runtime.KeepAlive(conns)
	return 0
}

// failer stands in for a test in the client's process.
type failer struct {
	testing.TB
	failed string
}

func (f *failer) Helper()        {}
func (f *failer) Cleanup(func()) {}
func (f *failer) Fatal(args ...any) {
	f.failed = fmt.Sprint(args...)
	fmt.Println(f.failed)
	os.Exit(1)
}

// raiseFiles lets the process open n files, or says why it cannot.
func raiseFiles(t testing.TB, n uint64) {
	t.Helper()
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		t.Fatal(err)
	}
	lim.Cur, lim.Max = max(lim.Cur, n), max(lim.Max, n)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		t.Skipf("this machine does not let a process open %d files: %v", n, err)
	}
}

// memory is what the process holds: live objects, and all that the runtime has
// taken for heap, stacks and its own tables.
type memory struct{ live, taken uint64 }

func used() memory {
	for range 3 {
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{m.HeapAlloc, m.HeapInuse + m.StackInuse + m.MSpanInuse + m.OtherSys}
}

// TestHibernatedSocketsMemory holds 10,000 idle connections of hibernated
// objects to the bounds of the project: about 4 KiB for each connection, and
// 1 KiB for each object.
func TestHibernatedSocketsMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 10,000 connections; run without -short")
	}
	const n, perSocket, perObject = 10_000, 4.75 * 1024, 1024
	raiseFiles(t, n+1000)
	var first, few, many memory
	t.Run("first", func(t *testing.T) { first = hibernated(t, n, 100) }) // closed at its end
	t.Run("objects=100", func(t *testing.T) { few = hibernated(t, n, 100) })
	t.Run("objects=10000", func(t *testing.T) { many = hibernated(t, n, n) })
	socket := float64(first.taken) / n // later runs use what the first one has taken
	object := (float64(many.live) - float64(few.live)) / (n - 100)
	t.Logf("%d sockets: %.0f bytes each; %.0f bytes more for each object", n, socket, object)
	if socket > perSocket || object > perObject {
		t.Errorf("a hibernated socket takes %.0f bytes, want at most %.0f; an object %.0f, want at most %d", socket, perSocket, object, perObject)
	}
}

// hibernated opens sockets, lets their objects hibernate, and gives what both
// take.
func hibernated(t *testing.T, conns, objects int) memory {
	b := &sockets{}
	em := newSockets(t, b, emulator.VirtualClock{})
	url := serve(t, em)
	before := used()
	cmd := exec.Command(os.Args[0], "-test.run=^$", strconv.Itoa(conns), strconv.Itoa(objects))
	cmd.Env = append(os.Environ(), dialers+"="+url)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "open\n" {
		t.Fatalf("the clients said %q, %v", line, err)
	}
	em.Clock().Advance(5 * time.Minute)
	after, awake := used(), b.made
	if _, err := em.do("object-7", ""); err != nil {
		t.Fatal(err)
	}
	if awake != objects || b.made != awake+1 {
		t.Errorf("%d instances and then %d, want %d and one more: object-7 was not hibernated", awake, b.made, objects)
	}
	return memory{after.live - before.live, after.taken - before.taken}
}
