package check_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// TestNothingToJudge lists the requests that are no verdict but an error.
func TestNothingToJudge(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "wrangler.yaml"), "{}")
	tests := []struct {
		name, rule string
		req        check.Request
		code       wranglercfg.Code
		is         error
	}{
		{"no file", "F3", check.Request{Path: filepath.Join(dir, "none.toml")}, wranglercfg.CodeUnreadable, fs.ErrNotExist},
		{"a folder", "F3", check.Request{Path: func() string { p := filepath.Join(dir, "d.json"); write(t, filepath.Join(p, "x"), ""); return p }()}, wranglercfg.CodeUnreadable, nil},
		{"no such ending", "F4", check.Request{Path: filepath.Join(dir, "wrangler.yaml")}, wranglercfg.CodeEnding, nil},
		{"no such ending of bytes", "F4", check.Request{Path: "w.yaml", Data: []byte("{}")}, wranglercfg.CodeEnding, nil},
		{"none found", "F1", check.Request{Dir: filepath.Join(dir, "d.json")}, wranglercfg.CodeUnreadable, fs.ErrNotExist},
		{"bytes without a name", "F4", check.Request{Data: []byte("{}")}, "", nil},
		{"a tag for all environments", "M18", check.Request{Path: "w.json", Data: []byte("{}"), AllEnvs: true, Deployed: &check.Deployed{Tag: "v1"}}, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report, err := check.Run(tt.req)
			if err == nil {
				t.Fatalf("rule %s: judged: %s", tt.rule, render(report))
			}
			var d *wranglercfg.Diagnostic
			if errors.As(err, &d) != (tt.code != "") || d != nil && d.Code != tt.code {
				t.Errorf("rule %s: error %v, want code %q", tt.rule, err, tt.code)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("rule %s: error %v is not %v", tt.rule, err, tt.is)
			}
		})
	}
}

// TestFound judges what wrangler would find, and says what it passes over (F1, F2).
func TestFound(t *testing.T) {
	dir := t.TempDir()
	good := complete("wrangler.json", roomLive)
	write(t, filepath.Join(dir, "wrangler.json"), good)
	write(t, filepath.Join(dir, "app", "wrangler.jsonc"), good)
	write(t, filepath.Join(dir, "app", "sub", "x"), "")
	tests := []struct{ name, rule, pointer, file, want string }{
		{"another file", "F1", "", "", "note: DM2204: "},
		{"redirect", "F2", `{ "configPath": "../../wrangler.json" }`, "", "note: DM2205: wrangler deploy reads"},
		{"redirect that is no JSON", "F2", `{`, "", "DM2205: "},
		{"redirect to nowhere", "F2", `{ "configPath": "gone.json" }`, "", "which is not there"},
		{"redirect without a path", "F2", `{}`, "", "has no configPath"},
		{"redirect in another folder", "F2", `{ "configPath": "../../wrangler.jsonc" }`, "app", "lies in another folder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := filepath.Join(dir, tt.file, ".wrangler", "deploy", "config.json")
			if tt.pointer != "" {
				write(t, at, tt.pointer)
				defer func() {
					if err := os.Remove(at); err != nil {
						t.Error(err)
					}
				}()
			}
			report, err := check.Run(check.Request{Dir: filepath.Join(dir, "app", "sub"), NoCode: true, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(dir, "wrangler.json"); filepath.Clean(report.Path) != want {
				t.Errorf("rule F1: judged %s, want %s", report.Path, want)
			}
			if got := render(report); !strings.Contains(got, tt.want) {
				t.Errorf("rule %s: findings lack %q:\n%s", tt.rule, tt.want, got)
			}
			inside(t, report)
		})
	}
}

// TestMarks judges files with byte order marks: columns do not count them (F5).
func TestMarks(t *testing.T) {
	for _, mark := range []string{"", "\ufeff"} {
		report, err := check.Run(check.Request{Path: "w.json", Data: []byte(mark + `{"é": 1, "nme": "x"}`), NoCode: true, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if got := render(report); !strings.Contains(got, `w.json:1:10: warning: DM2101: Unexpected fields found in top-level field: "nme" (did you mean "name"?)`) {
			t.Errorf("rule F5, mark %q:\n%s", mark, got)
		}
	}
}
