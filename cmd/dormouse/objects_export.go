package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/emulator"
)

func newObjectsExport() *cobra.Command {
	var f objectFlags
	var file string
	cmd := &cobra.Command{
		Use:   "export CLASS [ID|NAME]...",
		Short: "Write objects as lines of JSON, which import reads",
		Long: `export writes some objects of a class, or all of them, as lines of JSON: tables
with their rows, keys and values, alarms and, as far as they are known, names.
Values are kept to the byte. A name is known of an object that has an alarm, or
that is exported by its name.`,
		Example: `  dormouse objects export Room lobby > lobby.jsonl
  dormouse objects export Room --persist-to .wrangler/state -o rooms.jsonl`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			s, err := f.open(emulator.ReadState)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			n, err := f.namespace(cmd, s, args[0])
			if err != nil {
				return err
			}
			return into(cmd, file, func(w io.Writer) (int, error) { return export(w, s, n, args[1:]) })
		},
	}
	f.register(cmd)
	cmd.Flags().Lookup("json").Hidden = true // it is what export writes
	cmd.Flags().StringVarP(&file, "output", "o", "", "`FILE` to write; the default is the standard output")
	return cmd
}

func export(w io.Writer, s *emulator.State, n emulator.NamespaceInfo, names []string) (int, error) {
	var list []*emulator.StateObject
	for _, name := range names {
		o, err := s.Object(n, name)
		if err != nil {
			return 0, err
		}
		list = append(list, o)
	}
	if len(names) == 0 {
		var err error
		if list, err = s.Objects(n); err != nil {
			return 0, err
		}
	}
	e := emulator.NewExporter(w)
	if err := e.Begin(); err != nil {
		return 0, err
	}
	for i, o := range list {
		if err := e.Export(o); err != nil {
			return i, err
		}
	}
	return len(list), nil
}

// into writes to the standard output, or to a file that is there only when it is
// whole.
func into(cmd *cobra.Command, file string, write func(io.Writer) (int, error)) error {
	if file == "" {
		w := bufio.NewWriter(cmd.OutOrStdout())
		_, err := write(w)
		return errors.Join(err, w.Flush())
	}
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(temp)
	n, err := write(w)
	err = errors.Join(err, w.Flush(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "dormouse: exported %s to %s\n", plural(n, "object"), shortest(file))
	return nil
}

func newObjectsImport() *cobra.Command {
	var f objectFlags
	var o emulator.ImportOptions
	cmd := &cobra.Command{
		Use:   "import [FILE]",
		Short: "Read objects that export has written",
		Long: `import reads objects that export has written, from a file or the standard input.
An object that is there already is an error before anything is done, unless --force
replaces it; so is a text that is not in order.

Objects go to the class that they had, or to --class CLASS. There, an object gets
the id that its name has in that class, so its name has to be known.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			in, name := cmd.InOrStdin(), "standard input"
			if len(args) > 0 {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				in, name = file, args[0]
			}
			s, err := f.open(emulator.WriteState)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			if o.Class != "" {
				n, err := f.namespace(cmd, s, o.Class)
				if err != nil {
					return err
				}
				o.Class = n.Key
			}
			done, err := s.Import(in, o)
			printImported(cmd, f.json, done, err)
			var broken *emulator.ImportError
			switch {
			case errors.As(err, &broken):
				return fmt.Errorf("%s:%d: %w; nothing was imported", name, broken.Line, broken.Err)
			case errors.Is(err, emulator.ErrExists):
				return fmt.Errorf("%w: nothing was imported; --force replaces it", err)
			}
			return err
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&o.Force, "force", false, "replace objects that are there")
	cmd.Flags().StringVar(&o.Class, "class", "", "`CLASS` that takes the objects")
	return cmd
}

// importedObject is an object as import prints it.
type importedObject struct {
	Worker   string `json:"worker"`
	Class    string `json:"class"`
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Replaced bool   `json:"replaced"`
}

func printImported(cmd *cobra.Command, asJSON bool, done []emulator.Imported, failed error) {
	list := []importedObject{}
	for _, i := range done {
		list = append(list, importedObject{i.Namespace.Worker, i.Namespace.Class, i.ID, i.Name, i.Replaced})
	}
	switch {
	case asJSON:
		_ = printJSON(cmd.OutOrStdout(), map[string]any{"imported": list}) // as of other output, nobody may read it
	case failed == nil || len(done) > 0:
		for _, i := range list {
			what := "imported"
			if i.Replaced {
				what = "replaced"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", what, qualified(i.Worker, i.Class), i.ID)
		}
	}
}
