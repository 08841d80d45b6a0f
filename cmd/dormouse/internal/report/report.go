package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Report is what a command has to say about a configuration.
type Report struct {
	Findings wranglercfg.Diagnostics // in order
	Plans    []Plan
	// Source is the text of the files that findings name, by path; a file that
	// is not there is not quoted.
	Source map[string][]byte
	// State is the state directory that the plans are about, if it is one; JSON
	// has it.
	State *State
	// Rules describe the codes, for SARIF.
	Rules []Rule
	// Version is the version of this program.
	Version string
}

// Plan is what a deployment or an application would do to one Worker.
type Plan struct {
	Worker string // its name
	Env    string // the environment of the configuration; "" is the top level
	Since  string // what the steps start from
	Done   bool   // the steps were done
	Steps  []migrations.Step
	// TakesOver are the unique keys of created classes that have objects already.
	TakesOver []string
}

// State is what will happen, or has happened, to the folders of a state
// directory. The two lists are never both filled.
type State struct {
	Dir         string  `json:"dir"`
	Interrupted bool    `json:"interrupted"` // an earlier application was
	WillMove    []Moved `json:"will_move"`   // a plan would bring them from other states
	Moved       []Moved `json:"moved"`       // an application has done it
}

// Moved is a folder of objects that goes, or went, elsewhere.
type Moved struct {
	Class    string `json:"class"` // as it was called there
	From     string `json:"from"`
	To       string `json:"to"`
	Transfer bool   `json:"transfer"` // from another state; else aside, since the class was deleted
}

// Rule describes a code.
type Rule struct {
	Code    wranglercfg.Code
	Summary string
	Help    string
}

// Formats are the names that [Format] knows.
var Formats = []string{"text", "json", "github", "sarif"}

// Format returns how to write a report in a format by name. Only text has
// colours.
func Format(name string, colour bool) (func(io.Writer, Report) error, error) {
	switch name {
	case "text":
		return func(w io.Writer, r Report) error { return writeText(w, r, colour) }, nil
	case "json":
		return writeJSON, nil
	case "github":
		return writeGitHub, nil
	case "sarif":
		return writeSARIF, nil
	}
	return nil, fmt.Errorf("unknown format %q: it is one of text, json, github and sarif", name)
}

// Strict returns the report with every warning as an error.
func (r Report) Strict() Report {
	r.Findings = slices.Clone(r.Findings)
	for i, d := range r.Findings {
		if d.Severity == wranglercfg.SeverityWarning {
			raised := *d
			raised.Severity = wranglercfg.SeverityError
			r.Findings[i] = &raised
		}
	}
	return r
}

// Below returns the report with the paths of findings as seen from root, the
// folder in which GitHub looks for them, where they are below it.
func (r Report) Below(root string) Report {
	r.Findings = slices.Clone(r.Findings)
	for i, d := range r.Findings {
		abs, err := filepath.Abs(d.Pos.Path)
		if err != nil || d.Pos.Path == "" {
			continue
		}
		if rel, err := filepath.Rel(root, abs); err == nil && filepath.IsLocal(rel) {
			seen := *d
			seen.Pos.Path = rel
			r.Findings[i] = &seen
		}
	}
	return r
}

// Counts returns how many findings there are of each severity.
func (r Report) Counts() (errors, warnings, notes int) {
	for _, d := range r.Findings {
		switch d.Severity {
		case wranglercfg.SeverityError:
			errors++
		case wranglercfg.SeverityWarning:
			warnings++
		case wranglercfg.SeverityNote:
			notes++
		}
	}
	return errors, warnings, notes
}

// message is what is wrong, with the cause.
func message(d *wranglercfg.Diagnostic) string {
	if d.Err != nil {
		return d.Msg + ": " + d.Err.Error()
	}
	return d.Msg
}
