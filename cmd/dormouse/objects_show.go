package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/report"
	"github.com/dormouse-do/dormouse/emulator"
)

func newObjectsShow() *cobra.Command {
	var f objectFlags
	cmd := &cobra.Command{
		Use:   "show CLASS ID|NAME",
		Short: "Show what one object has stored: tables, keys and values, alarm",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			s, err := f.open(emulator.ReadState)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			o, err := f.object(cmd, s, args[0], args[1])
			if err != nil {
				return err
			}
			c, err := o.Contents()
			if err != nil {
				return err
			}
			if f.json {
				return printJSON(cmd.OutOrStdout(), shown(o, c))
			}
			return printObject(cmd.OutOrStdout(), o, c)
		},
	}
	f.register(cmd)
	return cmd
}

// shownObject is an object as show prints it.
type shownObject struct {
	Worker  string       `json:"worker"`
	Class   string       `json:"class"`
	Key     string       `json:"uniqueKey"`
	Storage string       `json:"storage"`
	ID      string       `json:"id"`
	Name    string       `json:"name,omitempty"` // if it is known
	Size    int64        `json:"size"`           // in bytes
	Alarm   *time.Time   `json:"alarm,omitempty"`
	Tables  []shownTable `json:"tables"`
	KV      []shownEntry `json:"kv"`
}

type shownTable struct {
	Name    string   `json:"name"`
	Rows    int64    `json:"rows"`
	Columns []string `json:"columns"`
	SQL     string   `json:"sql"`
}

// shownEntry has the value as JSON if JSON can say it, and always for people.
type shownEntry struct {
	Key   string          `json:"key"`
	Size  int             `json:"size"`
	Value json.RawMessage `json:"value,omitempty"`
	Text  string          `json:"text"`
}

func shown(o *emulator.StateObject, c emulator.Contents) shownObject {
	n := o.Namespace
	out := shownObject{
		Worker: n.Worker, Class: n.Class, Key: n.Key, Storage: storageOf(n), ID: o.ID, Name: o.Name, Size: o.Size, Alarm: timeOf(o.Alarm),
		Tables: []shownTable{}, KV: []shownEntry{},
	}
	for _, t := range c.Tables {
		out.Tables = append(out.Tables, shownTable{t.Name, t.Rows, t.Columns, t.SQL})
	}
	for _, e := range c.KV {
		out.KV = append(out.KV, shownEntry{e.Key, e.Size, json.RawMessage(e.JSON), e.Text})
	}
	return out
}

func printObject(w io.Writer, o *emulator.StateObject, c emulator.Contents) error {
	facts := [][2]string{{"object", o.ID}, {"class", qualified(o.Namespace.Worker, o.Namespace.Class) + " (" + storageOf(o.Namespace) + ")"}}
	if o.Name != "" {
		facts = append(facts, [2]string{"name", report.OneLine(o.Name, 200)})
	}
	facts = append(facts, [2]string{"size", bytesOf(o.Size)})
	if !o.Alarm.IsZero() {
		facts = append(facts, [2]string{"alarm", alarmOf(&o.Alarm)})
	}
	for _, f := range facts {
		fmt.Fprintf(w, "%-7s %s\n", f[0], f[1])
	}
	var rows [][]report.Cell
	for _, t := range c.Tables {
		rows = append(rows, []report.Cell{report.Left(t.Name), report.Right(strconv.FormatInt(t.Rows, 10)), report.Left(strings.Join(t.Columns, ", "))})
	}
	if err := section(w, []string{"TABLE", "ROWS", "COLUMNS"}, rows); err != nil {
		return err
	}
	rows = nil
	for _, e := range c.KV {
		rows = append(rows, []report.Cell{report.Left(e.Key), report.Right(strconv.Itoa(e.Size)), report.Left(report.OneLine(e.Text, valueWidth))})
	}
	return section(w, []string{"KEY", "BYTES", "VALUE"}, rows)
}

// valueWidth is how much of a value is printed for people.
const valueWidth = 200

func section(w io.Writer, names []string, rows [][]report.Cell) error {
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return report.Table(w, "", colours(w), names, rows)
}
