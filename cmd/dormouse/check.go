package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/report"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// checkFlags are the flags of dormouse check.
type checkFlags struct {
	config, env        string
	allEnvs, strict    bool
	format             string
	base, deployed     string
	hasBase, hasLedger bool // whether the flag was given, be it empty
	allowDelete        []string
	noCode             bool
}

func newCheck() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Judge a wrangler configuration and its migrations",
		Long: `check judges a wrangler configuration as wrangler deploy, wrangler dev and
Cloudflare's API would, and its migrations against what was deployed before.

The formats github and sarif name files as seen from $GITHUB_WORKSPACE, if that
is set.

Exit codes: 0 valid (warnings are allowed), 1 errors, 2 usage or unreadable.`,
		Example: `  dormouse check --all-envs
  dormouse check --base origin/main --strict
  dormouse check --deployed v3 --allow-delete OldRoom
  dormouse check --format sarif > dormouse.sarif`,
		Args: noArgs,
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.config, "config", "c", "", "configuration `FILE`; the default is what wrangler finds")
	flags.StringVarP(&f.env, "env", "e", "", "judge environment `NAME`; the default is $CLOUDFLARE_ENV, or the top level")
	flags.BoolVar(&f.allEnvs, "all-envs", false, "judge the top level and every environment")
	flags.BoolVar(&f.strict, "strict", false, "warnings are errors")
	flags.StringVar(&f.format, "format", "text", "output `FORMAT`: "+strings.Join(report.Formats, ", "))
	flags.StringVar(&f.base, "base", "", "compare with the file at git revision `REF`: migrations may only grow")
	flags.StringVar(&f.deployed, "deployed", "", "print what a deploy would do to a Worker with this tag or saved ledger, `FILE|TAG`; \"\" was never deployed")
	flags.StringArrayVar(&f.allowDelete, "allow-delete", nil, "accept that all objects of `CLASS` are deleted (repeatable)")
	flags.BoolVar(&f.noCode, "no-code", false, "do not look into main")
	cmd.MarkFlagsMutuallyExclusive("env", "all-envs")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f.env = environment(cmd, f.env)
		f.hasBase, f.hasLedger = cmd.Flags().Changed("base"), cmd.Flags().Changed("deployed")
		return f.run(cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	return cmd
}

func (f checkFlags) run(stdout, stderr io.Writer) error {
	write, err := report.Format(f.format, colours(stdout))
	if err != nil {
		return err
	}
	req := check.Request{
		Path: shortest(f.config), Env: f.env, AllEnvs: f.allEnvs, NoCode: f.noCode,
		AllowDelete: f.allowDelete, Now: time.Now,
	}
	if f.hasBase {
		if req.Base, err = readBase(f.config, f.base, stderr); err != nil {
			return err
		}
	}
	if f.hasLedger {
		if req.Deployed, err = readDeployed(f.deployed, req, stderr); err != nil {
			return err
		}
	}
	judged, err := check.Run(req)
	if err != nil {
		return err
	}
	out := checkReport(judged)
	if f.strict {
		out = out.Strict()
	}
	shown := out
	if root := os.Getenv("GITHUB_WORKSPACE"); root != "" && (f.format == "github" || f.format == "sarif") {
		shown = out.Below(root)
	}
	if err := write(stdout, shown); err != nil {
		return err
	}
	return verdict(out, judged.Path, stderr)
}

// checkReport turns a verdict into what is printed.
func checkReport(r check.Report) report.Report {
	out := report.Report{
		Findings: r.Diagnostics, Version: version(),
		Source: map[string][]byte{r.Path: r.Source},
	}
	for _, e := range r.Environments {
		if e.Plan != nil {
			out.Plans = append(out.Plans, report.Plan{Worker: e.Config.ScriptName(), Env: e.Name, Since: e.Plan.Since, Steps: e.Plan.Steps})
		}
	}
	for _, c := range check.Codes() {
		rule := report.Rule{Code: c.Code, Summary: c.Summary}
		if c.API != "" {
			rule.Help = "Cloudflare's API refuses it with code " + c.API + "."
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

// verdict sums up on stderr, and chooses between the exit codes 0 and 1.
func verdict(r report.Report, path string, stderr io.Writer) error {
	errs, warnings, _ := r.Counts()
	switch {
	case errs > 0:
		fmt.Fprintf(stderr, "%s: %s, %s\n", path, count(errs, "error"), count(warnings, "warning"))
		return errFindings
	case warnings > 0:
		fmt.Fprintf(stderr, "%s: valid, %s\n", path, count(warnings, "warning"))
	default:
		fmt.Fprintf(stderr, "%s: valid\n", path)
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// errNoSuchFile is a ledger that was named and is not there.
var errNoSuchFile = errors.New("there is no such file")
