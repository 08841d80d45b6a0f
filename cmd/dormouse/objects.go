package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/report"
	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

func newObjects() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "objects",
		Short: "List, show, query, export and import the objects of local data",
		Long: `objects looks into a state directory without running its objects: that of
dormouse dev, or with --persist-to .wrangler/state that of wrangler dev.

Reading disturbs nobody: a server may run meanwhile. What writes, sql --write and
import, needs the directory for itself; dormouse says so if a server of its own
runs, but wrangler dev takes no lock, so stop it first.

A class is named as Room, as worker/Room if several Workers have one, or by its
unique key. An object is named by its id, 64 hex digits, or by its name.`,
		Args: noArgs,
		RunE: needsSubcommand,
	}
	cmd.AddCommand(newObjectsList(), newObjectsShow(), newObjectsSQL(), newObjectsExport(), newObjectsImport())
	return cmd
}

// objectFlags say which objects a subcommand is about.
type objectFlags struct {
	stateFlags
	narrow bool // the configurations were named
}

func (f *objectFlags) register(cmd *cobra.Command) {
	f.stateFlags.register(cmd)
	f.registerEnv(cmd)
	cmd.Flags().Lookup("config").Usage = "configuration `FILE`; only the objects of its Worker. The default is all Workers of the state beside the configuration that wrangler finds"
	cmd.Flags().Lookup("env").Usage = "environment `NAME` of the Worker"
}

// open opens the state, for reading or for changes.
func (f *objectFlags) open(open func(emulator.StateDir) (*emulator.State, error)) (*emulator.State, error) {
	f.narrow = len(f.configs) > 0 || f.env != ""
	dir, err := f.stateDir()
	if err != nil {
		return nil, err
	}
	return open(dir)
}

// scripts gives the names of the Workers that were asked for; nil for all.
func (f *objectFlags) scripts(cmd *cobra.Command) ([]string, error) {
	if !f.narrow {
		return nil, nil
	}
	if err := f.find(); err != nil {
		return nil, err
	}
	var out []string
	for _, path := range f.configs {
		file, err := wranglercfg.Load(path)
		if err != nil {
			return nil, err
		}
		cfg, found := file.Resolve(environment(cmd, f.env))
		if err := found.Err(); err != nil {
			return nil, err
		}
		out = append(out, cfg.ScriptName())
	}
	return out, nil
}

// namespaces lists the classes that were asked for.
func (f *objectFlags) namespaces(cmd *cobra.Command, s *emulator.State) ([]emulator.NamespaceInfo, error) {
	all, err := s.Namespaces()
	if err != nil {
		return nil, err
	}
	scripts, err := f.scripts(cmd)
	if scripts != nil {
		all = slices.DeleteFunc(all, func(n emulator.NamespaceInfo) bool { return !slices.Contains(scripts, n.Worker) })
	}
	return all, err
}

// namespace finds the class that was named, among those of the Workers that were
// asked for if several have one.
func (f *objectFlags) namespace(cmd *cobra.Command, s *emulator.State, class string) (emulator.NamespaceInfo, error) {
	if f.narrow {
		mine, err := f.namespaces(cmd, s)
		if err != nil {
			return emulator.NamespaceInfo{}, err
		}
		for _, n := range mine {
			if n.Class == class {
				return n, nil
			}
		}
	}
	return s.Namespace(class)
}

// object finds the object that was named.
func (f *objectFlags) object(cmd *cobra.Command, s *emulator.State, class, name string) (*emulator.StateObject, error) {
	n, err := f.namespace(cmd, s, class)
	if err != nil {
		return nil, err
	}
	return s.Object(n, name)
}

func newObjectsList() *cobra.Command {
	var f objectFlags
	cmd := &cobra.Command{
		Use:   "list [CLASS]",
		Short: "List classes and their objects: ids, names, sizes, alarms, tables",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			s, err := f.open(emulator.ReadState)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			list, err := f.namespaces(cmd, s)
			if err == nil && len(args) > 0 {
				var n emulator.NamespaceInfo
				n, err = f.namespace(cmd, s, args[0])
				list = []emulator.NamespaceInfo{n}
			}
			if err != nil {
				return err
			}
			spaces, err := listed(s, list)
			if err != nil {
				return err
			}
			return f.printList(cmd, spaces)
		},
	}
	f.register(cmd)
	return cmd
}

