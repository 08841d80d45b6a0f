package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Colours of a terminal.
const (
	reset  = "\x1b[0m"
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	green  = "\x1b[1;32m"
	blue   = "\x1b[1;34m"
)

// columns tells how wide characters are on a terminal, whatever its locale.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

type text struct {
	bytes.Buffer
	colour bool
}

// in returns s in a colour, if there are colours.
func (t *text) in(colour, s string) string {
	if !t.colour {
		return s
	}
	return colour + s + reset
}

func writeText(w io.Writer, r Report, colour bool) error {
	t := &text{colour: colour}
	for _, d := range r.Findings {
		t.finding(d, r.Source[d.Pos.Path])
	}
	for _, p := range r.Plans {
		t.plan(p)
	}
	_, err := w.Write(t.Bytes())
	return err
}

// finding writes "path:line:col: error[code]: message", the line with a caret,
// and the hint.
func (t *text) finding(d *wranglercfg.Diagnostic, source []byte) {
	if pos := d.Pos.String(); pos != "" {
		t.WriteString(t.in(bold, printable(pos)) + ": ")
	}
	colour := map[wranglercfg.Severity]string{wranglercfg.SeverityError: red, wranglercfg.SeverityWarning: yellow}[d.Severity]
	if colour == "" {
		colour = blue
	}
	t.WriteString(t.in(colour, fmt.Sprintf("%s[%s]", d.Severity, d.Code)) + ": ")
	gutter := len(strconv.Itoa(d.Pos.Line))
	indent := strings.Repeat(" ", gutter+2)
	t.WriteString(indented(message(d), indent+"  ") + "\n")
	if line, ok := lineOf(source, d.Pos.Line); ok {
		shown, caret := quote(line, d.Pos.Column)
		fmt.Fprintf(t, " %d %s %s\n", d.Pos.Line, t.in(blue, "|"), shown)
		fmt.Fprintf(t, "%s%s %s%s\n", indent, t.in(blue, "|"), caret, t.in(colour, "^"))
	}
	if d.Hint != "" {
		fmt.Fprintf(t, "%s%s %s\n", indent, t.in(blue, "="), t.in(bold, "hint")+": "+indented(d.Hint, indent+"  "))
	}
}

// plan writes a line per step.
func (t *text) plan(p Plan) {
	of := "plan for "
	if p.Done {
		of = "applied to "
	}
	of += oneLine(name(p.Worker))
	if p.Since != "" {
		of += ", from " + oneLine(p.Since)
	}
	t.WriteString(t.in(bold, of+":") + "\n")
	if len(p.Steps) == 0 {
		t.WriteString("  nothing to do\n")
	}
	for _, s := range p.Steps {
		mark, colour := marks(s.Kind)
		line := fmt.Sprintf("%s %-8s %s", mark, s.Kind, oneLine(describe(s, slices.Contains(p.TakesOver, s.UniqueKey))))
		t.WriteString("  " + t.in(colour, line) + "\n")
	}
}

func marks(k migrations.Kind) (mark, colour string) {
	switch k {
	case migrations.Create:
		return "+", green
	case migrations.Delete:
		return "-", red
	}
	return "~", yellow
}

// describe says what a step is about, without its kind.
func describe(s migrations.Step, takesOver bool) string {
	var out string
	switch s.Kind {
	case migrations.Rename:
		out = s.From + " to " + s.Class + ", objects are kept"
	case migrations.Transfer:
		out = s.FromScript + "/" + s.From + " to " + s.Class + ", objects are kept"
	case migrations.Delete:
		out = s.Class + ", ALL ITS OBJECTS ARE DELETED"
	default:
		out = s.Class + ", " + storage(s.SQLite)
		if takesOver {
			out += ", takes over the objects in " + s.UniqueKey
		}
	}
	if s.Tag != "" {
		out += " (tag " + s.Tag + ")"
	}
	return out
}

func storage(sqlite bool) string {
	if sqlite {
		return wranglercfg.StorageSQLite
	}
	return wranglercfg.StorageLegacyKV
}

func name(worker string) string {
	if worker == "" {
		return "a Worker without a name"
	}
	return worker
}

// lineOf returns a 1-based line of a text without its end.
func lineOf(source []byte, n int) (string, bool) {
	if source == nil || n < 1 {
		return "", false
	}
	for ; n > 1; n-- {
		i := bytes.IndexByte(source, '\n')
		if i < 0 {
			return "", false
		}
		source = source[i+1:]
	}
	line, _, _ := bytes.Cut(source, []byte("\n"))
	return strings.TrimSuffix(string(line), "\r"), true
}

// quoted is how many characters of a line are shown at most.
const quoted = 160

// quote returns a line as it is shown, and what stands before the caret under
// its 1-based column. Tabs stay tabs in both, so the caret is right whatever
// their width. Of a long line the part around the column is shown.
func quote(line string, column int) (shown, before string) {
	runes := []rune(line)
	column = max(1, min(column, len(runes)+1))
	start, end := 0, len(runes)
	if end > quoted {
		start = max(0, min(column-1-quoted/2, end-quoted))
		end = start + quoted
	}
	shown, before = printable(string(runes[start:end])), printable(string(runes[start:max(start, min(column-1, end))]))
	if start > 0 {
		shown, before = "…"+shown, " "+before
	}
	if end < len(runes) {
		shown += "…"
	}
	parts := strings.Split(before, "\t")
	for i, part := range parts { // a part as a whole: characters may join
		parts[i] = strings.Repeat(" ", columns.StringWidth(part))
	}
	return shown, strings.Join(parts, "\t")
}

// printable escapes what would move a terminal's cursor or change its colours;
// line breaks and tabs stay.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oneLine is printable without line breaks.
func oneLine(s string) string { return strings.ReplaceAll(printable(s), "\n", `\n`) }

// indented puts the lines after the first below it.
func indented(s, indent string) string {
	lines := strings.Split(strings.TrimRight(printable(s), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n"+indent)
}
