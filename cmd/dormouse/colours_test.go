package main

import (
	"bytes"
	"os"
	"testing"
)

// TestColours: colours are for terminals, and not for those who set NO_COLOR.
func TestColours(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminal device:", err)
	}
	defer terminal.Close()
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if !colours(terminal) {
		t.Error("no colours on a terminal")
	}
	if colours(file) || colours(&bytes.Buffer{}) {
		t.Error("colours in a file")
	}
	t.Setenv("NO_COLOR", "1")
	if colours(terminal) {
		t.Error("colours with NO_COLOR")
	}
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "dumb")
	if colours(terminal) {
		t.Error("colours on a dumb terminal")
	}
}
