package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// MainError says that main is no file.
type MainError struct {
	Pos     wranglercfg.Pos // in the configuration; nowhere if the caller named main
	Written string          // as it was named
	Path    string          // the absolute path that this means
	Folder  bool            // a folder is there
	Command string          // the configuration's build command, which may write the file and was not run
	Err     error           // nil if simply nothing is there
}

// Error says what to do, too.
func (e *MainError) Error() string {
	at := ""
	if e.Pos.IsValid() {
		at = e.Pos.String() + ": "
	}
	switch {
	case e.Folder:
		return fmt.Sprintf("%sthe entry-point at %q is a folder: name the file in it", at, e.Written)
	case e.Command != "":
		return fmt.Sprintf("%sthe entry-point file at %q was not found: run the build command first, which is not run here: %s", at, e.Written, e.Command)
	case e.Err != nil:
		return fmt.Sprintf("%sthe entry-point file at %q cannot be read: %v", at, e.Written, e.Err)
	}
	return fmt.Sprintf("%sthe entry-point file at %q was not found: it is looked for at %s", at, e.Written, e.Path)
}

// Unwrap returns the cause.
func (e *MainError) Unwrap() error { return e.Err }

// FindMain looks whether the configuration's main is there. It returns
// [ErrNoMain] or a [*MainError] if not.
func FindMain(cfg *wranglercfg.Config) error {
	_, err := locate(cfg, Options{})
	return err
}

// scriptEndings are tried, in this order, for a main without an ending.
var scriptEndings = []string{".ts", ".tsx", ".js", ".jsx"}

// look returns e, with the reason, if main is no file.
func (e *MainError) look() error {
	candidates := []string{e.Path}
	if filepath.Ext(e.Path) == "" {
		candidates = nil
		for _, ending := range scriptEndings {
			candidates = append(candidates, e.Path+ending)
		}
	}
	for _, c := range candidates {
		info, err := os.Stat(c)
		switch {
		case err == nil && !info.IsDir():
			return nil
		case err == nil:
			e.Folder = true
		case !errors.Is(err, fs.ErrNotExist):
			e.Err = err
		}
	}
	if info, err := os.Stat(e.Path); err == nil && info.IsDir() {
		e.Folder = true
	}
	return e
}
