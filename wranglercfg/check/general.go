package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// general judges what every Worker needs (G1 to G4), on the selected
// configuration.
func (s *selection) general() {
	if s.pages() {
		return
	}
	s.scriptName()
	s.mainGiven()
	s.compatibilityDate()
	s.compatibilityFlags()
}

// pages recognizes the configuration of a Pages project.
func (s *selection) pages() bool {
	if s.top.Get("pages_build_output_dir") == nil {
		return false
	}
	s.errorf(CodePages, memberPos(s.top, "pages_build_output_dir"),
		"It looks like you've run a Workers-specific command in a Pages project.").
		Hint = "pages_build_output_dir makes this the configuration of a Pages project, which has rules of its own; remove it if this is a Worker"
	return true
}

// missing returns the place of a key that is not there: where it was written
// by mistake, or else the object that lacks it.
func (s *selection) missing(key string) wranglercfg.Pos {
	if pos := s.swallowed(key); pos.IsValid() {
		return pos
	}
	return s.cfg.Pos
}

const orCommandLine = "; a value that the command line gives is not looked at here"

func (s *selection) scriptName() {
	name := s.cfg.Name
	if name.Value == "" {
		if !s.given("name") || name.Pos.IsValid() {
			pos := name.Pos
			if !pos.IsValid() {
				pos = s.missing("name")
			}
			s.errorf(CodeNameMissing, pos, "You need to provide the name of your worker.").
				Hint = s.write("name", "my-worker") + orCommandLine
		}
		return
	}
	if s.env != nil && s.env.Get("name") == nil && !plainName.MatchString(name.Value) {
		s.warnf(CodeSuffixedName, memberPos(s.top.Get("env"), s.name), "the Worker of this environment is called %q, which is not lowercase letters, digits, dashes and underscores", name.Value).
			Hint = fmt.Sprintf("rename the environment, or give it a name of its own: %s", s.write("name", strings.ToLower(name.Value)))
	}
}

var plainName = regexp.MustCompile(`^[a-z0-9_][a-z0-9-_]*$`)

// write returns a line with a key and a string, in the format of the file.
func (s *selection) write(key, value string) string {
	if s.toml() {
		return fmt.Sprintf("%s = %q", key, value)
	}
	return fmt.Sprintf("%q: %q", key, value)
}

func (s *selection) mainGiven() {
	if s.given("main") {
		if s.cfg.Main.Pos.IsValid() && s.cfg.Main.Value == "" {
			s.errorf(CodeMainMissing, s.cfg.Main.Pos, "Missing entry-point to Worker script or to assets directory").
				Hint = s.write("main", "src/index.js")
		}
		if site := s.top.Get("site").Get("entry-point"); site.Text() != "" {
			s.errorf(CodeMainMissing, site.Pos(), "Don't define both the `main` and `site.entry-point` fields in your configuration.").
				Hint = "delete the deprecated site.entry-point"
		}
		return
	}
	if s.inherited("assets") != nil || s.top.Get("site") != nil {
		return
	}
	s.errorf(CodeMainMissing, s.missing("main"), "Missing entry-point to Worker script or to assets directory").
		Hint = "add at the top level: " + s.write("main", "src/index.js") + orCommandLine
}

func (s *selection) compatibilityDate() {
	date := s.cfg.CompatibilityDate
	if !s.given("compatibility_date") {
		d := s.errorf(CodeDateMissing, s.missing("compatibility_date"), "A compatibility_date is required when uploading a Worker.")
		d.Hint = "add at the top level: " + s.write("compatibility_date", s.today("2026-08-15")) + orCommandLine
		return
	}
	if !date.Pos.IsValid() {
		return
	}
	if _, err := time.Parse(time.DateOnly, date.Value); err != nil {
		s.warnf(CodeDateDay, date.Pos, "there is no day %s", date.Value).Hint = "the runtime takes it; later versions may not"
	}
	if today := s.today(""); today != "" && date.Value > today {
		s.errorf(CodeDateFuture, date.Pos, "Can't set compatibility date in the future: %s [code: 10021]", date.Value).
			Hint = fmt.Sprintf("today, by UTC, is %s: write that or an earlier day", today)
	}
}

// today returns the date by UTC, or other if nobody knows it.
func (s *selection) today(other string) string {
	if s.req.Now == nil {
		return other
	}
	return s.req.Now().UTC().Format(time.DateOnly)
}

func (s *selection) compatibilityFlags() {
	for _, f := range s.cfg.CompatibilityFlags {
		if slices.Contains(knownFlags, f.Value) {
			continue
		}
		d := s.warnf(CodeUnknownFlag, f.Pos, "No such compatibility flag: %s", f.Value)
		d.Hint = "the runtime of August 2026 has no flag of that name"
		if meant := nearest(f.Value, knownFlags); meant != "" {
			d.Hint = fmt.Sprintf("did you mean %q?", meant)
		}
	}
}
