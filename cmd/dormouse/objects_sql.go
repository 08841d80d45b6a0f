package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/report"
	"github.com/dormouse-do/dormouse/emulator"
)

func newObjectsSQL() *cobra.Command {
	var f objectFlags
	var write bool
	cmd := &cobra.Command{
		Use:   "sql CLASS ID|NAME [SQL]",
		Short: "Run SQL in one object's database",
		Long: `sql runs SQL in one object's database, under the restrictions that the object's
own code has. Without the argument, SQL is read from the standard input. Several
statements are run one by one; the rows of the last one are printed.

Without --write, writes are refused. With it, nothing else may run objects on the
state meanwhile; an error leaves nothing behind.`,
		Example: `  dormouse objects sql Room lobby "SELECT * FROM messages LIMIT 10"
  dormouse objects sql Room lobby --write "DELETE FROM messages"`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			query, err := sqlOf(cmd, args)
			if err != nil {
				return err
			}
			open := emulator.ReadState
			if write {
				open = emulator.WriteState
			}
			s, err := f.open(open)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			o, err := f.object(cmd, s, args[0], args[1])
			if err != nil {
				return err
			}
			res, err := o.Query(query)
			if errors.Is(err, emulator.ErrReadOnly) {
				return errors.New("this SQL writes: allow that with --write")
			}
			if err != nil {
				return err
			}
			return f.printResult(cmd, res)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&write, "write", false, "allow writes; takes the lock that a server takes")
	return cmd
}

func sqlOf(cmd *cobra.Command, args []string) (string, error) {
	if len(args) > 2 {
		return args[2], nil
	}
	text, err := io.ReadAll(cmd.InOrStdin())
	return string(text), err
}

func (f *objectFlags) printResult(cmd *cobra.Command, res *emulator.QueryResult) error {
	out := cmd.OutOrStdout()
	if f.json {
		return printJSON(out, resultOf(res))
	}
	if len(res.Columns) > 0 {
		var rows [][]report.Cell
		for _, row := range res.Rows {
			cells := make([]report.Cell, len(row))
			for i, v := range row {
				cells[i] = cellOf(v)
			}
			rows = append(rows, cells)
		}
		if err := report.Table(out, "", colours(out), res.Columns, rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s; %s read, %d written\n", plural(len(res.Rows), "row"), strconv.FormatInt(res.RowsRead, 10), res.RowsWritten)
	return nil
}

func cellOf(v any) report.Cell {
	switch v := v.(type) {
	case nil:
		return report.Left("NULL")
	case float64:
		return report.Right(strconv.FormatFloat(v, 'f', -1, 64))
	case []byte:
		return report.Left(report.OneLine("x'"+hex.EncodeToString(v)+"'", valueWidth))
	}
	return report.Left(report.OneLine(fmt.Sprint(v), valueWidth))
}

// result is what sql prints as JSON. Bytes are objects with base64.
type result struct {
	Columns     []string `json:"columns"`
	Rows        [][]any  `json:"rows"`
	RowsRead    int64    `json:"rowsRead"`
	RowsWritten int64    `json:"rowsWritten"`
}

func resultOf(res *emulator.QueryResult) result {
	out := result{Columns: append([]string{}, res.Columns...), Rows: [][]any{}, RowsRead: res.RowsRead, RowsWritten: res.RowsWritten}
	for _, row := range res.Rows {
		for i, v := range row {
			switch v := v.(type) {
			case []byte:
				row[i] = map[string][]byte{"blob": v}
			case float64:
				if v-v != 0 { // JSON has no infinity
					row[i] = strconv.FormatFloat(v, 'g', -1, 64)
				}
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
