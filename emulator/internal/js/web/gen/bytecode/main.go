// Command bytecode compiles the big files of ../../runtime, runtime/*.gen.js, to
// runtime/*.gen.bin, so that programs need not compile them when they start. Run
// it in the directory of package web when such a file or the engine has changed.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bytecode:", err)
		os.Exit(1)
	}
}

func run() error {
	files, err := filepath.Glob("runtime/*.gen.js")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no runtime/*.gen.js here: run it in the directory of package web")
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".js")
		code, err := web.CompileUnit(name, source)
		if err != nil {
			return err
		}
		if err := os.WriteFile(strings.TrimSuffix(file, ".js")+".bin", code, 0o666); err != nil {
			return err
		}
	}
	return nil
}
