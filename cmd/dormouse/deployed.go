package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// readDeployed reads what --deployed names: a file, or else a tag.
func readDeployed(value string, req check.Request, stderr io.Writer) (*check.Deployed, error) {
	ledgers, err := readLedgers(value)
	switch {
	case errors.Is(err, errNoSuchFile) && !strings.HasSuffix(value, ".json") && filepath.Base(value) == value:
		return &check.Deployed{Tag: value}, nil
	case value == "":
		return &check.Deployed{}, nil
	case err != nil:
		return nil, fmt.Errorf("--deployed: %w", err)
	case len(ledgers) == 1:
		return &check.Deployed{Ledger: &ledgers[0]}, nil
	case req.AllEnvs:
		return nil, fmt.Errorf("--deployed: %s has ledgers of several Workers: name the environment instead of judging all", value)
	}
	script, err := scriptName(req)
	if err != nil {
		return nil, err
	}
	d := &check.Deployed{}
	for i, l := range ledgers {
		if l.Script == script {
			d.Ledger = &ledgers[i]
		} else {
			d.Others = append(d.Others, l)
		}
	}
	if d.Ledger == nil {
		fmt.Fprintf(stderr, "dormouse: %s has no ledger of Worker %q: taken for never deployed\n", value, script)
	}
	return d, nil
}

// readLedgers reads a file with the ledgers of a state, or with a single one.
func readLedgers(path string) ([]migrations.Ledger, error) {
	data, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, errNoSuchFile)
	}
	if err != nil {
		return nil, err
	}
	if l, err := migrations.ParseLedger(path, data); err == nil {
		return []migrations.Ledger{l}, nil
	}
	return emulator.ParseLedgers(path, data)
}

// scriptName returns the name of the Worker that a request is about; "" if the
// configuration is too broken to say it.
func scriptName(req check.Request) (string, error) {
	path := req.Path
	if path == "" {
		found, err := wranglercfg.Find(".")
		if err != nil {
			return "", err
		}
		path = found
	}
	file, err := wranglercfg.Load(path)
	if err != nil {
		return "", nil // check.Run says it better
	}
	cfg, _ := file.Resolve(req.Env)
	return cfg.ScriptName(), nil
}
