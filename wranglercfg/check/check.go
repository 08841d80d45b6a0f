package check

import (
	"time"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// Request says what to judge and against what.
type Request struct {
	Path string // of the configuration; "" is what wrangler finds from Dir (F1)
	Dir  string // where that search begins; "" is the working directory
	Data []byte // the configuration itself; nil reads it from Path

	Env     string // the environment to judge; "" is the top level
	AllEnvs bool   // judge the top level and every environment; Env is not looked at

	NoCode bool // leave out what needs the files of main

	// Base is an older revision of the configuration: what it applied is taken
	// for deployed. nil compares with nothing.
	Base *Base
	// Deployed is what the Worker runs now. nil knows nothing of it.
	Deployed *Deployed
	// AllowDelete names the classes whose objects a deploy may destroy.
	AllowDelete []string

	// Now tells the date of today, which a compatibility date must not exceed
	// (G3). nil leaves that out.
	Now func() time.Time
}

// Base is the configuration at another revision.
type Base struct {
	Revision string // how messages name it, such as "origin/main"
	Path     string // of the file then, whose ending chooses the format; "" is that of now
	Data     []byte // the file
}

// Deployed is what one Worker has applied. Ledger goes before Tag.
type Deployed struct {
	Tag    string              // its last tag; "" is a Worker that has never been deployed
	Ledger *migrations.Ledger  // its saved ledger
	Others []migrations.Ledger // those of other Workers, for transfers
}

// Report is the outcome of a run.
type Report struct {
	Path         string                  // of the configuration
	Source       []byte                  // its text, as read
	Diagnostics  wranglercfg.Diagnostics // sorted, each once
	Environments []Environment           // that were judged, in the order of the file; none if it cannot be read
}

// Environment is what was judged of one environment.
type Environment struct {
	Name   string // "" is the top level
	Config *wranglercfg.Config
	Plan   *Plan // nil if there is nothing to compare with, or an error forbids it
}

// Plan is what a deploy would do to the Worker's classes.
type Plan struct {
	Since string // what the steps start from, such as `tag "v1"` or "revision origin/main"
	Steps []migrations.Step
}

// Verdict sums up a report.
type Verdict uint8

// Verdicts in the order of their weight. Notes leave a report OK.
const (
	OK Verdict = iota
	Warning
	Error
)

// String returns the verdict in lower case.
func (v Verdict) String() string { return [...]string{"ok", "warning", "error"}[v] }

// Verdict returns the weightiest of the findings.
func (r Report) Verdict() Verdict { return OK }

// Run judges a project. It returns an error, which holds a
// [wranglercfg.Diagnostic], only if there is nothing to judge: no configuration
// was found, it cannot be read, or its name has a wrong ending (F1, F3, F4); and
// for a request that contradicts itself. All else is in the report.
func Run(req Request) (Report, error) {
	return Report{Path: req.Path}, nil
}

// CodeInfo describes a code of a finding.
type CodeInfo struct {
	Code    wranglercfg.Code
	Rules   string // of the config rule book
	API     string // codes with which Cloudflare refuses the same, or ""
	Summary string
}

// Codes lists the codes that a report may hold, in their order.
func Codes() []CodeInfo { return nil }
