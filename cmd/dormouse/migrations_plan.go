package main

import (
	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/emulator"
)

func newMigrationsPlan() *cobra.Command {
	var f stateFlags
	var from string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Print what the migrations would do to the local state, or to a saved ledger",
		Long: `plan prints what the migrations would do to the local state, or to a saved
ledger. It only reads, also while an emulator runs.

In JSON, "plans" has the steps, "state" the directory with "will_move", the
folders that transfers would bring from other states, and "findings" what is
wrong. apply prints the same with "done" and "moved".`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, opts, err := f.workers(cmd)
			if err != nil {
				return err
			}
			if from == "" {
				p, err := emulator.PlanMigrations(w, opts...)
				return f.print(cmd, p, err)
			}
			ledgers, err := readLedgers(from)
			if err != nil {
				return err
			}
			p, err := emulator.PlanMigrationsFrom(ledgers, w, opts...)
			return f.print(cmd, p, err)
		},
	}
	f.register(cmd)
	f.registerEnv(cmd)
	cmd.Flags().StringVar(&from, "ledger", "", "start from the ledgers in `FILE` instead of the state's, as list --json prints them")
	cmd.MarkFlagsMutuallyExclusive("ledger", "persist-to")
	return cmd
}