// listedSpace is a class as list prints it.
type listedSpace struct {
	Worker  string         `json:"worker"`
	Class   string         `json:"class"`
	Key     string         `json:"uniqueKey"`
	Storage string         `json:"storage"`
	Objects []listedObject `json:"objects"`
}

type listedObject struct {
	ID     string     `json:"id"`
	Name   string     `json:"name,omitempty"` // if it is known
	Size   int64      `json:"size"`           // in bytes
	Alarm  *time.Time `json:"alarm,omitempty"`
	Tables []string   `json:"tables"`
	Error  string     `json:"error,omitempty"` // why it cannot be read
}

func listed(s *emulator.State, list []emulator.NamespaceInfo) ([]listedSpace, error) {
	out := []listedSpace{}
	for _, n := range list {
		objects, err := s.Objects(n)
		if err != nil {
			return nil, err
		}
		space := listedSpace{Worker: n.Worker, Class: n.Class, Key: n.Key, Storage: storageOf(n), Objects: []listedObject{}}
		for _, o := range objects {
			one := listedObject{ID: o.ID, Name: o.Name, Size: o.Size, Alarm: timeOf(o.Alarm)}
			names, err := o.TableNames()
			if err != nil {
				one.Error = err.Error()
			}
			one.Tables = append([]string{}, names...)
			space.Objects = append(space.Objects, one)
		}
		out = append(out, space)
	}
	return out, nil
}

// printList prints classes; an object that cannot be read is a finding.
func (f *objectFlags) printList(cmd *cobra.Command, spaces []listedSpace) error {
	out := cmd.OutOrStdout()
	var err error
	if f.json {
		err = printJSON(out, map[string]any{"namespaces": spaces})
	} else {
		err = printSpaces(out, spaces)
		if len(spaces) == 0 {
			fmt.Fprintln(cmd.ErrOrStderr(), "dormouse: there are no objects")
		}
	}
	for _, s := range spaces {
		for _, o := range s.Objects {
			if o.Error != "" && err == nil {
				err = errFindings
			}
		}
	}
	return err
}

func printSpaces(w io.Writer, spaces []listedSpace) error {
	for i, s := range spaces {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s  %s  %s  %s\n", qualified(s.Worker, s.Class), s.Storage, report.OneLine(s.Key, 200), plural(len(s.Objects), "object"))
		var rows [][]report.Cell
		for _, o := range s.Objects {
			tables := report.OneLine(strings.Join(o.Tables, ", "), 60)
			if o.Error != "" {
				tables = "cannot be read: " + o.Error
			}
			rows = append(rows, []report.Cell{
				report.Left(o.ID), report.Left(report.OneLine(o.Name, 40)), report.Right(bytesOf(o.Size)), report.Left(alarmOf(o.Alarm)), report.Left(tables),
			})
		}
		if len(rows) == 0 {
			continue
		}
		if err := report.Table(w, "  ", colours(w), []string{"ID", "NAME", "SIZE", "ALARM", "TABLES"}, rows); err != nil {
			return err
		}
	}
	return nil
}

func storageOf(n emulator.NamespaceInfo) string {
	if n.SQLite {
		return wranglercfg.StorageSQLite
	}
	return wranglercfg.StorageLegacyKV
}

func qualified(worker, class string) string {
	if worker == "" {
		return report.OneLine(class, 200)
	}
	return report.OneLine(worker+"/"+class, 200)
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func alarmOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format("2006-01-02 15:04:05.000Z")
}

// bytesOf prints a size for people.
func bytesOf(n int64) string {
	const unit = 1024
	switch {
	case n < unit:
		return fmt.Sprintf("%d B", n)
	case n < unit*unit:
		return fmt.Sprintf("%.1f KiB", float64(n)/unit)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/unit/unit)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	return e.Encode(v)
}
