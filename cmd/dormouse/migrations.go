package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/report"
	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// stateFlags say which Workers on which state a subcommand is about.
type stateFlags struct {
	configs   []string
	env       string
	persistTo string
	json      bool
	done      bool // what is printed was done
}

func newMigrations() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrations",
		Short: "Plan, apply and list Durable Object migrations on local data",
		Long: `migrations does to local data what Cloudflare does to real data at a deploy: a
rename or a transfer keeps every object, a deletion takes them away (they are
moved aside, and it says where).

A class may go from one Worker to another, each with a state of its own: name both
configurations. The folder is moved into the taker's state, in any order if the
taker has run there before; a new taker that is named last shares the giver's.
A directory that was chosen with --persist-to, and that is not the own one of
either, takes nothing from others.`,
		Args: noArgs,
		RunE: needsSubcommand,
	}
	cmd.AddCommand(newMigrationsPlan(), newMigrationsApply(), newMigrationsList(), newMigrationsConvert())
	return cmd
}

// register adds the flags to a subcommand.
func (f *stateFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.configs, "config", "c", nil, "configuration `FILE`; the default is what wrangler finds. Repeat it for Workers that share the state or hand classes over")
	flags.StringVar(&f.persistTo, "persist-to", "", "state `DIR`; the default is .dormouse/state beside the first configuration")
	flags.BoolVar(&f.json, "json", false, "print JSON")
}

// registerEnv adds the flag that selects an environment.
func (f *stateFlags) registerEnv(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.env, "env", "e", "", "environment `NAME`; the default is $CLOUDFLARE_ENV, or the top level")
}

// find fills in the configuration that wrangler would find.
func (f *stateFlags) find() error {
	if len(f.configs) > 0 {
		return nil
	}
	path, err := wranglercfg.Find(".")
	if err != nil {
		return err
	}
	f.configs = []string{shortest(path)}
	return nil
}

// workers returns the Workers and the state as package emulator wants them.
func (f *stateFlags) workers(cmd *cobra.Command) (emulator.Worker, []emulator.Option, error) {
	if err := f.find(); err != nil {
		return emulator.Worker{}, nil, err
	}
	env := environment(cmd, f.env)
	var opts []emulator.Option
	for _, c := range f.configs[1:] {
		opts = append(opts, emulator.Also(emulator.Worker{Config: c, Env: env}))
	}
	if f.persistTo != "" {
		dir, err := f.stateDir()
		if err != nil {
			return emulator.Worker{}, nil, err
		}
		opts = append(opts, dir)
	}
	return emulator.Worker{Config: f.configs[0], Env: env}, opts, nil
}

// stateDir returns the state directory. What --persist-to says starts at the
// working directory, as in wrangler.
func (f *stateFlags) stateDir() (emulator.StateDir, error) {
	dir := f.persistTo
	if dir == "" {
		if err := f.find(); err != nil {
			return "", err
		}
		dir = filepath.Join(filepath.Dir(f.configs[0]), ".dormouse", "state")
	}
	abs, err := filepath.Abs(dir)
	return emulator.StateDir(abs), err
}

// sources reads the configurations again, to quote them.
func (f *stateFlags) sources() map[string][]byte {
	out := map[string][]byte{}
	for _, path := range f.configs {
		if data, err := os.ReadFile(path); err == nil { // a finding without its line is one still
			out[path] = data
		}
	}
	return out
}

// print shows a plan, and what is wrong with it, in the chosen format.
func (f *stateFlags) print(cmd *cobra.Command, p *emulator.MigrationPlan, err error) error {
	var refused *emulator.DeletionError
	found := wranglercfg.Diagnostics(nil)
	switch {
	case errors.As(err, &refused):
		found = append(p.Findings, forbidden(refused)...)
		found.Sort()
	case err != nil && len(syntaxErrors(err)) > 0:
		found, p = syntaxErrors(err), &emulator.MigrationPlan{}
	case err != nil:
		return err
	default:
		found = p.Findings
	}
	r := report.Report{Findings: found, Source: f.sources()}
	for _, w := range p.Workers {
		if refused == nil {
			r.Plans = append(r.Plans, report.Plan{
				Worker: w.Config.ScriptName(), Env: w.Config.Env, Done: f.done, Steps: w.Changes.Steps, TakesOver: w.TakesOver,
			})
		}
	}
	if f.json {
		r.State = stateOf(p, f.done)
		err = writeAs("json", cmd.OutOrStdout(), r)
	} else {
		err = f.printText(cmd, p, r)
	}
	if err == nil && found.Err() != nil {
		return errFindings
	}
	return err
}

// printText shows findings on stderr and steps on stdout.
func (f *stateFlags) printText(cmd *cobra.Command, p *emulator.MigrationPlan, r report.Report) error {
	plans := report.Report{Plans: r.Plans}
	r.Plans = nil
	if err := writeAs("text", cmd.ErrOrStderr(), r); err != nil {
		return err
	}
	if err := writeAs("text", cmd.OutOrStdout(), plans); err != nil {
		return err
	}
	if !f.done {
		for _, m := range p.Moves {
			fmt.Fprintf(cmd.OutOrStdout(), "will move the objects of %s from %s to %s\n", m.Class, shortest(m.From), shortest(m.To))
		}
	}
	for _, m := range p.Moved {
		fmt.Fprintf(cmd.OutOrStdout(), "moved the objects of %s to %s\n", m.Class, shortest(m.To))
	}
	return nil
}

func writeAs(format string, w io.Writer, r report.Report) error {
	write, err := report.Format(format, colours(w))
	if err != nil {
		return err
	}
	return write(w, r)
}

// stateOf lists what was moved, or what a plan that was not applied would move.
func stateOf(p *emulator.MigrationPlan, done bool) *report.State {
	s := &report.State{Dir: shortest(p.StateDir), Interrupted: p.Interrupted, WillMove: []report.Moved{}, Moved: shortened(p.Moved)}
	if !done {
		s.WillMove = shortened(p.Moves)
	}
	return s
}

func shortened(list []emulator.MovedFolder) []report.Moved {
	out := []report.Moved{}
	for _, m := range list {
		out = append(out, report.Moved{Class: m.Class, From: shortest(m.From), To: shortest(m.To), Transfer: m.Transfer})
	}
	return out
}

// forbidden turns deletions that nobody has allowed into findings.
func forbidden(e *emulator.DeletionError) wranglercfg.Diagnostics {
	var ds wranglercfg.Diagnostics
	for _, s := range e.Steps {
		ds = append(ds, &wranglercfg.Diagnostic{
			Code: check.CodeDestroys, Pos: s.Pos,
			Msg:  fmt.Sprintf("deleting class '%s' takes all its objects away, and nobody has allowed it; nothing was done", s.Class),
			Hint: "if that is meant, allow it: --allow-delete " + s.Class,
		})
	}
	return ds
}

// syntaxErrors returns the findings in an error which have a place in a
// configuration: such a file could be read, and is wrong.
func syntaxErrors(err error) wranglercfg.Diagnostics {
	var ds wranglercfg.Diagnostics
	switch e := err.(type) {
	case *wranglercfg.Diagnostic:
		if e.Pos.IsValid() && filepath.Ext(e.Pos.Path) != "" && e.Code[:4] == "DM11" {
			ds = append(ds, e)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			ds = append(ds, syntaxErrors(inner)...)
		}
	case interface{ Unwrap() error }:
		return syntaxErrors(e.Unwrap())
	}
	return ds
}
