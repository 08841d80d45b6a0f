package report

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// The part of SARIF 2.1.0 that findings need. The libraries for it write
// regions with "charOffset": 0 beside "startLine", which the standard takes for
// a second place at the start of the file.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string     `json:"id"`
		ShortDescription *sarifText `json:"shortDescription,omitempty"`
		Help             *sarifText `json:"help,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
)

// homepage is where a reader of a SARIF file finds this program.
const homepage = "https://github.com/dormouse-do/dormouse"

func writeSARIF(w io.Writer, r Report) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "dormouse", Version: r.Version, InformationURI: homepage, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
	}
	rules := map[wranglercfg.Code]int{}
	for _, d := range r.Findings {
		index, ok := rules[d.Code]
		if !ok {
			index = len(rules)
			rules[d.Code] = index
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, r.rule(d.Code))
		}
		text := message(d)
		if d.Hint != "" {
			text += "\nhint: " + d.Hint
		}
		result := sarifResult{RuleID: string(d.Code), RuleIndex: index, Level: d.Severity.String(), Message: sarifText{text}}
		if d.Pos.Path != "" {
			place := sarifPhysical{Artifact: sarifArtifact{uri(d.Pos.Path)}}
			if d.Pos.IsValid() {
				place.Region = &sarifRegion{d.Pos.Line, d.Pos.Column}
			}
			result.Locations = []sarifLocation{{place}}
		}
		run.Results = append(run.Results, result)
	}
	return encode(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

func (r Report) rule(code wranglercfg.Code) sarifRule {
	out := sarifRule{ID: string(code)}
	i := slices.IndexFunc(r.Rules, func(known Rule) bool { return known.Code == code })
	if i < 0 {
		return out
	}
	out.ShortDescription = &sarifText{r.Rules[i].Summary}
	if help := r.Rules[i].Help; help != "" {
		out.Help = &sarifText{help}
	}
	return out
}

// uri returns a path as a URI: relative as it is, so that it starts at the
// repository's root where the command ran there, or with the scheme file.
func uri(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
		if !strings.HasPrefix(u.Path, "/") { // a drive letter
			u.Path = "/" + u.Path
		}
	}
	return u.String()
}
