package report

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Escapes of the workflow commands of GitHub Actions.
var (
	inData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// writeGitHub writes an annotation per finding, which GitHub shows at the line
// in the pull request, and the plans as a group in the log.
func writeGitHub(w io.Writer, r Report) error {
	var b strings.Builder
	for _, d := range r.Findings {
		command := map[wranglercfg.Severity]string{
			wranglercfg.SeverityError: "error", wranglercfg.SeverityWarning: "warning", wranglercfg.SeverityNote: "notice",
		}[d.Severity]
		fmt.Fprintf(&b, "::%s title=%s", command, inProperty.Replace("dormouse "+string(d.Code)))
		if d.Pos.Path != "" {
			b.WriteString(",file=" + inProperty.Replace(filepath.ToSlash(d.Pos.Path)))
		}
		if d.Pos.IsValid() {
			fmt.Fprintf(&b, ",line=%d,col=%d", d.Pos.Line, d.Pos.Column)
		}
		text := message(d)
		if d.Hint != "" {
			text += "\nhint: " + d.Hint
		}
		b.WriteString("::" + inData.Replace(printable(text)) + "\n")
	}
	for _, p := range r.Plans {
		t := &text{}
		t.plan(p)
		head, steps, _ := strings.Cut(t.String(), "\n")
		fmt.Fprintf(&b, "::group::%s\n%s::endgroup::\n", inData.Replace(head), steps)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
