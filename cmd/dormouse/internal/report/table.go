package report

import (
	"io"
	"strings"
)

// Cell is a field of a [Table].
type Cell struct {
	Text  string
	Right bool // at the right of its column, as numbers are
}

// Left is a cell with text.
func Left(text string) Cell { return Cell{Text: text} }

// Right is a cell with a number.
func Right(text string) Cell { return Cell{Text: text, Right: true} }

// Table writes rows in columns that are aligned on a terminal, whatever the width
// of their characters, below the names of the columns. What would move the
// cursor is escaped. Each line begins with indent.
func Table(w io.Writer, indent string, colour bool, names []string, rows [][]Cell) error {
	t := &text{colour: colour}
	head := make([]Cell, len(names))
	for i, name := range names {
		head[i] = Cell{Text: name, Right: len(rows) > 0 && rows[0][i].Right}
	}
	lines := append([][]Cell{head}, rows...)
	widths := make([]int, len(names))
	for _, line := range lines {
		for i, c := range line {
			widths[i] = max(widths[i], columns.StringWidth(oneLine(c.Text)))
		}
	}
	for n, line := range lines {
		var b strings.Builder
		for i, c := range line {
			shown := oneLine(c.Text)
			pad := strings.Repeat(" ", widths[i]-columns.StringWidth(shown))
			switch {
			case c.Right:
				b.WriteString(pad + shown)
			case i < len(line)-1:
				b.WriteString(shown + pad)
			default:
				b.WriteString(shown)
			}
			if i < len(line)-1 {
				b.WriteString("  ")
			}
		}
		row := strings.TrimRight(b.String(), " ")
		if n == 0 {
			row = t.in(bold, row)
		}
		t.WriteString(indent + row + "\n")
	}
	_, err := w.Write(t.Bytes())
	return err
}

// OneLine gives a text without what would move a terminal's cursor, of at most
// limit characters.
func OneLine(s string, limit int) string {
	s = oneLine(s)
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}
