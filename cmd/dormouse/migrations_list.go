package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

func newMigrationsList() *cobra.Command {
	var f stateFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Print what was applied to the local state, by every Worker on it",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := f.stateDir()
			if err != nil {
				return err
			}
			ledgers, err := emulator.ReadLedgers(dir)
			if err != nil {
				return err
			}
			if f.json {
				text, err := emulator.FormatLedgers(ledgers)
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(text)
				return err
			}
			if len(ledgers) == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "dormouse: nothing was applied to %s\n", shortest(string(dir)))
			}
			return printLedgers(cmd.OutOrStdout(), ledgers)
		},
	}
	f.register(cmd)
	return cmd
}

func printLedgers(w io.Writer, ledgers []migrations.Ledger) error {
	for i, l := range ledgers {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "Worker %s\n", l.Script)
		fmt.Fprintf(w, "  applied: %s\n", applied(l))
		t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		for _, n := range l.Namespaces {
			backend := wranglercfg.StorageLegacyKV
			if n.SQLite {
				backend = wranglercfg.StorageSQLite
			}
			if n.Undeclared {
				backend += ", in no migration"
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\n", n.Class, backend, n.UniqueKey)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func applied(l migrations.Ledger) string {
	var tags []string
	for _, m := range l.Applied {
		tags = append(tags, m.Tag)
	}
	if l.Declarative {
		tags = append(tags, "exports")
	}
	if len(tags) == 0 {
		return "nothing"
	}
	return strings.Join(tags, ", ")
}
