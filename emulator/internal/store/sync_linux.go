package store

import (
	"os"
	"syscall"
)

// syncData waits for the content and the length, not for the times.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
