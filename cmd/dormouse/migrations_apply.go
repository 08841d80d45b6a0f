package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/emulator"
)

func newMigrationsApply() *cobra.Command {
	f := stateFlags{done: true}
	var allowDelete []string
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Run the migrations on the local state",
		Long: `apply runs the migrations on the local state. Nothing else may use the state
meanwhile, nor a state from which a class is taken. An application that was interrupted is finished first.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, opts, err := f.workers(cmd)
			if err != nil {
				return err
			}
			p, err := emulator.ApplyMigrations(w, allowDelete, opts...)
			if err == nil && p.Interrupted {
				fmt.Fprintln(cmd.ErrOrStderr(), "dormouse: an earlier application was interrupted; it was finished first")
			}
			return f.print(cmd, p, err)
		},
	}
	f.register(cmd)
	f.registerEnv(cmd)
	cmd.Flags().StringArrayVar(&allowDelete, "allow-delete", nil, "accept that all objects of `CLASS` are moved aside (repeatable)")
	return cmd
}
