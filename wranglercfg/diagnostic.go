package wranglercfg

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. Lines and columns are 1-based and columns count
// characters, not bytes. The zero Pos means "nowhere"; a Pos with a path and
// no line means the file as a whole.
type Pos struct {
	Path   string
	Line   int
	Column int
}

// IsValid reports whether p names a line.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String returns path:line:column, without the parts that are unknown.
func (p Pos) String() string {
	switch {
	case !p.IsValid():
		return p.Path
	case p.Path == "":
		return fmt.Sprintf("%d:%d", p.Line, p.Column)
	}
	return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
}

// Severity says whether a finding refuses the configuration.
type Severity uint8

const (
	// SeverityError marks what wrangler or Cloudflare would refuse. It is the zero value.
	SeverityError Severity = iota
	// SeverityWarning marks what works but is probably not meant.
	SeverityWarning
	// SeverityNote marks what is worth knowing and needs no repair.
	SeverityNote
)

// String returns "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case SeverityError:
		return "error"
	case SeverityWarning:
		return "warning"
	case SeverityNote:
		return "note"
	}
	return fmt.Sprintf("severity %d", uint8(s))
}

// Code identifies a kind of finding. Codes are stable and never reused.
type Code string

// Codes of this package. Package migrations has DM10xx.
const (
	CodeUnreadable   Code = "DM1101" // the file cannot be read, or there is none
	CodeEnding       Code = "DM1102" // the name ends in none of .toml, .json, .jsonc (F4)
	CodeEncoding     Code = "DM1103" // not UTF-8 (F5)
	CodeSyntax       Code = "DM1104" // not TOML, or not JSON with comments (F6, F7)
	CodeEmpty        Code = "DM1105" // nothing in the file (F6)
	CodeRoot         Code = "DM1106" // the document is no object (F10)
	CodeKeyTwice     Code = "DM1107" // a key twice in one JSON object (F8)
	CodeTOML11       Code = "DM1108" // TOML 1.1, which older wranglers refuse (F7)
	CodeEnvironment  Code = "DM1201" // no such environment, or one that is no object (E2)
	CodeNotInherited Code = "DM1202" // a key that environments do not inherit is only at the top (E5)
	CodeName         Code = "DM1301" // name (G1)
	CodeMain         Code = "DM1302" // main (G2)
	CodeCompatDate   Code = "DM1303" // compatibility_date (G3)
	CodeCompatFlags  Code = "DM1304" // compatibility_flags (G4)
	CodeVars         Code = "DM1305" // vars (G5)
	CodeBindings     Code = "DM1401" // durable_objects (B1)
	CodeBinding      Code = "DM1402" // an entry of durable_objects.bindings (B2, B3)
	CodeMigrations   Code = "DM1501" // migrations (M1)
	CodeMigration    Code = "DM1502" // a step of migrations (M2 to M5)
	CodeLifecycles   Code = "DM1601" // migrations and exports together (X1)
	CodeExports      Code = "DM1602" // exports (X2)
	CodeExport       Code = "DM1603" // an entry of exports (X3 to X6)
)

// Diagnostic is one finding about a configuration or a migration history.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Pos      Pos
	Msg      string // what is wrong, in wrangler's words where it has any
	Hint     string // what to do; printed by Error; empty if there is no good advice
	Err      error  // cause, or nil
}

// Error returns "path:line:column: CODE: message (hint)"; a warning and a note
// say so before the code.
func (d *Diagnostic) Error() string {
	var b strings.Builder
	if pos := d.Pos.String(); pos != "" {
		b.WriteString(pos + ": ")
	}
	if d.Severity != SeverityError {
		b.WriteString(d.Severity.String() + ": ")
	}
	b.WriteString(string(d.Code) + ": " + d.Msg)
	if d.Err != nil {
		b.WriteString(": " + d.Err.Error())
	}
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	return b.String()
}

// Unwrap returns the cause, or nil.
func (d *Diagnostic) Unwrap() error { return d.Err }

// Diagnostics are the findings of a run.
type Diagnostics []*Diagnostic

// Err returns an error that holds all findings of severity error, or nil if
// there is none. errors.As finds the first [Diagnostic] in it.
func (ds Diagnostics) Err() error {
	var errs findings
	for _, d := range ds {
		if d.Severity == SeverityError {
			errs = append(errs, d)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// Sort orders the findings by position, then by code and text.
func (ds Diagnostics) Sort() {
	slices.SortStableFunc(ds, func(a, b *Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Path, b.Pos.Path),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Msg, b.Msg),
		)
	})
}

// findings is the error made of several diagnostics, one to a line.
type findings []*Diagnostic

func (fs findings) Error() string {
	lines := make([]string, len(fs))
	for i, d := range fs {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

func (fs findings) Unwrap() []error {
	errs := make([]error, len(fs))
	for i, d := range fs {
		errs[i] = d
	}
	return errs
}
