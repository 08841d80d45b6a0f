package check

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

func (j *judge) errorf(code wranglercfg.Code, pos wranglercfg.Pos, format string, args ...any) *wranglercfg.Diagnostic {
	return j.add(wranglercfg.SeverityError, code, pos, fmt.Sprintf(format, args...))
}

func (j *judge) warnf(code wranglercfg.Code, pos wranglercfg.Pos, format string, args ...any) *wranglercfg.Diagnostic {
	return j.add(wranglercfg.SeverityWarning, code, pos, fmt.Sprintf(format, args...))
}

func (j *judge) notef(code wranglercfg.Code, pos wranglercfg.Pos, format string, args ...any) *wranglercfg.Diagnostic {
	return j.add(wranglercfg.SeverityNote, code, pos, fmt.Sprintf(format, args...))
}

// add returns the finding, for its hint.
func (j *judge) add(severity wranglercfg.Severity, code wranglercfg.Code, pos wranglercfg.Pos, msg string) *wranglercfg.Diagnostic {
	if !pos.IsValid() {
		pos = wranglercfg.Pos{Path: j.path, Line: 1, Column: 1}
	}
	d := &wranglercfg.Diagnostic{Code: code, Severity: severity, Pos: pos, Msg: msg}
	j.diags = append(j.diags, d)
	return d
}

// once lists the codes of which one finding says enough for a file.
var once = map[wranglercfg.Code]bool{CodeFreshWorker: true}

// sorted returns the findings in order, each once: several environments see the
// same top level, and what is an error for one is not also a warning for another.
func (j *judge) sorted() wranglercfg.Diagnostics {
	slices.SortStableFunc(j.diags, func(a, b *wranglercfg.Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Path, b.Pos.Path), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Msg, b.Msg),
		)
	})
	type same struct {
		code wranglercfg.Code
		pos  wranglercfg.Pos
		msg  string
	}
	seen := map[same]bool{}
	var kept wranglercfg.Diagnostics
	for _, d := range j.diags {
		key := same{d.Code, d.Pos, d.Msg}
		switch {
		case once[d.Code]:
			key = same{code: d.Code}
		case d.Code == codeNotLive:
			key.msg = "" // wrangler's warning and the API's refusal say the same
		}
		if !seen[key] {
			seen[key] = true
			kept = append(kept, d)
		}
	}
	return kept
}

// diagnostics returns the findings that an error of wranglercfg holds.
func diagnostics(err error) wranglercfg.Diagnostics {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var ds wranglercfg.Diagnostics
		for _, e := range many.Unwrap() {
			ds = append(ds, diagnostics(e)...)
		}
		return ds
	}
	var d *wranglercfg.Diagnostic
	if errors.As(err, &d) {
		return wranglercfg.Diagnostics{d}
	}
	return nil
}

// aboutTag reports whether a finding about a step concerns its tag only.
func aboutTag(d *wranglercfg.Diagnostic) bool { return strings.Contains(d.Msg, `.tag"`) }

// nearest returns the known word that word is probably meant to be, or "".
func nearest(word string, known []string) string {
	best, least := "", 1+max(1, len([]rune(word))/4)
	lower := strings.ToLower(word)
	for _, k := range known {
		if k == word {
			continue
		}
		if d := distance(lower, strings.ToLower(k), least); d < least {
			best, least = k, d
		}
	}
	if best == "" && len(word) >= 4 { // a word that was cut off
		for _, k := range known {
			if strings.HasPrefix(k, lower+"_") {
				return k
			}
		}
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with their
// neighbour that turn a into b; from limit on it may stop counting.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d >= limit || -d >= limit {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for k := range last {
		last[k] = k
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for k := 1; k <= len(y); k++ {
			change := 1
			if x[i-1] == y[k-1] {
				change = 0
			}
			row[k] = min(last[k]+1, row[k-1]+1, last[k-1]+change)
			if i > 1 && k > 1 && x[i-1] == y[k-2] && x[i-2] == y[k-1] {
				row[k] = min(row[k], before[k-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

// english joins words as wrangler does.
func english(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	case 2:
		return words[0] + " and " + words[1]
	default:
		return strings.Join(words[:n-1], ", ") + ", and " + words[n-1]
	}
}
