package report

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/dormouse-do/dormouse/migrations"
)

// document is a report in JSON.
type document struct {
	Errors   int       `json:"errors"`
	Warnings int       `json:"warnings"`
	Findings []finding `json:"findings"`
	Plans    []plan    `json:"plans"`
	State    *State    `json:"state,omitempty"`
}

type finding struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Path     string `json:"path"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

type plan struct {
	Worker string `json:"worker"`
	Env    string `json:"env"`
	Since  string `json:"since,omitempty"`
	Done   bool   `json:"done"`
	Steps  []step `json:"steps"`
}

type step struct {
	Kind       string `json:"kind"`
	Class      string `json:"class"`
	From       string `json:"from,omitempty"`
	FromScript string `json:"from_script,omitempty"`
	Storage    string `json:"storage"`
	UniqueKey  string `json:"unique_key,omitempty"`
	Tag        string `json:"tag,omitempty"`
	Destroys   bool   `json:"destroys_data"`
	TakesOver  bool   `json:"takes_over_objects,omitempty"`
}

func writeJSON(w io.Writer, r Report) error {
	d := document{Findings: []finding{}, Plans: []plan{}, State: r.State}
	d.Errors, d.Warnings, _ = r.Counts()
	for _, f := range r.Findings {
		d.Findings = append(d.Findings, finding{
			Severity: f.Severity.String(), Code: string(f.Code), Path: f.Pos.Path, Line: f.Pos.Line, Column: f.Pos.Column,
			Message: message(f), Hint: f.Hint,
		})
	}
	for _, p := range r.Plans {
		out := plan{Worker: p.Worker, Env: p.Env, Since: p.Since, Done: p.Done, Steps: []step{}}
		for _, s := range p.Steps {
			out.Steps = append(out.Steps, step{
				Kind: s.Kind.String(), Class: s.Class, From: s.From, FromScript: s.FromScript,
				Storage: storage(s.SQLite), UniqueKey: s.UniqueKey, Tag: s.Tag, Destroys: s.Kind == migrations.Delete,
				TakesOver: s.Kind == migrations.Create && slices.Contains(p.TakesOver, s.UniqueKey),
			})
		}
		d.Plans = append(d.Plans, out)
	}
	return encode(w, d)
}

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	return enc.Encode(v)
}
