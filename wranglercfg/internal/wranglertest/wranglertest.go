package wranglertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Variables of the environment that say what to compare with.
const (
	FolderVar = "DORMOUSE_WRANGLER" // a folder in which wrangler is installed (npm install wrangler@4.124.0)
	NodeVar   = "DORMOUSE_NODE"     // the node to run it with; else the one in PATH
)

// Install is an installed wrangler. Safe for concurrent use.
type Install struct {
	Folder string // in which npm installed it
	Node   string // the program to run it with
}

// Find returns the installation that the environment names, or skips the test.
func Find(tb testing.TB) Install {
	tb.Helper()
	in := Install{os.Getenv(FolderVar), os.Getenv(NodeVar)}
	if in.Folder == "" {
		tb.Skipf("no wrangler to compare with: set %s to a folder in which npm installed wrangler", FolderVar)
	}
	if in.Node == "" {
		var err error
		if in.Node, err = exec.LookPath("node"); err != nil {
			tb.Skipf("no node to run wrangler with: set %s", NodeVar)
		}
	}
	return in
}

// colours are what wrangler writes in spite of being asked not to.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Deploy makes a dry deploy from a folder, without colours, and returns what
// wrangler prints and whether it refused.
func (in Install) Deploy(tb testing.TB, dir string, args ...string) (output string, refused bool) {
	tb.Helper()
	cli := filepath.Join(in.Folder, "node_modules", "wrangler", "bin", "wrangler.js")
	cmd := exec.CommandContext(tb.Context(), in.Node, append([]string{cli, "deploy", "--dry-run"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "WRANGLER_SEND_METRICS=false", "CI=1", "CLOUDFLARE_ENV=", "NO_COLOR=1", "FORCE_COLOR=0", "NODE_ENV=")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		tb.Fatalf("wrangler does not start: %v", err)
	}
	return colours.ReplaceAllString(out.String(), ""), err != nil
}
