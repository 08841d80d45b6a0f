package bundle

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// ErrNoMain says that neither the configuration nor the caller names a main:
// the Worker has assets only, or is not complete.
var ErrNoMain = errors.New(`the Worker has no main: add "main": "src/index.ts" to the configuration, or name a script`)

// ErrServiceWorker says that main is no ES module with a default export.
var ErrServiceWorker = errors.New("the Worker has no default export, which makes it a service worker, and those are not supported: " +
	"add export default { fetch() {} } (see https://developers.cloudflare.com/workers/reference/migrate-to-module-workers/)")

// Error is code that cannot be bundled. The messages are esbuild's, with the
// hints that wrangler adds.
type Error struct {
	Errors   []api.Message
	Warnings []api.Message

	// Inputs are the files that were read until then, as in a [Bundle].
	Inputs []string

	records records
}

// Error returns all messages as esbuild prints them, without colour.
func (e *Error) Error() string { return e.Format(false) }

// Format returns the errors and then the warnings as esbuild prints them, in
// colour or without.
func (e *Error) Format(colour bool) string {
	text := format(e.Errors, api.ErrorMessage, colour)
	text = append(text, format(e.Warnings, api.WarningMessage, colour)...)
	return strings.TrimRight(strings.Join(text, ""), "\n")
}

// Stale reports whether a file is no longer as it was, or one has appeared, so
// that another try may end differently.
func (e *Error) Stale() bool { return !e.records.hold(true) }

func format(messages []api.Message, kind api.MessageKind, colour bool) []string {
	if len(messages) == 0 {
		return nil
	}
	return api.FormatMessages(messages, api.FormatMessagesOptions{Kind: kind, Color: colour})
}

var (
	unresolved     = regexp.MustCompile(`^Could not resolve "(.+?)"$`)
	markAsExternal = "as external to exclude it from the bundle"
)

// advise replaces esbuild's notes on imports that it cannot resolve by
// wrangler's.
func (p *project) advise(errs []api.Message) {
	for i := range errs {
		match := unresolved.FindStringSubmatch(errs[i].Text)
		if match == nil {
			continue
		}
		name := match[1]
		if isNodeBuiltin(name) {
			text := `The package "` + name + "\" wasn't found on the file system but is built into node.\n"
			switch {
			case p.node == nodeNone || p.node == nodeALS:
				text += "- Add the \"nodejs_compat\" compatibility flag to your project.\n"
			case p.node == nodeV1 && !strings.HasPrefix(name, "node:"):
				text += "- Make sure to prefix the module name with \"node:\" or update your compatibility_date to 2024-09-23 or later.\n"
			}
			errs[i].Notes = []api.Note{{Text: text}}
			continue
		}
		about := func(n api.Note) bool { return strings.Contains(n.Text, markAsExternal) }
		if slices.ContainsFunc(errs[i].Notes, about) {
			errs[i].Notes = append(slices.DeleteFunc(slices.Clone(errs[i].Notes), about), api.Note{
				Text: "To fix this, you can add an entry to \"alias\" in your Wrangler configuration.\n" +
					"For more guidance see: https://developers.cloudflare.com/workers/wrangler/configuration/#bundling-issues\n",
			})
		}
	}
}
