//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// openFileLimit is how many files the process may have open.
func openFileLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<20))
}

// lockDir takes the folder for this process until the file is closed or the process ends. The lock is on the folder
// itself: nothing is added to what other programs find in it.
func lockDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fileError("open", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrInUse
		}
		return nil, &FileError{Path: dir, Op: "lock", Err: err, Hint: "stop the other one, or give this one a folder of its own"}
	}
	return f, nil
}
