package testkit

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// CheckConfig judges a wrangler configuration, its migrations and the code of
// its main, as the command dormouse check does: the top level and every
// environment, without the date of today. Each error fails the test, which goes
// on; warnings go to its log. The empty path is what wrangler finds from the
// test's folder.
//
// Each of change may change what is asked, such as
//
//	testkit.CheckConfig(t, "wrangler.jsonc", func(r *check.Request) { r.NoCode = true })
func CheckConfig(tb testing.TB, path string, change ...func(*check.Request)) {
	tb.Helper()
	req := check.Request{Path: path, AllEnvs: true}
	for _, fn := range change {
		fn(&req)
	}
	r, err := check.Run(req)
	if err != nil {
		tb.Fatalf("testkit.CheckConfig: %v", err)
	}
	noteInputs(tb, inputs(r))
	for _, d := range r.Diagnostics {
		if d.Severity == wranglercfg.SeverityError {
			tb.Errorf("testkit.CheckConfig: %v", d)
		} else {
			tb.Logf("testkit.CheckConfig: %v", d)
		}
	}
}

// inputs are the files that a verdict depends on, as far as the configuration
// names them.
func inputs(r check.Report) []string {
	paths := []string{r.Path}
	for _, e := range r.Environments {
		if main := e.Config.MainPath(); main != "" && !slices.Contains(paths, main) {
			paths = append(paths, main)
		}
	}
	for i, path := range paths {
		if abs, err := filepath.Abs(path); err == nil {
			paths[i] = abs
		}
	}
	return paths
}
