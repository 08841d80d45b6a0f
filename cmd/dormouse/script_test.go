package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

var update = flag.Bool("update", false, "write the golden parts of the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"dormouse": func() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScript runs the scripts in testdata. They say what the command line does:
// each has the command, its exit code, its output and its files in one place.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			if self, err := exec.LookPath("dormouse"); err == nil { // installed by Main
				env.Setenv("DORMOUSE", self)
			}
			env.Values[serverKey{}] = new(*server)
			env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			env.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(env.WorkDir))
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				env.Setenv("GIT_"+who+"_NAME", "ada")
				env.Setenv("GIT_"+who+"_EMAIL", "ada@example.com")
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"emulate":   emulate,
			"serve":     serve,
			"get":       get,
			"page":      page,
			"prints":    prints,
			"interrupt": interrupt,
		},
	})
}

// exits runs a command that has to end with a code: exits CODE COMMAND ARGS...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// room is a class for emulate.
type room struct{ state *durable.State }

func newRoom(_ context.Context, state *durable.State, _ *durable.Env) (*room, error) {
	return &room{state}, nil
}

func (r *room) Put(_ context.Context, value string) error {
	return r.state.Storage().KV().Put("value", value)
}

func (r *room) Get(context.Context) (value string, err error) {
	_, err = r.state.Storage().KV().Get("value", &value)
	return value, err
}

// emulate runs the Worker of a configuration and an object of its class:
//
//	emulate CONFIG STATE CLASS put VALUE   stores a value
//	emulate CONFIG STATE CLASS get VALUE   wants to find it
//	emulate CONFIG STATE CLASS hold        runs until the script ends
func emulate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: emulate CONFIG STATE CLASS put|get|hold [VALUE]")
	}
	em, err := emulator.New(emulator.Worker{
		Config:  ts.MkAbs(args[0]),
		Classes: []durable.Class{durable.NewClass(args[2], newRoom)},
	}, emulator.StateDir(ts.MkAbs(args[1])), emulator.Logger(slog.New(slog.DiscardHandler)))
	ts.Check(err)
	if args[3] == "hold" {
		ts.Defer(func() { ts.Check(em.Close()) })
		return
	}
	defer func() { ts.Check(em.Close()) }()
	stub := em.Namespace("ROOM").GetByName("lobby")
	switch args[3] {
	case "put":
		_, err = stub.Call(context.Background(), "put", args[4])
		ts.Check(err)
	case "get":
		got, err := durable.Call[string](context.Background(), stub, "get")
		ts.Check(err)
		if got != args[4] {
			ts.Fatalf("the object has %q, want %q", got, args[4])
		}
	default:
		ts.Fatalf("unknown act %q", args[3])
	}
}
