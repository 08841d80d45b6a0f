// Command dormouse judges wrangler configurations, and runs their Durable
// Object migrations on local data.
//
// Start with run; each subcommand has a file of its own, which reads the
// flags, calls one function of a package and prints.
//
// # Promises
//
//   - Exit code 0: fine. 1: findings. 2: usage, or it could not do its work.
//   - Results go to the standard output, talk to the standard error.
//   - Colours are for terminals, and not for those who set NO_COLOR.
//
// # What it knows nothing of
//
// Everything it can leave to packages wranglercfg/check, migrations and
// emulator. Read package wranglercfg/check next.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// errFindings ends a command that has printed what it found.
var errFindings = errors.New("findings")

// run is the whole program; it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFindings):
		return 1
	}
	fmt.Fprintln(stderr, "dormouse: "+strings.TrimPrefix(err.Error(), "emulator: "))
	return 2
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "dormouse",
		Short: "Cloudflare Durable Objects: configurations checked, migrations run on local data",
		Long: `dormouse judges wrangler configurations as wrangler and Cloudflare would, and
runs Durable Object migrations on local data as Cloudflare would on real data.

Exit codes: 0 fine, 1 findings, 2 usage or failure.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          needsSubcommand,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
	})
	root.AddCommand(newDev(), newCheck(), newMigrations(), newObjects(), newVersion())
	return root
}

// noArgs refuses arguments, with the nearest subcommands if there are any.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return fmt.Errorf("%s takes no argument %q (see %s --help)", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	cmd.SuggestionsMinimumDistance = 2
	err := fmt.Errorf("unknown command %q (see %s --help)", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("unknown command %q: did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return err
}

func needsSubcommand(cmd *cobra.Command, _ []string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" && c.Name() != "completion" {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("name a command: %s (see %s --help)", strings.Join(names, ", "), cmd.CommandPath())
}

// colours reports whether w shows them and the user wants them.
func colours(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && terminal(w) != nil
}

// terminal returns what is read or written if that is a terminal, or nil.
func terminal(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return f
	}
	return nil
}

// environment returns the value of --env, or else what wrangler takes (E1).
func environment(cmd *cobra.Command, flag string) string {
	if cmd.Flags().Changed("env") {
		return flag
	}
	return os.Getenv("CLOUDFLARE_ENV")
}

// shortest returns a path as seen from the working directory, if that is below
// or beside it, or as it is.
func shortest(path string) string {
	wd, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || len(rel) > len(path) {
		return path
	}
	return rel
}
