package check

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	Source       []byte                  // its text, without a byte order mark
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
func (v Verdict) String() string {
	switch v {
	case OK:
		return "ok"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("verdict %d", uint8(v))
}

// Verdict returns the weightiest of the findings.
func (r Report) Verdict() Verdict {
	v := OK
	for _, d := range r.Diagnostics {
		switch d.Severity {
		case wranglercfg.SeverityError:
			return Error
		case wranglercfg.SeverityWarning:
			v = Warning
		}
	}
	return v
}

// Run judges a project. It returns an error, which holds a
// [wranglercfg.Diagnostic], only if there is nothing to judge: no configuration
// was found, it cannot be read, or its name has a wrong ending (F1, F3, F4); and
// for a request that contradicts itself. All else is in the report.
func Run(req Request) (Report, error) {
	if err := req.check(); err != nil {
		return Report{}, err
	}
	j := &judge{req: req, destroyed: map[string]bool{}}
	data, err := j.read()
	if err != nil {
		return Report{}, err
	}
	r := Report{Path: j.path, Source: bytes.TrimPrefix(data, []byte("\ufeff"))}
	j.file, err = wranglercfg.Parse(j.path, data)
	if err != nil {
		found := diagnostics(err)
		if len(found) == 0 || found[0].Code == wranglercfg.CodeEnding {
			return Report{}, err
		}
		r.Diagnostics = found
		return r, nil
	}
	for _, env := range j.environments() {
		r.Environments = append(r.Environments, j.environment(env))
	}
	j.allowed()
	r.Diagnostics = j.sorted()
	return r, nil
}

// check refuses a request that contradicts itself.
func (req Request) check() error {
	switch {
	case req.AllEnvs && req.Deployed != nil && req.Deployed.Ledger == nil:
		return errors.New("a deployed tag is that of one environment: name the environment instead of judging all")
	case req.Data != nil && req.Path == "":
		return errors.New("a configuration that is given as bytes needs a path, whose ending says its format")
	}
	return nil
}

// judge holds one run in the making.
type judge struct {
	req   Request
	path  string
	file  *wranglercfg.File
	diags wranglercfg.Diagnostics
	base  *older // nil until the base was asked for

	planned   bool            // there is a plan
	destroyed map[string]bool // classes that a plan deletes
}

// read finds and reads the configuration.
func (j *judge) read() ([]byte, error) {
	j.path = j.req.Path
	if j.path == "" {
		found, err := wranglercfg.Find(j.dir())
		if err != nil {
			return nil, err
		}
		j.path = j.relative(found)
		j.otherFiles(found)
		j.redirect(found)
	}
	if j.req.Data != nil {
		return j.req.Data, nil
	}
	// Load is asked for its verdict on the name and the file, whose bytes it keeps.
	data, err := os.ReadFile(j.path)
	if err != nil {
		if _, loadErr := wranglercfg.Load(j.path); loadErr != nil {
			return nil, loadErr
		}
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return data, nil
}

// relative returns a found path as seen from where the search began, as
// wrangler prints it.
func (j *judge) relative(path string) string {
	dir := j.dir()
	abs, err := filepath.Abs(dir)
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(abs, path)
	if err != nil {
		return path
	}
	return filepath.Join(dir, rel)
}

// environments returns the names to judge.
func (j *judge) environments() []string {
	if j.req.AllEnvs {
		return append([]string{""}, j.file.Environments()...)
	}
	return []string{j.req.Env}
}

// environment judges one environment, with the top level that wrangler
// validates beside it (E7).
func (j *judge) environment(name string) Environment {
	cfg, found := j.file.Resolve(name)
	j.diags = append(j.diags, found...)
	s := &selection{judge: j, cfg: cfg, top: j.file.Root(), name: name}
	if name != "" {
		if env := s.top.Get("env").Get(name); env.Kind() == wranglercfg.Object {
			s.env = env
		} else if found.Err() != nil && s.top.Get("env") != nil {
			return Environment{Name: name, Config: cfg} // there is no such environment
		}
	}
	s.fields()
	s.general()
	s.inheritance()
	s.names()
	s.bindings()
	s.containers()
	e := Environment{Name: name, Config: cfg}
	if !lifecycleBroken(found) {
		e.Plan = s.lifecycle()
	}
	if !j.req.NoCode {
		s.code()
	}
	return e
}

// lifecycleBroken reports whether what Resolve found makes migrations or
// exports unreadable, so that judging them would only repeat it. A tag that is
// missing or wrong does not.
func lifecycleBroken(found wranglercfg.Diagnostics) bool {
	return slices.ContainsFunc(found, func(d *wranglercfg.Diagnostic) bool {
		if d.Severity != wranglercfg.SeverityError {
			return false
		}
		switch d.Code {
		case wranglercfg.CodeMigrations, wranglercfg.CodeLifecycles, wranglercfg.CodeExports, wranglercfg.CodeExport:
			return true
		case wranglercfg.CodeMigration:
			return !aboutTag(d)
		}
		return false
	})
}
