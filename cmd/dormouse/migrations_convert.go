package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/report"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

func newMigrationsConvert() *cobra.Command {
	var f stateFlags
	var config string
	cmd := &cobra.Command{
		Use:   "convert",
		Short: "Print the exports that stand for the list of migrations",
		Long: `convert prints the exports that stand for a list of migrations, in the format of
the file. Put them in its place; no data moves. A Worker that was deployed with
exports cannot go back to migrations.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if config != "" {
				f.configs = []string{config}
			}
			text, found, err := f.convert(environment(cmd, f.env))
			if err != nil {
				return err
			}
			if err := writeAs("text", cmd.ErrOrStderr(), report.Report{Findings: found, Source: f.sources()}); err != nil {
				return err
			}
			if found.Err() != nil {
				return errFindings
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVarP(&config, "config", "c", "", "configuration `FILE`; the default is what wrangler finds")
	f.registerEnv(cmd)
	return cmd
}

func (f *stateFlags) convert(env string) (string, wranglercfg.Diagnostics, error) {
	if err := f.find(); err != nil {
		return "", nil, err
	}
	file, err := wranglercfg.Load(f.configs[0])
	if ds := syntaxErrors(err); len(ds) > 0 {
		return "", ds, nil
	}
	if err != nil {
		return "", nil, err
	}
	cfg, found := file.Resolve(env)
	if found.Err() != nil {
		return "", found, nil
	}
	text, more := migrations.Convert(cfg)
	found = append(found, more...)
	found.Sort()
	return text, found, nil
}
