package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/dev"
	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// devFlags are those of wrangler dev, as far as they make sense here.
type devFlags struct {
	state            stateFlags
	ip, host         string
	port             int
	vars, defines    []string
	aliases          []string
	date             string
	flags            []string
	logFormat        string
	reloadSockets    string
	allowUserVersion bool
	noInspector      bool
}

func newDev() *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:   "dev [SCRIPT]",
		Short: "Serve a wrangler project with its Durable Objects",
		Long: `dev bundles the project's main as wrangler does, runs its Worker and Durable
Objects on local state, and serves the Worker over HTTP until it is interrupted.
SCRIPT replaces the configuration's main. Further -c FILE add Workers that
bindings reach by script_name. A page at /cdn-cgi/dormouse/ shows the objects
and what happens to them.

In a terminal, keys are commands: o opens the browser, r reloads, c clears the
screen, x ends the server.`,
		Example: `  dormouse dev
  dormouse dev -e staging --port 3000
  dormouse dev -c app/wrangler.jsonc -c rooms/wrangler.jsonc`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd)
	return cmd
}

func (f *devFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.state.configs, "config", "c", nil, "configuration `FILE`; the default is what wrangler finds. Repeat it for further Workers")
	f.state.registerEnv(cmd)
	flags.StringVar(&f.state.persistTo, "persist-to", "", "state `DIR`; the default is .dormouse/state beside the first configuration")
	flags.StringVar(&f.ip, "ip", "", "`ADDRESS` to listen on; the default is the configuration's dev.ip, or 127.0.0.1")
	flags.IntVar(&f.port, "port", 0, "`PORT` to listen on, 0 for any; the default is the configuration's dev.port, or 8787")
	flags.StringVar(&f.host, "host", "", "answer requests for this host `NAME` too")
	flags.StringArrayVar(&f.vars, "var", nil, "`KEY:VALUE` of a variable, beside the configuration's")
	flags.StringArrayVar(&f.defines, "define", nil, "`KEY:VALUE` to replace in the code")
	flags.StringArrayVar(&f.aliases, "alias", nil, "`NAME:PATH` of a module to take instead of another")
	flags.StringVar(&f.date, "compatibility-date", "", "`DATE` (YYYY-MM-DD) instead of the configuration's")
	flags.StringArrayVar(&f.flags, "compatibility-flag", nil, "`FLAG` instead of the configuration's; repeat it for several")
	flags.StringArrayVar(&f.flags, "compatibility-flags", nil, "the same as --compatibility-flag")
	flags.BoolVar(&f.noInspector, "no-inspector", false, "do not serve the inspector at /cdn-cgi/dormouse/")
	flags.StringVar(&f.logFormat, "log-format", "text", "text, or json for one object a line")
	flags.StringVar(&f.reloadSockets, "reload-sockets", "keep", "what an edit does to hibernatable WebSockets: keep, or close as a deployment does")
	flags.BoolVar(&f.allowUserVersion, "allow-user-version", false, "permit PRAGMA user_version, which Cloudflare refuses")
}

func (f *devFlags) run(cmd *cobra.Command, args []string) error {
	worker, opts, err := f.state.workers(cmd)
	if err != nil {
		return err
	}
	if f.logFormat != "text" && f.logFormat != "json" {
		return fmt.Errorf("--log-format %q: it is text or json", f.logFormat)
	}
	if f.reloadSockets != "keep" && f.reloadSockets != "close" {
		return fmt.Errorf("--reload-sockets %q: it is keep or close", f.reloadSockets)
	}
	if len(args) > 0 {
		worker.Main = args[0]
	}
	if err := f.replace(&worker); err != nil {
		return err
	}
	o := dev.Options{
		Worker: worker, Options: append(opts, emulator.AllowUserVersion(f.allowUserVersion)),
		IP: f.ip, Port: f.port, Host: f.host, NoInspector: f.noInspector, CloseSockets: f.reloadSockets == "close",
		Out: cmd.OutOrStdout(), Colour: colours(cmd.OutOrStdout()), JSON: f.logFormat == "json",
	}
	if in, out := terminal(cmd.InOrStdin()), terminal(cmd.OutOrStdout()); in != nil && out != nil && !o.JSON {
		o.Keys = in
	}
	if err := f.listen(cmd, &o, worker); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err = dev.Run(ctx, o)
	var code *bundle.Error
	if errors.As(err, &code) {
		fmt.Fprintln(cmd.ErrOrStderr(), code.Format(colours(cmd.ErrOrStderr())))
		return errFindings
	}
	return err
}

// replace puts what the command line says in place of what the configuration
// says.
func (f *devFlags) replace(w *emulator.Worker) (err error) {
	w.CompatibilityDate, w.CompatibilityFlags = f.date, f.flags
	if w.Vars, err = pairs("var", f.vars); err != nil {
		return err
	}
	if w.Define, err = pairs("define", f.defines); err != nil {
		return err
	}
	w.Alias, err = pairs("alias", f.aliases)
	return err
}

// pairs splits KEY:VALUE at the first colon.
func pairs(flag string, list []string) (map[string]string, error) {
	var out map[string]string
	for _, s := range list {
		key, value, ok := strings.Cut(s, ":")
		if !ok || key == "" {
			return nil, fmt.Errorf("--%s %q: write it as KEY:VALUE", flag, s)
		}
		if out == nil {
			out = map[string]string{}
		}
		out[key] = value
	}
	return out, nil
}

// listen fills in the address from the configuration's dev section.
func (f *devFlags) listen(cmd *cobra.Command, o *dev.Options, w emulator.Worker) error {
	port := 8787
	file, err := wranglercfg.Load(w.Config)
	if err == nil {
		section := file.Root().Get("dev")
		if o.IP == "" {
			o.IP = section.Get("ip").Text()
		}
		if o.Host == "" {
			o.Host = section.Get("host").Text()
		}
		if n := section.Get("port"); n.Kind() == wranglercfg.Number {
			if _, err := fmt.Sscan(n.JSON(), &port); err != nil {
				return fmt.Errorf("%s: dev.port is no port: %s", n.Pos(), n.JSON())
			}
		}
	} // what is wrong with the file is said where it is run
	if !cmd.Flags().Changed("port") {
		o.Port = port
	}
	if o.Port < 0 || o.Port > 65535 {
		return fmt.Errorf("port %d: a port is a number from 0 to 65535", o.Port)
	}
	return nil
}
